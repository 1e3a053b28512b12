package definition_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"msgraph-user/internal/definition"
)

// contractInterface is what the platform's instances and playbooks rely on.
type contractInterface struct {
	Commands map[string]struct {
		Deprecated, Execution, Polling bool
		Arguments                      []struct {
			Name, Default            string
			Required, Secret, Hidden bool
			Predefined               []string
		}
		Outputs []struct{ Path, Type string }
	}
	Parameters []struct {
		Name, Default    string
		Type             definition.ParameterType
		Required, Hidden bool
		Options          []string
	}
}

func contract(t *testing.T) contractInterface {
	t.Helper()
	data, err := os.ReadFile("../../testdata/contract/interface.json")
	if err != nil {
		t.Fatal(err)
	}
	var want contractInterface
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	return want
}

func TestCommandsKeepTheContract(t *testing.T) {
	definition := integration(t)
	for name, want := range contract(t).Commands {
		got, ok := definition.Command(name)
		if !ok {
			t.Errorf("no command %s", name)
			continue
		}
		if got.Deprecated != want.Deprecated || got.Execution != want.Execution || want.Polling && !got.Polling {
			t.Errorf("%s: flags differ", name)
		}
		for _, w := range want.Arguments {
			a, ok := got.Argument(w.Name)
			switch {
			case !ok:
				t.Errorf("%s: no argument %s", name, w.Name)
			case a.Required != w.Required || a.Hidden != w.Hidden || a.Default != w.Default || w.Secret && !a.Secret:
				t.Errorf("%s %s: got %+v, want %+v", name, w.Name, a, w)
			case len(w.Predefined) > 0 && !slices.Equal(a.Predefined, w.Predefined):
				t.Errorf("%s %s: allows %v, want %v", name, w.Name, a.Predefined, w.Predefined)
			}
		}
		types := map[string]string{}
		for _, o := range got.Outputs {
			types[o.ContextPath] = o.Type
		}
		sameType := strings.NewReplacer("Boolean", "Bool", "Number", "Int")
		for _, w := range want.Outputs {
			if sameType.Replace(types[w.Path]) != sameType.Replace(w.Type) {
				t.Errorf("%s %s: type %q, want %q", name, w.Path, types[w.Path], w.Type)
			}
		}
	}
}

func TestParametersKeepTheContract(t *testing.T) {
	definition := integration(t)
	for _, want := range contract(t).Parameters {
		got, ok := definition.Parameter(want.Name)
		switch {
		case !ok:
			t.Errorf("no parameter %s", want.Name)
		case got.Type != want.Type || got.Required != want.Required || got.Hidden != want.Hidden || got.Default != want.Default || !slices.Equal(got.Options, want.Options):
			t.Errorf("got %+v, want %+v", got, want)
		case got.Display == "" || got.Info == "":
			t.Errorf("%s: the form does not say what it is", want.Name)
		}
	}
}
