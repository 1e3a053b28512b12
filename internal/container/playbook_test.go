package container

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"msgraph-user/internal/contextdata"
	"msgraph-user/internal/graphtest"
	"msgraph-user/internal/pack"
	"msgraph-user/internal/xsoar"
)

// playbookTask is what is read of a task of the pack's test playbook.
type playbookTask struct {
	Task struct {
		Name       string
		Script     string
		ScriptName string `yaml:"scriptName"`
	}
	Type            string
	NextTasks       map[string][]string                `yaml:"nexttasks"`
	ScriptArguments map[string]struct{ Simple string } `yaml:"scriptarguments"`
	Conditions      []struct {
		Condition [][]struct {
			Left, Right struct {
				Value struct{ Simple string }
			}
		}
	}
}

// The pack's test playbook goes through on the practice tenant, twice: it leaves the
// tenant as it was.
func TestPlaybookGoesThrough(t *testing.T) {
	yml := graphtest.IntegrationYML(t)
	files, err := pack.Folder(yml)
	if err != nil {
		t.Fatal(err)
	}
	var book struct {
		Start string `yaml:"starttaskid"`
		Tasks map[string]playbookTask
	}
	if err := yaml.Unmarshal(files["TestPlaybooks/playbook-EntraIDUsers_Test.yml"], &book); err != nil {
		t.Fatal(err)
	}
	c := inGo(t)
	for range 2 {
		c.play(book.Tasks, book.Start)
	}
}

// The playbook that contains users waits for a person, who lets it take the containment
// back.
func TestContainPlaybookGoesThrough(t *testing.T) {
	files, err := pack.Folder(graphtest.IntegrationYML(t))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("${inputs.User}", "sam.whitfield@larkspur.example", "${inputs.Since}", "").Replace(string(files["Playbooks/playbook-EntraIDUsers_Contain.yml"]))
	var book struct {
		Start string `yaml:"starttaskid"`
		Tasks map[string]playbookTask
	}
	if err := yaml.Unmarshal([]byte(text), &book); err != nil {
		t.Fatal(err)
	}
	c := inGo(t)
	c.play(book.Tasks, book.Start)
	if got := fmt.Sprint(c.run(newCall("msgraph-user-get", args{"user": "sam.whitfield@larkspur.example"}))); !strings.Contains(got, "accountEnabled:true") {
		t.Errorf("afterwards: %.600s", got)
	}
}

// play runs the tasks of a playbook from the one called id to the last.
func (c *container) play(tasks map[string]playbookTask, id string) {
	c.t.Helper()
	var context contextdata.Data
	for count := 0; id != ""; count++ {
		task := tasks[id]
		branch := "#none#"
		switch _, command, isCommand := strings.Cut(task.Task.Script, "|||"); {
		case isCommand:
			c.perform(&context, command, task)
		case task.Task.ScriptName == "DeleteContext":
			context = contextdata.Data{}
		case task.Task.ScriptName != "":
			c.t.Fatalf("the playbook came to %q", task.Task.Name)
		case task.Type == "condition" && task.Conditions == nil:
			branch = "Take it back" // a person decides so
		case task.Conditions != nil:
			branch = "yes"
			compared := task.Conditions[0].Condition[0][0]
			got, _, err := context.Get(compared.Left.Value.Simple)
			if err != nil || fmt.Sprint(got) != compared.Right.Value.Simple {
				c.t.Fatalf("%s %s is %v, %v", task.Task.Name, compared.Left.Value.Simple, got, err)
			}
		}
		if id = ""; task.NextTasks[branch] != nil {
			id = task.NextTasks[branch][0]
		}
		if count > len(tasks) {
			c.t.Fatal("the playbook has no end")
		}
	}
}

// perform runs the command of a task, which has to succeed, and puts what it found
// into the context.
func (c *container) perform(context *contextdata.Data, command string, task playbookTask) {
	c.t.Helper()
	given := args{}
	for name, value := range task.ScriptArguments {
		given[name] = value.Simple
		if path, ok := strings.CutPrefix(value.Simple, "${"); ok {
			found, _, err := context.Get(strings.TrimSuffix(path, "}"))
			if err != nil {
				c.t.Fatal(err)
			}
			given[name] = fmt.Sprint(found)
		}
	}
	for _, result := range c.run(newCall(command, given)) {
		var entry xsoar.Entry
		text, err := json.Marshal(result)
		if err == nil {
			err = json.Unmarshal(text, &entry)
		}
		if err != nil {
			c.t.Fatal(err)
		}
		if entry.Type == xsoar.Error {
			c.t.Fatalf("%s: %v", task.Task.Name, entry.Contents)
		}
		if err := context.Add(entry); err != nil {
			c.t.Fatal(err)
		}
	}
}
