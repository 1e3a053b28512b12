package httpclient

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
)

// ProxyError is why the system's proxy carried nothing. It holds nothing of the
// proxy's address, in which a password may stand.
type ProxyError struct {
	// Variable is the environment variable whose address is none.
	Variable string
	// Status is what the proxy answered where it refused to connect to a host.
	Status int
}

// Error says what was wrong.
func (e *ProxyError) Error() string {
	if e.Variable != "" {
		return "the proxy address in the environment variable " + e.Variable + " is not the URL of a proxy"
	}
	return fmt.Sprintf("the proxy refused to connect: %d %s", e.Status, http.StatusText(e.Status))
}

// Advice says what to do about it.
func (e *ProxyError) Advice() string {
	switch {
	case e.Variable != "":
		return "Write it as in http://HOST:PORT, or clear the instance's option to use the system proxy."
	case e.Status == http.StatusProxyAuthRequired:
		return "Give the proxy's user name and password in HTTPS_PROXY, as in http://USER:PASSWORD@HOST:PORT."
	}
	return "Ask those who run the proxy to allow this host, or clear the instance's option to use the system proxy."
}

// isFinal reports whether trying again changes nothing.
func (e *ProxyError) isFinal() bool {
	return e.Variable != "" || e.Status < http.StatusInternalServerError
}

// systemProxy returns what names the proxy of a request, from HTTPS_PROXY,
// HTTP_PROXY and NO_PROXY. net/http connects directly where an address cannot be
// read; here that is an error. Loopback is never reached through a proxy.
func systemProxy() func(*http.Request) (*url.URL, error) {
	broken := map[string]error{"https": checkProxy("HTTPS_PROXY"), "http": checkProxy("HTTP_PROXY")}
	return func(r *http.Request) (*url.URL, error) {
		if IsLoopback(r.URL.Hostname()) {
			return nil, nil
		}
		if err := broken[r.URL.Scheme]; err != nil {
			return nil, err
		}
		return http.ProxyFromEnvironment(r)
	}
}

// checkProxy returns what is wrong with the address in an environment variable,
// which may be written in lower case, or nil.
func checkProxy(variable string) error {
	text := os.Getenv(variable)
	if text == "" {
		variable = strings.ToLower(variable)
		text = os.Getenv(variable)
	}
	if text == "" || isProxy(text) || isProxy("http://"+text) && !strings.Contains(text, "://") {
		return nil
	}
	return &ProxyError{Variable: variable}
}

func isProxy(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" {
		return false
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return true
	}
	return false
}

// checkConnected refuses a connection that the proxy did not make.
func checkConnected(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode != http.StatusOK {
		return &ProxyError{Status: answer.StatusCode}
	}
	return nil
}

// IsLoopback reports whether host, a name or an address without a port, is this
// machine: 127.0.0.0/8, ::1, localhost and the names below it (RFC 6761, 6.3).
func IsLoopback(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.IsLoopback()
	}
	return isLocalhost(host)
}

func isLocalhost(host string) bool {
	host = strings.ToLower(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// dialFunc opens a connection, as net.Dialer.DialContext does.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// localhostByAddress returns dial for which localhost, and each name below it, is
// the loopback address: what a name server says of them must not send a token
// elsewhere (RFC 6761, 6.3).
func localhostByAddress(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(address)
		if err != nil || !isLocalhost(host) {
			return dial(ctx, network, address)
		}
		conn, err := dial(ctx, network, net.JoinHostPort("127.0.0.1", port))
		if err != nil {
			if other, failed := dial(ctx, network, net.JoinHostPort("::1", port)); failed == nil {
				return other, nil
			}
		}
		return conn, err
	}
}
