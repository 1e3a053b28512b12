package directory_test

import (
	"os"
	"path/filepath"
	"testing"

	"msgraph-user/emulator/directory"
)

// Whatever stands in a seed file, it is loaded or refused.
func FuzzSeed(f *testing.F) {
	f.Add([]byte(seedText))
	f.Add([]byte(`{"tenant":{"id":"x","domains":["y"]},"users":[{"userPrincipalName":"a@y","manager":["a@y"],"authentication":{"@odata.type":"#microsoft.graph.phoneAuthenticationMethod"}}]}`))
	f.Add([]byte(`{"tenant":{},"users":[[]]}`))
	clock := &testClock{}
	f.Fuzz(func(t *testing.T, raw []byte) {
		seed, err := directory.ParseSeed(raw)
		if err != nil {
			return
		}
		store := directory.New(clock.now)
		if err := store.LoadSeed(seed, 0); err != nil {
			return
		}
		if err := directory.New(clock.now).LoadSeed(store.Export(), 0); err != nil {
			t.Fatalf("%s: what was loaded and exported is not taken again: %v", raw, err)
		}
	})
}

// Whatever stands in a state file, it is taken or refused, and what is refused
// stays as it was.
func FuzzStateFile(f *testing.F) {
	store := directory.New((&testClock{}).now)
	seed, err := directory.ParseSeed([]byte(seedText))
	if err != nil {
		f.Fatal(err)
	}
	path := filepath.Join(f.TempDir(), "tenant")
	if err := store.LoadSeed(seed, 0); err != nil {
		f.Fatal(err)
	}
	if err := store.Keep(path); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte(`{"header":{"epoch":1}}` + "\n" + `{"ops":[{"do":"put"}]}` + "\n"))
	f.Add([]byte(`{"header":{"epoch":1}}` + "\n" + `{"ops":[{"do":"link","link":9}]}` + "\n"))
	f.Add([]byte(`{"ops":null}` + "\n" + `{}` + "\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		path := filepath.Join(t.TempDir(), "tenant")
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		store := directory.New((&testClock{}).now)
		if err := store.Keep(path); err != nil {
			left, readErr := os.ReadFile(path)
			if readErr != nil || string(left) != string(raw) {
				t.Fatalf("a refused file was changed: %v", readErr)
			}
			return
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
