// Package httpclient is how bytes reach a host: which proxy and certificates
// count, how many requests of an instance are under way at once, and what is
// done about an answer that is late, cut, refused or "not now".
//
// A RoundTripper from New carries one request. A Client sends a request over a
// RoundTripper until there is an answer worth reading, and is what one instance
// shares among its calls.
package httpclient

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"time"
)

const (
	connectTimeout         = 5 * time.Second
	metadataConnectTimeout = 1 * time.Second // Azure's metadata service is on the same machine
	idleConnsPerHost       = 16              // twice the requests that an instance has under way
)

// Options says how hosts are reached. The zero value connects directly and
// verifies certificates against the system's authorities, or those that
// SSL_CERT_FILE and SSL_CERT_DIR name.
type Options struct {
	// SystemProxy takes the proxy from HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
	SystemProxy bool
	// Insecure accepts any certificate. A warning is logged, once a RoundTripper.
	Insecure bool
	// InProcess answers every request in place of the network; may be nil.
	InProcess http.RoundTripper
	// Log receives the warning about Insecure; may be nil.
	Log *slog.Logger
}

// New returns a RoundTripper with connections of its own. It does not follow
// redirects, and does not repeat anything beyond what net/http does on a
// connection that closed before the request left.
func New(o Options) http.RoundTripper {
	if o.InProcess != nil {
		return o.InProcess
	}
	t := pooled(connectTimeout)
	if o.SystemProxy {
		t.Proxy, t.OnProxyConnectResponse = systemProxy(), checkConnected
	}
	if o.Insecure {
		t.TLSClientConfig.InsecureSkipVerify = true //nolint:gosec // the instance asks for it
		if o.Log != nil {
			o.Log.Warn("certificates are not verified: anyone between this program and the service can read and change all traffic, tokens included; " +
				"clear the instance's option to trust any certificate, and name your authority with SSL_CERT_FILE instead")
		}
	}
	return t
}

// NewMetadata returns a RoundTripper for Azure's metadata services, which are
// local to the machine: never through a proxy, whatever o says, and quick to
// give up where there is none.
// (https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token)
func NewMetadata(o Options) http.RoundTripper {
	if o.InProcess != nil {
		return o.InProcess
	}
	return pooled(metadataConnectTimeout)
}

// pooled returns a transport with no proxy and room for an instance's requests.
// An HTTP/2 connection carries many of them, and a dead one would swallow them
// all: it is asked for a sign of life in less time than a client waits for an answer.
// A host that closed its connection is met again without a whole TLS handshake.
func pooled(connect time.Duration) *http.Transport {
	dialer := &net.Dialer{Timeout: connect, KeepAlive: 30 * time.Second}
	return &http.Transport{
		DialContext:           localhostByAddress(dialer.DialContext),
		TLSClientConfig:       &tls.Config{ClientSessionCache: tls.NewLRUClientSessionCache(idleConnsPerHost)},
		ForceAttemptHTTP2:     true,
		HTTP2:                 &http.HTTP2Config{SendPingTimeout: 5 * time.Second, PingTimeout: 3 * time.Second},
		MaxIdleConns:          4 * idleConnsPerHost,
		MaxIdleConnsPerHost:   idleConnsPerHost,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   connectTimeout,
		ExpectContinueTimeout: time.Second,
	}
}

// Wait waits for d, or until ctx ends, and returns ctx's error in that case.
func Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
