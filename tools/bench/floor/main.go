// Command floor is the least that a JSON-RPC server on sourcegraph/jsonrpc2 can do: the
// library's own stream, handler and reply, and one GET with net/http for each call. It
// answers with a line of a given length:
//
//	floor URL LENGTH
//
// tools/bench measures the program against it.
package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/sourcegraph/jsonrpc2"
)

// stdio is standard input and output as one stream.
type stdio struct{}

func (stdio) Read(p []byte) (int, error)  { return os.Stdin.Read(p) }
func (stdio) Write(p []byte) (int, error) { return os.Stdout.Write(p) }
func (stdio) Close() error                { return os.Stdin.Close() }

func main() {
	url := os.Args[1]
	length, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	filling := strings.Repeat("x", max(0, length-len(`{"id":1,"result":{"user":""},"jsonrpc":"2.0"}`)))
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}
	handle := func(ctx context.Context, _ *jsonrpc2.Conn, _ *jsonrpc2.Request) (any, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return nil, err
		}
		answer, err := client.Do(request)
		if err != nil {
			return nil, err
		}
		defer answer.Body.Close()
		if _, err := io.ReadAll(answer.Body); err != nil {
			return nil, err
		}
		return map[string]string{"user": filling}, nil
	}
	conn := jsonrpc2.NewConn(context.Background(), jsonrpc2.NewPlainObjectStream(stdio{}), jsonrpc2.AsyncHandler(jsonrpc2.HandlerWithError(handle)))
	<-conn.DisconnectNotify()
}
