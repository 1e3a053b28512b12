package pages

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"msgraph-user/emulator/signin"
)

// Access decides who may use what the tenant shows and does beside being Entra.
// A page of another site that has its own name point to this machine (DNS
// rebinding), or that makes a browser send a request, is to get nothing.
type Access struct {
	// Names are hosts, besides this machine's, that a person gave the tenant,
	// such as a container's. Requests under one may come from other machines.
	Names []string
}

// Page reports whether a request for the tenant's page is from the person at
// this machine: over loopback and under a loopback name, or under one of Names.
func (a Access) Page(r *http.Request) bool {
	if !ownOrigin(r) {
		return false
	}
	peer, _, err := net.SplitHostPort(r.RemoteAddr)
	name := hostname(r)
	return a.named(name) || err == nil && loopback(peer) && loopback(name)
}

// Controls reports whether a request may use the tenant's controls: it is no
// other site's, and names the tenant in a way that no other site can.
func (a Access) Controls(r *http.Request) bool {
	name := hostname(r)
	return ownOrigin(r) && (a.named(name) || loopback(name) || net.ParseIP(name) != nil || signin.KnownHost(name))
}

// ownOrigin reports whether a request is no browser's, or one of a page of the
// same origin, or one that a person typed.
func ownOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" && !navigation(r) || site == "same-site" {
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, r.Host) && (u.Scheme == "http" || u.Scheme == "https")
}

// navigation reports whether a browser goes to the page because somebody
// followed a link: the other site does not see what comes.
func navigation(r *http.Request) bool {
	return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
}

func (a Access) named(host string) bool {
	return slices.ContainsFunc(a.Names, func(name string) bool { return strings.EqualFold(name, host) })
}

func hostname(r *http.Request) string {
	u := url.URL{Host: r.Host}
	return u.Hostname()
}

func loopback(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}
