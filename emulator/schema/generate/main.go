// Command generate writes the schema's model.txt, and graphapi's operations.txt and
// permissionnames.txt, from the copies of Microsoft's metadata in testdata/graph. Run
// it with go generate ./emulator/schema; a test fails when the files are stale.
package main

import (
	"log"
	"os"
	"path/filepath"

	"msgraph-user/emulator/schema/metadata"
)

func main() {
	root := filepath.Join("..", "..")
	source := filepath.Join(root, "testdata", "graph")
	write(filepath.Join(root, "emulator", "schema", "model.txt"), metadata.Model, filepath.Join(source, "graph-model.json"))
	write(filepath.Join(root, "emulator", "graphapi", "operations.txt"), metadata.Operations, filepath.Join(source, "graph-openapi.json"))
	write(filepath.Join(root, "emulator", "graphapi", "permissionnames.txt"), metadata.Permissions, filepath.Join(source, "graph-openapi.json"))
}

func write(path string, table func([]byte) ([]byte, error), source string) {
	raw, err := os.ReadFile(source)
	if err != nil {
		log.Fatal(err)
	}
	text, err := table(raw)
	if err != nil {
		log.Fatalf("%s: %v", source, err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		log.Fatal(err)
	}
}
