// Command generate writes the schema's model.txt from the copy of Microsoft's
// metadata in testdata/graph. Run it with go generate ./emulator/schema; a test
// fails when the file is stale.
package main

import (
	"log"
	"os"
	"path/filepath"

	"msgraph-user/emulator/schema/metadata"
)

func main() {
	root := filepath.Join("..", "..")
	raw, err := os.ReadFile(filepath.Join(root, "testdata", "graph", "graph-model.json"))
	if err != nil {
		log.Fatal(err)
	}
	text, err := metadata.Model(raw)
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "emulator", "schema", "model.txt"), text, 0o644); err != nil {
		log.Fatal(err)
	}
}
