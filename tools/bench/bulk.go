package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"msgraph-user/handlers"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/engine"
)

const (
	bulkUsers = 1_000
	perBatch  = 20 // Graph's limit
)

// measureBulk disables a thousand accounts, and compares it with a loop that sends the
// same batches one after the other.
func measureBulk(far *farSide) ([]row, error) {
	users := make([]any, bulkUsers)
	for i := range users {
		users[i] = fmt.Sprintf("person%d@larkspur.example", i)
	}
	params := far.params()
	params["max_users"] = fmt.Sprint(bulkUsers)
	defined := definition.Load()
	service := engine.New(engine.Options{Commands: handlers.Commands(), Definition: defined, Params: params})
	defer service.Close(context.Background())
	var ours, bare []time.Duration
	var requests int32
	for range rounds {
		before := far.requests.Load()
		began := time.Now()
		if _, err := service.Run(context.Background(), engine.Call{Command: "msgraph-user-account-disable", Args: map[string]any{"user": users}}); err != nil {
			return nil, err
		}
		ours, requests = append(ours, time.Since(began)), far.requests.Load()-before
		took, err := bareBulk(far.URL, users)
		if err != nil {
			return nil, err
		}
		bare = append(bare, took)
	}
	return []row{
		compared(fmt.Sprintf("disable %d accounts, and the same batches in a loop", bulkUsers), ours, bare, 0),
		bounded("its requests", float64(requests), "", 55),
	}, nil
}

func bareBulk(url string, users []any) (time.Duration, error) {
	began := time.Now()
	for first := 0; first < len(users); first += perBatch {
		var requests []map[string]any
		for i, user := range users[first : first+perBatch] {
			requests = append(requests, map[string]any{
				"id": fmt.Sprint(i), "method": "PATCH", "url": fmt.Sprintf("/users/%s", user),
				"headers": map[string]string{"Content-Type": "application/json"}, "body": map[string]any{"accountEnabled": false},
			})
		}
		body, err := json.Marshal(map[string]any{"requests": requests})
		if err != nil {
			return 0, err
		}
		answer, err := http.Post(url+"/v1.0/$batch", "application/json", bytes.NewReader(body))
		if err != nil {
			return 0, err
		}
		var batch any
		read, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil {
			return 0, err
		}
		if err := json.Unmarshal(read, &batch); err != nil {
			return 0, err
		}
	}
	return time.Since(began), nil
}
