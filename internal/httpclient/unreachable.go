package httpclient

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"syscall"

	"msgraph-user/internal/failure"
)

// host is the host name of the request's URL, for error texts.
func (r *Request) host() string {
	u, err := url.Parse(r.URL)
	if err != nil {
		return "the host"
	}
	return u.Hostname()
}

// lost turns an attempt without an answer into a failure. ended is why the
// request's time is up, or nil.
func (s *sending) lost(out Outcome, ended error) error {
	e := &failure.Error{Kind: failure.Unreachable, Host: s.request.host(), Cause: out.Err}
	if e.Cause == nil {
		e.Cause = ended
	}
	switch {
	case errors.Is(ended, context.DeadlineExceeded):
		e.Timeout = true
		e.Message = "The command's time ended before " + e.Host + " answered."
		e.Advice = "Give the command more time (timeout), or try again later."
	case ended != nil:
		e.Kind = failure.Canceled
		e.Message = "The command was cancelled before " + e.Host + " answered."
	default:
		s.describe(e, out.Err)
	}
	return s.withDoubt(e, out.Arrived || s.inDoubt)
}

// withDoubt returns e, which says that the change may have been made where the
// request makes one and arrived.
func (s *sending) withDoubt(e *failure.Error, arrived bool) *failure.Error {
	if arrived && s.request.IfLost != "" {
		e.InDoubt = true
		e.Message += " The request was sent, so the change may have been made."
		e.Advice = s.request.IfLost
	}
	return e
}

// describe says what err means and what to do about it.
func (s *sending) describe(e *failure.Error, err error) {
	var dns *net.DNSError
	var timeout net.Error
	var proxy *ProxyError
	switch {
	case errors.As(err, &proxy):
		e.Message, e.Advice = "The connection to "+e.Host+" failed: "+proxy.Error()+".", proxy.Advice()
	case errors.Is(err, errTooLarge):
		e.Kind, e.Message = failure.Refused, "The answer from "+e.Host+" is larger than this program accepts."
		e.Advice = "Ask for fewer properties or a smaller page."
	case errors.Is(err, errIdle):
		e.Timeout, e.Message = true, e.Host+" sent nothing for "+s.client.idleTimeout.String()+"."
		e.Advice = "Try again later; if the error stays, check the network and the proxy."
	case errors.Is(err, ErrCut):
		e.Message, e.Advice = "The answer from "+e.Host+" was cut short.", "Try again later."
	case atProxy(err):
		e.Message = "The proxy for " + e.Host + " could not be reached."
		e.Advice = "Check HTTPS_PROXY, or clear the instance's option to use the system proxy."
	case errors.As(err, &dns):
		e.Timeout, e.Message = dns.IsTimeout, "The name "+e.Host+" could not be resolved."
		e.Advice = "Check the instance's host name and the machine's DNS."
	case untrusted(err):
		e.Message = "The certificate of " + e.Host + " is not trusted: " + s.client.scrub(err.Error()) + "."
		e.Advice = "If your proxy signs this certificate, set SSL_CERT_FILE to the certificate of its authority."
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Message = e.Host + " refused the connection."
		e.Advice = "Check the instance's host name and the proxy settings."
	case errors.As(err, &timeout) && timeout.Timeout():
		e.Timeout, e.Message = true, e.Host+" could not be reached in time."
		e.Advice = "Check the network, and whether a proxy is needed."
	default:
		e.Message = "The connection to " + e.Host + " failed: " + s.client.scrub(err.Error()) + "."
		e.Advice = "Try again later; if the error stays, check the network and the proxy."
	}
}

// untrusted reports whether the host's certificate was the reason.
func untrusted(err error) bool {
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &name)
}

// atProxy reports whether it was the proxy that could not be reached.
func atProxy(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "proxyconnect"
}
