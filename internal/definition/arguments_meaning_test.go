package definition

import (
	"slices"
	"strings"
	"testing"
)

// Nothing is guessed: an argument whose values any text can be says so, and a row
// that no argument follows would be a rule for nothing.
func TestEveryArgumentHasAMeaning(t *testing.T) {
	integration := Load()
	var used []string
	for _, c := range integration.Commands {
		for _, a := range c.Args {
			used = append(used, a.Name, c.Name+" "+a.Name)
			meaning, ok := meaningOf(c.Name, a.Name)
			if !ok && len(a.Predefined) == 0 {
				t.Errorf("%s %s has no row in the table of meanings", c.Name, a.Name)
			}
			if a.Meaning != meaning {
				t.Errorf("%s %s means %q, the table says %q: run go generate", c.Name, a.Name, a.Meaning, meaning)
			}
		}
	}
	for _, row := range meanings {
		for _, name := range row.arguments {
			if !slices.Contains(used, name) {
				t.Errorf("no argument is called %s", name)
			}
		}
	}
}

func TestOneCommandMayMeanSomethingElse(t *testing.T) {
	defer func(before []meaningRow) { meanings = before }(meanings)
	meanings = append(slices.Clone(meanings), meaningRow{Number, []string{"count user"}})
	for command, want := range map[string]Meaning{"count": Number, "get": User} {
		if got, ok := meaningOf(command, "user"); got != want || !ok {
			t.Errorf("%s: user means %q, want %q", command, got, want)
		}
	}
}

func TestSensitiveArguments(t *testing.T) {
	integration := Load()
	for _, c := range integration.Commands {
		for n := range c.Args {
			a := &c.Args[n]
			named := strings.HasSuffix(a.Name, "password") || strings.HasSuffix(a.Name, "secret") || strings.HasSuffix(a.Name, "token")
			if named && !a.IsSensitive() {
				t.Errorf("%s %s is shown", c.Name, a.Name)
			}
		}
	}
}
