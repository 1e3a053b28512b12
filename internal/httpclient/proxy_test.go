package httpclient_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/httpclient"
)

// failInChild asks for url in a process with the environment env, and returns what
// the error says.
func failInChild(t *testing.T, url string, env ...string) string {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestFetchFails$", "-test.v")
	child.Env = append(os.Environ(), append(env, "FETCH_FAILS_URL="+url)...)
	out, err := child.CombinedOutput()
	if err != nil {
		t.Errorf("child: %v\n%s", err, out)
	}
	return string(out)
}

// TestFetchFails is what failInChild runs.
func TestFetchFails(t *testing.T) {
	url := os.Getenv("FETCH_FAILS_URL")
	if url == "" {
		return // not in a child: its parents are the tests
	}
	request := get()
	request.URL = url
	client := carry(t, httpclient.Options{SystemProxy: true})
	answer, err := client.Send(t.Context(), request)
	if err == nil {
		t.Fatalf("answered %d %s", answer.Status, answer.Body)
	}
	t.Logf("requests %d, error %v", client.Stats().Requests, err)
}

// A direct connection where a proxy is wanted would send a token past it.
func TestABrokenProxyAddressIsAnErrorAndNoDirectConnection(t *testing.T) {
	for _, address := range []string{"http://", "://", "http://proxy:port", "ftp://proxy.example:21", "%zz", "http://user:pa55word@[::1", "http:///path", "proxy example:8080"} {
		for _, variable := range []string{"HTTP_PROXY", "http_proxy"} {
			out := failInChild(t, "http://graph.invalid/", "HTTP_PROXY=", "http_proxy=", variable+"="+address)
			if !strings.Contains(out, "requests 1,") || !strings.Contains(out, variable) || strings.Contains(out, "pa55word") || strings.Contains(out, "resolved") {
				t.Errorf("%s=%s: %s", variable, address, out)
			}
		}
	}
	out := failInChild(t, "https://graph.invalid/", "HTTPS_PROXY=http://", "https_proxy=")
	if !strings.Contains(out, "HTTPS_PROXY") || !strings.Contains(out, "http://HOST:PORT") {
		t.Errorf("HTTPS_PROXY: %s", out)
	}
}

func TestAProxyMayBeNamedWithoutAScheme(t *testing.T) {
	proxy := serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "ok") })
	fetchInChild(t, "http://graph.invalid/", "HTTP_PROXY="+strings.TrimPrefix(proxy, "http://"), "FETCH_PROXY=1")
}

func TestAProxysRefusalSaysWhatToDo(t *testing.T) {
	for status, mentions := range map[int]string{407: "http://USER:PASSWORD@HOST:PORT", 403: "Ask those who run the proxy"} {
		var asked atomic.Int32
		proxy := serve(t, func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
		})
		out := failInChild(t, "https://graph.invalid/", "HTTPS_PROXY="+strings.Replace(proxy, "//", "//user:pa55word@", 1), "https_proxy=")
		if !strings.Contains(out, fmt.Sprintf("%d %s", status, http.StatusText(status))) || !strings.Contains(out, mentions) || strings.Contains(out, "pa55word") {
			t.Errorf("%d: %s", status, out)
		}
		if asked.Load() != 1 {
			t.Errorf("%d: the proxy was asked %d times, want once", status, asked.Load())
		}
	}
}

// A proxy that cannot connect for a moment is asked again.
func TestAProxysDisturbanceIsOutlasted(t *testing.T) {
	var asked atomic.Int32
	proxy := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusBadGateway)
	})
	out := failInChild(t, "https://graph.invalid/", "HTTPS_PROXY="+proxy, "https_proxy=")
	if want := int32(httpclient.DefaultPolicy().RefusedTries); asked.Load() != want {
		t.Errorf("the proxy was asked %d times, want %d: %s", asked.Load(), want, out)
	}
}

// Whoever answers for names could make another host of graph.localhost; a token
// in the clear goes to this machine only.
func TestNamesBelowLocalhostAreThisMachine(t *testing.T) {
	address := serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Host) })
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"localhost", "graph.localhost", "no.such.name.LOCALHOST"} {
		request := get()
		request.URL = "http://" + name + ":" + u.Port()
		answer, err := carry(t, httpclient.Options{}).Send(t.Context(), request)
		if err != nil || !bytes.HasPrefix(answer.Body, []byte(name)) {
			t.Errorf("%s: %v, %v", name, answer, err)
		}
	}
	var proxied atomic.Int32
	proxy := serve(t, func(w http.ResponseWriter, r *http.Request) { proxied.Add(1) })
	out := failInChild(t, "http://graph.localhost:1/", "HTTP_PROXY="+proxy, "http_proxy=")
	if proxied.Load() != 0 || !strings.Contains(out, "refused the connection") {
		t.Errorf("the proxy saw %d requests: %s", proxied.Load(), out)
	}
}

func TestNamesBelowLocalhostAreReachedByIPv6Too(t *testing.T) {
	listener, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Log("this machine has no IPv6:", err)
		return
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "six") }))
	server.Listener.Close()
	server.Listener = listener
	server.Start()
	defer server.Close()
	request := get()
	request.URL = fmt.Sprintf("http://graph.localhost:%d/", listener.Addr().(*net.TCPAddr).Port)
	if answer, err := carry(t, httpclient.Options{}).Send(t.Context(), request); err != nil || string(answer.Body) != "six" {
		t.Errorf("%v, %v", answer, err)
	}
}

func TestLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"127.0.0.1": true, "127.9.9.9": true, "::1": true, "::ffff:127.0.0.1": true, "localhost": true, "a.b.localhost": true, "LocalHost": true,
		"128.0.0.1": false, "::2": false, "localhost.example": false, "notlocalhost": false, "127.0.0.1.example": false, "": false, "0.0.0.0": false,
	} {
		if got := httpclient.IsLoopback(host); got != want {
			t.Errorf("%q is loopback: %t, want %t", host, got, want)
		}
	}
}

// A call is sent again as Repeatable says, whatever its method is: on connections
// that break after the request was read, and on answers that leave open what was
// done.
func TestRepeatableIsObeyed(t *testing.T) {
	tries := int32(httpclient.DefaultPolicy().Tries)
	for name, answer := range map[string]string{
		"a reset": "", "a cut answer": "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "a 504": "HTTP/1.1 504 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
		"a 502": "HTTP/1.1 502 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "a 503 without a time": "HTTP/1.1 503 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
	} {
		for _, method := range []string{"GET", "POST", "PATCH", "PUT", "DELETE"} {
			for _, repeatable := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s after %s, repeatable %t", method, name, repeatable), func(t *testing.T) {
					var requests atomic.Int32
					address := serveRaw(t, func(c net.Conn) {
						requests.Add(1)
						_, _ = io.WriteString(c, answer)
					})
					request := httpclient.Request{Method: method, URL: address, Repeatable: repeatable, IfLost: "Look."}
					if method != "GET" {
						request.Body = []byte(`{}`)
					}
					_, err := carry(t, httpclient.Options{}).Send(t.Context(), request)
					want := int32(1)
					if repeatable {
						want = tries
					}
					if requests.Load() != want {
						t.Errorf("sent %d times, want %d: %v", requests.Load(), want, err)
					}
				})
			}
		}
	}
}

// A connection that was used before, and that the host closed meanwhile, takes no
// request with it that must not be repeated.
func TestAReusedConnectionThatBreaksRepeatsNothing(t *testing.T) {
	var requests atomic.Int32
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			r := bufio.NewReader(c)
			for n := 1; ; n++ { // the first request of a connection is answered, the second breaks it
				if _, err := http.ReadRequest(r); err != nil {
					break
				}
				requests.Add(1)
				if n == 2 {
					break
				}
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
			}
			c.Close()
		}
	}()
	client := carry(t, httpclient.Options{})
	request := httpclient.Request{Method: "POST", URL: "http://" + listener.Addr().String(), IfLost: "Look."}
	if _, err := client.Send(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	_, err = client.Send(t.Context(), request)
	if e := wantFailure(t, err, failure.Unreachable); !strings.Contains(e.Error(), "may have been made") || requests.Load() != 2 {
		t.Errorf("%v after %d requests, want 2", err, requests.Load())
	}
}

func TestAnInvalidRetryAfterIsNotRepeated(t *testing.T) {
	for _, value := range []string{"1e300", "Inf", "99999999999", "Tue, 24 Nov 2999 10:00:30 GMT", "soon\x1b[31m", "-7777"} {
		inBubble(t, func(t *testing.T) {
			host := &script{}
			for range 100 {
				host.steps = append(host.steps, answers(429, "", "Retry-After", value))
			}
			_, err := newClient(host).Send(t.Context(), get())
			e := wantFailure(t, err, failure.Throttled)
			if strings.Contains(e.Error(), "asks to wait") || strings.Contains(e.Error(), value) || e.RetryAfter > httpclient.DefaultPatience {
				t.Errorf("%q: %q, again after %s", value, e, e.RetryAfter)
			}
		})
	}
}
