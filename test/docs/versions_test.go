package docs

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"msgraph-user/internal/supply"
)

// There is one version: the program, its protocol, its bill of materials, the pack,
// the image, the changelog and the documentation name the same.
func TestVersionsAgree(t *testing.T) {
	const number = `(\d+\.\d+\.\d+)`
	for _, c := range []struct{ name, text, pattern string }{
		{"version", program(t, "", "version"), `^msgraph-user ` + number + `\n`},
		{"version --sbom", program(t, "", "version", "--sbom"), `"name": "msgraph-user",\s+"version": "` + number + `"`},
		{"initialize", program(t, `{"jsonrpc":"2.0","id":1,"method":"initialize"}`, "serve", "--emulator"), `"serverInfo":\{"name":"msgraph-user","version":"` + number + `"`},
		{"rpc.discover", discovered(t), "^" + number + "$"},
		{"pack", file(t, "internal/pack/testdata/pack_metadata.json"), `"currentVersion": "` + number + `"`},
		{"integration.yml", file(t, "integration.yml"), `dockerimage: demistoextended/msgraph-user:` + number},
		{"CHANGELOG.md", latestChanges(t), `^## \[` + number + `\]`},
	} {
		if found := regexp.MustCompile(c.pattern).FindStringSubmatch(c.text); found == nil || found[1] != supply.Version {
			t.Errorf("%s names %v, want %s", c.name, found, supply.Version)
		}
	}
	for _, path := range documents(t) {
		for _, found := range regexp.MustCompile(`msgraph-user[:-]`+number).FindAllStringSubmatch(file(t, strings.TrimPrefix(path, "../../")), -1) {
			if found[1] != supply.Version {
				t.Errorf("%s names %s, want %s", path, found[0], supply.Version)
			}
		}
	}
}

// program runs the program and returns what it prints.
func program(t *testing.T, input string, arguments ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(binDir, "msgraph-user"), arguments...)
	cmd.Stdin, cmd.Stderr = strings.NewReader(input), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", arguments, err)
	}
	return string(out)
}

// discovered is the version in the OpenRPC document.
func discovered(t *testing.T) string {
	t.Helper()
	var answer struct {
		Result struct {
			Info struct{ Version string }
		}
	}
	out := program(t, `{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}`, "serve", "--emulator")
	if err := json.Unmarshal([]byte(out), &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Result.Info.Version
}

// latestChanges is the changelog from its first release on.
func latestChanges(t *testing.T) string {
	t.Helper()
	_, changes, _ := strings.Cut(file(t, "CHANGELOG.md"), "\n## ")
	return "## " + changes
}

// file reads a file of the source tree.
func file(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("../..", path))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// The install page says what the program weighs.
func TestTheWeightIsTrue(t *testing.T) {
	found := regexp.MustCompile(`without .-ldflags. it keeps its tables for debuggers and weighs (\d+) MB`).FindStringSubmatch(file(t, "docs/install.md"))
	info, err := os.Stat(filepath.Join(binDir, "msgraph-user"))
	if err != nil || found == nil {
		t.Fatal(found, err)
	}
	told, err := strconv.Atoi(found[1])
	if weighs := float64(info.Size()) / 1e6; err != nil || math.Abs(weighs-float64(told)) > 1 {
		t.Errorf("the page says %s MB, and the program weighs %.1f", found[1], weighs)
	}
}
