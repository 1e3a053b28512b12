package handlers

import "testing"

func TestRegistryAndDefinitionAgree(t *testing.T) {
	definition := loadDefinition(t)
	commands := registry()
	for _, name := range definition.CommandNames() {
		cmd, ok := commands[name]
		if !ok {
			t.Errorf("%s is in integration.yml and does nothing", name)
			continue
		}
		if (cmd.plan == nil) == (cmd.run == nil) {
			t.Errorf("%s has to have either a plan or a run", name)
		}
		if cmd.plan != nil && cmd.changes == nil {
			t.Errorf("%s has a plan and says that it changes nothing", name)
		}
		described, _ := definition.Command(name)
		if argument, ok := described.Argument(cmd.target); cmd.target != "" && (!ok || !argument.Required) {
			t.Errorf("%s acts on its argument %q, which is not a required one", name, cmd.target)
		}
		for _, user := range []string{"user", "user_id"} {
			if _, takesUser := described.Argument(user); takesUser && cmd.target != user {
				t.Errorf("%s takes %s, but its target is %q", name, user, cmd.target)
			}
		}
		delete(commands, name)
	}
	for name := range commands {
		t.Errorf("%s is not in integration.yml", name)
	}
}
