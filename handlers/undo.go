package handlers

import (
	"context"
	"slices"

	"msgraph-user/graph"
	"msgraph-user/internal/containment"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/journal"
	"msgraph-user/internal/xsoar"
)

// The commands whose records and journals undo knows.
const (
	containCommand = "msgraph-user-contain"
	undoCommand    = "msgraph-user-undo"
)

// undoing is the containment of msgraph-user-undo: it takes back what a run did, in
// reverse order.
func undoing() *engine.Containment {
	return &engine.Containment{Asks: undoAsks, Properties: containedProperties, Reads: undoReads, Plan: undoPlan, NotDone: undoLeft, Requests: undoAlso}
}

// undoAsks reads the record, and which users and steps of it are to be taken back.
func undoAsks(ctx context.Context, inv *engine.Invocation) (engine.Asked, error) {
	content, argument, err := inv.RecordContent(ctx)
	if err != nil {
		return engine.Asked{}, err
	}
	if journal.Is(content) {
		instead, err := undoJournal(inv, content, argument)
		return engine.Asked{Instead: instead}, err
	}
	record, err := inv.ReadRecord(content, argument)
	if err != nil {
		return engine.Asked{}, err
	}
	switch record.Run.Command {
	case containCommand:
	case undoCommand:
		return engine.Asked{}, failure.Argument(record.Argument, "The run %s is itself an undo, of the run %s, and an undo cannot be undone. Nothing was sent. Contain the user again.", record.Run.RunID, record.Run.Undoes)
	default:
		return engine.Asked{}, failure.Argument(record.Argument, "The run %s is one of %s, which cannot be undone. Nothing was sent.", record.Run.RunID, record.Run.Command)
	}
	compared, err := compareSeals(ctx, inv, record)
	if err != nil {
		return engine.Asked{}, err
	}
	record.Proven = record.Kept || len(compared) > 0
	asked := engine.Asked{Undoes: record.Run.RunID, Record: record, IDs: map[string]string{}}
	if err := undoUsers(inv, record, &asked); err != nil {
		return engine.Asked{}, err
	}
	wanted := inv.Args.List("steps", ",")
	for _, step := range slices.Backward(record.Run.Steps) { // each user took them in this order
		isChanged := slices.ContainsFunc(record.Changes, func(c containment.Change) bool { return c.Step == step })
		if isChanged && (len(wanted) == 0 || slices.Contains(wanted, step)) && !slices.Contains(asked.Steps, step) {
			asked.Steps = append(asked.Steps, step)
		}
	}
	if len(asked.Steps) == 0 {
		return engine.Asked{}, failure.Argument("steps", "The run %s changed nothing in the steps that are to be taken back. Nothing was sent.", record.Run.RunID)
	}
	return asked, nil
}

// undoUsers takes in the users of the record that are asked for: all, or those that the
// argument names.
func undoUsers(inv *engine.Invocation, record *engine.Recorded, asked *engine.Asked) error {
	names := inv.Users()
	if len(names) == 0 {
		for _, user := range record.Users {
			if user.ID != "" {
				names = append(names, user.Given)
			}
		}
	}
	for _, name := range names {
		user, known := record.User(name)
		if !known || user.ID == "" {
			return failure.Argument("user", "The run %s changed nothing of %s. Nothing was sent.", record.Run.RunID, name)
		}
		if _, twice := asked.IDs[user.Given]; !twice {
			asked.Users, asked.IDs[user.Given] = append(asked.Users, user.Given), user.ID
		}
	}
	return nil
}

// undoLeft says what is not given back, and what is left for a person.
func undoLeft(inv *engine.Invocation, asked engine.Asked) string {
	var attackers, left []string
	for _, user := range asked.Users {
		for _, change := range undoneChanges(inv, asked, asked.IDs[user]) {
			switch {
			case change.AddedSince && !inv.Args.Bool("restore_all"):
				attackers = append(attackers, user+": "+change.What)
			case change.Left != "" && change.Step == sessionsStep: // revoked twice
				left = append(left, user+": "+change.Left)
			case change.Left != "":
				left = append(left, user+", "+change.What+": "+change.Left)
			case len(change.Undo) == 0:
				left = append(left, user+": nothing takes "+change.What+" back.")
			}
		}
	}
	said := ""
	if len(attackers) > 0 {
		since := ""
		if asked.Record.Run.Since != nil {
			since = " after " + asked.Record.Run.Since.UTC().Format("2006-01-02 15:04:05Z")
		}
		said += points("Not given back, because it was added"+since+" (restore_all=true gives it back):", attackers)
	}
	if len(left) > 0 {
		said += points("Left for a person:", left)
	}
	if !asked.Record.Proven {
		said += "\nThe record is consistent, not proven unchanged: there was no seal from elsewhere to compare it with.\n"
	}
	return said
}

// points is a list in Markdown, with what stands above it. Each is named once.
func points(title string, texts []string) string {
	list := "\n" + title + "\n\n"
	for i, text := range texts {
		if !slices.Contains(texts[:i], text) {
			list += "- " + xsoar.Plain(text) + "\n"
		}
	}
	return list
}

// undoneChanges returns what the run changed of a user in the steps that are asked for,
// the last change first. A thing that several attempts changed counts once.
func undoneChanges(inv *engine.Invocation, asked engine.Asked, user string) []containment.Change {
	var changes []containment.Change
	for _, change := range slices.Backward(asked.Record.Changes) {
		if change.UserID != user || !slices.Contains(asked.Steps, change.Step) || !mayBeMade(asked.Record.Record, change) {
			continue
		}
		again := func(later containment.Change) bool {
			return later.Request.Method == change.Request.Method && later.Request.URL == change.Request.URL && string(later.Request.Body) == string(change.Request.Body)
		}
		if len(change.Undo) > 0 && slices.ContainsFunc(changes, again) {
			continue
		}
		changes = append(changes, change)
	}
	return changes
}

// mayBeMade reports whether a change was made, or may have been.
func mayBeMade(record *containment.Record, change containment.Change) bool {
	answer, answered := record.Answers[change.Number]
	return !answered || answer.Status == string(engine.Succeeded) || answer.Status == string(engine.InDoubt)
}

// givesBack returns those of changes that are to be taken back.
func givesBack(inv *engine.Invocation, changes []containment.Change) []containment.Change {
	return slices.DeleteFunc(slices.Clone(changes), func(c containment.Change) bool {
		return len(c.Undo) == 0 || c.AddedSince && !inv.Args.Bool("restore_all")
	})
}

// lookOf is the read that shows the present state of what a change is about.
func lookOf(change containment.Change) (engine.Look, error) {
	request, err := undoRead(change.Read, change.UserID)
	look := engine.Look{Request: request}
	if change.Read.List {
		look.Read = engine.Collection
	}
	return look, err
}

// undoReads names the reads that show the present state.
func undoReads(inv *engine.Invocation, user *engine.Contained) []engine.Look {
	var looks []engine.Look
	for _, change := range givesBack(inv, undoneChanges(inv, user.Asked, user.ID)) {
		if look, err := lookOf(change); err == nil {
			looks = append(looks, look)
		}
	}
	return looks
}

// undoPlan returns the steps that take the changes of a user back, the last one first. A
// step that worked only after a later one is taken back before it: an administrator's
// account is on again before the roles are there.
func undoPlan(inv *engine.Invocation, user *engine.Contained) []engine.Stage {
	changes := undoneChanges(inv, user.Asked, user.ID)
	var stages []engine.Stage
	var steps []string
	for _, change := range changes {
		if !slices.Contains(steps, change.Step) {
			steps = append(steps, change.Step)
		}
	}
	for _, step := range steps {
		stage, any := engine.Stage{Step: step}, false
		for _, change := range givesBack(inv, changes) {
			if change.Step != step {
				continue
			}
			any = true
			back, err := takeBack(inv, user, change, len(stage.Changes))
			if err != nil {
				back = []engine.Alteration{{What: change.What, Object: change.Object, Err: err}}
			}
			stage.Changes = append(stage.Changes, back...)
		}
		if any {
			stages = append(stages, stage)
		}
	}
	return stages
}

// takeBack returns what takes a change back: nothing where it is back already. The error
// says that somebody has changed the thing since, or that it could not be read.
func takeBack(inv *engine.Invocation, user *engine.Contained, change containment.Change, turn int) ([]engine.Alteration, error) {
	look, err := lookOf(change)
	if err != nil {
		return nil, err
	}
	outcome, _ := user.Seen(look.Request)
	missing := failure.NotFound(outcome.Err) && !change.Read.List
	if outcome.Err != nil && !missing {
		return nil, outcome.Err
	}
	switch change.Presence(containment.Seen{Missing: missing, Object: outcome.Object, Items: outcome.Items}) {
	case containment.AsBefore:
		return nil, nil
	case containment.Withheld:
		return nil, &failure.Error{Kind: failure.Refused, Message: "Graph does not show how " + change.What + " of " + inv.User() + " is now, so nothing was sent.",
			Advice: "Grant the permissions that msgraph-user-undo needs: docs/permissions.md lists them."}
	case containment.Elsewhere:
		if !inv.Args.Bool("force") {
			e := failure.Parameter("force", "Somebody has changed %s of %s since, so it was left as it is.", change.What, inv.User())
			e.Advice = "Look at it. force=true takes the change back all the same."
			return nil, e
		}
	}
	var back []engine.Alteration
	for i, recorded := range change.Undo {
		request, err := undoRequest(recorded, user.ID)
		if err != nil {
			return nil, err
		}
		alteration := engine.Alteration{What: change.What, Object: change.Object, Request: request, Turn: turn + i, Read: look, Done: change.Back, Back: change.Done, Slow: slowToShow(request)}
		if request.Template == graph.DismissRisk(nil).Template {
			alteration.Joins = &engine.Joining{ID: user.ID, Limit: graph.RiskyUsersLimit, Request: graph.DismissRisk}
			alteration.Request = graph.DismissRisk([]string{user.ID})
		}
		back = append(back, alteration)
	}
	return back, nil
}

// slowToShow says why a request's effect may be shown late; empty where it is not.
func slowToShow(r graph.Request) string {
	switch r.Template {
	case graph.DismissRisk(nil).Template:
		return "Identity Protection takes a few minutes to show it"
	case graph.RequestActiveRole(graph.AssignRole, nil, "").Template, graph.RequestEligibleRole(graph.AssignRole, nil, "").Template:
		return managedSlow
	}
	return ""
}
