package emulator_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"msgraph-user/emulator"
)

// drain spends the ready application's resource units: 100 a batch, then 20.
func (x *tenant) drain(units int) {
	x.t.Helper()
	for range units / 100 {
		x.batchOf20("/groups/nobody/transitiveMembers") // 5 units each
	}
	for range units % 100 / 20 {
		x.batchOf20("/users/nobody") // 1 unit each
	}
}

func (x *tenant) batchOf20(path string) {
	x.t.Helper()
	var items []string
	for i := range 20 {
		items = append(items, fmt.Sprintf(`{"id":"%d","method":"GET","url":"%s"}`, i, path))
	}
	if got := x.do("POST", "/v1.0/$batch", `{"requests":[`+strings.Join(items, ",")+`]}`); got.status != http.StatusOK {
		x.t.Fatalf("a batch answers %d %s", got.status, got.text)
	}
}

// wantRefusedInABatch fails the test where a batch has items beyond the quota that
// are not refused one by one.
func (x *tenant) wantRefusedInABatch() {
	x.t.Helper()
	inBatch := x.do("POST", "/v1.0/$batch", `{"requests":[{"id":"1","method":"GET","url":"/users"},{"id":"2","method":"GET","url":"/users"}]}`)
	items, _ := inBatch.json["responses"].([]any)
	if inBatch.status != http.StatusOK || len(items) != 2 {
		x.t.Fatalf("a batch beyond the quota: %d %s", inBatch.status, inBatch.text)
	}
	for _, item := range items {
		answer, _ := item.(map[string]any)
		headers, _ := answer["headers"].(map[string]any)
		if answer["status"] != 429.0 || headers["Retry-After"] == nil || headers["X-Ms-Throttle-Scope"] == nil {
			x.t.Errorf("an item beyond the quota: %v %v", answer["status"], headers)
		}
	}
}

func TestThrottling(t *testing.T) {
	x := start(t, emulator.Options{Throttling: true}) // some sixty people: 5,000 units in 10 s
	if got := x.do("GET", "/v1.0/users", "").header.Get("x-ms-resource-unit"); got != "2" {
		t.Errorf("a list costs %q, want 2", got)
	}
	x.drain(4980)
	near := x.do("GET", "/v1.0/users?$select=id", "")
	if near.status != http.StatusOK || near.header.Get("x-ms-throttle-limit-percentage") != "1.00" {
		t.Errorf("just below the quota: %d, usage %q", near.status, near.header.Get("x-ms-throttle-limit-percentage"))
	}
	x.drain(20) // the rest, and one refused
	refused := x.do("GET", "/v1.0/users", "")
	if refused.status != http.StatusTooManyRequests || refused.code() != "TooManyRequests" {
		t.Fatalf("beyond the quota: %d %s", refused.status, refused.text)
	}
	for name, want := range map[string]string{
		"Retry-After": "1", "x-ms-throttle-information": "ResourceUnitLimitExceeded",
		"x-ms-throttle-scope": "Tenant_Application/ReadWrite/" + emulator.ReadyApplication + "/" + emulator.ReadyTenant,
	} {
		if got := refused.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	x.wantRefusedInABatch()
	seconds, err := strconv.Atoi(refused.header.Get("Retry-After"))
	if err != nil {
		t.Fatal(err)
	}
	x.Clock().Advance(time.Duration(seconds) * time.Second)
	if got := x.do("GET", "/v1.0/users", ""); got.status != http.StatusOK {
		t.Errorf("after the wait: %d", got.status)
	}
}

func TestProtectionIsThrottledWithoutRetryAfter(t *testing.T) {
	x := start(t, emulator.Options{Throttling: true})
	first := x.do("GET", "/v1.0/identityProtection/riskyUsers", "")
	if first.status != http.StatusOK {
		t.Errorf("the first request of the second: %d", first.status)
	}
	second := x.do("GET", "/v1.0/identityProtection/riskyUsers", "")
	if second.status != http.StatusTooManyRequests || second.header.Get("Retry-After") != "" {
		t.Errorf("the second: %d, Retry-After %q", second.status, second.header.Get("Retry-After"))
	}
}

// Sign-ins and audits have a quota of their own, five requests in ten seconds, which
// what is asked of the directory does not use.
func TestLogsHaveAQuotaOfTheirOwn(t *testing.T) {
	x := start(t, emulator.Options{Throttling: true})
	for i := range 5 {
		path := []string{"signIns", "directoryAudits"}[i%2]
		x.want(x.get("/v1.0/auditLogs/"+path), 200)
		x.want(x.get("/v1.0/users/"+plain), 200)
	}
	refused := x.want(x.get("/v1.0/auditLogs/signIns"), 429) // is charged as well
	if refused.header.Get("Retry-After") != "4" {
		t.Errorf("Retry-After %q", refused.header.Get("Retry-After"))
	}
	x.want(x.get("/v1.0/users/"+plain), 200)
	x.Clock().Advance(4 * time.Second)
	x.want(x.get("/v1.0/auditLogs/signIns"), 200)
}

func TestNoThrottlingByDefault(t *testing.T) {
	x := start(t, emulator.Options{})
	x.drain(5100)
	if got := x.do("GET", "/v1.0/users", ""); got.status != http.StatusOK || got.header.Get("x-ms-resource-unit") != "" {
		t.Errorf("%d, cost %q", got.status, got.header.Get("x-ms-resource-unit"))
	}
}
