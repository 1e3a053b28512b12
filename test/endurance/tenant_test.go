package endurance_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"msgraph-user/emulator"
	"msgraph-user/emulator/graphapi"
	"msgraph-user/internal/graphtest"
)

// tenant is a practice tenant over HTTP in this process.
type tenant struct {
	*emulator.Tenant
	base string
}

func newTenant(t testing.TB, o emulator.Options) *tenant {
	t.Helper()
	made, base := graphtest.Tenant(t, o)
	return &tenant{made, base}
}

// changes are the requests of the log that were to change something.
func (n *tenant) changes() []graphapi.Observation {
	return slices.DeleteFunc(n.Requests(), func(o graphapi.Observation) bool {
		return o.Method == http.MethodGet || strings.HasSuffix(o.URL, "/$batch") // what it carries is in the log by itself
	})
}

// canary is a host that nothing may be sent to.
type canary struct {
	*httptest.Server
	mu   sync.Mutex
	came []string
}

func newCanary(t testing.TB) *canary {
	c := &canary{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.came = append(c.came, r.Method+" "+r.URL.String()+" "+r.Header.Get("Authorization"))
	}))
	t.Cleanup(func() {
		c.Close()
		for _, request := range c.came {
			t.Errorf("the canary was sent %s", request)
		}
	})
	return c
}
