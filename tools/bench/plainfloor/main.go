// Command plainfloor is the least that a JSON-RPC server can do without a library for
// it: a line is decoded, one GET is sent with net/http, and a line of a given length is
// written:
//
//	plainfloor URL LENGTH
//
// tools/bench measures the program against it.
package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
)

type message struct {
	ID     json.RawMessage   `json:"id"`
	Method string            `json:"method,omitempty"`
	Result map[string]string `json:"result,omitempty"`
}

func main() {
	length, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	filling := strings.Repeat("x", max(0, length-len(`{"id":1,"result":{"user":""}}`)))
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}
	var writing sync.Mutex
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var call message
		if err := json.Unmarshal(lines.Bytes(), &call); err != nil {
			panic(err)
		}
		go func() {
			answer, err := client.Get(os.Args[1])
			if err != nil {
				panic(err)
			}
			defer answer.Body.Close()
			if _, err := io.ReadAll(answer.Body); err != nil {
				panic(err)
			}
			line, err := json.Marshal(message{ID: call.ID, Result: map[string]string{"user": filling}})
			if err != nil {
				panic(err)
			}
			writing.Lock()
			defer writing.Unlock()
			_, _ = os.Stdout.Write(append(line, '\n'))
		}()
	}
}
