package handlers_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"msgraph-user/graph"
	"msgraph-user/handlers"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/xsoar"
)

// vector is one case of the contract: what a caller passes in, how the far side
// answers, and what must come of it.
type vector struct {
	Name               string         `json:"name"`
	Command            string         `json:"command"`
	Args               map[string]any `json:"args"`
	Params             map[string]any `json:"params"`
	IntegrationContext map[string]any `json:"integrationContext"`
	Exchanges          []exchange     `json:"exchanges"`
	Requests           any            `json:"requests"`
	Entries            []any          `json:"entries"`
	Error              *struct {
		Mentions []string `json:"mentions"`
		Code     int      `json:"code"`
	} `json:"error"`
	ContextAfter     map[string]any    `json:"integrationContextAfter"`
	UnorderedColumns bool              `json:"unorderedColumns"`
	Zip              map[string]string `json:"zip"`
}

// TestContract runs every vector against the commands, with a scripted far side
// in the place of the network.
func TestContract(t *testing.T) {
	vectors := loadVectors(t, "vectors.json", "vectors-2.json")
	integration := loadDefinition(t)
	needs, err := engine.Needs(integration, handlers.Commands())
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			if difference := play(t, integration, needs, v); difference != "" {
				t.Error(difference)
			}
		})
	}
	t.Logf("%d cases", len(vectors))
}

// loadVectors reads the cases of the contract's files. Where several files hold a
// case of one name, the last one counts.
func loadVectors(t testing.TB, files ...string) []vector {
	t.Helper()
	var vectors []vector
	for _, file := range files {
		data, err := os.ReadFile("../testdata/contract/" + file)
		if err != nil {
			t.Fatal(err)
		}
		var layer []vector
		if err := json.Unmarshal(data, &layer); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		names := map[string]bool{}
		for _, v := range layer {
			names[v.Name] = true
		}
		vectors = append(slices.DeleteFunc(vectors, func(v vector) bool { return names[v.Name] }), layer...)
	}
	return vectors
}

// play runs one vector and returns the first difference, or "".
func play(t testing.TB, integration *definition.Integration, needs []engine.Need, v vector) string {
	far := &farSide{exchanges: v.Exchanges}
	store := &contextStore{value: v.IntegrationContext}
	service := newService(t, far, engine.Options{Definition: integration, Now: atRecording, Wait: noWait})
	entries, err := service.Run(t.Context(), engine.Call{
		Command: v.Command, Args: v.Args, Params: v.Params, Instance: v.Name, Incident: "1", Store: store,
	})
	if closed := service.Close(t.Context()); closed != nil {
		return closed.Error()
	}
	for _, difference := range []string{
		undeclared(needs, v.Command, far.seen()),
		compareOutcome(v, entries, err),
		compareRequests(v.Requests, far.seen()),
		compareContext(v.ContextAfter, store.value),
	} {
		if difference != "" {
			return difference
		}
	}
	return ""
}

// undeclared returns a request to Graph that the command does not declare, or "":
// what the permissions page and the doctor say rests on the declarations.
func undeclared(needs []engine.Need, command string, requests []map[string]any) string {
	i := slices.IndexFunc(needs, func(n engine.Need) bool { return n.Command == command })
	for _, r := range requests {
		version, path, _ := strings.Cut(strings.TrimPrefix(r["path"].(string), "/"), "/")
		if version != graph.V1 && version != graph.Beta {
			continue // sign-in, or the MFA service
		}
		if !slices.ContainsFunc(needs[i].Requests, func(d graph.Request) bool {
			return d.Method == r["method"] && d.Version == version && fits(d.Template, "/"+path)
		}) {
			return fmt.Sprintf("%s does not declare %s %s", command, r["method"], r["path"])
		}
	}
	return ""
}

// fits reports whether an escaped path is of a template. A key in parentheses is
// another form of a segment.
func fits(template, path string) bool {
	path = strings.NewReplacer("('", "/", "')", "").Replace(path)
	return slices.EqualFunc(strings.Split(template, "/"), strings.Split(path, "/"), func(want, got string) bool {
		return want == got || strings.HasPrefix(want, "{")
	})
}

func compareOutcome(v vector, entries []xsoar.Entry, err error) string {
	switch {
	case v.Error == nil && err != nil:
		return fmt.Sprintf("unexpected error %v", err)
	case v.Error == nil:
		return compareEntries(v, entries)
	case err == nil:
		return fmt.Sprintf("an error expected, got %+v", entries)
	}
	for _, mention := range v.Error.Mentions {
		if !strings.Contains(err.Error(), mention) {
			return fmt.Sprintf("the error does not mention %q: %v", mention, err)
		}
	}
	if code := failure.KindOf(err).Code(); v.Error.Code != 0 && code != v.Error.Code {
		return fmt.Sprintf("error code %d, want %d: %v", code, v.Error.Code, err)
	}
	return ""
}

// contextStore keeps one integration context, as the platform does.
