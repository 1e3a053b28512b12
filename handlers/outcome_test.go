package handlers_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
)

// What a caller concludes from a call that answers entries.
func TestWhatTheCallerIsToldOfTheOutcome(t *testing.T) {
	const unknown = "Resource 'a@b' does not exist or one of its queried reference-property objects are not present."
	for name, c := range map[string]struct {
		command  string
		args     map[string]any
		exchange exchange
		want     engine.Status // "" where the command is to fail
	}{
		"done":                        {"msgraph-user-account-disable", map[string]any{"user": "a@b"}, exchange{On: "PATCH https://graph.microsoft.com/v1.0/users/*", Status: 204}, engine.Succeeded},
		"found":                       {"msgraph-user-get", map[string]any{"user": "a@b"}, answered("GET /users/a@b", `{"id":"1"}`), engine.Succeeded},
		"an empty list":               {"msgraph-user-owned-devices-list", map[string]any{"user": "a@b"}, answered("GET /users/a@b/ownedDevices", `{"value":[]}`), engine.Succeeded},
		"nobody to disable":           {"msgraph-user-account-disable", map[string]any{"user": "a@b"}, refusal("PATCH", "/users/a@b", 404, "Request_ResourceNotFound", unknown), engine.NotFound},
		"nobody to read":              {"msgraph-user-get", map[string]any{"user": "a@b"}, refusal("GET", "/users/a@b", 404, "Request_ResourceNotFound", unknown), engine.NotFound},
		"a name that nobody has":      {"msgraph-user-get", map[string]any{"user": "a*b"}, refusal("GET", "/users/a*b", 400, "BadRequest", "Bad request. Please fix the request before retrying."), engine.NotFound},
		"no manager":                  {"msgraph-user-get-manager", map[string]any{"user": "a@b"}, refusal("GET", "/users/a@b/manager", 404, "Request_ResourceNotFound", "Resource 'manager' does not exist or one of its queried reference-property objects are not present."), engine.Succeeded},
		"the manager of nobody":       {"msgraph-user-get-manager", map[string]any{"user": "a@b"}, refusal("GET", "/users/a@b/manager", 404, "Request_ResourceNotFound", unknown), engine.NotFound},
		"a failure speaks for itself": {"msgraph-user-account-disable", map[string]any{"user": "a@b"}, refusal("PATCH", "/users/a@b", 403, "Authorization_RequestDenied", "Insufficient privileges"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			told := []engine.Status{}
			_, err := run(t, &farSide{exchanges: []exchange{c.exchange}}, nil, engine.Call{
				Command: c.command, Args: c.args, Params: instanceParams(),
				Outcome: func(status engine.Status) { told = append(told, status) },
			})
			switch {
			case c.want == "" && (err == nil || len(told) > 0):
				t.Errorf("told %v, %v, want an error alone", told, err)
			case c.want != "" && (err != nil || len(told) != 1 || told[0] != c.want):
				t.Errorf("told %v, %v, want %s", told, err, c.want)
			}
		})
	}
}

// A mistyped guard rail would be off without a word; other parameters that nobody
// knows are the platform's own.
func TestParametersThatNobodyKnows(t *testing.T) {
	var log strings.Builder
	service := newService(t,
		&farSide{exchanges: []exchange{{On: "GET https://graph.microsoft.com/v1.0/users/*", Status: 200, JSON: []byte(`{"id":"1"}`), Repeat: true}}},
		engine.Options{Now: atRecording, Log: slog.New(slog.NewTextHandler(&log, nil))})
	store := withToken(recordedNow + 3000)
	get := func(name string) error {
		params := instanceParams()
		params[name] = "secret-value"
		_, err := service.Run(context.Background(), engine.Call{Command: "msgraph-user-get", Args: map[string]any{"user": "a@b"}, Params: params, Store: store})
		return err
	}
	for range 3 {
		if err := get("integrationLogLevel"); err != nil {
			t.Fatal(err)
		}
	}
	if lines := strings.Count(log.String(), "integrationLogLevel"); lines != 1 || strings.Contains(log.String(), "secret-value") {
		t.Errorf("%d lines about the parameter, want one without its value:\n%s", lines, log.String())
	}
	for _, name := range []string{"readonly", "protected_user", "Protected-Users"} {
		e, ok := errors.AsType[*failure.Error](get(name))
		if !ok || e.Kind.Code() != -32602 || e.Parameter != name || !strings.Contains(e.Error(), "Did you mean") {
			t.Errorf("%s: %v, want a refusal that names it", name, e)
		}
	}
}
