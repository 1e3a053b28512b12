package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// The pictures of the documentation are those that this program draws.
func TestPicturesAreFresh(t *testing.T) {
	for name, draw := range pictures {
		kept, err := os.ReadFile(filepath.Join("..", "..", "docs", "images", name))
		if err != nil || !bytes.Equal(kept, draw()) {
			t.Errorf("%s is stale: run go run ./tools/pictures (%v)", name, err)
		}
	}
}
