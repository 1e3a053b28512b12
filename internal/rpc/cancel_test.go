package rpc

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/xsoar"
)

const (
	cancelled = `"error":{"code":-32800,"message":"The call was cancelled. A change that was already sent may have taken effect.","data":{}}}`
	ended     = `"error":{"code":-32800,"message":"The session ended before the command did. It may have taken effect: check before you send it again.","data":{}}}`
	closing   = `"error":{"code":-32800,"message":"The server is shutting down and takes no more requests. Start the server again and send the request again.","data":{}}}`
)

func call(id, method string) string {
	return `{"jsonrpc":"2.0","id":` + id + `,"method":"` + method + `"}`
}

func cancel(id string) string {
	return `{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":` + id + `}}`
}

func answered(id string) string { return `{"jsonrpc":"2.0","id":` + id + `,"result":{"entries":[]}}` }

func refused(id, failed string) string { return `{"jsonrpc":"2.0","id":` + id + `,` + failed }

// stubborn runs until it is released, whatever its context says.
func stubborn(release <-chan struct{}) script {
	return script{"work": func(context.Context, engine.Call) ([]xsoar.Entry, error) {
		<-release
		return nil, nil
	}}
}

// lasting runs for a time, unless its context ends it.
func lasting(d time.Duration) script {
	return script{"work": func(ctx context.Context, _ engine.Call) ([]xsoar.Entry, error) {
		select {
		case <-time.After(d):
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
}

// A command of many that is told to stop says what it did, and what follows the
// answer is not done.
func TestWhatIsStoppedSaysWhatWasDone(t *testing.T) {
	records := []engine.Record{{User: "a", Command: "work", Status: engine.Succeeded}, {User: "b", Command: "work", Status: engine.NotTried}}
	const results = `"results":[{"User":"a","Command":"work","Status":"succeeded","Code":"","Message":"","RequestId":""},` +
		`{"User":"b","Command":"work","Status":"notTried","Code":"","Message":"","RequestId":""}]`
	const read = " The results say for each user what was done, what is in doubt, and what was not tried."
	byCaller := `"error":{"code":-32800,"message":"The call was cancelled.` + read + `","data":{` + results + `}}}`
	bySession := `"error":{"code":-32004,"message":"The session ended before the command did.` + read + `","data":{` + results + `,"timeout":true}}}`
	says := func(entries []xsoar.Entry, err error) script {
		return script{"work": func(ctx context.Context, call engine.Call) ([]xsoar.Entry, error) {
			<-ctx.Done()
			time.Sleep(lastWord / 2) // of the test's own clock
			call.After(func(context.Context) error { panic("nothing was handed over") })
			return entries, err
		}}
	}
	cut := says(nil, &failure.Error{Kind: failure.Canceled, Message: "Cut short.", Results: records})
	for _, c := range []struct {
		name string
		runs script
		stop func(*testPeer)
		want string
	}{
		{"cancelled", cut, func(p *testPeer) { p.send(cancel("1")) }, byCaller},
		{"cancelled twice", cut, func(p *testPeer) { p.send(cancel("1"), cancel("1")) }, byCaller},
		{"cancelled when all was done", says(note(records), nil), func(p *testPeer) { p.send(cancel("1")) }, byCaller},
		{"without results", says(nil, nil), func(p *testPeer) { p.send(cancel("1")) }, cancelled},
		{"end of input", cut, func(p *testPeer) { _ = p.end() }, bySession},
		{"a stop of the process", cut, func(p *testPeer) { p.stop(); _ = p.wait() }, bySession},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				peer := connect(t, newServer(c.runs))
				peer.send(call("1", "work"))
				synctest.Wait()
				c.stop(peer)
				time.Sleep(2 * lastWord) // of the test's own clock
				peer.expect(refused("1", c.want))
			})
		})
	}
}

func TestCancelOfAStubbornCallAnswersInTimeAndOnlyOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		peer := connect(t, newServer(stubborn(release)))
		peer.send(call("1", "work"))
		synctest.Wait()
		peer.send(cancel("1"))
		time.Sleep(2 * lastWord) // of the test's own clock
		peer.expect(refused("1", cancelled))
		close(release)
		synctest.Wait()
		peer.expect("")
	})
}

func TestCancelFindsTheIdHoweverItIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := connect(t, newServer(commands))
		for _, id := range []string{`1`, `1.0`, `"1"`, `"\u0061"`, `null`, `-7`} {
			peer.send(call(id, "wait"))
		}
		for _, c := range []struct{ cancel, answer string }{
			{`1`, `1`}, {`"1"`, `"1"`}, {`"a"`, `"\u0061"`}, {`null`, `null`}, {`1.0`, `1.0`}, {`-7`, `-7`},
		} {
			peer.send(cancel(c.cancel))
			peer.expect(refused(c.answer, cancelled))
		}
	})
}

func TestCancelTakesEveryCallOfTheId(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(commands)
		server.MaxInFlight = 1
		peer := connect(t, server)
		peer.send(call("1", "wait"), call("1", "wait"), cancel("1"))
		peer.expect(refused("1", cancelled), refused("1", cancelled))
	})
}

func TestCancelOfNothingIsNoError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := connect(t, newServer(commands))
		peer.send(cancel("1"), `{"jsonrpc":"2.0","method":"$/cancelRequest"}`)
		peer.expect("")
		peer.send(`{"jsonrpc":"2.0","id":1,"method":"$/cancelRequest","params":{"id":1}}`)
		peer.expect(`{"jsonrpc":"2.0","id":1,"result":null}`)
		peer.send(`{"jsonrpc":"2.0","id":2,"method":"$/cancelRequest","params":[1]}`)
		peer.expect(`{"jsonrpc":"2.0","id":2,"error":{"code":-32602,"message":"$/cancelRequest needs params with the id of a request: {\"id\":…}.","data":{"argument":"id"}}}`)
	})
}

func TestCancelInsideABatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := connect(t, newServer(commands))
		peer.send(`[` + call("1", "wait") + `,` + call("2", "report") + `]`)
		peer.expect("")
		peer.send(cancel("1"))
		peer.expect(`[` + refused("1", cancelled) + `,` + answered("2") + `]`)
	})
}

// A batch is in flight as a whole before its first request is served, so a cancel
// reaches requests that come after it.
func TestCancelInsideABatchOfWhatComesLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := connect(t, newServer(commands))
		peer.send(`[` + cancel("1") + `,` + call("1", "wait") + `,` + call("2", "report") + `]`)
		peer.expect(`[` + refused("1", cancelled) + `,` + answered("2") + `]`)
	})
}

func TestACancelledCallReportsNoMoreProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := connect(t, newServer(script{"work": func(ctx context.Context, c engine.Call) ([]xsoar.Entry, error) {
			<-ctx.Done()
			c.Progress(engine.Progress{Done: 1})
			return nil, ctx.Err()
		}}))
		peer.send(`{"jsonrpc":"2.0","id":1,"method":"work","params":{"progressToken":1}}`, cancel("1"))
		peer.expect(refused("1", cancelled))
	})
}

func TestEndOfInput(t *testing.T) {
	for _, c := range []struct {
		name   string
		takes  time.Duration
		want   string
		within time.Duration
	}{
		{"lets running calls finish", 3 * time.Second, answered("1"), 3 * time.Second},
		{"cancels them after the grace period", time.Hour, refused("1", ended), DefaultGrace},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				peer := connect(t, newServer(lasting(c.takes)))
				start := time.Now()
				peer.send(call("1", "work"))
				if err := peer.end(); err != nil {
					t.Errorf("Serve returned %v", err)
				}
				peer.expect(c.want)
				if took := time.Since(start); took != c.within {
					t.Errorf("the session ended after %v, want %v", took, c.within)
				}
			})
		})
	}
}

func TestEndOfInputServesAFileToItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(lasting(DefaultGrace - time.Second))
		server.MaxInFlight = 1
		peer := connect(t, server)
		peer.send(call("1", "work"), call("2", "work"), call("3", "work"))
		if err := peer.end(); err != nil {
			t.Errorf("Serve returned %v", err)
		}
		peer.expect(answered("1"), answered("2"), answered("3"))
	})
}

func TestAStopGivesAllCallsTogetherTheGracePeriod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(lasting(DefaultGrace - time.Second))
		server.MaxInFlight = 1
		peer := connect(t, server)
		peer.send(call("1", "work"), call("2", "work"))
		start := time.Now()
		peer.stop()
		if err := peer.end(); err != nil {
			t.Errorf("Serve returned %v", err)
		}
		peer.expect(answered("1"), refused("2", ended))
		if took := time.Since(start); took != DefaultGrace {
			t.Errorf("the session ended after %v", took)
		}
	})
}

func TestEndOfInputDoesNotWaitForeverForStubbornCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		server := newServer(stubborn(release))
		server.MaxInFlight = 1
		peer := connect(t, server)
		start := time.Now()
		peer.send(call("1", "work"))
		if err := peer.end(); err != nil {
			t.Errorf("Serve returned %v", err)
		}
		peer.expect(refused("1", ended))
		if took := time.Since(start); took != 2*DefaultGrace+lastWord {
			t.Errorf("the session ended after %v", took)
		}
	})
}

func TestAStoppedServerFinishesWhatRunsAndRefusesTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := connect(t, newServer(script{"work": lasting(time.Second)["work"], "remember": remember}))
		peer.send(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"capabilities":{"integrationContext":true}}}`)
		peer.out.take()
		peer.send(call("1", "work"), call("2", "remember"))
		peer.expect(`{"jsonrpc":"2.0","id":4,"method":"getIntegrationContext","params":{"instance":""}}`)
		peer.stop()
		synctest.Wait()
		peer.send(call("3", "work"))
		peer.expect(refused("3", closing))
		// What runs may still need the peer.
		peer.send(`{"jsonrpc":"2.0","id":4,"result":{}}`)
		peer.expect(`{"jsonrpc":"2.0","id":6,"method":"setIntegrationContext","params":{"instance":"","value":{"access_token":"a<b"}}}`)
		peer.send(`{"jsonrpc":"2.0","id":6,"result":{}}`)
		if err := peer.wait(); err != nil {
			t.Errorf("Serve returned %v", err)
		}
		if got := peer.out.take(); !strings.HasSuffix(got, answered("1")+"\n") {
			t.Errorf("the running call was not answered: %s", got)
		}
	})
}

func TestShutdown(t *testing.T) {
	const null = `"result":null}`
	for _, c := range []struct {
		name  string
		after time.Duration
		send  []string
		want  []string
	}{
		{"alone", 0, []string{call("1", "shutdown")}, []string{refused("1", null)}},
		{"twice", time.Minute, []string{call("0", "work"), call("1", "shutdown"), call("2", "shutdown")},
			[]string{answered("0"), refused("1", null), refused("2", null)}},
		{"as a notification", time.Minute, []string{call("0", "work"), `{"jsonrpc":"2.0","method":"shutdown"}`}, []string{answered("0")}},
		{"in a batch", time.Minute, []string{`[` + call("0", "work") + `,` + call("1", "shutdown") + `,` + call("2", "work") + `]`},
			[]string{`[` + answered("0") + `,` + refused("1", null) + `,` + refused("2", closing) + `]`}},
		{"first in a batch", 0, []string{`[` + call("1", "shutdown") + `,` + call("2", "work") + `]`},
			[]string{`[` + refused("1", null) + `,` + refused("2", closing) + `]`}},
		{"waits for notifications that run", time.Minute, []string{`{"jsonrpc":"2.0","method":"work"}`, call("1", "shutdown")},
			[]string{refused("1", null)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				peer := connect(t, newServer(lasting(time.Minute)))
				start := time.Now()
				peer.send(c.send...)
				if err := peer.wait(); err != nil {
					t.Errorf("Serve returned %v", err)
				}
				peer.expect(c.want...)
				if took := time.Since(start); took != c.after {
					t.Errorf("the session ended after %v, want %v", took, c.after)
				}
			})
		})
	}
}
