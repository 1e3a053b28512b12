package handlers

import (
	"testing"

	"msgraph-user/internal/definition"
)

func TestRegistryAndDefinitionAgree(t *testing.T) {
	integration := loadDefinition(t)
	commands := Commands()
	for _, name := range integration.CommandNames() {
		cmd, ok := commands[name]
		if !ok {
			t.Errorf("%s is in integration.yml and does nothing", name)
			continue
		}
		ways := 0
		for _, has := range []bool{cmd.Steps != nil, cmd.Run != nil, cmd.Containment != nil} {
			if has {
				ways++
			}
		}
		if ways != 1 {
			t.Errorf("%s has to have either steps, or a run, or a containment", name)
		}
		if cmd.Steps != nil && cmd.Show == nil && cmd.Changes == nil {
			t.Errorf("%s shows nothing and changes nothing", name)
		}
		if argument, ok := described(integration, name).Argument(cmd.Object); cmd.Object != "" && !ok {
			t.Errorf("%s acts on %q, which is none of its arguments (%v)", name, cmd.Object, argument)
		}
		described := described(integration, name)
		if argument, ok := described.Argument(cmd.Target); cmd.Target != "" && (!ok || !argument.Required && cmd.Containment == nil) {
			t.Errorf("%s acts on its argument %q, which is not a required one", name, cmd.Target)
		}
		for _, user := range []string{"user", "user_id"} {
			if _, takesUser := described.Argument(user); takesUser && cmd.Target != user {
				t.Errorf("%s takes %s, but its target is %q", name, user, cmd.Target)
			}
		}
		goesOn := cmd.Many && cmd.Steps != nil && (cmd.Show == nil || cmd.Changes == nil && !cmd.ShowsEach) || name == "msgraph-user-list" || name == "msgraph-user-list-changes"
		if _, ok := described.Argument("polling_run"); ok != goesOn || goesOn && !described.Polling {
			t.Errorf("%s goes on in later runs: %v, and the platform knows: %v, %v", name, goesOn, ok, described.Polling)
		}
		delete(commands, name)
	}
	for name := range commands {
		t.Errorf("%s is not in integration.yml", name)
	}
}

func described(integration *definition.Integration, name string) *definition.Command {
	command, _ := integration.Command(name)
	return command
}
