package auth

import (
	"fmt"
	"testing"
)

func TestSourcesStayBounded(t *testing.T) {
	var sources Sources
	store := NewMemoryStore()
	for i := range maxSources + 10 {
		sources.For(configure(t, application("creds_auth_id", credential(fmt.Sprint("client-", i)))), Options{Store: store, Instance: fmt.Sprint(i)})
	}
	if n, m := len(sources.sources), len(sources.sources); n > maxSources || m > maxSources {
		t.Errorf("%d sources and %d turns are kept", n, m)
	}
}

// A caller asks for a source once and then uses it: use keeps it, or a second one
// would spend the same grant.
func TestASourceInUseIsKept(t *testing.T) {
	var sources Sources
	store := NewMemoryStore()
	of := func(name string) *Source {
		return sources.For(configure(t, application("creds_auth_id", credential(name))), Options{Transport: always("t"), Store: store, Instance: name})
	}
	used, unused := of("used"), of("unused")
	for i := range maxSources {
		wantToken(t, used, "t")
		of(fmt.Sprint(i))
	}
	if of("used") != used || of("unused") == unused {
		t.Error("another source than the one that was unused for longest was dropped")
	}
}
