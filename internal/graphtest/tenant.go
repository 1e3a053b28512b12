package graphtest

import (
	"net/http/httptest"
	"testing"

	"msgraph-user/emulator"
)

// Tenant serves a practice tenant over HTTP until the test ends. base is its URL.
func Tenant(t testing.TB, options emulator.Options) (tenant *emulator.Tenant, base string) {
	t.Helper()
	tenant, err := emulator.New(options)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(tenant)
	t.Cleanup(func() {
		server.Close()
		tenant.Close()
	})
	return tenant, server.URL
}
