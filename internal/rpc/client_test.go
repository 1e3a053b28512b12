package rpc

import (
	"context"
	"encoding/json"
	"io"
	"sync/atomic"
	"testing"

	"github.com/sourcegraph/jsonrpc2"
)

// duplex is one end of two pipes.
type duplex struct {
	io.Reader
	io.WriteCloser
}

// TestAnOffTheShelfClientConnects lets the library's client speak to the server
// in both framings: it calls, answers what the server asks, and hears its log.
func TestAnOffTheShelfClientConnects(t *testing.T) {
	for name, stream := range map[string]func(io.ReadWriteCloser) jsonrpc2.ObjectStream{
		"lines": jsonrpc2.NewPlainObjectStream,
		"Content-Length": func(c io.ReadWriteCloser) jsonrpc2.ObjectStream {
			return jsonrpc2.NewBufferedStream(c, jsonrpc2.VSCodeObjectCodec{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			in, toServer := io.Pipe()
			fromServer, out := io.Pipe()
			served := make(chan error)
			go func() {
				err := newServer(commands).Serve(t.Context(), in, out)
				in.CloseWithError(io.ErrClosedPipe)
				out.Close()
				served <- err
			}()
			var logged atomic.Int64
			client := jsonrpc2.NewConn(t.Context(), stream(duplex{fromServer, toServer}), jsonrpc2.HandlerWithError(
				func(_ context.Context, _ *jsonrpc2.Conn, req *jsonrpc2.Request) (any, error) {
					if req.Method == "log" {
						logged.Add(1)
					}
					return map[string]any{"from": req.Method}, nil
				}))
			useClient(t, client)
			if err := <-served; err != nil || logged.Load() != 4 {
				t.Errorf("Serve returned %v after %d log lines", err, logged.Load())
			}
			client.Close()
		})
	}
}

// useClient goes through a session from initialize to shutdown.
func useClient(t *testing.T, client *jsonrpc2.Conn) {
	t.Helper()
	request := func(method string, params any) json.RawMessage {
		t.Helper()
		var result json.RawMessage
		if err := client.Call(t.Context(), method, params, &result); err != nil {
			t.Fatalf("%s: %v", method, err)
		}
		return result
	}
	request("initialize", map[string]any{"capabilities": map[string]bool{"integrationContext": true, "log": true}})
	if got := request("remember", map[string]any{}); string(got) != `{"entries":[{"Type":1,"ContentsFormat":"json","Contents":{"access_token":"a<b","from":"getIntegrationContext"}}]}` {
		t.Errorf("remember answered %s", got)
	}
	request("report", nil)
	if got := request("shutdown", nil); string(got) != "null" {
		t.Errorf("shutdown answered %s", got)
	}
}
