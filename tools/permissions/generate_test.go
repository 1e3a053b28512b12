package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestTablesAreFresh fails when the metadata or a generator changed and nobody
// ran go generate.
func TestTablesAreFresh(t *testing.T) {
	fresh := t.TempDir()
	if err := writeTables(filepath.Join("..", "..", "testdata", "graph"), fresh); err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		want, err := os.ReadFile(filepath.Join(fresh, table.target))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("..", "..", "graph", table.target))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is stale: run go generate ./graph", table.target)
		}
	}
}

func TestMetadataThatIsNoneIsRefused(t *testing.T) {
	for _, metadata := range []string{"", "[]", `{"types":{}}`} {
		if _, err := propertyTypes([]byte(metadata)); err == nil {
			t.Errorf("property types of %q: no error", metadata)
		}
	}
	for _, metadata := range []string{"", "[]", `{"paths":{"/v1.0/users":{"get":[]}}}`} {
		if _, err := permissions([]byte(metadata)); err == nil {
			t.Errorf("permissions of %q: no error", metadata)
		}
	}
}
