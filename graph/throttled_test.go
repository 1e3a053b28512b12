package graph_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"msgraph-user/emulator"
	"msgraph-user/graph"
	"msgraph-user/internal/httpclient"
	"msgraph-user/internal/secret"
)

// distant is the practice tenant with a way to it that takes time, and with a
// count of what it answered.
type distant struct {
	tenant    http.RoundTripper
	latency   time.Duration
	sent      atomic.Int64
	throttled atomic.Int64
}

func (d *distant) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(d.latency)
	d.sent.Add(1)
	response, err := d.tenant.RoundTrip(r)
	if err == nil && response.StatusCode == http.StatusTooManyRequests {
		d.throttled.Add(1)
	}
	return response, err
}

// practiceToken is a token of the ready application.
type practiceToken struct{ secret.Text }

func (t practiceToken) Token(context.Context) (secret.Text, error) { return t.Text, nil }
func (t practiceToken) Renew(context.Context, secret.Text, string) (secret.Text, bool, error) {
	return t.Text, false, nil
}
func (t practiceToken) Replacement(context.Context, secret.Text) (secret.Text, bool) {
	return secret.Text{}, false
}

func signIn(t *testing.T, transport http.RoundTripper) practiceToken {
	t.Helper()
	form := url.Values{"client_id": {emulator.ReadyApplication}, "client_secret": {emulator.ReadySecret}, "grant_type": {"client_credentials"}, "scope": {"https://graph.microsoft.com/.default"}}
	r, err := http.NewRequest(http.MethodPost, "https://login.microsoftonline.com/"+emulator.ReadyTenant+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.Token == "" {
		t.Fatalf("no token: %v", err)
	}
	return practiceToken{secret.New(answer.Token)}
}

// Driven flat out against the limits that Microsoft documents, the client loses
// no call and wastes little on being refused. Time is the bubble's: the minutes
// that it takes pass at once.
func TestFlatOutAgainstTheDocumentedLimits(t *testing.T) {
	for _, c := range []struct {
		name     string
		users    int
		quota    int64 // resource units in 10 s
		inFlight int
		latency  time.Duration
		calls    int64
	}{
		{"the default, a tenant of medium size", 0, 5000, httpclient.DefaultInFlight, 4 * time.Millisecond, 9000},
		{"many at once, a large tenant", 600, 8000, 64, 10 * time.Millisecond, 14000},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tenant, err := emulator.New(emulator.Options{Throttling: true, Users: c.users, InProcess: true})
				if err != nil {
					t.Fatal(err)
				}
				defer tenant.Close()
				far := &distant{tenant: tenant.Transport(), latency: c.latency}
				client, err := graph.New(graph.Options{
					Origin: "https://graph.microsoft.com",
					HTTP:   httpclient.NewClient(httpclient.ClientOptions{Transport: far, InFlight: c.inFlight}),
					Tokens: signIn(t, tenant.Transport()),
				})
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				lost := flatOut(client, c.calls)
				took := time.Since(began)
				waste := float64(far.throttled.Load()) / float64(far.sent.Load())
				t.Logf("%d calls in %v of the tenant's time: %d requests sent, %d answered 429 (%.2f %%)", c.calls, took.Round(time.Second), far.sent.Load(), far.throttled.Load(), 100*waste)
				if lost > 0 {
					t.Errorf("%d of %d calls were lost", lost, c.calls)
				}
				if waste >= 0.05 {
					t.Errorf("%.1f %% of the requests were wasted on 429, want less than 5 %%", 100*waste)
				}
				if far.throttled.Load() == 0 {
					t.Error("nothing was throttled: the test pushes too little")
				}
				// The first quota goes at once, the rest at the even rate.
				if best := 10 * time.Second * time.Duration(c.calls-c.quota) / time.Duration(c.quota); took > best*3/2 {
					t.Errorf("it took %v, and %v would do", took, best)
				}
			})
		})
	}
}

// flatOut makes calls from many callers at once, each with a deadline as a
// command's, and returns how many failed.
func flatOut(client *graph.Client, calls int64) (lost int64) {
	var wg sync.WaitGroup
	var left, failed atomic.Int64
	left.Store(calls)
	for range 100 {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
				if _, err := client.Do(ctx, graph.GetUser("mira.holt@larkspur.example", "id")); err != nil {
					failed.Add(1)
				}
				cancel()
			}
		})
	}
	wg.Wait()
	return failed.Load()
}
