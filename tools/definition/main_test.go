package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// What is derived from integration.yml must be what the generator writes today.
func TestDerivedFilesAreUpToDate(t *testing.T) {
	root := filepath.Join("..", "..")
	files, err := derive(root)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range files {
		got, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Error(err)
			continue
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is stale: run `go generate ./internal/definition`", path)
		}
	}
}
