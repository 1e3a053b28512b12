package docs

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// The page for client authors names all that rpc.discover describes: the session's
// methods, what the server sends, the members of requests and of entries, and the
// errors.
func TestTheProtocolPageIsComplete(t *testing.T) {
	var answer struct {
		Result struct {
			Methods       []struct{ Name string }
			ClientMethods []struct{ Name string } `json:"x-clientMethods"`
			Components    struct {
				ContentDescriptors map[string]any
				Errors             map[string]struct{ Code int }
				Schemas            struct {
					Entry struct{ Properties map[string]any }
				}
			}
		}
	}
	out := program(t, `{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}`, "serve", "--emulator")
	if err := json.Unmarshal([]byte(out), &answer); err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, method := range append(answer.Result.Methods, answer.Result.ClientMethods...) {
		if !strings.HasPrefix(method.Name, "msgraph-") { // the commands have a page of their own
			words = append(words, method.Name)
		}
	}
	for member := range answer.Result.Components.Schemas.Entry.Properties {
		words = append(words, "`"+member+"`")
	}
	for member := range answer.Result.Components.ContentDescriptors {
		words = append(words, "| `"+member)
	}
	for _, e := range answer.Result.Components.Errors {
		words = append(words, fmt.Sprintf("| %d |", e.Code))
	}
	page := file(t, "docs/json-rpc.md")
	for _, word := range words {
		if !strings.Contains(page, word) {
			t.Errorf("json-rpc.md does not name %s", word)
		}
	}
	if len(words) < 30 {
		t.Errorf("only %d words were looked for", len(words))
	}
}
