package rpc

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/xsoar"
)

// benchmarkCalls measures what a call costs besides its command, one after the
// other: request in, answer out, over pipes in this process.
func benchmarkCalls(b *testing.B, request string, contents any) {
	server := newServer(script{"get": func(context.Context, engine.Call) ([]xsoar.Entry, error) { return note(contents), nil }})
	in, requests := io.Pipe()
	answers, out := io.Pipe()
	served := make(chan error)
	go func() { served <- server.Serve(b.Context(), in, out) }()
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

func BenchmarkCall(b *testing.B) {
	benchmarkCalls(b, `{"jsonrpc":"2.0","id":1,"method":"get","params":{"args":{"user":"adele@contoso.com"},"params":{"host":"https://graph.microsoft.com","creds_auth_id":{"password":"0"}},"context":{"Inv":{"id":"42"},"IntegrationInstance":"entra_prod"}}}`,
		map[string]string{"id": "1"})
}

func BenchmarkCallWithALargeAnswer(b *testing.B) {
	user := `{"id":"` + strings.Repeat("x", 500) + `","mail":null},`
	benchmarkCalls(b, `{"jsonrpc":"2.0","id":1,"method":"get"}`, json.RawMessage("["+strings.Repeat(user, 100)+"{}]"))
}
