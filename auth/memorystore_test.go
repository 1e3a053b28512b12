package auth

import (
	"fmt"
	"testing"
)

func TestAMemoryStoreKeepsABoundedNumberOfInstances(t *testing.T) {
	store := NewMemoryStore()
	put := func(instance, refresh string) {
		t.Helper()
		if err := store.SetIntegrationContext(t.Context(), instance, map[string]any{"access_token": "t", "current_refresh_token": refresh}); err != nil {
			t.Fatal(err)
		}
	}
	holds := func(instance string) bool {
		t.Helper()
		value, err := store.GetIntegrationContext(t.Context(), instance)
		return err == nil && len(value) > 0
	}
	put("a person's", "RT-1")
	put("often used", "")
	put("long unused", "")
	for n := range 3 * maxContexts {
		put(fmt.Sprint("name-", n), "")
		holds("often used")
	}
	if n := len(store.contexts); n != maxContexts || len(store.lastUse) != n {
		t.Errorf("%d contexts are kept with %d times, want %d", n, len(store.lastUse), maxContexts)
	}
	for instance, want := range map[string]bool{"a person's": true, "often used": true, "long unused": false, "name-0": false} {
		if holds(instance) != want {
			t.Errorf("%s is kept: %t, want %t", instance, !want, want)
		}
	}
}

func TestAMemoryStoreOfGrantsIsBoundedToo(t *testing.T) {
	store := NewMemoryStore()
	for n := range maxContexts + 1 {
		if err := store.SetIntegrationContext(t.Context(), fmt.Sprint(n), map[string]any{"current_refresh_token": "RT"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, kept := store.contexts["0"]; kept || len(store.contexts) != maxContexts {
		t.Errorf("%d contexts, the oldest among them: %t", len(store.contexts), kept)
	}
}
