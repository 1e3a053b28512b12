package signin

import (
	"net"
	"slices"
	"strings"
)

// cloud is one of Microsoft's clouds: the names of its sign-in host and its
// Graph (https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud).
type cloud struct {
	preferred string   // of the sign-in hosts
	cache     string   // under which Microsoft's libraries keep their tokens
	aliases   []string // all names of the sign-in host
	graph     string
}

var clouds = []cloud{
	{"login.microsoftonline.com", "login.windows.net", []string{"login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"}, "graph.microsoft.com"},
	{"login.microsoftonline.us", "login.microsoftonline.us", []string{"login.microsoftonline.us", "login.usgovcloudapi.net"}, "graph.microsoft.us"},
	{"login.partner.microsoftonline.cn", "login.partner.microsoftonline.cn", []string{"login.partner.microsoftonline.cn", "login.chinacloudapi.cn"}, "microsoftgraph.chinacloudapi.cn"},
	{"login.microsoftonline.de", "login.microsoftonline.de", []string{"login.microsoftonline.de"}, "graph.microsoft.de"},
}

// cloudOf finds the cloud that a host's name, with or without a port, is of.
func cloudOf(host string) (cloud, bool) {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	for _, c := range clouds {
		if slices.Contains(c.aliases, strings.ToLower(name)) {
			return c, true
		}
	}
	return cloud{}, false
}

// cloud is the one whose name the caller used, else one of the tenant's own
// host: everything is there.
func (x *exchange) cloud() cloud {
	if c, ok := cloudOf(x.r.Host); ok {
		return c
	}
	host := x.r.Host
	return cloud{host, host, []string{host}, host}
}

// graphBase is the base URL of Graph for a caller of the sign-in side: one who
// came by Entra's name finds it by Microsoft's, at the same port.
func (x *exchange) graphBase() string {
	scheme, host, _ := strings.Cut(x.origin(), "://")
	c, ok := cloudOf(host)
	if !ok {
		return x.origin()
	}
	if _, port, err := net.SplitHostPort(host); err == nil {
		return scheme + "://" + net.JoinHostPort(c.graph, port)
	}
	return scheme + "://" + c.graph
}

// KnownHost reports whether a host is Microsoft's: one of its sign-in hosts or
// of its Graphs, which no other site can have point to this machine.
func KnownHost(name string) bool {
	if _, ok := cloudOf(name); ok {
		return true
	}
	return slices.Contains(graphOrigins, "https://"+strings.ToLower(name))
}
