package httpclient

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// A second connection to a host resumes the TLS session of the first.
func TestASecondConnectionResumesTheSession(t *testing.T) {
	var resumed []bool
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		resumed = append(resumed, r.TLS.DidResume)
		w.Header().Set("Connection", "close")
	}))
	defer server.Close()
	client := &http.Client{Transport: New(Options{Insecure: true})}
	for range 2 {
		answer, err := client.Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
	}
	if len(resumed) != 2 || resumed[0] || !resumed[1] {
		t.Errorf("resumed %v, want the second", resumed)
	}
}
