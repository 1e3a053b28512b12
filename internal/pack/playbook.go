package pack

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// step is a task of the test playbook: a command, or a check of what the ones
// before left in the context.
type step struct {
	name    string
	command string   // the integration's; empty for a script of the platform, or a check
	script  string   // the platform's
	args    []string // names and values in turn
	path    string   // a check: the context path
	want    string   // that has to have this value
}

const (
	hire = "playbook.hire@larkspur.example"
	boss = "mira.holt@larkspur.example"
)

// steps leave the practice tenant as they found it.
var steps = []step{
	{name: "Forget what earlier runs stored", script: "DeleteContext", args: []string{"all", "yes"}},
	{name: "Sign in", command: "msgraph-user-test"},
	{name: "List users", command: "msgraph-user-list", args: []string{"filter", "startswith(displayName,'Mira')"}},
	{name: "Hire somebody", command: "msgraph-user-create", args: []string{
		"display_name", "Playbook Hire", "mail_nickname", "playbook.hire", "password", "Practice-1234", "user_principal_name", hire}},
	{name: "Give a title", command: "msgraph-user-update", args: []string{"user", hire, "updated_fields", "jobTitle=Analyst"}},
	{name: "Forget the list", script: "DeleteContext", args: []string{"all", "yes"}},
	{name: "Read the user back", command: "msgraph-user-get", args: []string{"user", hire, "properties", "userPrincipalName,jobTitle,accountEnabled"}},
	{name: "Has the title been set?", path: "MSGraphUser.JobTitle", want: "Analyst"},
	{name: "Assign the manager", command: "msgraph-user-assign-manager", args: []string{"user", hire, "manager", boss}},
	{name: "Read the manager", command: "msgraph-user-get-manager", args: []string{"user", hire}},
	{name: "Disable the account", command: "msgraph-user-account-disable", args: []string{"user", hire}},
	{name: "End the sessions", command: "msgraph-user-session-revoke", args: []string{"user", hire}},
	{name: "Forget the account", script: "DeleteContext", args: []string{"all", "yes"}},
	{name: "Read the disabled account", command: "msgraph-user-get", args: []string{"user", hire, "properties", "userPrincipalName,accountEnabled"}},
	{name: "Is the account disabled?", path: "MSGraphUser.AccountEnabled", want: "false"},
	{name: "Enable the account", command: "msgraph-user-unblock", args: []string{"user", hire}},
	{name: "Dismiss again", command: "msgraph-user-delete", args: []string{"user", hire}},
}

// The types of the playbook's document, as far as it uses them.
type (
	playbook struct {
		ID          string   `yaml:"id"`
		Version     int      `yaml:"version"`
		Name        string   `yaml:"name"`
		Description string   `yaml:"description"`
		StartTaskID string   `yaml:"starttaskid"`
		Tasks       taskList `yaml:"tasks"`
		View        string   `yaml:"view"`
		Inputs      []input  `yaml:"inputs"`
		Outputs     []string `yaml:"outputs"`
		FromVersion string   `yaml:"fromversion"`
		Tests       []string `yaml:"tests"`
	}
	input struct {
		Key         string   `yaml:"key"`
		Value       argument `yaml:"value"`
		Required    bool     `yaml:"required"`
		Description string   `yaml:"description"`
		Query       *string  `yaml:"playbookInputQuery"`
	}
	taskList map[string]task
	task     struct {
		ID                string              `yaml:"id"`
		TaskID            string              `yaml:"taskid"`
		Type              string              `yaml:"type"`
		Task              taskBody            `yaml:"task"`
		NextTasks         map[string][]string `yaml:"nexttasks,omitempty"`
		ScriptArguments   map[string]argument `yaml:"scriptarguments,omitempty"`
		Conditions        []condition         `yaml:"conditions,omitempty"`
		SeparateContext   bool                `yaml:"separatecontext"`
		View              string              `yaml:"view"`
		Note              bool                `yaml:"note"`
		TimerTriggers     []string            `yaml:"timertriggers"`
		IgnoreWorker      bool                `yaml:"ignoreworker"`
		SkipUnavailable   bool                `yaml:"skipunavailable"`
		QuietMode         int                 `yaml:"quietmode"`
		IsOverSize        bool                `yaml:"isoversize"`
		IsAutoSwitchedOff bool                `yaml:"isautoswitchedtoquietmode"`
	}
	taskBody struct {
		ID          string `yaml:"id"`
		Version     int    `yaml:"version"`
		Name        string `yaml:"name"`
		Description string `yaml:"description,omitempty"`
		Script      string `yaml:"script,omitempty"`
		ScriptName  string `yaml:"scriptName,omitempty"`
		Type        string `yaml:"type"`
		IsCommand   bool   `yaml:"iscommand"`
		Brand       string `yaml:"brand"`
	}
	argument struct {
		Simple string `yaml:"simple"`
	}
	condition struct {
		Label     string         `yaml:"label"`
		Condition [][]comparison `yaml:"condition"`
	}
	comparison struct {
		Operator string  `yaml:"operator"`
		Left     operand `yaml:"left"`
		Right    operand `yaml:"right"`
	}
	operand struct {
		Value     argument `yaml:"value"`
		IsContext bool     `yaml:"iscontext,omitempty"`
	}
)

// testPlaybook writes the playbook that tries the integration called brand.
func testPlaybook(brand string) ([]byte, error) {
	failed, done := strconv.Itoa(len(steps)+1), strconv.Itoa(len(steps)+2)
	tasks := taskList{"0": newTask(0, "start", "", nextTo("1"))}
	for n, s := range steps {
		next := done
		if n+1 < len(steps) {
			next = strconv.Itoa(n + 2)
		}
		tasks[strconv.Itoa(n+1)] = s.task(n+1, brand, next, failed)
	}
	tasks[failed] = failure(len(steps)+1, done)
	tasks[done] = newTask(len(steps)+2, "title", "Done", nil)
	return encode(playbook{
		ID: packName + "_Test", Version: -1, Name: packName + "_Test",
		Description: "Tries the commands of an instance that works on the practice tenant, and leaves it as it was.",
		StartTaskID: "0", Tasks: tasks, View: paper(len(steps) + 3),
		Inputs: []input{}, Outputs: []string{}, FromVersion: minVersion, Tests: []string{"No tests (auto formatted)"},
	})
}

// task writes a step down as task n.
func (s step) task(n int, brand, next, failed string) task {
	if s.path != "" {
		t := newTask(n, "condition", s.name, map[string][]string{"yes": {next}, "#default#": {failed}})
		t.Task.Description = fmt.Sprintf("Checks that %s is %s.", s.path, s.want)
		t.Conditions = []condition{{Label: "yes", Condition: [][]comparison{{{
			Operator: "isEqualString",
			Left:     operand{Value: argument{s.path}, IsContext: true},
			Right:    operand{Value: argument{s.want}},
		}}}}}
		return t
	}
	t := newTask(n, "regular", s.name, nextTo(next))
	t.ScriptArguments = map[string]argument{}
	for i := 0; i+1 < len(s.args); i += 2 {
		t.ScriptArguments[s.args[i]] = argument{s.args[i+1]}
	}
	if s.script != "" {
		t.Task.ScriptName = s.script
		return t
	}
	t.Task.Script, t.Task.IsCommand, t.Task.Brand = brand+"|||"+s.command, true, brand
	t.Task.Description = "Runs " + s.command + "."
	return t
}

// failure is the task that a check leads to which did not hold.
func failure(n int, next string) task {
	t := newTask(n, "regular", "Report the failure", nextTo(next))
	t.Task.ScriptName = "PrintErrorEntry"
	t.ScriptArguments = map[string]argument{"message": {"The context does not hold what the command before should have stored."}}
	return t
}

// newTask makes a task with what all tasks have.
func newTask(n int, kind, name string, next map[string][]string) task {
	id := taskID(n, name)
	return task{
		ID: strconv.Itoa(n), TaskID: id, Type: kind,
		Task:          taskBody{ID: id, Version: -1, Name: name, Type: kind},
		NextTasks:     next,
		View:          fmt.Sprintf("{\n  \"position\": {\n    \"x\": 50,\n    \"y\": %d\n  }\n}", 50+rowHeight*n),
		TimerTriggers: []string{},
	}
}

const rowHeight = 175

func paper(rows int) string {
	return fmt.Sprintf("{\n  \"linkLabelsPosition\": {},\n  \"paper\": {\n    \"dimensions\": {\n      \"height\": %d,\n      \"width\": 380,\n      \"x\": 50,\n      \"y\": 50\n    }\n  }\n}", rowHeight*rows)
}

func nextTo(id string) map[string][]string { return map[string][]string{"#none#": {id}} }

// taskID makes a UUID of a task that stays the same from one pack to the next (RFC
// 9562, version 8).
func taskID(n int, name string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{packName, strconv.Itoa(n), name}, "\x00")))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	return uuid.UUID(sum[:16]).String()
}
