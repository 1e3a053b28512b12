package signin

import (
	"net/url"
	"strings"
)

// Platform is the kind of client that a redirect URI is registered for. It
// decides whether a code that was sent there is redeemed with a credential
// (https://learn.microsoft.com/entra/identity-platform/reply-url).
type Platform string

// The platforms, named as in Graph's application resource.
const (
	// Web is a server, which proves itself with a secret or a certificate.
	Web Platform = "web"
	// SPA is a page in a browser, which redeems its codes from its own origin.
	SPA Platform = "spa"
	// PublicClient is a program on a person's device, which has no credential.
	PublicClient Platform = "publicClient"
)

// Redirect is a registered redirect URI.
type Redirect struct {
	URI      string
	Platform Platform
}

// findRedirect finds the registration of a redirect URI: the one that is equal
// to the letter, else a program's or server's loopback one that differs in its port.
func findRedirect(registered []Redirect, given string) (Redirect, bool) {
	for _, r := range registered {
		if r.URI == given {
			return r, true
		}
	}
	for _, r := range registered {
		if r.Platform != SPA && sameLoopback(r.URI, given) {
			return r, true
		}
	}
	return Redirect{}, false
}

// sameLoopback compares redirect URIs of this machine, without their ports (RFC
// 8252, 7.3).
func sameLoopback(registered, given string) bool {
	r, errR := url.Parse(registered)
	g, errG := url.Parse(given)
	if errR != nil || errG != nil || r.Scheme != "http" || !loopback(r) {
		return false
	}
	return g.Scheme == "http" && strings.EqualFold(r.Hostname(), g.Hostname()) && g.User == nil &&
		strings.TrimSuffix(r.Path, "/") == strings.TrimSuffix(g.Path, "/") && r.RawQuery == g.RawQuery && g.Fragment == ""
}

// mayRedeem checks that a code, or a refresh token that came of one, is redeemed
// in the way of the platform that it was given to.
func (x *exchange) mayRedeem(q tokenRequest, platform Platform) *refusal {
	origin := x.r.Header.Get("Origin")
	switch {
	case platform == SPA && origin == "":
		return refuse(9002327, "A token for a single-page application is redeemed by a cross-origin request: send the header Origin.")
	case platform != SPA && origin != "":
		return crossOrigin(origin)
	case platform == Web && q.proof == proofNone:
		return x.needsCredential()
	case platform != Web && q.proof != proofNone:
		return refuse(700025, "The redirect URI is one of a public client: send neither client_assertion nor client_secret.")
	}
	return nil
}

func crossOrigin(origin string) *refusal {
	return refuse(9002326, "Only a single-page application redeems tokens across origins, and the request is from '%s'.", origin)
}

func (x *exchange) needsCredential() *refusal {
	return refuse(7000218, "The request's body must contain 'client_assertion' or 'client_secret'.")
}

// mayBePublic checks the credential of a grant that has no redirect URI: without
// one, the application must allow public client flows.
func (x *exchange) mayBePublic(q tokenRequest) *refusal {
	if q.proof == proofNone && !q.app.Public {
		return x.needsCredential()
	}
	return nil
}
