package main

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

func TestPictureIsUpToDate(t *testing.T) {
	drawn, err := draw()
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(filepath.Join("..", "..", "internal", "pack", "image.png"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := png.Decode(bytes.NewReader(kept))
	if err != nil {
		t.Fatal(err)
	}
	want, err := png.Decode(bytes.NewReader(drawn))
	if err != nil {
		t.Fatal(err)
	}
	if size := got.Bounds().Size(); size.X != width || size.Y != height {
		t.Fatalf("the picture measures %v", size)
	}
	// Pixels are compared: compression differs from one release of Go to the next.
	for y := range height {
		for x := range width {
			if got.At(x, y) != want.At(x, y) {
				t.Fatalf("the picture is stale at %d,%d: run `go generate ./internal/pack`", x, y)
			}
		}
	}
}
