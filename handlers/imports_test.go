package handlers_test

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The commands know Graph's requests, the engine that sends them, and how an entry
// and a name look. Guard rails, the audit trail, tokens and retries are none of their business.
func TestWhatCommandsMayImport(t *testing.T) {
	allowed := []string{
		"msgraph-user/graph", "msgraph-user/internal/engine", "msgraph-user/internal/xsoar", "msgraph-user/internal/definition",
		"msgraph-user/internal/containment", "msgraph-user/internal/investigation", "msgraph-user/internal/journal", "msgraph-user/internal/mfa", "msgraph-user/internal/failure", "msgraph-user/internal/rawjson", "msgraph-user/internal/cleanname",
	}
	checkImports(t, ".", func(path string) bool { return slices.Contains(allowed, path) })
}

// Signing in knows nothing of commands, guard rails or the platform.
func TestWhatSigningInMayImport(t *testing.T) {
	allowed := []string{
		"msgraph-user/internal/failure", "msgraph-user/internal/secret", "msgraph-user/internal/httpclient",
		"msgraph-user/internal/cleanname", "msgraph-user/internal/parameter", "msgraph-user/internal/atomicfile", "msgraph-user/internal/bounded",
	}
	checkImports(t, "../auth", func(path string) bool { return slices.Contains(allowed, path) })
}

// checkImports reports packages of this module that a folder's code imports, and
// others than the standard library, that allowed does not have.
func checkImports(t *testing.T, folder string, allowed func(path string) bool) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s: %v", folder, err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range parsed.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(path, "msgraph-user/") && !allowed(path) {
				t.Errorf("%s imports %s", file, path)
			}
		}
	}
}
