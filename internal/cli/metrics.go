package cli

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"msgraph-user/internal/metrics"
)

// serveMetrics opens the address that --metrics names, until the service closes.
func (p *program) serveMetrics(e *running) error {
	if p.flags.metrics == "" {
		return nil
	}
	listener, err := net.Listen("tcp", ownHost(p.flags.metrics))
	if err != nil {
		return fmt.Errorf("listen for --metrics: %w", err)
	}
	server := &http.Server{Handler: metrics.Handler(e.service.Stats), ReadHeaderTimeout: 5 * time.Second}
	e.closers = append(e.closers, server.Close)
	go func() { _ = server.Serve(listener) }() // it ends when the service closes it
	e.log.Info("metrics are served", "url", "http://"+listener.Addr().String()+metrics.Path)
	if !listener.Addr().(*net.TCPAddr).IP.IsLoopback() {
		e.log.Warn("everyone who can reach this machine can read the metrics", "address", listener.Addr().String())
	}
	return nil
}

// ownHost puts this machine's own address before one that names only a port.
func ownHost(address string) string {
	if !strings.Contains(address, ":") {
		address = ":" + address
	}
	if strings.HasPrefix(address, ":") {
		return "127.0.0.1" + address
	}
	return address
}
