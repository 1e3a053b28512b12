package definition

import (
	"slices"
	"strings"
)

// Group is commands that belong together, for lists that people read.
type Group struct {
	Title    string
	Commands []string // in the order of integration.yml
}

// groupRows say by parts of a command's name which group it belongs to: the first row
// with such a part counts. What none of them names is about people.
var groupRows = []struct {
	title string
	parts []string
}{
	{"Account takeover", []string{"-contain", "-undo", "-investigate", "-evidence", "-restore-all"}},
	{"People", []string{"-list-deleted", "-list-changes", "-user-restore"}},
	{"Passwords, sessions and sign-in", []string{"password", "session", "-account-disable", "-unblock"}},
	{"Multi-factor prompts", []string{"-mfa"}},
	{"Authentication methods", []string{"-method", "-tap-policy"}},
	{"Sign-in logs, audits and risk", []string{"-sign-ins", "-audits", "-risk"}},
	{"Devices", []string{"-device"}},
	{"Groups, roles, applications and mailbox", []string{"-group", "-role", "-consent", "-app-role", "-inbox-rule"}},
	{"The connection", []string{"test", "-login-url", "-auth-reset"}},
}

// people is the title of what no row names.
const people = "People"

func groupOf(command string) string {
	for _, row := range groupRows {
		if slices.ContainsFunc(row.parts, func(part string) bool { return strings.Contains(command, part) }) {
			return row.title
		}
	}
	return people
}

// Groups returns the commands that lists offer, in groups.
func (i *Integration) Groups() []Group {
	groups := []Group{{Title: people}}
	for _, row := range groupRows {
		if row.title != people {
			groups = append(groups, Group{Title: row.title})
		}
	}
	for _, name := range i.ShownNames() {
		title := groupOf(name)
		n := slices.IndexFunc(groups, func(g Group) bool { return g.Title == title })
		groups[n].Commands = append(groups[n].Commands, name)
	}
	return slices.DeleteFunc(groups, func(g Group) bool { return len(g.Commands) == 0 })
}

// Search returns the commands that lists offer whose name, description or names of
// arguments hold all words, in any letter case.
func (i *Integration) Search(words ...string) []string {
	return slices.DeleteFunc(i.ShownNames(), func(name string) bool {
		command, _ := i.Command(name) // the name is the integration's own
		text := name + " " + command.Description
		for _, argument := range command.Args {
			text += " " + argument.Name
		}
		return !HasWords(text, words)
	})
}

// HasWords reports whether a text holds all words, in any letter case.
func HasWords(text string, words []string) bool {
	text = strings.ToLower(text)
	return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, strings.ToLower(word)) })
}

// exampleUser is a person of the practice tenant.
const exampleUser = "ivy.chen@larkspur.example"

// examples are values for examples, by the name of an argument.
var examples = map[string]string{
	"updated_fields": "jobTitle=Adviser", "since": "24h", "start_time": "24h",
	"display_name": "'New Hire'", "mail_nickname": "new.hire", "user_principal_name": "new.hire@larkspur.example",
	"manager": "mira.holt@larkspur.example",
}

// exampleArguments are the optional arguments of an example, by command: these commands
// need one of several, so that none of them is required.
var exampleArguments = map[string]string{
	"msgraph-user-contain": "user", "msgraph-user-undo": "run_id", "msgraph-user-containment-verify": "run_id",
	"msgraph-user-change-password-on-premise": "password",
}

// Example returns the command with the arguments that it needs, as a person types it.
func (c *Command) Example() string {
	line := c.Name
	for _, argument := range c.Args {
		if argument.Required || argument.Name == exampleArguments[c.Name] {
			line += " " + argument.Name + "=" + argument.example()
		}
	}
	return line
}

func (a *Argument) example() string {
	switch value := examples[a.Name]; {
	case value != "":
		return value
	case a.IsSensitive():
		return "-"
	case a.IsUser():
		return exampleUser
	case len(a.Predefined) > 0:
		return a.Predefined[0]
	case a.IsNumber():
		return "60"
	case a.Meaning == Identifier:
		return "ID"
	}
	return "TEXT"
}
