package pack

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"msgraph-user/internal/definition"
	"msgraph-user/internal/graphtest"
)

// offer is what the platform reads of a command besides how it is called.
type offer struct {
	Name      string
	Pretty    string   `yaml:"prettyname"`
	Quick     bool     `yaml:"quickaction"`
	Policies  []string `yaml:"compliantpolicies"`
	Hidden    bool
	Execution bool
	Arguments []struct {
		Name    string
		Pretty  string `yaml:"prettyname"`
		Default bool
		IsArray bool `yaml:"isArray"`
		Secret  bool
		Value   any `yaml:"defaultValue"`
	}
}

// offers reads the commands of integration.yml, by their names without the prefix.
func offers(t *testing.T) map[string]offer {
	t.Helper()
	var read struct {
		QuickActions bool `yaml:"supportsquickactions"`
		Script       struct{ Commands []offer }
	}
	unmarshal(t, graphtest.IntegrationYML(t), &read)
	if !read.QuickActions {
		t.Error("the integration does not say that it has quick actions")
	}
	byName := map[string]offer{}
	for _, command := range read.Script.Commands {
		byName[strings.TrimPrefix(command.Name, "msgraph-user-")] = command
	}
	return byName
}

// named returns the sorted names of the commands that have a property.
func named(commands map[string]offer, has func(offer) bool) []string {
	return slices.Sorted(func(yield func(string) bool) {
		for name, command := range maps.All(commands) {
			if has(command) && !yield(name) {
				return
			}
		}
	})
}

func TestCommandsCarryWhatThePlatformActsOn(t *testing.T) {
	commands := offers(t)
	policy := func(name string) func(offer) bool {
		return func(c offer) bool { return slices.Contains(c.Policies, name) }
	}
	for _, test := range []struct {
		property string
		has      func(offer) bool
		want     []string
	}{
		{"a quick action", func(c offer) bool { return c.Quick }, []string{"account-disable", "force-reset-password", "session-revoke", "unblock"}},
		{"hard remediation", policy("User Hard Remediation"), []string{"account-disable", "delete"}},
		{"soft remediation", policy("User Soft Remediation"), []string{"change-password", "force-reset-password", "session-revoke", "unblock"}},
		{"hidden", func(c offer) bool { return c.Hidden }, []string{"create-mfa-client-access-token", "create-mfa-client-secret", "get-user-default-auth-method", "request-mfa"}},
		{"asked about first", func(c offer) bool { return c.Execution }, []string{
			"change-password", "change-password-on-premise", "create-mfa-client-access-token", "create-mfa-client-secret", "delete"}},
	} {
		t.Run(test.property, func(t *testing.T) {
			if diff := cmp.Diff(test.want, named(commands, test.has)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// A quick action shows a form: the command and its user have names for people, and
// the user is what is filled in without the name of an argument. There is no value
// that fills itself in: a playbook whose own value is empty must fail, and not act
// on somebody else.
func TestQuickActionsTakeTheUser(t *testing.T) {
	for name, command := range offers(t) {
		if !command.Quick {
			continue
		}
		user := command.Arguments[0]
		if command.Pretty == "" || user.Name != "user" || user.Pretty == "" || !user.Default || user.Value != nil {
			t.Errorf("%s (%q) takes %+v", name, command.Pretty, user)
		}
	}
}

// The platform splits a list's value at commas, and a pair may hold one; it cannot
// hand a masked argument from one task of a playbook to the next.
func TestArgumentsReachTheProgramAsTheyWereGiven(t *testing.T) {
	pairs := []string{"updated_fields", "other_properties", "properties"}
	for name, command := range offers(t) {
		for _, argument := range command.Arguments {
			if argument.IsArray && slices.Contains(pairs, argument.Name) {
				t.Errorf("%s %s is split at commas", name, argument.Name)
			}
			if name == "create" && argument.Name == "password" && argument.Secret {
				t.Error("a playbook cannot hand over the password of a new user")
			}
		}
	}
}

// Older playbooks give the id of the password method; the command looks it up.
func TestTheResetOnPremisesTakesAMethod(t *testing.T) {
	integration, err := definition.ParseYAML(graphtest.IntegrationYML(t))
	if err != nil {
		t.Fatal(err)
	}
	checkCall(t, integration, "msgraph-user-change-password-on-premise", map[string]argument{
		"user": {"ivy.chen@larkspur.example"}, "password": {"Practice-9012"}, "password_method_id": {"28c10230-6103-485e-b985-444c60001490"}})
}
