package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/xsoar"
)

// script runs each command as the function of that name.
type script map[string]func(context.Context, engine.Call) ([]xsoar.Entry, error)

func (s script) Run(ctx context.Context, call engine.Call) ([]xsoar.Entry, error) {
	return s[call.Command](ctx, call)
}

func (s script) names() []string { return slices.Sorted(maps.Keys(s)) }

func note(contents any) []xsoar.Entry {
	return []xsoar.Entry{{Type: xsoar.Note, ContentsFormat: xsoar.FormatJSON, Contents: contents}}
}

// echo answers what the runner was handed.
func echo(_ context.Context, call engine.Call) ([]xsoar.Entry, error) {
	return note(map[string]any{
		"args": call.Args, "params": call.Params, "instance": call.Instance,
		"incident": call.Incident, "timeout": call.Timeout.String(),
	}), nil
}

// await ends when it is cancelled.
func await(ctx context.Context, _ engine.Call) ([]xsoar.Entry, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// fail fails in the manner that the argument how names.
func fail(_ context.Context, call engine.Call) ([]xsoar.Entry, error) {
	how, _ := call.Args["how"].(string)
	if how == "panic" {
		panic("a secret that a panic holds")
	}
	if how == "unencodable" {
		return note(json.RawMessage("{")), nil
	}
	return nil, failures[how]
}

var failures = map[string]error{
	"argument":      &failure.Error{Kind: failure.BadArgument, Argument: "usr", Suggestions: []string{"user"}, Message: "No argument usr.", Advice: "Did you mean user?"},
	"parameter":     failure.Parameter("host", "The host is missing."),
	"sign-in":       &failure.Error{Kind: failure.SignIn, Message: "AADSTS7000215", OAuthError: "invalid_client", AADSTS: []int{7000215}, Status: 401, Code: "not of this kind"},
	"no-answer":     &failure.Error{Kind: failure.SignIn, Message: "No token."},
	"refused":       &failure.Error{Kind: failure.Refused, Message: "Not found.", Status: 404, Code: "Request_ResourceNotFound", RequestID: "r", ClientRequestID: "c", Date: "d", Host: "not of this kind"},
	"throttled":     &failure.Error{Kind: failure.Throttled, Message: "Later.", Status: 429, RetryAfter: 1500 * time.Millisecond},
	"unreachable":   &failure.Error{Kind: failure.Unreachable, Message: "No answer.", Host: "graph.microsoft.com"},
	"deadline":      fmt.Errorf("reading: %w", context.DeadlineExceeded),
	"cancelled":     fmt.Errorf("reading: %w", context.Canceled),
	"caller-stop":   &failure.Error{Kind: failure.Canceled, Message: "Stopped."},
	"wrapped":       fmt.Errorf("user 3: %w", failure.Argument("user", "No user.")),
	"unknown-error": errors.New("an internal with a secret"),
	"of-many":       &failure.Error{Kind: failure.Canceled, Message: "Stopped.", RunID: "run-1", Results: []map[string]string{{"User": "a", "Status": "inDoubt"}}},
	"internal":      &failure.Error{Kind: failure.Internal, Message: "Out of order."},
}

// remember writes a member into the caller's integration context and answers it.
func remember(ctx context.Context, call engine.Call) ([]xsoar.Entry, error) {
	if call.Store == nil {
		return note("no store"), nil
	}
	value, err := call.Store.GetIntegrationContext(ctx, call.Instance)
	if err != nil {
		return nil, err
	}
	value["access_token"] = "a<b"
	if err := call.Store.SetIntegrationContext(ctx, call.Instance, value); err != nil {
		return nil, err
	}
	return note(value), nil
}

// report makes progress and logs.
func report(_ context.Context, call engine.Call) ([]xsoar.Entry, error) {
	if call.Log != nil {
		for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
			call.Log(level, "a line & more")
		}
	}
	if call.Progress != nil {
		call.Progress(engine.Progress{Done: 1, Message: "reading"})
		call.Progress(engine.Progress{Done: 2, Total: 2, Message: "done"})
	}
	return nil, nil
}

// raw answers JSON that must stay as it is.
func raw(context.Context, engine.Call) ([]xsoar.Entry, error) {
	entries := note(json.RawMessage("{\"z\": 1.0,\n \"a\": \"<é&>\", \"big\": 12345678901234567890}"))
	entries[0].HumanReadable = "<b>&"
	return entries, nil
}

// advise has something to say, and fails where an argument asks for it.
func advise(_ context.Context, call engine.Call) ([]xsoar.Entry, error) {
	call.Advise("Look <here>.")
	call.Advise("Then there.")
	if call.Args["fail"] != nil {
		return nil, &failure.Error{Kind: failure.Refused, Message: "No.", Advice: "Look <here>."}
	}
	return note("done"), nil
}

// pages hands two entries over while it runs, where the caller wants that.
func pages(ctx context.Context, call engine.Call) ([]xsoar.Entry, error) {
	if call.Emit == nil {
		return append(note("page 1"), note("page 2")...), nil
	}
	for _, page := range []string{"page 1", "page 2"} {
		if err := call.Emit(ctx, note(page)); err != nil {
			return nil, err
		}
	}
	return note("2 pages"), nil
}

// noteLater answers, and stores a note in the caller's context afterwards.
func noteLater(_ context.Context, call engine.Call) ([]xsoar.Entry, error) {
	call.After(func(ctx context.Context) error {
		return call.Store.SetIntegrationContext(ctx, call.Instance, map[string]any{"noted": true})
	})
	return note("answer"), nil
}

var commands = script{
	"echo": echo, "wait": await, "fail": fail, "remember": remember, "report": report, "raw": raw, "advise": advise, "pages": pages,
}
