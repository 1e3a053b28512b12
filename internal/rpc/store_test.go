package rpc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sourcegraph/jsonrpc2"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/xsoar"
)

const (
	announce = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"capabilities":{"integrationContext":true}}}`
	asked    = `{"jsonrpc":"2.0","id":3,"method":"getIntegrationContext","params":{"instance":""}}`
)

// remembering is a peer that was asked for its integration context, as number 3.
func remembering(t *testing.T) *testPeer {
	peer := connect(t, newServer(commands))
	peer.send(announce)
	peer.out.take()
	peer.send(call("1", "remember"))
	peer.expect(asked)
	return peer
}

func TestTheCallFailsWhenThePeerCannotGiveItsContext(t *testing.T) {
	const failed = `{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"The caller announced that it keeps the integration context, but getIntegrationContext failed: `
	for _, c := range []struct{ name, answer, want string }{
		{"an error", `{"jsonrpc":"2.0","id":3,"error":{"code":-1,"message":"token t0ps3cret"}}`, `the caller answered error -1.","data":{}}}`},
		{"an error of no shape", `{"jsonrpc":"2.0","id":3,"error":"no"}`, `the caller answered an error without a code.","data":{}}}`},
		{"no object", `{"jsonrpc":"2.0","id":3,"result":[1]}`, `the result is an array, not an object.","data":{}}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				peer := remembering(t)
				peer.send(c.answer)
				peer.expect(failed + c.want)
			})
		})
	}
	t.Run("the peer went away", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			peer := remembering(t)
			if err := peer.end(); err != nil {
				t.Error(err)
			}
			peer.expect(failed + `it closed the input, so no answer can come.","data":{}}}`)
		})
	})
}

func TestAPeerThatEndedTheInputIsNotAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(script{"work": lasting(time.Second)["work"], "remember": remember})
		server.MaxInFlight = 1
		peer := connect(t, server)
		peer.send(announce)
		peer.out.take()
		peer.send(call("1", "work"), call("2", "remember"))
		if err := peer.end(); err != nil {
			t.Error(err)
		}
		if got := peer.out.take(); !strings.HasPrefix(got, answered("1")) || strings.Contains(got, `"method"`) || !strings.Contains(got, peerGone) {
			t.Errorf("the server wrote %s", got)
		}
	})
}

func TestAPeerWithoutAContextYetMaySayNull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := remembering(t)
		peer.send(`{"jsonrpc":"2.0","id":3,"result":null}`)
		peer.expect(`{"jsonrpc":"2.0","id":4,"method":"setIntegrationContext","params":{"instance":"","value":{"access_token":"a<b"}}}`)
	})
}

func TestAnAnswerThatComesTooLateIsIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := remembering(t)
		peer.send(cancel("1"))
		peer.expect(refused("1", cancelled))
		peer.send(`{"jsonrpc":"2.0","id":3,"result":{}}`, `{"jsonrpc":"2.0","id":3,"result":{}}`, call("2", "report"))
		peer.expect(answered("2"))
	})
}

func TestWhatIsAskedIsForgottenWhenItIsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// It may hold a token, and some peers never answer.
		out := newSink()
		s := newSession(t.Context(), newServer(commands).withDefaults(), strings.NewReader(""), out)
		r := &jsonrpc2.Request{Method: methodSetContext, ID: jsonrpc2.ID{Num: 1}}
		if err := r.SetParams(contextParams{Value: map[string]any{"access_token": "t"}}); err != nil {
			t.Fatal(err)
		}
		s.stream.sending(r, nil)
		if err := s.stream.WriteObject(nil); err != nil {
			t.Fatal(err)
		}
		s.out.close()
		<-s.out.flushed
		if sent := out.take(); !strings.Contains(sent, "access_token") || r.Params != nil {
			t.Errorf("%s was sent and %s kept", sent, *r.Params)
		}
	})
}

// failing is a reader or writer that fails.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error)  { return 0, f.err }
func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestServeTellsOfABrokenStream(t *testing.T) {
	gone := errors.New("gone")
	t.Run("input", func(t *testing.T) {
		err := newServer(commands).Serve(t.Context(), failing{gone}, newSink())
		if !errors.Is(err, gone) || !strings.HasPrefix(err.Error(), "reading") {
			t.Errorf("Serve returned %v", err)
		}
	})
	t.Run("output", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			in := strings.NewReader(call("1", "wait") + "\n" + call("2", "report") + "\n")
			err := newServer(commands).Serve(t.Context(), in, failing{gone})
			if !errors.Is(err, gone) || !strings.HasPrefix(err.Error(), "writing") {
				t.Errorf("Serve returned %v", err)
			}
		})
	})
}

func TestAPanicEndsOnlyItsRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(commands)
		server.Discover = func() any { panic("holds a s3cret") }
		server.Stats = func() any { return map[string]int{"calls": 1} }
		var log bytes.Buffer
		server.Log = slog.New(slog.NewTextHandler(&log, nil))
		peer := connect(t, server)
		peer.send(call("1", "rpc.discover"), call("2", "stats"))
		if text := log.String(); !strings.Contains(text, "store_test.go") || strings.Contains(text, "s3cret") {
			t.Errorf("the log lacks the place or shows the value: %s", text)
		}
		peer.expect(
			`{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"The command failed through a defect of this server. Its log on stderr says more; please report it.","data":{}}}`,
			`{"jsonrpc":"2.0","id":2,"result":{"calls":1}}`)
	})
}

func TestObserveSeesEveryMessageOfTheWire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(commands)
		var seen []string
		server.Observe = func(d Direction, message []byte) { seen = append(seen, string(d)+" "+string(message)) }
		peer := connect(t, server)
		peer.send("  " + call("1", "report") + "\r")
		peer.send("bad")
		want := []string{
			"received " + call("1", "report"), "sent " + answered("1"), "received bad",
			`sent {"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"The message is not JSON: invalid character 'b' looking for beginning of value (byte 1).","data":{}}}`,
		}
		if strings.Join(seen, "\n") != strings.Join(want, "\n") {
			t.Errorf("observed\n%s", strings.Join(seen, "\n"))
		}
	})
}

func TestErrorsOfNoKindShowNothingOfThemselves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(script{"work": func(context.Context, engine.Call) ([]xsoar.Entry, error) {
			return nil, fmt.Errorf("reading: %w", errors.New("holds a s3cret"))
		}})
		var log bytes.Buffer
		server.Log = slog.New(slog.NewTextHandler(&log, nil))
		peer := connect(t, server)
		peer.send(call("1", "work"))
		got := peer.out.take()
		if !strings.Contains(got, "-32603") || strings.Contains(got+log.String(), "s3cret") || !strings.Contains(log.String(), "*fmt.wrapError > *errors.errorString") {
			t.Errorf("the server wrote %s and logged %s", got, log.String())
		}
	})
}
