package pack

// containReadme is the help text of the playbook that contains users.
const containReadme = `Contains users whose accounts may have been taken over, waits for a person, and takes the containment back.

## Inputs

| Name | Description |
| --- | --- |
| User | The users to contain: user principal names or object IDs, with commas between them. |
| Since | Only what was added since then is turned off, such as 3 days. Empty: everything. |

## Steps

1. **Contain the users** runs msgraph-user-contain. The file of the record is in the War Room: keep it.
2. **Look at the accounts** waits until a person completes the task.
3. **Take the containment back?** asks that person.
4. **Take it back** runs msgraph-user-undo. What was added after Since stays away.
`

// takeBack is what a person chooses to have the containment taken back.
const takeBack = "Take it back"

// containPlaybook writes the playbook that contains users, waits for a person, and takes
// the containment back.
func containPlaybook(brand string) ([]byte, error) {
	contain := step{name: "Contain the users", command: "msgraph-user-contain", args: []string{"user", "${inputs.User}", "since", "${inputs.Since}"}}
	undo := step{name: takeBack, command: "msgraph-user-undo", args: []string{"run_id", "${MSGraphUser.Containment.RunID}"}}
	look := newTask(2, "regular", "Look at the accounts", nextTo("3"))
	look.Task.Description = "Read what the containment did and what is left, and speak to the users by another way than their mailboxes. Complete this task when the accounts can be handed back, or are to stay closed."
	decide := newTask(3, "condition", "Take the containment back?", map[string][]string{takeBack: {"4"}, "Leave it": {"5"}, "#default#": {"5"}})
	decide.Task.Description = "Take it back: everything but what was added after Since is given back. Leave it: the accounts stay closed."
	tasks := taskList{
		"0": newTask(0, "start", "", nextTo("1")),
		"1": contain.task(1, brand, "2", ""),
		"2": look,
		"3": decide,
		"4": undo.task(4, brand, "5", ""),
		"5": newTask(5, "title", "Done", nil),
	}
	return encode(playbook{
		ID: packName + "_Contain", Version: -1, Name: "Entra ID Users - Contain and take back",
		Description: "Contains users whose accounts may have been taken over, waits for a person, and takes the containment back.",
		StartTaskID: "0", Tasks: tasks, View: paper(len(tasks)),
		Inputs: []input{
			{Key: "User", Required: true, Description: "The users to contain: user principal names or object IDs, with commas between them."},
			{Key: "Since", Description: "Only what was added since then is turned off, such as 3 days. Empty: everything."},
		},
		Outputs: []string{}, FromVersion: minVersion, Tests: []string{"No tests (auto formatted)"},
	})
}
