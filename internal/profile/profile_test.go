package profile

import (
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

func env(pairs map[string]string) func(string) string {
	return func(name string) string { return pairs[name] }
}

func TestPathFollowsTheEnvironment(t *testing.T) {
	root := t.TempDir() // absolute on every system
	for name, c := range map[string]struct {
		env  map[string]string
		want string
	}{
		"XDG_CONFIG_HOME first":         {map[string]string{"XDG_CONFIG_HOME": root, "HOME": "/elsewhere"}, filepath.Join(root, "msgraph-user", "config.yaml")},
		"below HOME":                    {map[string]string{"HOME": root}, filepath.Join(root, ".config", "msgraph-user", "config.yaml")},
		"on Windows":                    {map[string]string{"AppData": root}, filepath.Join(root, "msgraph-user", "config.yaml")},
		"a relative one counts as none": {map[string]string{"XDG_CONFIG_HOME": "x", "HOME": root}, filepath.Join(root, ".config", "msgraph-user", "config.yaml")},
		"nowhere":                       {nil, ""},
	} {
		if got := Path(env(c.env)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// write keeps a configuration file with a mode.
func write(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask is
		t.Fatal(err)
	}
	return path
}

const both = `
default: lab
profiles:
  lab: {params: lab.yaml, state: ~/lab.state}
  work:
    params: {creds_tenant_id: {password: contoso.example}}
`

func TestReadFindsEachProfile(t *testing.T) {
	path := write(t, both, 0o600)
	file, err := Read(t.Context(), path, env(map[string]string{"HOME": "/home/ada"}))
	if err != nil {
		t.Fatal(err)
	}
	if file.Default != "lab" || !reflect.DeepEqual(file.Names(), []string{"lab", "work"}) {
		t.Errorf("default %q of %v", file.Default, file.Names())
	}
	lab, err := file.Find("lab")
	if want := (Profile{Name: "lab", ParamsFile: filepath.Join(filepath.Dir(path), "lab.yaml"), State: "/home/ada/lab.state"}); err != nil || !reflect.DeepEqual(lab, want) {
		t.Errorf("%+v %v, want %+v", lab, err, want)
	}
	work, err := file.Find("work")
	if err != nil || work.ParamsFile != "" || work.Params["creds_tenant_id"] == nil {
		t.Errorf("%+v %v", work, err)
	}
	if _, err := file.Find("wrok"); err == nil || !strings.Contains(err.Error(), "there is lab, work") {
		t.Errorf("an unknown name: %v", err)
	}
}

func TestNoFileIsNoProfile(t *testing.T) {
	for _, path := range []string{"", filepath.Join(t.TempDir(), "config.yaml"), write(t, "", 0o644)} {
		file, err := Read(t.Context(), path, env(nil))
		if err != nil || len(file.Names()) != 0 || file.Default != "" {
			t.Errorf("%q: %+v %v", path, file, err)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		mode os.FileMode
		says string // "": it is read
	}{
		"secrets that the group can read":  {both, 0o640, "chmod 600"},
		"secrets that others can read":     {both, 0o604, "chmod 600"},
		"names of files that all can read": {"profiles: {a: {params: a.yaml}}", 0o644, ""},
		"a mistyped key":                   {"profile: {}", 0o600, "profile"},
		"a mistyped key of a profile":      {"profiles: {a: {params: a, stat: b}}", 0o600, "field stat is not known: at the top are default and profiles, in a profile params and state"},
		"a profile without parameters":     {"profiles: {a: {state: b}}", 0o600, "the profile a"},
		"parameters that are a list":       {"profiles: {a: {params: [b]}}", 0o600, "the profile a"},
		"what is no YAML":                  {"{", 0o600, "config.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			if runtime.GOOS == "windows" && c.mode&0o077 != 0 {
				c.says = ""
			}
			_, err := Read(t.Context(), write(t, c.text, c.mode), env(nil))
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
}
