package graph

import (
	"fmt"
	"net/http"
	"strings"

	"msgraph-user/internal/httpclient"
)

// advice is what the one who asked can do about an answer that refuses r; empty
// where nothing is known.
func advice(r Request, a *httpclient.Answer) string {
	switch {
	case a.Status == http.StatusUnauthorized && claimsChallenge(a.Header) != "":
		return "Entra asks for more than this sign-in can show (a claims challenge that a new token did not end). " +
			"Look at the sign-in logs for the conditional access policy that applies."
	case a.Status == http.StatusUnauthorized:
		return "A new token was refused too. Look at whether the token is for this Graph, and the application is still enabled."
	case a.Status == http.StatusForbidden:
		return permissionAdvice(r)
	case a.Doubtful && r.IfLost != "":
		return "The change may have been made. " + r.IfLost
	}
	return ""
}

// permissionAdvice names the least that r needs.
func permissionAdvice(r Request) string {
	p, ok := r.Permissions()
	if !ok {
		return ""
	}
	application, delegated := p.Application.Advised(), p.Delegated.Advised()
	switch {
	case len(application) == 0:
		return fmt.Sprintf("Only a signed-in person can do this, with the delegated permission %s.", list(delegated))
	case len(delegated) == 0:
		return fmt.Sprintf("It needs the application permission %s.", list(application))
	case list(application) == list(delegated):
		return fmt.Sprintf("It needs the permission %s.", list(application))
	}
	return fmt.Sprintf("It needs the application permission %s, or for a signed-in person the delegated permission %s.",
		list(application), list(delegated))
}

func list(names []string) string { return strings.Join(names, " and ") }
