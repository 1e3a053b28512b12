package rpc

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/xsoar"
)

// What a command leaves for afterwards is done when the peer has the answer, also
// where the answer waits for the others of its batch; what still waits for it is in
// flight.
func TestWorkAfterTheAnswer(t *testing.T) {
	const (
		answer = `{"jsonrpc":"2.0","id":1,"result":{"entries":[{"Type":1,"ContentsFormat":"json","Contents":"answer"}]}}`
		slow   = `{"jsonrpc":"2.0","id":2,"result":{"entries":[]}}`
		asks   = `"method":"setIntegrationContext","params":{"instance":"","value":{"noted":true}}}`
	)
	slowly := script{"note-later": noteLater, "work": lasting(time.Hour)["work"]}
	for _, c := range []struct{ name, send, first, then string }{
		{"alone", call("1", "note-later"), answer, ""},
		{"in a batch", "[" + call("1", "note-later") + "," + call("2", "work") + "]", "", "[" + answer + "," + slow + "]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				peer := connect(t, newServer(slowly))
				peer.send(announce)
				peer.out.take()
				peer.send(c.send)
				got := peer.out.take()
				if c.first == "" {
					if got != "" {
						t.Errorf("before the batch is whole: %s", got)
					}
					time.Sleep(2 * time.Hour) // of the test's own clock
					synctest.Wait()
					got, c.first = peer.out.take(), c.then
				}
				lines := strings.Split(strings.TrimSpace(got), "\n")
				if len(lines) != 2 || lines[0] != c.first || !strings.HasSuffix(lines[1], asks) {
					t.Fatalf("got %s", got)
				}
				number := strings.TrimPrefix(strings.SplitN(lines[1], ",", 3)[1], `"id":`)
				peer.send(`{"jsonrpc":"2.0","id":` + number + `,"result":null}`)
				if err := peer.end(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// A peer that takes the log hears where that work failed.
func TestWorkAfterTheAnswerThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := connect(t, newServer(script{"note-later": noteLater}))
		peer.send(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"capabilities":{"integrationContext":true,"log":true}}}`)
		peer.out.take()
		peer.send(call("1", "note-later"))
		asked := strings.Split(strings.TrimSpace(peer.out.take()), "\n")
		number := strings.TrimPrefix(strings.SplitN(asked[len(asked)-1], ",", 3)[1], `"id":`)
		peer.send(`{"jsonrpc":"2.0","id":` + number + `,"error":{"code":-32603,"message":"full"}}`)
		if got := peer.out.take(); !strings.HasPrefix(got, `{"jsonrpc":"2.0","method":"log","params":{"level":"warning","message":"\"note-later\" answered, but what was to be kept`) || !strings.Contains(got, "setIntegrationContext failed") {
			t.Errorf("the peer heard %s", got)
		}
		if err := peer.end(); err != nil {
			t.Error(err)
		}
	})
}

// A peer that did not get the answer, or goes away, has nothing noted as handed over,
// and the session ends.
func TestNoWorkAfterAnAnswerThatWasNotGiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		noted := false
		server := newServer(script{"work": func(_ context.Context, call engine.Call) ([]xsoar.Entry, error) {
			call.After(func(context.Context) error { noted = true; return nil })
			<-time.After(time.Second)
			if call.Args["unencodable"] != nil {
				return note(func() {}), nil
			}
			return nil, nil
		}})
		peer := connect(t, server)
		peer.send(call("1", "work"), cancel("1"), `{"jsonrpc":"2.0","id":2,"method":"work","params":{"args":{"unencodable":"1"}}}`)
		time.Sleep(time.Minute) // of the test's own clock
		if err := peer.end(); err != nil {
			t.Error(err)
		}
		if noted {
			t.Errorf("noted, though the peer got %s", peer.out.take())
		}
	})
}
