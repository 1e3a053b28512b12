package rpc

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/xsoar"
)

// sleeper runs for as many seconds as its argument says, and fails on odd ones.
func sleeper(ctx context.Context, call engine.Call) ([]xsoar.Entry, error) {
	seconds, _ := call.Args["seconds"].(json.Number)
	n, _ := seconds.Int64()
	select {
	case <-time.After(time.Duration(n) * time.Second):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if n%2 == 1 {
		return nil, failures["refused"]
	}
	return nil, nil
}

// traffic draws lines that a peer may send, and how many answers each id is due.
func traffic(t *rapid.T) (lines []string, due map[string]int) {
	due = map[string]int{}
	ids := rapid.SampledFrom([]string{"1", "2", `"a"`, "1.5", "null"})
	request := func() string {
		id := ids.Draw(t, "id")
		due[id]++
		return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"work","params":{"args":{"seconds":%d}}}`,
			id, rapid.IntRange(0, 9).Draw(t, "seconds"))
	}
	for range rapid.IntRange(0, 40).Draw(t, "lines") {
		switch rapid.SampledFrom([]string{"call", "call", "batch", "cancel", "garbage", "notification"}).Draw(t, "kind") {
		case "call":
			lines = append(lines, request())
		case "batch":
			lines = append(lines, "["+request()+","+cancel("7")+","+request()+"]")
		case "cancel":
			lines = append(lines, cancel(ids.Draw(t, "cancelled")))
		case "garbage":
			lines = append(lines, "{")
			due["null"]++
		case "notification":
			lines = append(lines, `{"jsonrpc":"2.0","method":"work","params":{"args":{"seconds":1}}}`)
		}
	}
	return lines, due
}

// TestEveryRequestIsAnsweredOnce holds for any traffic, however little the
// server takes on at once and whenever the input ends, and nothing is kept of what
// is answered.
func TestEveryRequestIsAnsweredOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		lines, due := traffic(rt)
		server := newServer(script{"work": sleeper})
		server.MaxInFlight = rapid.IntRange(1, 5).Draw(rt, "in flight")
		server.MaxWaiting = rapid.IntRange(1, 30).Draw(rt, "waiting")
		out := newSink()
		var session *session
		var err error
		synctest.Test(t, func(t *testing.T) {
			session = newSession(t.Context(), server.withDefaults(), strings.NewReader(strings.Join(lines, "\n")), out)
			err = session.run(t.Context())
		})
		if err != nil {
			rt.Fatalf("Serve returned %v", err)
		}
		if kept := len(session.flight.requests); kept > 0 || session.flight.busy != 0 || session.stream.room.taken != 0 {
			rt.Fatalf("%d requests are kept, %d are busy, %d bytes of batches are booked", kept, session.flight.busy, session.stream.room.taken)
		}
		if got := answersByID(rt, out.take()); !maps.Equal(got, due) {
			rt.Fatalf("answers by id: %v, want %v", got, due)
		}
	})
}

// answersByID counts the answers to each id, those inside arrays included.
func answersByID(t *rapid.T, text string) map[string]int {
	counts := map[string]int{}
	for line := range strings.Lines(text) {
		if line[0] != '[' {
			line = "[" + line + "]"
		}
		var answers []struct{ ID json.RawMessage }
		if err := json.Unmarshal([]byte(line), &answers); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		for _, answer := range answers {
			counts[string(answer.ID)]++
		}
	}
	return counts
}
