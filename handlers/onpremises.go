package handlers

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"msgraph-user/graph"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

const (
	resetPath = userPath + ".PasswordResetOperation"

	// resetInterval is after how many seconds the platform looks again.
	resetInterval = 30
)

// resetOnPremises starts the reset of a password, or looks how far one has come:
// the platform calls the command again with polling_url until it is over.
func resetOnPremises(inv *engine.Invocation) ([]engine.Step, error) {
	if _, err := resetTimeout(inv.Args); err != nil {
		return nil, err
	}
	if link := inv.Args.Text("polling_url"); link != "" {
		request, err := inv.Graph().Operation(inv.Address(), link, "polling_url")
		return []engine.Step{{Request: request}}, err
	}
	return startReset(inv)
}

// startsReset reports whether a call changes a password, and does not only look.
func startsReset(args definition.Arguments) bool { return args.Text("polling_url") == "" }

func startReset(inv *engine.Invocation) ([]engine.Step, error) {
	password, err := newPassword(inv.Args)
	if err != nil {
		return nil, err
	}
	reset := func(before []engine.Outcome) (graph.Request, error) {
		methods := before[0].Items
		if len(methods) == 0 || methods[0].Text("id") == "" {
			return graph.Request{}, &failure.Error{
				Kind:    failure.Refused,
				Message: fmt.Sprintf("%s has no password to reset.", inv.User()),
				Advice:  "Guests and accounts that sign in without a password have no password in this tenant.",
			}
		}
		return graph.ResetPassword(inv.Address(), methods[0].Text("id"), inv.Args.Secret(password).Reveal()), nil
	}
	return []engine.Step{
		{Request: graph.ListPasswordMethods(inv.Address()), Read: engine.Page},
		{Request: graph.ResetPassword(inv.Address(), id, ""), From: reset},
	}, nil
}

func showReset(inv *engine.Invocation, outcomes []engine.Outcome) ([]xsoar.Entry, error) {
	if link := inv.Args.Text("polling_url"); link != "" {
		return showProgress(inv, link, outcomes[0].Object)
	}
	link := outcomes[1].Header.Get("Location")
	if link == "" {
		return nil, &failure.Error{
			Kind:    failure.Refused,
			Status:  http.StatusAccepted,
			Message: fmt.Sprintf("Graph accepted the password reset for %s, but returned no link to its status.", inv.User()),
			Advice:  "Check the user's lastPasswordChangeDateTime in a minute.",
		}
	}
	return pollReset(inv, link, fmt.Sprintf("The password reset for %s has started.", inv.User())), nil
}

// newPassword returns the argument that holds the one password given.
func newPassword(args definition.Arguments) (argument string, err error) {
	sensitive, plain := args.Secret("password"), args.Secret("nonsensitive_password")
	switch {
	case sensitive.IsEmpty() && plain.IsEmpty():
		return "", failure.Argument("password", "No password is given. Set password, or set nonsensitive_password if the value comes from the context.")
	case !sensitive.IsEmpty() && !plain.IsEmpty() && sensitive != plain:
		return "", failure.Argument("nonsensitive_password", "password and nonsensitive_password differ. Give only one of them.")
	case sensitive.IsEmpty():
		return "nonsensitive_password", nil
	}
	return "password", nil
}

func resetTimeout(args definition.Arguments) (int, error) {
	seconds, err := args.Number("timeout_in_seconds")
	if err == nil && seconds < 1 {
		err = failure.Argument("timeout_in_seconds", "timeout_in_seconds is %d: it must be 1 or more.", seconds)
	}
	return seconds, err
}

// showProgress tells how far a reset has come.
func showProgress(inv *engine.Invocation, link string, operation rawjson.Object) ([]xsoar.Entry, error) {
	user, status := inv.User(), operation.Text("status")
	switch strings.ToLower(status) {
	case "succeeded":
		operation = operation.Without("@odata.context")
		return shown(operation, fmt.Sprintf("The password reset for %s succeeded.", user), map[string]any{
			resetPath: map[string]string{"user": user, "status": status, "polling_url": link},
		}), nil
	case "failed", "canceled", "skipped":
		return nil, resetFailed(inv, status, operation)
	case "notstarted", "running":
		return pollReset(inv, link, fmt.Sprintf("The password reset for %s is in progress (%s).", user, status)), nil
	}
	return nil, &failure.Error{
		Kind:    failure.Refused,
		Status:  http.StatusOK,
		Message: fmt.Sprintf("Graph returned the status %q of the password reset for %s, which is none of an operation.", inv.Scrub(status), user),
		Advice:  "Check the user's lastPasswordChangeDateTime before you reset the password again.",
	}
}

// resetFailed is the error of an operation that ended without effect.
func resetFailed(inv *engine.Invocation, status string, operation rawjson.Object) error {
	reason := operation.Text("statusDetail")
	var code string
	if inner, err := rawjson.ParseObject(operation.Get("error")); err == nil {
		code, reason = inner.Text("code"), cmp.Or(inner.Text("message"), reason)
	}
	code, reason = inv.Scrub(code), inv.Scrub(reason)
	return &failure.Error{
		Kind:    failure.Refused,
		Status:  http.StatusOK,
		Code:    code,
		Message: fmt.Sprintf("The password reset for %s failed (%s): %s", inv.User(), status, cmp.Or(reason, "Graph does not say why.")),
		Advice:  "The usual cause is a password that violates the policy of the tenant or of the on-premises domain.",
	}
}

// pollReset tells the platform to look again.
func pollReset(inv *engine.Invocation, link, readable string) []xsoar.Entry {
	timeout, _ := resetTimeout(inv.Args) // it was checked before the first request
	entries := done("%s", readable)
	entries[0].PollingCommand = inv.Command
	entries[0].NextRun = strconv.Itoa(resetInterval)
	entries[0].Timeout = strconv.Itoa(timeout)
	entries[0].PollingArgs = map[string]any{
		"user":                inv.User(),
		"polling_url":         link,
		"hide_polling_output": true,
	}
	return entries
}
