package httpclient_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/pem"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/httpclient"
)

// carry returns a client with quick retries over a transport made from o.
func carry(t *testing.T, o httpclient.Options) *httpclient.Client {
	t.Helper()
	transport := httpclient.New(o)
	t.Cleanup((&http.Client{Transport: transport}).CloseIdleConnections)
	policy := httpclient.DefaultPolicy()
	policy.Backoff = func(int) time.Duration { return 0 }
	return httpclient.NewClient(httpclient.ClientOptions{Transport: transport, Policy: &policy, MaxAnswer: 1 << 20})
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

func TestInProcessTakesThePlaceOfTheNetwork(t *testing.T) {
	host := &script{steps: []step{answers(200, "here")}}
	for _, transport := range []http.RoundTripper{
		httpclient.New(httpclient.Options{InProcess: host}),
		httpclient.NewMetadata(httpclient.Options{InProcess: host}),
	} {
		answer, err := httpclient.NewClient(httpclient.ClientOptions{Transport: transport}).Send(t.Context(), get())
		if err != nil || string(answer.Body) != "here" {
			t.Errorf("got %v, %v", answer, err)
		}
	}
}

func TestRedirectsAreHandedOver(t *testing.T) {
	elsewhere := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") })
	here := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere, http.StatusTemporaryRedirect)
	})
	request := get()
	request.URL = here
	answer, err := carry(t, httpclient.Options{}).Send(t.Context(), request)
	if err != nil || answer.Status != http.StatusTemporaryRedirect {
		t.Errorf("got %v, %v", answer, err)
	}
}

func TestConnectionRefusedIsGivenUp(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	request := create()
	request.URL = "http://" + address
	client := carry(t, httpclient.Options{})
	_, err = client.Send(t.Context(), request)
	e := wantFailure(t, err, failure.Unreachable)
	if e.Host != "127.0.0.1" || !strings.Contains(e.Message, "refused") || strings.Contains(e.Error(), "may have been made") {
		t.Errorf("host %q, error %q", e.Host, e)
	}
	if n, want := client.Stats().Requests, int64(httpclient.DefaultPolicy().RefusedTries); n != want {
		t.Errorf("tried %d times, want %d", n, want)
	}
}

// TestBrokenAnswers breaks real connections in the ways that networks do.
func TestBrokenAnswers(t *testing.T) {
	breaks := map[string]string{
		"closed without a word":        "",
		"closed in the headers":        "HTTP/1.1 200 OK\r\nContent-Le",
		"body shorter than announced":  "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\":",
		"chunked body without its end": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"id\"\r\n",
	}
	for name, raw := range breaks {
		t.Run(name, func(t *testing.T) {
			var requests atomic.Int32
			url := serveRaw(t, func(c net.Conn) {
				if requests.Add(1) == 1 {
					_, _ = io.WriteString(c, raw)
					return
				}
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
			})
			request := get()
			request.URL = url
			answer, err := carry(t, httpclient.Options{}).Send(t.Context(), request)
			if err != nil || string(answer.Body) != "{}" || requests.Load() != 2 {
				t.Errorf("got %v, %v after %d requests", answer, err, requests.Load())
			}
		})
	}
}

// serveRaw reads one request from each connection, lets answer write what it
// likes, and closes.
func serveRaw(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			if r, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
				_, _ = io.Copy(io.Discard, r.Body)
				answer(c)
			}
			c.Close()
		}
	}()
	t.Cleanup(func() {
		listener.Close()
		<-done
	})
	return "http://" + listener.Addr().String()
}

func TestHTTP2IsSpokenWhereTheHostDoes(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	request := get()
	request.URL = server.URL
	answer, err := carry(t, httpclient.Options{Insecure: true}).Send(t.Context(), request)
	if err != nil || string(answer.Body) != "HTTP/2.0" {
		t.Errorf("got %v, %v", answer, err)
	}
}

// The limit counts what the program holds, not what came over the wire.
func TestSizeLimitCountsDecompressedBytes(t *testing.T) {
	var small bytes.Buffer
	z := gzip.NewWriter(&small)
	_, _ = z.Write(make([]byte, 2<<20))
	z.Close()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			t.Error("gzip is not accepted")
		}
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(small.Bytes())
	})
	request := get()
	request.URL = url
	_, err := carry(t, httpclient.Options{}).Send(t.Context(), request)
	wantFailure(t, err, failure.Refused)
}

func TestCertificates(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0) // a refused handshake is no news
	server.StartTLS()
	defer server.Close()
	request := get()
	request.URL = server.URL

	t.Run("are verified", func(t *testing.T) {
		client := carry(t, httpclient.Options{})
		_, err := client.Send(t.Context(), request)
		e := wantFailure(t, err, failure.Unreachable)
		if !strings.Contains(e.Error(), "SSL_CERT_FILE") || client.Stats().Requests != 1 {
			t.Errorf("error %q after %d requests", e, client.Stats().Requests)
		}
	})
	t.Run("are not where the instance says so, with one warning", func(t *testing.T) {
		var log bytes.Buffer
		client := carry(t, httpclient.Options{Insecure: true, Log: slog.New(slog.NewTextHandler(&log, nil))})
		for range 2 {
			if answer, err := client.Send(t.Context(), request); err != nil || string(answer.Body) != "ok" {
				t.Errorf("got %v, %v", answer, err)
			}
		}
		if n := strings.Count(log.String(), "level=WARN"); n != 1 {
			t.Errorf("%d warnings, want 1: %s", n, &log)
		}
	})
	t.Run("of an authority that SSL_CERT_FILE names are good", func(t *testing.T) {
		authority := filepath.Join(t.TempDir(), "ca.pem")
		certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
		if err := os.WriteFile(authority, certificate, 0o600); err != nil {
			t.Fatal(err)
		}
		fetchInChild(t, server.URL, "SSL_CERT_FILE="+authority)
	})
}

// The environment's proxy counts only where the instance says so, and never for
// a metadata service. net/http reads the environment once in a process, and
// passes loopback by, so a child asks for a name that only the proxy knows.
func TestProxyFromTheEnvironment(t *testing.T) {
	var proxied atomic.Int32
	proxy := serve(t, func(w http.ResponseWriter, r *http.Request) {
		proxied.Add(1)
		_, _ = io.WriteString(w, "ok")
	})
	fetchInChild(t, "http://graph.invalid/", "HTTP_PROXY="+proxy, "FETCH_PROXY=1")
	if proxied.Load() != 1 {
		t.Errorf("the proxy saw %d requests, want 1", proxied.Load())
	}
	for name, transport := range map[string]http.RoundTripper{
		"an instance without the proxy": httpclient.New(httpclient.Options{}),
		"a metadata service":            httpclient.NewMetadata(httpclient.Options{SystemProxy: true}),
	} {
		if transport.(*http.Transport).Proxy != nil {
			t.Errorf("%s goes through the proxy", name)
		}
	}
}

// A connection that never comes about carries nothing: a create is tried again,
// and its failure does not speak of a change that may have been made.
func TestCreateThatNeverLeftIsTriedAgain(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		var dialled atomic.Int32
		transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			dialled.Add(1)
			<-time.After(time.Minute) // net/http goes on dialling when the request has given up
			return nil, os.ErrDeadlineExceeded
		}}
		request := create()
		request.URL = "http://graph.example/"
		_, err := newClient(transport).Send(t.Context(), request)
		e := wantFailure(t, err, failure.Unreachable)
		if !e.Timeout || dialled.Load() < 2 || strings.Contains(e.Error(), "may have been made") {
			t.Errorf("dialled %d times, error %q", dialled.Load(), e)
		}
		<-time.After(time.Minute)
	})
}

// fetchInChild runs TestFetch in a process with the environment env.
func fetchInChild(t *testing.T, url string, env ...string) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestFetch$", "-test.v")
	child.Env = append(os.Environ(), append(env, "FETCH_URL="+url)...)
	if out, err := child.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("fetched")) {
		t.Errorf("child: %v\n%s", err, out)
	}
}

// TestFetch is what fetchInChild runs.
func TestFetch(t *testing.T) {
	url := os.Getenv("FETCH_URL")
	if url == "" {
		return // not in a child: its parents are the tests
	}
	request := get()
	request.URL = url
	answer, err := carry(t, httpclient.Options{SystemProxy: os.Getenv("FETCH_PROXY") != ""}).Send(t.Context(), request)
	if err != nil || string(answer.Body) != "ok" {
		t.Fatalf("got %v, %v", answer, err)
	}
	t.Log("fetched")
}
