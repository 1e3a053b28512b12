package handlers

import (
	"fmt"
	"strconv"

	"msgraph-user/graph"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

// userList is a list of things of one user that is read to its end. All that its
// command needs is in its row of userLists.
type userList struct {
	command string // the part of the command's name that tells the list
	name    string // for a person
	context string // where its objects go in the context, below the user's path
	request func(user, top string) graph.Request
	advice  string
	columns []xsoar.Column
	// unavailable returns why the instance cannot read the list; nil: nothing keeps it.
	unavailable func(*engine.Invocation) error
}

var userLists = []userList{
	{command: "consents-list", name: "consents", context: "Consent", request: graph.ListConsents,
		advice: "What an administrator granted for everybody is not among them.",
		columns: []xsoar.Column{
			{Heading: "ID", Member: "id"}, {Heading: "Client", Member: "clientId"}, {Heading: "Resource", Member: "resourceId"},
			{Heading: "Scope", Member: "scope"}, {Heading: "Consent Type", Member: "consentType"},
		}},
	{command: "app-roles-list", name: "application roles", context: "AppRole", request: graph.ListAppRoles,
		columns: []xsoar.Column{
			{Heading: "ID", Member: "id"}, {Heading: "Application", Member: "resourceDisplayName"}, {Heading: "Role", Member: "appRoleId"},
			{Heading: "Given To", Member: "principalType"}, {Heading: "Name", Member: "principalDisplayName"}, {Heading: "Created", Member: "createdDateTime"},
		}},
	{command: "inbox-rules-list", name: "inbox rules", context: "InboxRule", unavailable: withoutInboxRules,
		request: func(user, _ string) graph.Request { return graph.ListInboxRules(user) },
		advice:  "Graph shows neither hidden rules nor the forwarding of the mailbox: Get-InboxRule -IncludeHidden and Get-Mailbox in Exchange do.",
		columns: []xsoar.Column{
			{Heading: "ID", Member: "id"}, {Heading: "Name", Member: "displayName"}, {Heading: "Enabled", Member: "isEnabled"},
			{Heading: "Conditions", Member: "conditions"}, {Heading: "Actions", Member: "actions"}, {Heading: "Read Only", Member: "isReadOnly"},
		}},
	{command: "licenses-list", name: "licences", context: "License", request: func(user, _ string) graph.Request { return graph.ListLicenses(user) },
		columns: []xsoar.Column{{Heading: "ID", Member: "id"}, {Heading: "SKU", Member: "skuPartNumber"}, {Heading: "SKU ID", Member: "skuId"}}},
}

func (l userList) commandName() string { return "msgraph-user-" + l.command }

// entry is the list's line of the registry.
func (l userList) entry() engine.Command {
	return engine.Command{Steps: l.steps, Show: l.show, Long: unbounded, Target: "user", Many: true}
}

func (l userList) steps(inv *engine.Invocation) ([]engine.Step, error) {
	if l.unavailable != nil {
		if err := l.unavailable(inv); err != nil {
			return nil, err
		}
	}
	bound, err := bounded(inv.Args)
	if err != nil {
		return nil, err
	}
	return []engine.Step{{Request: l.request(inv.Address(), bound.top()), Read: engine.Collection, Limit: int(bound), Advice: l.advice}}, nil
}

func (l userList) show(inv *engine.Invocation, outcomes []engine.Outcome) ([]xsoar.Entry, error) {
	return showThings(inv, l.name, l.context, outcomes[0], l.columns), nil
}

// bounded returns how many items of a list the call wants at most: the argument
// limit; 0 for all.
func bounded(args definition.Arguments) (size, error) {
	if readsAll(args) {
		return 0, nil
	}
	limit, err := args.Number("limit")
	if err == nil && args.Has("limit") && limit < 1 {
		err = failure.Argument("limit", "limit is %d: it must be 1 or more, or all.", limit)
	}
	return size(limit), err
}

// unbounded is the Long of a list that is read to its end unless the call names a
// limit.
func unbounded(args definition.Arguments) bool { return readsAll(args) || !args.Has("limit") }

// showThings shows a list of a user's things, with the user beside each.
func showThings(inv *engine.Invocation, name, context string, outcome engine.Outcome, columns []xsoar.Column) []xsoar.Entry {
	title := fmt.Sprintf("%s of %s: %d", upperFirst(name), inv.User(), len(outcome.Items))
	readable := xsoar.Table(title, outcome.Items, columns) + more(inv, outcome)
	if len(outcome.Items) == 0 {
		return shown(nil, readable, nil)
	}
	path := xsoar.Keyed(userPath+"."+context, "ID")
	return shown(outcome.Items, readable, listed(outcome, path, withUser(inv, xsoar.ContextObjects(outcome.Items))))
}

// withUser puts the user, as the caller named it, before what each object shows.
func withUser(inv *engine.Invocation, objects []rawjson.Object) []rawjson.Object {
	user := rawjson.Member{Name: "User", Value: rawjson.Quote(inv.User())}
	owned := make([]rawjson.Object, len(objects))
	for i, object := range objects {
		owned[i] = append(rawjson.Object{user}, object...)
	}
	return owned
}

// more is the sentence that tells a person that a list is longer than what is shown.
func more(inv *engine.Invocation, outcome engine.Outcome) string {
	if outcome.Truncated && inv.Args.Has("limit") && !readsAll(inv.Args) {
		return "\nThere is more than the limit of " + inv.Args.Text("limit") + ".\n"
	}
	return cutShort(outcome)
}

// upperFirst writes the first letter of an English name in upper case.
func upperFirst(name string) string {
	if name == "" || name[0] < 'a' || name[0] > 'z' {
		return name
	}
	return string(name[0]-'a'+'A') + name[1:]
}

// flag is a boolean as JSON has it.
func flag(object rawjson.Object, name string) bool {
	on, err := strconv.ParseBool(string(object.Get(name)))
	return err == nil && on
}
