package handlers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/journal"
)

// inverse is the command that takes a change of many back.
type inverse struct {
	command string
	target  string   // the argument that names what is changed, in both commands
	also    []string // further arguments that both have
	single  bool     // it takes one target a call
}

// inverses are the commands whose journals can be taken back.
var inverses = map[string]inverse{
	"msgraph-user-account-disable":    {command: "msgraph-user-unblock", target: "user"},
	"msgraph-user-terminate-session":  {command: "msgraph-user-unblock", target: "user"},
	"msgraph-user-unblock":            {command: "msgraph-user-account-disable", target: "user"},
	"msgraph-user-delete":             {command: "msgraph-user-restore", target: "user"},
	"msgraph-user-restore":            {command: "msgraph-user-delete", target: "user"},
	"msgraph-user-group-add":          {command: "msgraph-user-group-remove", target: "user", also: []string{"group_id"}},
	"msgraph-user-group-remove":       {command: "msgraph-user-group-add", target: "user", also: []string{"group_id"}},
	"msgraph-user-device-disable":     {command: "msgraph-user-device-enable", target: "device_id"},
	"msgraph-user-device-enable":      {command: "msgraph-user-device-disable", target: "device_id"},
	"msgraph-user-inbox-rule-disable": {command: "msgraph-user-inbox-rule-enable", target: "user", also: []string{"rule_id"}, single: true},
	"msgraph-user-inbox-rule-enable":  {command: "msgraph-user-inbox-rule-disable", target: "user", also: []string{"rule_id"}, single: true},
	"msgraph-user-risk-confirm":       {command: "msgraph-user-risk-dismiss", target: "user"},
	"msgraph-user-risk-dismiss":       {command: "msgraph-user-risk-confirm", target: "user"},
}

// undoJournal returns the call that takes back what a change of many changed, the last
// one first.
func undoJournal(inv *engine.Invocation, content []byte, argument string) (*engine.Instead, error) {
	about, notes, err := journal.Read(content)
	if err != nil {
		return nil, failure.Argument(argument, "The file is a journal that is damaged: %v. Nothing was sent.", err)
	}
	back, known := inverses[about.Command]
	if !known {
		name := about.Command
		if name == "" {
			name = "a command that it does not name"
		}
		e := failure.Argument(argument, "The journal is one of %s, and no command takes that back. Nothing was sent.", name)
		e.Advice = "A journal can be taken back if its command is one of: " + strings.Join(invertible(), ", ") + "."
		return nil, e
	}
	if err := inv.CheckOwn(about.Instance, about.Tenant, "The journal", argument); err != nil {
		return nil, err
	}
	targets, err := changedTargets(notes, len(about.Rows))
	if err != nil {
		return nil, failure.Argument(argument, "The journal %v. Nothing was sent.", err)
	}
	if wanted := inv.Users(); len(wanted) > 0 {
		targets = slices.DeleteFunc(targets, func(t changedTarget) bool {
			return !slices.ContainsFunc(wanted, func(w string) bool { return strings.EqualFold(w, t.name(about)) || strings.EqualFold(w, t.id) })
		})
	}
	if len(targets) == 0 {
		return nil, failure.Argument(argument, "Nothing of the journal of %s succeeded for the users that are meant, so there is nothing to take back.", about.Command)
	}
	return back.call(inv, about, targets), nil
}

// invertible are the commands whose journals can be taken back.
func invertible() []string {
	var names []string
	for name := range inverses {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// changedTarget is a target of which a change succeeded.
type changedTarget struct {
	target string // as the journal names it
	id     string // the object id, where a guard rail looked
	row    int    // from 1; 0 where there are no rows
}

// name is the user or thing, as it was given.
func (t changedTarget) name(about engine.Description) string {
	if t.row == 0 {
		return t.target
	}
	return about.Rows[t.row-1][inverses[about.Command].target]
}

// changedTargets returns the targets of which a step that changes something succeeded,
// the last one first. The error says that a note names a row that is not one of rows.
func changedTargets(notes []engine.Note, rows int) ([]changedTarget, error) {
	type step struct {
		target string
		at     int
	}
	changes := map[step]bool{}
	var changed []changedTarget
	for _, note := range notes {
		at := step{note.Target, note.Step}
		switch note.Status {
		case engine.Sent:
			changes[at] = !note.Reads
		case engine.Succeeded:
			if !changes[at] {
				continue
			}
			t := changedTarget{target: note.Target, id: note.ID}
			if number, ok := strings.CutPrefix(note.Target, "row "); ok {
				row, err := strconv.Atoi(number)
				if err != nil || row < 1 || row > rows {
					return nil, fmt.Errorf("does not say what row %s was", number)
				}
				t.row = row
			}
			changed = slices.DeleteFunc(changed, func(other changedTarget) bool { return other.target == t.target })
			changed = append(changed, t)
		}
	}
	slices.Reverse(changed)
	return changed, nil
}

// call is the call of the inverse command for targets.
func (i inverse) call(inv *engine.Invocation, about engine.Description, targets []changedTarget) *engine.Instead {
	instead := &engine.Instead{Command: i.command, Args: map[string]any{}, Advice: fmt.Sprintf("The journal does not hold the state before %s. What was already so then is changed back too: check the users.", about.Command)}
	for _, name := range []string{"confirm", "dry_run"} {
		if inv.Args.Has(name) {
			instead.Args[name] = inv.Args.Text(name)
		}
	}
	var names []any
	for _, t := range targets {
		name, args := t.name(about), about.Args
		if t.id != "" {
			name = t.id // a name may be somebody else's by now
		}
		if t.row > 0 {
			args = about.Rows[t.row-1]
		} else if !i.single {
			names = append(names, name)
			continue
		}
		row := map[string]any{i.target: name}
		for _, also := range i.also {
			row[also] = args[also]
		}
		instead.Rows = append(instead.Rows, engine.Row{Args: row})
	}
	if instead.Rows == nil {
		instead.Args[i.target] = names
		for _, also := range i.also {
			instead.Args[also] = about.Args[also]
		}
	}
	return instead
}
