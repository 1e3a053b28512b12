package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"msgraph-user/handlers"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/graphtest"
	"msgraph-user/internal/xsoar"
)

// newService starts a service whose requests far answers, with all commands and the
// definition of integration.yml where the options have no others.
func newService(t testing.TB, far http.RoundTripper, options engine.Options) *engine.Service {
	t.Helper()
	options.InProcess = far
	if options.Commands == nil {
		options.Commands = handlers.Commands()
	}
	if options.Definition == nil {
		options.Definition = loadDefinition(t)
	}
	return engine.New(options)
}

func loadDefinition(t testing.TB) *definition.Integration {
	t.Helper()
	defined, err := definition.ParseYAML(graphtest.IntegrationYML(t))
	if err != nil {
		t.Fatal(err)
	}
	return defined
}

// recordedNow is the time at which the vectors were recorded.
const recordedNow = 1700000000

// atRecording is the time at which the vectors were recorded.
func atRecording() time.Time { return time.Unix(recordedNow, 0) }

// noWait ends each wait at once.
func noWait(context.Context, time.Duration) error { return nil }

// instanceParams are those of an instance whose token is at hand.
func instanceParams() map[string]any {
	return map[string]any{
		"creds_auth_id":   map[string]any{"password": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"},
		"creds_tenant_id": map[string]any{"password": "11111111-2222-3333-4444-555555555555"},
		"creds_enc_key":   map[string]any{"password": "a-client-secret-of-forty-characters-0123"},
		"self_deployed":   true,
	}
}

// contextStore is the caller's integration context.
type contextStore struct{ value map[string]any }

func (s *contextStore) GetIntegrationContext(context.Context, string) (map[string]any, error) {
	copied := map[string]any{}
	for name, value := range s.value {
		copied[name] = value
	}
	return copied, nil
}

func (s *contextStore) SetIntegrationContext(_ context.Context, _ string, value map[string]any) error {
	s.value = value
	return nil
}

// withToken is one with a token that is good until then, in seconds since 1970.
func withToken(until int64) *contextStore {
	return &contextStore{value: map[string]any{"access_token": "cached-token", "valid_until": until}}
}

// ask runs a command against scripted answers, and returns what was waited for.
func ask(t *testing.T, far *farSide, command string, args, params map[string]any) (entries []xsoar.Entry, waits []time.Duration, err error) {
	t.Helper()
	wait := func(_ context.Context, d time.Duration) error {
		waits = append(waits, d)
		return nil
	}
	entries, err = run(t, far, wait, engine.Call{Command: command, Args: args, Params: params})
	return entries, waits, err
}

// run runs a call against scripted answers, with a token at hand.
func run(t *testing.T, far *farSide, wait func(context.Context, time.Duration) error, call engine.Call) ([]xsoar.Entry, error) {
	t.Helper()
	service := newService(t, far, engine.Options{Now: atRecording, Wait: wait})
	call.Store = withToken(recordedNow + 3000)
	return service.Run(t.Context(), call)
}

// callMany runs a command on users against a far side, and returns how long it took.
func callMany(t *testing.T, ctx context.Context, far http.RoundTripper, call engine.Call) ([]xsoar.Entry, time.Duration, error) {
	t.Helper()
	service := newService(t, far, engine.Options{})
	call.Store = withToken(time.Now().Add(time.Hour * 24).Unix())
	if call.Params == nil {
		call.Params = instanceParams()
	}
	began := time.Now()
	entries, err := service.Run(ctx, call)
	took := time.Since(began)
	if err := service.Close(context.Background()); err != nil {
		t.Error(err)
	}
	return entries, took, err
}

// users returns n names.
func users(n int) []any {
	names := make([]any, n)
	for i := range names {
		names[i] = fmt.Sprintf("u%d@contoso.example", i)
	}
	return names
}
