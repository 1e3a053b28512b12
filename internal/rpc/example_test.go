package rpc_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/rpc"
	"msgraph-user/internal/xsoar"
)

// greeter is a Runner of one command.
type greeter struct{}

func (greeter) Run(_ context.Context, call engine.Call) ([]xsoar.Entry, error) {
	return []xsoar.Entry{{Type: xsoar.Note, ContentsFormat: xsoar.FormatText, Contents: fmt.Sprintf("Hello %v", call.Args["name"])}}, nil
}

func ExampleServer_Serve() {
	server := &rpc.Server{Runner: greeter{}, Commands: []string{"greet"}}
	in := strings.NewReader(`{"jsonrpc":"2.0","id":7,"method":"greet","params":{"args":{"name":"Adele"}}}`)
	if err := server.Serve(context.Background(), in, os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output: {"jsonrpc":"2.0","id":7,"result":{"entries":[{"Type":1,"ContentsFormat":"text","Contents":"Hello Adele"}]}}
}
