package rpc

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/xsoar"
)

const (
	full   = `"error":{"code":-32003,"message":"The server is full: too many commands run and wait already. Send the call again when others have been answered.","data":{"retryAfter":1}}}`
	noTurn = `"error":{"code":-32003,"message":"The call's time ran out before its turn came: too many commands ran before it. Nothing was sent. Send fewer at once, or give it more time with context.timeout.","data":{"retryAfter":1}}}`
)

func TestCallsBeyondTheLimitsWaitThenAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(lasting(time.Second))
		server.MaxInFlight, server.MaxWaiting = 2, 1
		peer := connect(t, server)
		peer.send(call("1", "work"))
		time.Sleep(time.Millisecond) // so that their ends have an order
		peer.send(call("2", "work"), call("3", "work"), call("4", "work"))
		peer.expect(refused("4", full))
		time.Sleep(time.Second)
		synctest.Wait()
		peer.expect(answered("1"), answered("2"))
		peer.send(call("5", "work"))
		time.Sleep(time.Second)
		synctest.Wait()
		peer.expect(answered("3"), answered("5"))
	})
}

func TestSessionMethodsDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(commands)
		server.MaxInFlight, server.MaxWaiting = 1, -1
		peer := connect(t, server)
		peer.send(call("1", "wait"), call("2", "rpc.discover"), call("3", "wait"))
		peer.expect(`{"jsonrpc":"2.0","id":2,"result":{"openrpc":"1.3.2"}}`, refused("3", full))
	})
}

func TestAWaitingCallCanBeCancelledAndMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(commands)
		server.MaxInFlight, server.MaxWaiting = 1, 1
		peer := connect(t, server)
		peer.send(call("1", "wait"), call("2", "wait"), cancel("2"))
		peer.expect(refused("2", cancelled))
		peer.send(call("3", "report"))
		peer.expect("") // accepted: it waits in the place of the second
	})
}

func TestTheTimeOfAWaitingCallRunsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(script{"work": lasting(3 * time.Second)["work"], "echo": echo})
		server.MaxInFlight = 1
		peer := connect(t, server)
		timed := func(id, timeout string) string {
			return `{"jsonrpc":"2.0","id":` + id + `,"method":"echo","params":{"context":{"timeout":` + timeout + `}}}`
		}
		peer.send(call("1", "work"), timed("2", "2"), timed("3", "4.5"))
		time.Sleep(2 * time.Second)
		synctest.Wait()
		peer.expect(refused("2", noTurn))
		time.Sleep(time.Second)
		synctest.Wait()
		// The runner is told what is left of it.
		peer.expect(answered("1"), `{"jsonrpc":"2.0","id":3,"result":{"entries":[{"Type":1,"ContentsFormat":"json","Contents":{"args":{},"incident":"","instance":"","params":null,"timeout":"1.5s"}}]}}`)
	})
}

func TestLargeRequestsAreRefusedBeforeTheyFillTheMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(commands)
		server.MaxLine = 1000
		peer := connect(t, server)
		large := func(id int) string {
			return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"wait","params":{"args":{"a":"%s"}}}`, id, strings.Repeat("x", 900))
		}
		for id := range heldLines {
			peer.send(large(id))
		}
		peer.expect("")
		peer.send(large(9))
		peer.expect(refused("9", full))
		peer.send(cancel("0"))
		peer.expect(refused("0", cancelled))
		peer.send(large(10))
		peer.expect("")
	})
}

func TestABatchIsLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := connect(t, newServer(commands))
		peer.send("[" + strings.Repeat("1,", maxBatch) + "1]")
		peer.expect(`{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"A batch holds at most 10000 requests.","data":{}}}`)
	})
}

func TestDeepNestingIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := connect(t, newServer(commands))
		peer.send(strings.Repeat("[", 5_000_000))
		peer.expect(`{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"The message is not JSON: invalid character '[' exceeded max depth (byte 10001).","data":{}}}`)
		deep := strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000)
		peer.send(`{"jsonrpc":"2.0","id":1,"method":"report","params":{"args":{"a":` + deep + `}}}`)
		peer.expect(answered("1"))
	})
}

// endless is a reader of n bytes x.
type endless struct{ n int }

func (e *endless) Read(b []byte) (int, error) {
	if e.n == 0 {
		return 0, io.EOF
	}
	n := min(len(b), e.n)
	for i := range b[:n] {
		b[i] = 'x'
	}
	e.n -= n
	return n, nil
}

// TestALongLineCostsAtMostTwiceTheLimit counts every byte that is allocated, so
// that the garbage collector has no part in it.
func TestALongLineCostsAtMostTwiceTheLimit(t *testing.T) {
	const tooLong = `{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"The message is longer than 33554432 bytes, the most that is read.","data":{}}}` + "\n"
	line := func() io.Reader { return io.MultiReader(&endless{128 << 20}, strings.NewReader("\n")) }
	in := io.MultiReader(line(), line(), strings.NewReader(call("1", "report")))
	out := newSink()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := newServer(commands).Serve(t.Context(), in, out); err != nil {
		t.Error(err)
	}
	runtime.ReadMemStats(&after)
	if got := out.take(); got != tooLong+tooLong+answered("1")+"\n" {
		t.Errorf("the server wrote %q", got)
	}
	if cost := after.TotalAlloc - before.TotalAlloc; cost > 2*DefaultMaxLine {
		t.Errorf("two lines of 128 MiB cost %d MiB", cost>>20)
	}
}

func TestALineOfJustTheLimitIsRead(t *testing.T) {
	for _, limit := range []int{100, readBuffer - 1, readBuffer, 3 * readBuffer, 1 << 20} {
		for _, end := range []string{"\n", "\r\n", ""} {
			frames := newFrameReader(strings.NewReader(strings.Repeat("x", limit)+end), limit)
			if line, err := frames.next(); len(line) != limit || err != nil {
				t.Errorf("limit %d, end %q: %d bytes, %v", limit, end, len(line), err)
			}
			frames = newFrameReader(strings.NewReader(strings.Repeat("x", limit+1)+end+"\nnext"), limit)
			if _, err := frames.next(); err != errTooLong {
				t.Errorf("limit %d, one byte more, end %q: %v", limit, end, err)
			}
			if line, err := frames.next(); string(line) != "next" || err != nil {
				t.Errorf("limit %d, after a line too long: %q, %v", limit, line, err)
			}
		}
	}
}

// TestAPeerThatDoesNotReadStopsTheReading sends bad lines, which cost nothing
// but their answers, and reads none of them.
func TestAPeerThatDoesNotReadStopsTheReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(commands)
		server.MaxUnread = 14_000
		peer := connect(t, server)
		const lines = 1000
		var sent atomic.Int64
		peer.out.close()
		go func() {
			for range lines {
				peer.write("?\n")
				sent.Add(1)
			}
		}()
		synctest.Wait()
		const answerLength = 140 // at least
		if most := int64(server.MaxUnread/answerLength + 1); sent.Load() > most {
			t.Errorf("%d lines were read, at most %d expected", sent.Load(), most)
		}
		peer.out.open()
		synctest.Wait()
		if got := strings.Count(peer.out.take(), "-32700"); got != lines {
			t.Errorf("%d answers to %d lines", got, lines)
		}
	})
}

// talker reports progress, in messages shorter than any answer, until it is cancelled.
var talker = script{"work": func(ctx context.Context, c engine.Call) ([]xsoar.Entry, error) {
	for ctx.Err() == nil {
		c.Progress(engine.Progress{})
	}
	return nil, ctx.Err()
}}

const talk = `{"jsonrpc":"2.0","id":1,"method":"work","params":{"progressToken":1}}`

func TestACallThatTalksToADeafPeerCanBeCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan struct{})
		server := newServer(script{"work": func(ctx context.Context, c engine.Call) ([]xsoar.Entry, error) {
			defer close(ended)
			return talker.Run(ctx, c)
		}})
		server.MaxUnread = 10_000
		peer := connect(t, server)
		peer.out.close()
		peer.send(talk)
		peer.send(cancel("1"))
		<-ended
		peer.out.open()
		synctest.Wait()
		if got := peer.out.take(); !strings.HasSuffix(got, refused("1", cancelled)+"\n") || len(got) > server.MaxUnread+1000 {
			t.Errorf("%d bytes were kept, ending in %.200s", len(got), got[max(0, len(got)-200):])
		}
	})
}

// steppedWriter is a writer that lets one message pass at a time.
type steppedWriter struct {
	pass    chan struct{}
	written atomic.Int64
}

func (w *steppedWriter) Write(b []byte) (int, error) {
	<-w.pass
	w.written.Add(1)
	return len(b), nil
}

func TestASlowPeerHoldsUpTheCommands(t *testing.T) {
	const size, calls = 1 << 16, 60
	const maxUnread = 4 * size
	contents := json.RawMessage(`"` + strings.Repeat("x", size) + `"`)
	out := &steppedWriter{pass: make(chan struct{})}
	var begun atomic.Int64
	server := newServer(script{"list": func(context.Context, engine.Call) ([]xsoar.Entry, error) {
		unread := begun.Add(1) - out.written.Load()
		if most := int64(4 + maxUnread/size + 1); unread > most {
			t.Errorf("%d answers of 64 KiB were made and not read", unread)
		}
		return note(contents), nil
	}})
	server.MaxInFlight, server.MaxUnread = 4, maxUnread
	served := make(chan error)
	go func() {
		served <- server.Serve(t.Context(), strings.NewReader(strings.Repeat(call("1", "list")+"\n", calls)), out)
	}()
	for range calls {
		out.pass <- struct{}{}
	}
	if err := <-served; err != nil || begun.Load() != calls {
		t.Errorf("%d of %d calls were answered, %v", begun.Load(), calls, err)
	}
}

func TestAStoppedServerGivesUpAPeerThatDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(talker)
		server.MaxUnread = 10_000
		peer := connect(t, server)
		peer.out.close()
		peer.send(talk)
		start := time.Now()
		peer.stop()
		if err := peer.wait(); err == nil || !strings.Contains(err.Error(), "the peer does not read") {
			t.Errorf("Serve returned %v", err)
		}
		if took := time.Since(start); took != DefaultGrace {
			t.Errorf("it took %v", took)
		}
	})
}

// TestAStopCancelsABatchThatIsBeingServed has a peer that does not read: an answer
// waits for room and holds the library's lock of sending, and a batch waits behind
// it. The stop answers what of the batch was not served yet. It runs in real time,
// because a bubble does not settle while a goroutine waits for a mutex.
func TestAStopCancelsABatchThatIsBeingServed(t *testing.T) {
	const size = 2000
	large := json.RawMessage(`"` + strings.Repeat("x", 1<<10) + `"`)
	server := newServer(script{"list": func(context.Context, engine.Call) ([]xsoar.Entry, error) { return note(large), nil }})
	server.MaxUnread, server.Grace = 1, 50*time.Millisecond
	read := make(chan struct{})
	server.Observe = func(d Direction, message []byte) {
		if d == Received && message[0] == '[' {
			close(read)
		}
	}
	in, writer := io.Pipe()
	out := newSink()
	out.close()
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error)
	go func() { served <- server.Serve(ctx, in, out) }()
	batch := strings.Repeat(call("1", "unknown")+",", size-1) + call("1", "unknown")
	io.WriteString(writer, call("1", "list")+"\n"+call("2", "list")+"\n["+batch+"]\n")
	<-read
	stop()
	if err := <-served; err == nil || !strings.Contains(err.Error(), "the peer does not read") {
		t.Errorf("Serve returned %v", err)
	}
	out.open()
	writer.Close()
}

// TestAStoppedServerLetsAReadingPeerRead has a peer that takes its time over each
// of the last answers, but takes them.
func TestAStoppedServerLetsAReadingPeerRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const calls = 10
		out := &steppedWriter{pass: make(chan struct{})}
		server := newServer(commands)
		in, writer := io.Pipe()
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error)
		go func() { served <- server.Serve(ctx, in, out) }()
		for id := range calls {
			io.WriteString(writer, call(fmt.Sprint(id), "wait")+"\n")
		}
		synctest.Wait()
		stop()
		time.Sleep(DefaultGrace)
		for range calls {
			time.Sleep(lastWrite - time.Millisecond)
			out.pass <- struct{}{}
		}
		if err := <-served; err != nil || out.written.Load() != calls {
			t.Errorf("%d of %d answers were written, %v", out.written.Load(), calls, err)
		}
		writer.Close()
	})
}

func TestNoNameIsSuggestedForAnEndlessOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(commands)
		server.Suggest = func(method string) []string { return []string{"compared with " + method} }
		peer := connect(t, server)
		peer.send(call("1", strings.Repeat("e", 1_000_000)))
		peer.expect(`{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"There is no method \"` + strings.Repeat("e", maxShown) +
			`…\". rpc.discover lists what exists.","data":{"suggestions":[]}}}`)
	})
}

func TestEveryMessageIsOneWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := connect(t, newServer(commands))
		for id := range 50 {
			peer.send(call(fmt.Sprint(id), "raw"))
		}
		if peer.out.writes != 50 {
			t.Errorf("%d writes for 50 answers", peer.out.writes)
		}
	})
}
