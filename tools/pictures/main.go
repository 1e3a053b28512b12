// Command pictures draws the SVG pictures of the documentation. Each suits a light
// and a dark page. Run it from the top of the repository:
//
//	go run ./tools/pictures
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := write(filepath.Join("docs", "images")); err != nil {
		fmt.Fprintln(os.Stderr, "pictures:", err)
		os.Exit(1)
	}
}

// pictures are the files and how each is drawn.
var pictures = map[string]func() (*canvas, error){
	"architecture.svg": architecture,
	"containment.svg":  containment,
	"permissions.svg":  permissions,
	"sign-in.svg":      signIn,
}

func write(folder string) error {
	for name, draw := range pictures {
		drawn, err := draw()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), drawn.bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}
