package emulator_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"testing"
	"time"

	"msgraph-user/emulator"
)

// tenantBench is a tenant and a token, for benchmarks.
type tenantBench struct {
	tenant *emulator.Tenant
	token  string
}

func newBench(b *testing.B, users int) *tenantBench {
	b.Helper()
	tenant, err := emulator.New(emulator.Options{InProcess: true, Users: users})
	if err != nil {
		b.Fatal(err)
	}
	return newBenchOf(b, tenant)
}

func newBenchOf(b testing.TB, tenant *emulator.Tenant) *tenantBench {
	b.Helper()
	x := &tenantBench{tenant: tenant}
	form := url.Values{"client_id": {emulator.ReadyApplication}, "client_secret": {emulator.ReadySecret}, "grant_type": {"client_credentials"}, "scope": {graph + "/.default"}}
	client := http.Client{Transport: tenant.Transport()}
	response, err := client.PostForm("https://login.microsoftonline.com/"+emulator.ReadyTenant+"/oauth2/v2.0/token", form)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	var answer tokenAnswer
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		b.Fatal(err)
	}
	x.token = answer.Token
	return x
}

// get asks in process and returns the body.
func (x *tenantBench) get(b *testing.B, link string) []byte {
	request, err := http.NewRequest("GET", link, nil)
	if err != nil {
		b.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+x.token)
	response, err := x.tenant.Transport().RoundTrip(request)
	if err != nil {
		b.Fatal(err)
	}
	raw, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		b.Fatalf("%v %s", err, raw)
	}
	return raw
}

// Pages of 999 users of 100,000, as JSON.
func BenchmarkPages(b *testing.B) {
	x := newBench(b, 100_000)
	users := 0
	next := graph + "/v1.0/users?$top=999"
	for b.Loop() {
		raw := x.get(b, next)
		users += bytes.Count(raw, []byte(`"userPrincipalName":`))
		next = graph + "/v1.0/users?$top=999"
		if _, rest, more := bytes.Cut(raw, []byte(`"@odata.nextLink":"`)); more {
			link, _, _ := bytes.Cut(rest, []byte(`"`))
			next = string(link)
		}
	}
	b.ReportMetric(float64(users)/b.Elapsed().Seconds(), "users/s")
}

// One small request in process: what the tenant costs a test or an --emulator call.
func BenchmarkGetUser(b *testing.B) {
	x := newBench(b, 0)
	for b.Loop() {
		x.get(b, graph+"/v1.0/users/"+plain)
	}
}

// How long the sample company and a large tenant take to make, and what the
// large one holds in memory.
func BenchmarkNew(b *testing.B) {
	for name, users := range map[string]int{"company": 0, "100000 users": 100_000} {
		b.Run(name, func(b *testing.B) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			var tenant *emulator.Tenant
			var err error
			began := time.Now()
			for b.Loop() {
				if tenant, err = emulator.New(emulator.Options{InProcess: true, Users: users}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(time.Since(began).Seconds()/float64(b.N), "s/tenant")
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MiB")
			runtime.KeepAlive(tenant)
		})
	}
}
