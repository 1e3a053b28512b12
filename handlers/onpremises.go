package handlers

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strconv"

	"msgraph-user/graph"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/secret"
	"msgraph-user/internal/xsoar"
)

const (
	resetCommand = "msgraph-user-change-password-on-premise"
	resetPath    = userPath + ".PasswordResetOperation"

	// resetInterval is after how many seconds the platform looks again.
	resetInterval = 30
)

// resetOnPremises starts the reset of a password, or looks how far one has come:
// the platform calls the command again with polling_url until it is over.
func resetOnPremises(ctx context.Context, c *call) ([]xsoar.Entry, error) {
	if link := c.args.Text("polling_url"); link != "" {
		return c.followReset(ctx, link)
	}
	return c.startReset(ctx)
}

// startsReset reports whether a call changes a password, and does not only look.
func startsReset(args definition.Arguments) bool { return args.Text("polling_url") == "" }

func (c *call) startReset(ctx context.Context) ([]xsoar.Entry, error) {
	user := c.args.Text("user")
	password, err := newPassword(c.args)
	if err != nil {
		return nil, err
	}
	timeout, err := resetTimeout(c.args)
	if err != nil {
		return nil, err
	}
	method, err := c.passwordMethod(ctx, user)
	if err != nil {
		return nil, err
	}
	response, err := c.send(ctx, graph.ResetPassword(user, method, password.Reveal()))
	if err != nil {
		return nil, err
	}
	link := response.Header.Get("Location")
	if link == "" {
		return nil, &failure.Error{
			Kind:    failure.Refused,
			Status:  response.Status,
			Message: fmt.Sprintf("Graph took the reset of the password of %s, but gave no link to follow it by.", user),
			Advice:  "Look at the user's lastPasswordChangeDateTime in a minute.",
		}
	}
	return c.pollReset(link, timeout, fmt.Sprintf("The reset of the password of %s has begun.", user)), nil
}

// newPassword returns the one password given under either argument.
func newPassword(args definition.Arguments) (secret.Text, error) {
	sensitive, plain := args.Secret("password"), args.Secret("nonsensitive_password")
	switch {
	case sensitive.IsEmpty() && plain.IsEmpty():
		return secret.Text{}, failure.Argument("password", "No password is given. Set password, or nonsensitive_password where it comes from the context.")
	case !sensitive.IsEmpty() && !plain.IsEmpty() && sensitive != plain:
		return secret.Text{}, failure.Argument("nonsensitive_password", "password and nonsensitive_password differ. Give only one of them.")
	case sensitive.IsEmpty():
		return plain, nil
	}
	return sensitive, nil
}

func resetTimeout(args definition.Arguments) (int, error) {
	seconds, err := args.Number("timeout_in_seconds")
	if err == nil && seconds < 1 {
		err = failure.Argument("timeout_in_seconds", "timeout_in_seconds is %d: it must be 1 or more.", seconds)
	}
	return seconds, err
}

// passwordMethod finds the id under which a user's password is a method.
func (c *call) passwordMethod(ctx context.Context, user string) (string, error) {
	_, methods, err := c.list(ctx, graph.ListPasswordMethods(user))
	if err != nil {
		return "", err
	}
	if len(methods) == 0 || methods[0].Text("id") == "" {
		return "", &failure.Error{
			Kind:    failure.Refused,
			Message: fmt.Sprintf("%s has no password that could be reset.", user),
			Advice:  "Guests and accounts that sign in without a password have none here.",
		}
	}
	return methods[0].Text("id"), nil
}

func (c *call) followReset(ctx context.Context, link string) ([]xsoar.Entry, error) {
	timeout, err := resetTimeout(c.args)
	if err != nil {
		return nil, err
	}
	request, err := c.instance.graph.Follow(link, "polling_url")
	if err != nil {
		return nil, err
	}
	operation, err := c.do(ctx, request)
	if err != nil {
		return nil, err
	}
	user, status := c.args.Text("user"), operation.Text("status")
	switch status {
	case "succeeded":
		operation = operation.Without("@odata.context")
		return shown(operation, fmt.Sprintf("The reset of the password of %s succeeded.", user), map[string]any{
			resetPath: map[string]string{"user": user, "status": status, "polling_url": link},
		}), nil
	case "failed", "canceled", "skipped":
		return nil, c.resetFailed(user, status, operation)
	}
	return c.pollReset(link, timeout, fmt.Sprintf("The reset of the password of %s goes on (%s).", user, status)), nil
}

// resetFailed is the error of an operation that ended without effect.
func (c *call) resetFailed(user, status string, operation rawjson.Object) error {
	reason := operation.Text("statusDetail")
	var code string
	if inner, err := rawjson.ParseObject(operation.Get("error")); err == nil {
		code, reason = inner.Text("code"), cmp.Or(inner.Text("message"), reason)
	}
	code, reason = c.instance.scrubber.Scrub(code), c.instance.scrubber.Scrub(reason)
	return &failure.Error{
		Kind:    failure.Refused,
		Status:  http.StatusOK,
		Code:    code,
		Message: fmt.Sprintf("The reset of the password of %s failed (%s): %s", user, status, cmp.Or(reason, "Graph does not say why.")),
		Advice:  "A password that breaks the policy of the tenant or of the domain on premises is the usual cause.",
	}
}

// pollReset tells the platform to look again.
func (c *call) pollReset(link string, timeout int, readable string) []xsoar.Entry {
	entries := done("%s", readable)
	entries[0].PollingCommand = resetCommand
	entries[0].NextRun = strconv.Itoa(resetInterval)
	entries[0].Timeout = strconv.Itoa(timeout)
	entries[0].PollingArgs = map[string]any{
		"user":                c.args.Text("user"),
		"polling_url":         link,
		"hide_polling_output": true,
	}
	return entries
}
