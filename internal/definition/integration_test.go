package definition_test

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"msgraph-user/internal/definition"
)

// own is the repository's own definition, which nobody changes once it is loaded.
var own = sync.OnceValues(func() (*definition.Integration, error) {
	yml, err := os.ReadFile("../../integration.yml")
	if err != nil {
		return nil, err
	}
	return definition.ParseYAML(yml)
})

func integration(t testing.TB) *definition.Integration {
	t.Helper()
	loaded, err := own()
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

func command(t testing.TB, name string) *definition.Command {
	t.Helper()
	found, ok := integration(t).Command(name)
	if !ok {
		t.Fatalf("no command %s", name)
	}
	return found
}

func TestBothFormsOfTheDefinitionAreTheSame(t *testing.T) {
	derived := definition.Load()
	if !reflect.DeepEqual(derived, integration(t)) {
		t.Error("integration_data.go says something else than integration.yml: run `go generate ./internal/definition`")
	}
}

func TestCommandNames(t *testing.T) {
	names := integration(t).CommandNames()
	if names[0] != definition.TestModule || len(names) != 1+len(integration(t).Commands) {
		t.Errorf("got %v: test-module first, then each command once", names)
	}
	for _, name := range names {
		if found, ok := integration(t).Command(name); !ok || found.Name != name || found.Description == "" {
			t.Errorf("%s is not found by its name, or says nothing of itself", name)
		}
	}
	if _, ok := integration(t).Command("MSGRAPH-USER-GET"); ok {
		t.Error("command names are told apart by letter case")
	}
}

func TestFlagsOfCommands(t *testing.T) {
	flagged := func(is func(definition.Command) bool) []string {
		var names []string
		for _, c := range integration(t).Commands {
			if is(c) {
				names = append(names, c.Name)
			}
		}
		return names
	}
	for _, flag := range []struct {
		name string
		is   func(definition.Command) bool
		want []string
	}{
		{"deprecated", func(c definition.Command) bool { return c.Deprecated },
			[]string{"msgraph-user-terminate-session", "msgraph-user-get-delta"}},
		{"execution", func(c definition.Command) bool { return c.Execution },
			[]string{"msgraph-user-delete", "msgraph-user-change-password", "msgraph-user-change-password-on-premise",
				"msgraph-user-create-mfa-client-secret", "msgraph-user-create-mfa-client-access-token"}},
	} {
		if got := flagged(flag.is); !slices.Equal(got, flag.want) {
			t.Errorf("%s: got %v, want %v", flag.name, got, flag.want)
		}
	}
}

// The help text leads a person through both ways to authorize.
func TestHelpTextNamesEveryStep(t *testing.T) {
	definition := integration(t)
	for _, phrase := range []string{
		"Start Authorization Process", "Accept", "App registrations", "Directory.AccessAsUser.All",
		"https://login.microsoftonline.com/TENANT_ID/oauth2/v2.0/authorize?", "CLIENT_ID", "REDIRECT_URI", "AUTH_CODE",
		"msgraph-user-terminate-session", "msgraph-user-change-password", "msgraph-user-test", "msgraph-user-auth-reset",
		"https://graph.microsoft.com", "https://graph.microsoft.us", "https://dod-graph.microsoft.us",
		"https://graph.microsoft.de", "https://microsoftgraph.chinacloudapi.cn",
	} {
		if !strings.Contains(definition.DetailedDescription, phrase) {
			t.Errorf("the help text does not mention %s", phrase)
		}
	}
	cloud, _ := definition.Parameter("azure_cloud")
	for _, option := range cloud.Options {
		if !strings.Contains(definition.DetailedDescription, "| "+option) {
			t.Errorf("the help text gives no Host URL for %s", option)
		}
	}
}

// What the help text and the descriptions call by name must be called so.
func TestTextsNameOnlyWhatExists(t *testing.T) {
	definition := integration(t)
	shown := map[string]bool{}
	for _, p := range definition.Parameters {
		shown[p.Display], shown[p.DisplayPassword] = true, true
	}
	boldInTable := regexp.MustCompile(`(?m)^\s*\|.*\| \*\*([^*|]+)\*\*(?: and \*\*([^*|]+)\*\*)? \|$`)
	for _, row := range boldInTable.FindAllStringSubmatch(definition.DetailedDescription, -1) {
		for _, name := range row[1:] {
			if name != "" && !shown[name] {
				t.Errorf("the help text sends a value into %q, which no parameter is called", name)
			}
		}
	}
	texts := []string{definition.DetailedDescription}
	for _, p := range definition.Parameters {
		texts = append(texts, p.Info)
	}
	for _, c := range definition.Commands {
		texts = append(texts, c.Description)
		for _, a := range c.Args {
			texts = append(texts, a.Description)
		}
	}
	for _, name := range regexp.MustCompile(`msgraph-[a-z0-9-]+`).FindAllString(strings.Join(texts, "\n"), -1) {
		if _, ok := definition.Command(name); !ok {
			t.Errorf("a text names the command %s, which does not exist", name)
		}
	}
}

func TestBadDefinitionsAreRefused(t *testing.T) {
	for name, bad := range map[string]struct{ yml, want string }{
		"no YAML":                   {"name: [", "integration.yml"},
		"no name":                   {"display: x", "no name"},
		"command twice":             {"name: x\nscript: {commands: [{name: a}, {name: a}]}", "command a stands twice"},
		"nameless argument":         {"name: x\nscript: {commands: [{name: a, arguments: [{name: ' '}]}]}", "a: argument 1 has no name"},
		"argument twice":            {"name: x\nscript: {commands: [{name: a, arguments: [{name: b}, {name: b}]}]}", "a: argument b stands twice"},
		"default not predefined":    {"name: x\nscript: {commands: [{name: a, arguments: [{name: b, defaultValue: z, predefined: [y]}]}]}", `a b: the default "z"`},
		"parameter twice":           {"name: x\nconfiguration: [{name: p, type: 0}, {name: p, type: 8}]", "parameter p stands twice"},
		"default that no option is": {"name: x\nconfiguration: [{name: p, type: 15, defaultvalue: z, options: [y]}]", "parameter p"},
	} {
		_, err := definition.ParseYAML([]byte(bad.yml))
		if err == nil || !strings.Contains(err.Error(), bad.want) {
			t.Errorf("%s: got error %v, want one with %q", name, err, bad.want)
		}
	}
}
