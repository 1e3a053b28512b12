package docs

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"msgraph-user/handlers"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/engine"
)

var update = flag.Bool("update", false, "write the table of permissions into permissions.md")

// The marks around the table in permissions.md.
const (
	tableBegin = "<!-- The table is made by `go test ./test/docs -update`. -->\n"
	tableEnd   = "<!-- End of the table. -->\n"
)

func loadDefinition(t *testing.T) *definition.Integration {
	t.Helper()
	d := definition.Load()
	return d
}

// permissionTable says for each command what the least is that it needs.
func permissionTable(t *testing.T) string {
	t.Helper()
	needs, err := engine.Needs(loadDefinition(t), handlers.Commands())
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("| Command | Application permission | Delegated permission |\n| --- | --- | --- |\n")
	for _, need := range needs {
		fmt.Fprintf(&b, "| [%s](commands.md#%s) | %s | %s |\n", need.Command, need.Command, least(need, false), least(need, true))
	}
	return b.String()
}

// least is the cell for one sort of token.
func least(need engine.Need, delegated bool) string {
	if len(need.Requests) == 0 {
		return "none"
	}
	required := need.Of(delegated)
	if required.Impossible {
		return "not possible"
	}
	return "`" + strings.Join(required.Permissions, "`, `") + "`"
}

func TestPermissionTableIsCurrent(t *testing.T) {
	data, err := os.ReadFile("../../docs/permissions.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(data), tableBegin)
	table, after, ends := strings.Cut(rest, tableEnd)
	if !begins || !ends {
		t.Fatal("permissions.md has no marks around its table")
	}
	want := permissionTable(t)
	if table == want {
		return
	}
	if !*update {
		t.Fatalf("the table of permissions.md is stale: run go test ./test/docs -update. Want\n%s", want)
	}
	if err := os.WriteFile("../../docs/permissions.md", []byte(before+tableBegin+want+tableEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Every command that replaces one of the Python integration has a row in the table
// of differences.
func TestMigrationNamesEveryCommandThatMigrates(t *testing.T) {
	data, err := os.ReadFile("../../docs/migration.md")
	if err != nil {
		t.Fatal(err)
	}
	contract, err := os.ReadFile("../../testdata/contract/interface.json")
	if err != nil {
		t.Fatal(err)
	}
	var replaced struct{ Commands map[string]any }
	if err := json.Unmarshal(contract, &replaced); err != nil {
		t.Fatal(err)
	}
	for name := range replaced.Commands {
		if !strings.Contains(string(data), "\n| "+name+" |") {
			t.Errorf("migration.md says nothing of %s", name)
		}
	}
}
