package main

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// The pictures of the documentation are those that this program draws, are XML, and
// have no text that leaves its box.
func TestPicturesAreFresh(t *testing.T) {
	for name, draw := range pictures {
		drawn, err := draw()
		if err != nil {
			t.Fatal(err)
		}
		kept, err := os.ReadFile(filepath.Join("..", "..", "docs", "images", name))
		if err != nil || !bytes.Equal(kept, drawn.bytes()) {
			t.Errorf("%s is stale: run go run ./tools/pictures (%v)", name, err)
		}
		for decoder := xml.NewDecoder(bytes.NewReader(drawn.bytes())); err != io.EOF; {
			if _, err = decoder.Token(); err != nil && err != io.EOF {
				t.Fatalf("%s: %v", name, err)
			}
		}
		for _, text := range drawn.tooLong {
			t.Errorf("%s: %q does not fit", name, text)
		}
	}
}

func TestATextThatDoesNotFitIsFound(t *testing.T) {
	c := newCanvas(100, 100, "")
	c.box(0, 0, 100, 50, "short", "much longer than the box is wide")
	if len(c.tooLong) != 1 {
		t.Errorf("found %q", c.tooLong)
	}
}
