package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/memory"
	"msgraph-user/internal/xsoar"
)

// TestNoPageIsReadForAPeerThatDoesNotRead emits pages without end: a page is read
// when the one before it is written, wherever else there may be room.
func TestNoPageIsReadForAPeerThatDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pages atomic.Int64
		ended := make(chan error, 1)
		server := newServer(script{"work": func(ctx context.Context, c engine.Call) ([]xsoar.Entry, error) {
			for {
				pages.Add(1)
				if err := c.Emit(ctx, note("a page")); err != nil {
					ended <- err
					return nil, err
				}
			}
		}})
		out := &steppedWriter{pass: make(chan struct{})}
		in, writer := io.Pipe()
		served := make(chan error, 1)
		go func() { served <- server.Serve(t.Context(), in, out) }()
		io.WriteString(writer, `{"jsonrpc":"2.0","id":1,"method":"work","params":{"partialResults":1}}`+"\n")
		for read := range int64(10) {
			synctest.Wait()
			if got := pages.Load(); got != read+1 {
				t.Fatalf("%d pages were read for a peer that read %d", got, read)
			}
			out.pass <- struct{}{}
		}
		io.WriteString(writer, cancel("1")+"\n")
		if err := <-ended; !errors.Is(err, errCanceled) {
			t.Errorf("Emit returned %v", err)
		}
		close(out.pass)
		writer.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

// TestTheAnswersOfABatchHaveABound runs commands with answers of 400 bytes and of
// 4 KiB, one after the other, in a batch that has room for 10 KiB.
func TestTheAnswersOfABatchHaveABound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ran := map[string]int{}
		answer := func(n int) func(context.Context, engine.Call) ([]xsoar.Entry, error) {
			return func(_ context.Context, c engine.Call) ([]xsoar.Entry, error) {
				ran[c.Command]++
				return note(strings.Repeat("x", n)), nil
			}
		}
		server := newServer(script{"small": answer(400), "large": answer(4 << 10), "remember": remember})
		server.MaxInFlight, server.MaxBatch = 1, 10<<10
		peer := connect(t, server)
		peer.send("[" + strings.Join([]string{
			call("1", "large"), call("2", "small"), call("3", "large"), call("4", "large"), call("5", "small"), call("6", "large"), call("7", "nothing"),
		}, ",") + "]")
		got := peer.out.take()
		var answers []struct {
			ID    int
			Error struct {
				Code    int
				Message string
			}
		}
		if err := json.Unmarshal([]byte(got), &answers); err != nil || len(answers) != 7 {
			t.Fatalf("%v in %s", err, got)
		}
		var codes []int
		for _, a := range answers {
			codes = append(codes, a.Error.Code)
		}
		// The fourth ran, and had no room; what follows it is not run. Whatever was
		// refused for another reason says so.
		if fmt.Sprint(codes) != "[0 0 0 -32603 -32003 -32003 -32601]" || ran["large"] != 3 || ran["small"] != 1 {
			t.Errorf("codes %v after %v", codes, ran)
		}
		if no := answers[3].Error.Message; !strings.HasPrefix(no, "The command ran, but its answer of") {
			t.Errorf("the fourth is told %s", no)
		}
		if no := answers[4].Error.Message; !strings.Contains(no, "was not run") {
			t.Errorf("the fifth is told %s", no)
		}
		// Once the batch is answered there is room again, and one answer always has.
		server.Runner.(script)["large"] = answer(100 << 10)
		peer.send("[" + call("8", "large") + "]")
		if got := peer.out.take(); len(got) < 100<<10 {
			t.Errorf("answered %s", got)
		}
	})
}

// TestALargeAnswerIsHeldUntilItIsWritten has commands that hold large answers take
// turns, while others do not wait.
func TestALargeAnswerIsHeldUntilItIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var held atomic.Int64
		server := newServer(script{"report": report, "large": func(ctx context.Context, _ engine.Call) ([]xsoar.Entry, error) {
			if err := memory.Await(ctx); err != nil {
				return nil, err
			}
			held.Add(1)
			return nil, nil
		}})
		out := &steppedWriter{pass: make(chan struct{})}
		in, writer := io.Pipe()
		served := make(chan error, 1)
		go func() { served <- server.Serve(t.Context(), in, out) }()
		for id := range 3 {
			io.WriteString(writer, call(fmt.Sprint(id), "large")+"\n")
		}
		for written := range int64(3) {
			synctest.Wait()
			if held.Load() != written+1 {
				t.Fatalf("%d large answers are held after %d are written", held.Load(), written)
			}
			out.pass <- struct{}{}
		}
		io.WriteString(writer, call("4", "report")+"\n")
		out.pass <- struct{}{}
		writer.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}
