package supply_test

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The bill of materials that the program gives of itself holds what the Go command
// finds in it.
func TestTheBillOfMaterialsIsWhole(t *testing.T) {
	program := filepath.Join(t.TempDir(), "msgraph-user")
	if out, err := exec.Command("go", "build", "-o", program, "../..").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v %s", err, out)
	}
	shown, err := exec.Command(program, "version", "--sbom").Output()
	if err != nil {
		t.Fatalf("version --sbom: %v", err)
	}
	var bill struct {
		Components []struct{ Name, Version string }
	}
	if err := json.Unmarshal(shown, &bill); err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, c := range bill.Components {
		listed[c.Name+" "+c.Version] = true
	}
	found, err := exec.Command("go", "version", "-m", program).Output()
	if err != nil {
		t.Fatalf("go version -m: %v", err)
	}
	modules := 0
	for line := range strings.Lines(string(found)) {
		fields := strings.Fields(line)
		if len(fields) < 3 || fields[0] != "dep" {
			continue
		}
		modules++
		if !listed[fields[1]+" "+fields[2]] {
			t.Errorf("the bill of materials lacks %s %s", fields[1], fields[2])
		}
	}
	if len(listed) != modules+1 { // the standard library
		t.Errorf("the bill of materials has %d components, the program %d modules", len(listed), modules)
	}
}
