// Command definition puts internal/container/script.py into integration.yml, and
// brings up to date what is derived from that: integration_data.go, which the program
// has in it, and docs/commands.md, the command reference. It is run by
// `go generate ./internal/definition`.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"msgraph-user/internal/definition"
)

// top is the top of the repository, seen from internal/definition, where go generate
// runs. Another one can be given as the argument.
const top = "../.."

func main() {
	root := top
	if len(os.Args) > 1 {
		root = os.Args[1]
	}
	if err := generate(root); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// generate writes the derived files below root.
func generate(root string) error {
	files, err := derive(root)
	if err != nil {
		return err
	}
	for path, content := range files {
		if err := os.WriteFile(filepath.Join(root, path), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// derive reads integration.yml and the script below root, and returns the derived
// files by their path from root.
func derive(root string) (map[string][]byte, error) {
	yml, err := os.ReadFile(filepath.Join(root, "integration.yml"))
	if err != nil {
		return nil, err
	}
	script, err := os.ReadFile(filepath.Join(root, "internal", "container", "script.py"))
	if err != nil {
		return nil, err
	}
	if yml, err = embedScript(yml, string(script)); err != nil {
		return nil, err
	}
	integration, err := definition.ParseYAML(yml)
	if err != nil {
		return nil, err
	}
	data, err := literal(integration)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		"integration.yml":                         yml,
		"internal/definition/integration_data.go": data,
		"docs/commands.md":                        []byte(commandReference(integration)),
	}, nil
}
