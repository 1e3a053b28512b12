package auth

import (
	"bytes"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Signing in is below everything that signs in: auth imports only these of the
// module's packages, and none of the engine's parameters stands in its code.
func TestAuthKnowsNoEngineAndNoGuardRail(t *testing.T) {
	allowed := []string{"atomicfile", "bounded", "failure", "httpclient", "parameter", "secret"}
	guardRails := []string{"read_only", "protected_users", "handle_error", "allow_secret_generators", "ReadOnly", "ProtectedUsers"}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if inner, ok := strings.CutPrefix(path, "msgraph-user/"); ok && !slices.Contains(allowed, strings.TrimPrefix(inner, "internal/")) {
				t.Errorf("%s imports %s", name, path)
			}
		}
		for _, word := range guardRails {
			if bytes.Contains(source, []byte(word)) {
				t.Errorf("%s speaks of %s", name, word)
			}
		}
	}
}
