package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"msgraph-user/emulator"
	"msgraph-user/handlers"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/rpc"
)

const pageQuestion = `{"jsonrpc":"2.0","id":1,"method":"msgraph-user-list","params":{"args":{"limit":"999"}}}` + "\n"

// measurePage compares a page of users, from its body to the line of the answer, with
// json.Unmarshal of the same body into any.
func measurePage(users *book) (row, error) {
	far := collection{users, 0, 1}
	defined := definition.Load()
	service := engine.New(engine.Options{Commands: handlers.Commands(), Definition: defined, Params: emulator.Parameters(""), InProcess: far})
	server := &rpc.Server{Runner: service, Commands: []string{"msgraph-user-list"}}
	in, questions := io.Pipe()
	answers, out := io.Pipe()
	served := make(chan error, 1)
	go func() { served <- server.Serve(context.Background(), in, out) }()
	lines := bufio.NewReaderSize(answers, 4<<20)
	ask := func() error {
		if _, err := io.WriteString(questions, pageQuestion); err != nil {
			return err
		}
		_, err := lines.ReadSlice('\n')
		return err
	}
	body := far.page(0)
	var ours, bare []time.Duration
	for round := range 10*rounds + 1 {
		began := time.Now()
		if err := ask(); err != nil {
			return row{}, err
		}
		took := time.Since(began)
		began = time.Now()
		var page any
		if err := json.Unmarshal(body, &page); err != nil {
			return row{}, err
		}
		if round > 0 { // the first signs in
			ours, bare = append(ours, took), append(bare, time.Since(began))
		}
	}
	err := errors.Join(questions.Close(), <-served)
	return compared("a page of 999 users to the answer's line, and json.Unmarshal of it", ours, bare, 2), err
}
