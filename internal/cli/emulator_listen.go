package cli

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"time"

	"msgraph-user/emulator/localtls"
)

// open opens the address that the flags name, and returns it as a base URL.
func (f emulatorFlags) open(now time.Time) (listener net.Listener, base string, err error) {
	if !f.tls && (f.tlsCA != "" || f.tlsDir != "" || len(f.tlsNames) > 0) {
		return nil, "", usagef("--tls-ca, --tls-dir and --tls-name go with --tls")
	}
	if listener, err = net.Listen("tcp", f.listen); err != nil {
		return nil, "", fmt.Errorf("listen on %s: %w", f.listen, err)
	}
	address := reachable(f.listen, listener.Addr())
	if !f.tls {
		return listener, "http://" + address, nil
	}
	secured, err := f.secure(listener, now)
	if err != nil {
		listener.Close()
		return nil, "", err
	}
	return secured, "https://" + address, nil
}

// reachable is the address of a listener as a program on this machine reaches
// it. A listener on all addresses is reached over loopback: by IPv6 where only
// that was asked for.
func reachable(asked string, bound net.Addr) string {
	host, port, err := net.SplitHostPort(bound.String())
	if err != nil || !net.ParseIP(host).IsUnspecified() {
		return bound.String()
	}
	if named, _, err := net.SplitHostPort(asked); err == nil && net.ParseIP(named).To4() == nil && named != "" {
		return net.JoinHostPort("::1", port)
	}
	return net.JoinHostPort("127.0.0.1", port)
}

// secure puts TLS in front of a listener.
func (f emulatorFlags) secure(listener net.Listener, now time.Time) (net.Listener, error) {
	authority, err := f.authority(now)
	if err != nil {
		return nil, err
	}
	certificate, err := authority.Issue(append(ownNames(listener.Addr()), f.tlsNames...)...)
	if err != nil {
		return nil, err
	}
	if f.tlsCA != "" {
		if err := os.WriteFile(f.tlsCA, authority.PEM(), 0o644); err != nil { // a certificate is no secret
			return nil, fmt.Errorf("write the authority's certificate: %w", err)
		}
	}
	return tls.NewListener(listener, &tls.Config{
		Certificates: []tls.Certificate{certificate},
		NextProtos:   []string{"h2", "http/1.1"},
	}), nil
}

func (f emulatorFlags) authority(now time.Time) (*localtls.Authority, error) {
	if f.tlsDir == "" {
		return localtls.NewAuthority(now)
	}
	authority, err := localtls.OpenAuthority(f.tlsDir, now)
	if err != nil {
		return nil, fmt.Errorf("--tls-dir: %w", err)
	}
	return authority, nil
}

// ownNames are the names, besides localhost's, under which a listener is reached:
// its address, or on all addresses those of the machine and the machine's name.
func ownNames(bound net.Addr) []string {
	host, _, err := net.SplitHostPort(bound.String())
	if err != nil {
		return nil
	}
	if !net.ParseIP(host).IsUnspecified() {
		return []string{host}
	}
	var names []string
	if name, err := os.Hostname(); err == nil {
		names = append(names, name)
	}
	addresses, _ := net.InterfaceAddrs() // none is fewer names
	for _, a := range addresses {
		if network, ok := a.(*net.IPNet); ok && !network.IP.IsLoopback() {
			names = append(names, network.IP.String())
		}
	}
	return names
}
