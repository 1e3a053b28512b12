package handlers

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"msgraph-user/graph"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
)

// The texts of these commands are compared by the platform's content: not a word
// of them may change, and nothing may be added. What else a person needs to know
// is advice.

func disableAccount(inv *engine.Invocation) ([]engine.Step, error) {
	disable := engine.Step{
		Request: graph.SetAccountEnabled(inv.Address(), false),
		Prove:   provesEnabled(inv.Address(), false),
		Undo:    []graph.Request{graph.SetAccountEnabled(inv.Address(), true)},
		Done:    fmt.Sprintf(`user: "%s" account has been disabled successfully.`, inv.User()),
	}
	disable.Advice = onPremisesToo(inv, "Disable-ADAccount")
	if !inv.Args.Bool("revoke_sessions") {
		sessions := "Sessions that are open stay open until they are revoked: run msgraph-user-session-revoke, or use revoke_sessions=true."
		disable.Advice = strings.TrimSpace(disable.Advice + " " + sessions)
		return []engine.Step{disable}, nil
	}
	revoke, err := revokeSessions(inv)
	if err != nil {
		return nil, err
	}
	revoke[0].Undone = fmt.Sprintf("%s: disabled; sessions not revoked.", inv.User())
	revoke[0].Unknown = fmt.Sprintf("%s: disabled; whether the sessions were revoked is not known.", inv.User())
	revoke[0].Done = disable.Done // content compares this text
	return append([]engine.Step{disable}, revoke...), nil
}

func enableAccount(inv *engine.Invocation) ([]engine.Step, error) {
	return []engine.Step{{
		Request: graph.SetAccountEnabled(inv.Address(), true),
		Prove:   provesEnabled(inv.Address(), true),
		Undo:    []graph.Request{graph.SetAccountEnabled(inv.Address(), false)},
		Advice:  onPremisesToo(inv, "Enable-ADAccount"),
		Done:    fmt.Sprintf("The account of %s is enabled.", inv.User()),
	}}, nil
}

func revokeSessions(inv *engine.Invocation) ([]engine.Step, error) {
	step := engine.Step{
		Request: graph.RevokeSignInSessions(inv.Address()),
		Prove:   provesRevoked(inv.Address()),
		Accept:  func(answer engine.Outcome) error { return revoked(inv, answer) },
		Done:    fmt.Sprintf("The sessions of %s were revoked successfully.", inv.User()),
		Advice:  "It can take a few minutes, and an access token that is already out works until it ends, about an hour at most.",
	}
	if isGuest(inv.User()) {
		step.Advice = "The user is a guest: the sessions in this tenant end. Sessions in the home tenant stay open, and only its administrators can end them."
	}
	return []engine.Step{step}, nil
}

// revoked returns the error of an answer that says that no session was revoked.
func revoked(inv *engine.Invocation, answer engine.Outcome) error {
	if string(answer.Object.Get("value")) != "false" {
		return nil
	}
	return &failure.Error{
		Kind:    failure.Refused,
		Status:  http.StatusOK,
		Message: fmt.Sprintf("Graph answered that it did not revoke the sessions of %s.", inv.User()),
		Advice:  "Try again, or revoke them in the Microsoft Entra admin center.",
	}
}

// onPremisesToo says which command changes the account of a synchronized user where
// it counts; empty where nobody saw that the user is one.
func onPremisesToo(inv *engine.Invocation, command string) string {
	account, synced := inv.Synced()
	if !synced {
		return ""
	}
	return fmt.Sprintf("The user is synchronized from on premises, and the next synchronization takes this back: run %s -Identity '%s' there.", command, cmp.Or(account, "NAME"))
}

// provesEnabled reads whether an account is enabled.
func provesEnabled(user string, enabled bool) *engine.Proof {
	return &engine.Proof{
		Read: graph.GetUser(user, "id,accountEnabled"),
		Shows: func(answer engine.Outcome, _ time.Time) bool {
			return string(answer.Object.Get("accountEnabled")) == strconv.FormatBool(enabled)
		},
	}
}

// sessionsValidFrom is the time before which no session of a user counts.
const sessionsValidFrom = "signInSessionsValidFromDateTime"

// provesRevoked reads from when on sessions count: the time that Graph keeps has
// whole seconds.
func provesRevoked(user string) *engine.Proof {
	return &engine.Proof{
		Read: graph.GetUser(user, "id,"+sessionsValidFrom),
		Shows: func(answer engine.Outcome, since time.Time) bool {
			from, err := time.Parse(time.RFC3339, answer.Object.Text(sessionsValidFrom))
			return err == nil && !from.Before(since.Truncate(time.Second))
		},
	}
}

// isGuest reports whether a user principal name is that of a guest
// (https://learn.microsoft.com/entra/external-id/user-properties).
func isGuest(name string) bool { return strings.Contains(strings.ToUpper(name), "#EXT#") }

func changePassword(inv *engine.Invocation) ([]engine.Step, error) {
	next, withMFA := inv.Args.Bool("force_change_password_next_sign_in"), inv.Args.Bool("force_change_password_with_mfa")
	return []engine.Step{{
		Request: graph.SetPasswordProfile(inv.Address(), graph.PasswordProfile{
			ForceChangePasswordNextSignIn:        &next,
			ForceChangePasswordNextSignInWithMfa: &withMFA,
			Password:                             inv.Args.Secret("password").Reveal(),
		}),
		Done: fmt.Sprintf("The password of %s is changed.", inv.User()),
	}}, nil
}

func forceResetPassword(inv *engine.Invocation) ([]engine.Step, error) {
	atNextSignIn := true
	return []engine.Step{{
		Request: graph.SetPasswordProfile(inv.Address(), graph.PasswordProfile{ForceChangePasswordNextSignIn: &atNextSignIn}),
		Done:    fmt.Sprintf("User %s will be required to change his password.", inv.User()),
	}}, nil
}
