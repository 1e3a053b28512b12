package handlers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"msgraph-user/handlers"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/graphtest"
)

// describedGraph is a Graph that answers from a script and holds every request to
// Microsoft's description, and to what the command declares. Requests of a batch count
// each by itself.
type describedGraph struct {
	t       *testing.T
	command string
	answers []scripted

	mu   sync.Mutex
	sent []string // METHOD PATH?QUERY BODY
}

// scripted is the answer to each request whose line (METHOD PATH?QUERY BODY, below
// the version, unescaped) begins with on.
type scripted struct {
	on     string
	status int
	body   string
	times  int // how often it is given; 0 for ever
}

func (g *describedGraph) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := graphtest.Body(r)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if !graphtest.IsBatch(r) {
		status, answer := g.answer(r.Method, r.URL, body)
		return graphtest.Answer(r, status, answer), nil
	}
	requests, err := graphtest.Batch(r)
	if err != nil {
		return nil, err
	}
	var answers []graphtest.ItemAnswer
	for _, item := range requests {
		u, err := url.Parse("https://graph.microsoft.com/v1.0" + item.URL)
		if err != nil {
			return nil, err
		}
		status, answer := g.answer(item.Method, u, item.Body)
		answers = append(answers, graphtest.ItemAnswer{ID: item.ID, Status: status, Body: json.RawMessage(answer)})
	}
	return graphtest.BatchAnswer(r, answers)
}

func (g *describedGraph) answer(method string, u *url.URL, body []byte) (status int, answer string) {
	if err := fitsDescription(method, u, body); err != nil {
		g.t.Errorf("%s %s %s: %v", method, u, body, err)
	}
	if difference := undeclared(needsOf(g.t), g.command, []map[string]any{{"method": method, "path": u.EscapedPath()}}); difference != "" {
		g.t.Error(difference)
	}
	query, err := url.QueryUnescape(u.RawQuery)
	if err != nil {
		g.t.Error(err)
	}
	line := strings.TrimSuffix(strings.TrimSpace(fmt.Sprintf("%s %s?%s %s", method, strings.TrimPrefix(u.Path, "/v1.0"), query, body)), "?")
	g.sent = append(g.sent, line)
	for i := range g.answers {
		if a := &g.answers[i]; strings.HasPrefix(line, a.on) && a.times >= 0 {
			if a.times == 1 {
				a.times = -1
			} else if a.times > 1 {
				a.times--
			}
			return a.status, a.body
		}
	}
	g.t.Errorf("nothing answers %s", line)
	return http.StatusNotImplemented, `{"error":{"code":"x","message":"not scripted"}}`
}

// changes are the requests that changed something, or would have.
func (g *describedGraph) changes() []string {
	return slices.DeleteFunc(slices.Clone(g.sent), func(line string) bool { return strings.HasPrefix(line, "GET ") })
}

var description = sync.OnceValues(func() (*openapi3.T, error) {
	return openapi3.NewLoader().LoadFromFile("../testdata/graph/graph-openapi.json")
})

var (
	needsOnce sync.Once
	allNeeds  []engine.Need
)

// needsOf returns what all commands declare.
func needsOf(t *testing.T) []engine.Need {
	needsOnce.Do(func() {
		needs, err := engine.Needs(loadDefinition(t), handlers.Commands())
		if err != nil {
			t.Error(err)
		}
		allNeeds = needs
	})
	return allNeeds
}

// fitsDescription holds a request to Microsoft's description: the operation exists,
// has the options of the query, and takes the body.
func fitsDescription(method string, u *url.URL, body []byte) error {
	api, err := description()
	if err != nil {
		return err
	}
	var operation *openapi3.Operation
	var item *openapi3.PathItem
	for path, candidate := range api.Paths.Map() {
		if candidate.GetOperation(method) != nil && fitsPath(path, u.EscapedPath()) && (item == nil || !strings.Contains(path, "{directoryObject-id}")) {
			operation, item = candidate.GetOperation(method), candidate
		}
	}
	if operation == nil {
		return fmt.Errorf("there is no such operation")
	}
	known := map[string]bool{}
	for _, p := range append(slices.Clone(operation.Parameters), item.Parameters...) {
		known[p.Value.Name] = true
	}
	for name := range u.Query() {
		if !known[name] {
			return fmt.Errorf("it has no option %s", name)
		}
	}
	if len(body) == 0 || operation.RequestBody == nil {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	var value any
	if err := decoder.Decode(&value); err != nil {
		return err
	}
	schema := operation.RequestBody.Value.Content.Get("application/json").Schema.Value
	if object, ok := value.(map[string]any); ok {
		for name := range object {
			if !hasProperty(schema, name) {
				return fmt.Errorf("its body has no %s", name)
			}
		}
	}
	return schema.VisitJSON(value, openapi3.MultiErrors())
}

// hasProperty reports whether a schema, or one that it builds on, has a property.
func hasProperty(schema *openapi3.Schema, name string) bool {
	if strings.HasPrefix(name, "@") || schema.Properties[name] != nil {
		return true
	}
	return slices.ContainsFunc(schema.AllOf, func(s *openapi3.SchemaRef) bool { return hasProperty(s.Value, name) })
}

func fitsPath(template, path string) bool {
	return slices.EqualFunc(strings.Split(template, "/"), strings.Split(path, "/"), func(want, got string) bool {
		return want == got || strings.HasPrefix(want, "{")
	})
}

func requestURL(t *testing.T, path string) *url.URL {
	t.Helper()
	u, err := url.Parse("https://graph.microsoft.com/" + path)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// unheld answers also the look at protected users, which no command declares.
type unheld struct{ *describedGraph }

func (u unheld) RoundTrip(r *http.Request) (*http.Response, error) {
	u.command = "msgraph-user-get" // declares what it reads of a user
	if r.Method != http.MethodGet {
		u.command = "msgraph-user-account-disable"
	}
	if !graphtest.IsBatch(r) {
		return u.describedGraph.RoundTrip(r)
	}
	body, err := graphtest.Body(r)
	if err != nil {
		return nil, err
	}
	if bytes.Contains(body, []byte(`"method":"GET"`)) {
		u.command = "msgraph-user-get"
	}
	return u.describedGraph.RoundTrip(r)
}
