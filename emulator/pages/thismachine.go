package pages

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// FromThisMachine reports whether a request comes over loopback and was made to a
// loopback name. A page of another site that had its own name point to this
// machine (DNS rebinding) fails the second test.
func FromThisMachine(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	return err == nil && loopback(host) && AskedByLoopbackName(r)
}

// AskedByLoopbackName reports whether a request names this machine as its host.
func AskedByLoopbackName(r *http.Request) bool {
	u := url.URL{Host: r.Host}
	return loopback(u.Hostname())
}

func loopback(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}
