package graph

import (
	"fmt"
	"net/http"
	"strings"

	"msgraph-user/internal/httpclient"
	"msgraph-user/internal/rawjson"
)

// advice is what the one who asked can do about an answer that refuses r; empty
// where nothing is known.
func advice(r Request, a *httpclient.Response) string {
	switch {
	case a.Status == http.StatusProxyAuthRequired:
		return "The proxy requires a user name and a password: give them in HTTPS_PROXY, as in http://USER:PASSWORD@HOST:PORT."
	case a.Status == http.StatusForbidden && !fromGraph(a):
		return "This answer does not come from Graph: a proxy or firewall refused the request. Ask its administrators to allow " +
			"this program to reach Graph."
	case a.Status == http.StatusUnauthorized && claimsChallenge(a.Header) != "":
		return "Entra requires more than this sign-in can prove (a claims challenge that a new token did not satisfy). " +
			"Check the sign-in logs for the conditional access policy that applies."
	case a.Status == http.StatusUnauthorized:
		return "A new token was refused too. Check that the token is for this Graph, and that the application is still enabled."
	case a.Status == http.StatusForbidden:
		return permissionAdvice(r)
	case a.InDoubt && r.IfLost != "":
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

// fromGraph reports whether an answer of 400 or more is Graph's own: JSON with an
// error in it. What sits on the way answers with a web page or a text.
func fromGraph(a *httpclient.Response) bool {
	body, err := rawjson.ParseObject(a.Body)
	return err == nil && body.Get("error") != nil
}
