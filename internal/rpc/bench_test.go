package rpc

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/sourcegraph/jsonrpc2"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/xsoar"
)

const (
	smallCall = `{"jsonrpc":"2.0","id":1,"method":"get","params":{"args":{"user":"adele@contoso.com"},"params":{"host":"https://graph.microsoft.com","creds_auth_id":{"password":"0"}},"context":{"Inv":{"id":"42"},"IntegrationInstance":"entra_prod"}}}`
	bareCall  = `{"jsonrpc":"2.0","id":1,"method":"get"}`
)

var (
	smallAnswered any = map[string]string{"id": "1"}
	largeAnswered any = json.RawMessage("[" + strings.Repeat(`{"id":"`+strings.Repeat("x", 500)+`","mail":null},`, 100) + "{}]")
)

// benchmarkCalls measures what a call costs besides its command, one after the
// other: request in, answer out, over pipes in this process. serve ends with in.
func benchmarkCalls(b *testing.B, request string, serve func(in *io.PipeReader, out *io.PipeWriter) error) {
	in, requests := io.Pipe()
	answers, out := io.Pipe()
	served := make(chan error)
	go func() { served <- serve(in, out) }()
	lines := bufio.NewReaderSize(answers, 1<<20)
	line := []byte(request + "\n")
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := requests.Write(line); err != nil {
			b.Fatal(err)
		}
		if _, err := lines.ReadSlice('\n'); err != nil {
			b.Fatal(err)
		}
	}
	requests.Close()
	if err := <-served; err != nil {
		b.Fatal(err)
	}
}

// ours is this package's server.
func ours(b *testing.B, contents any) func(*io.PipeReader, *io.PipeWriter) error {
	server := newServer(script{"get": func(context.Context, engine.Call) ([]xsoar.Entry, error) { return note(contents), nil }})
	return func(in *io.PipeReader, out *io.PipeWriter) error { return server.Serve(b.Context(), in, out) }
}

// floor is a server that has nothing but the library, with its own stream.
func floor(b *testing.B, contents any) func(*io.PipeReader, *io.PipeWriter) error {
	handler := jsonrpc2.HandlerWithError(func(context.Context, *jsonrpc2.Conn, *jsonrpc2.Request) (any, error) {
		return commandResult{Entries: note(contents)}, nil
	})
	return func(in *io.PipeReader, out *io.PipeWriter) error {
		conn := jsonrpc2.NewConn(b.Context(), jsonrpc2.NewPlainObjectStream(duplex{in, out}), jsonrpc2.AsyncHandler(handler))
		<-conn.DisconnectNotify()
		return nil
	}
}

func BenchmarkCall(b *testing.B) { benchmarkCalls(b, smallCall, ours(b, smallAnswered)) }

func BenchmarkCallWithALargeAnswer(b *testing.B) { benchmarkCalls(b, bareCall, ours(b, largeAnswered)) }

func BenchmarkFloor(b *testing.B) { benchmarkCalls(b, smallCall, floor(b, smallAnswered)) }

func BenchmarkFloorWithALargeAnswer(b *testing.B) {
	benchmarkCalls(b, bareCall, floor(b, largeAnswered))
}
