package handlers

import (
	"fmt"
	"strings"

	"msgraph-user/graph"
)

func disableAccount(c *call) (plan, error) {
	user := c.args.Text("user")
	return plan{graph.SetAccountEnabled(user, false), fmt.Sprintf(
		"The account of %s is disabled. Sessions that are open stay open until they are revoked: run msgraph-user-session-revoke.", user)}, nil
}

func enableAccount(c *call) (plan, error) {
	user := c.args.Text("user")
	return plan{graph.SetAccountEnabled(user, true), fmt.Sprintf("The account of %s is enabled.", user)}, nil
}

func revokeSessions(c *call) (plan, error) {
	user := c.args.Text("user")
	told := fmt.Sprintf("The sessions of %s are revoked. It can take a few minutes, and an access token that is already out works until it ends, about an hour at most.", user)
	if isGuest(user) {
		told = fmt.Sprintf("The sessions of %s in this tenant are revoked. The user is a guest: sessions of the home tenant go on, and only its administrators can end them.", user)
	}
	return plan{graph.RevokeSignInSessions(user), told}, nil
}

// isGuest reports whether a user principal name is that of a guest
// (https://learn.microsoft.com/entra/external-id/user-properties).
func isGuest(name string) bool { return strings.Contains(strings.ToUpper(name), "#EXT#") }

func changePassword(c *call) (plan, error) {
	user := c.args.Text("user")
	next, withMFA := c.args.Bool("force_change_password_next_sign_in"), c.args.Bool("force_change_password_with_mfa")
	profile := graph.PasswordProfile{
		ForceChangePasswordNextSignIn:        &next,
		ForceChangePasswordNextSignInWithMfa: &withMFA,
		Password:                             c.args.Secret("password").Reveal(),
	}
	return plan{graph.SetPasswordProfile(user, profile), fmt.Sprintf("The password of %s is changed.", user)}, nil
}

func forceResetPassword(c *call) (plan, error) {
	user := c.args.Text("user")
	atNextSignIn := true
	profile := graph.PasswordProfile{ForceChangePasswordNextSignIn: &atNextSignIn}
	return plan{graph.SetPasswordProfile(user, profile), fmt.Sprintf("%s must change the password at the next sign-in.", user)}, nil
}
