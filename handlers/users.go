package handlers

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"msgraph-user/graph"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

// listProperties are the properties of a list that asks for none.
const listProperties = "id,displayName,jobTitle,mobilePhone,mail"

// everyProperty asks Graph for all that it gives without being asked by name.
const everyProperty = "*"

func getUser(inv *engine.Invocation) ([]engine.Step, error) {
	properties := inv.Args.Text("properties")
	if properties == "" {
		properties = everyProperty
	}
	read := engine.Step{Request: graph.GetUser(inv.Address(), properties), Advice: unknownNames(properties)}
	if !graph.NeedsObjectID(inv.Address(), properties) {
		return []engine.Step{read}, nil
	}
	byID := []engine.Step{
		{Request: graph.GetUser(inv.Address(), "id")},
		{Request: graph.GetUser(id, properties), Advice: unknownNames(properties), From: func(before []engine.Outcome) (graph.Request, error) {
			return graph.GetUser(before[len(before)-1].Object.Text("id"), properties), nil
		}},
	}
	if asksForID(properties) {
		return byID, nil
	}
	// The contract has one request here, which Graph answers for some names; where
	// it refuses, the id is read.
	read.Instead = func(e *failure.Error) []engine.Step {
		if e.Status != http.StatusBadRequest {
			return nil
		}
		return byID
	}
	return []engine.Step{read}, nil
}

// asksForID reports whether names of properties hold id.
func asksForID(properties string) bool {
	return slices.ContainsFunc(strings.Split(properties, ","), func(name string) bool { return strings.EqualFold(strings.TrimSpace(name), "id") })
}

// showUser shows the user that the last step read.
func showUser(inv *engine.Invocation, outcomes []engine.Outcome) ([]xsoar.Entry, error) {
	return userEntry(inv.User()+" data", outcomes[len(outcomes)-1].Object), nil
}

// unsupported are the characters that no user principal name may hold
// (https://learn.microsoft.com/entra/identity/hybrid/connect/plan-connect-userprincipalname).
const unsupported = "%&*+/=?`{|}"

// badRequest is what Graph says of a name that it cannot even look up; a bad
// request for another reason has another text.
const badRequest = "Bad request. Please fix the request before retrying"

// unsupportedCharacters answers a lookup that Graph called a bad request because
// of the name's characters: to a playbook that asks whether a user exists, that
// is an answer and no failure.
func unsupportedCharacters(inv *engine.Invocation, e *failure.Error) (xsoar.Entry, bool) {
	name := inv.User()
	if e.Kind != failure.Refused || !strings.Contains(e.Message, badRequest) || !strings.ContainsAny(name, unsupported) {
		return xsoar.Entry{}, false
	}
	entry := said("%q contains characters that are not allowed in a user name (%s), so there is no such user. %s", name, unsupported, e.Message)
	entry.HumanReadable = entry.Contents.(string)
	return entry, true
}

// userMissing is get's answer for a user that Graph does not know: Graph's own
// error, for playbooks that look into it.
func userMissing(inv *engine.Invocation, e *failure.Error) xsoar.Entry {
	entry := xsoar.Entry{
		Type:           xsoar.Note,
		ContentsFormat: xsoar.FormatJSON,
		HumanReadable:  fmt.Sprintf("### User %s was not found\n%s\n", inv.User(), e.Message),
	}
	if body, err := rawjson.ParseObject(e.Body); err == nil {
		entry.Contents = body
		return entry
	}
	entry.Contents = map[string]any{"error": map[string]string{"code": e.Code, "message": e.Message}}
	return entry
}

func listUsers(inv *engine.Invocation) ([]engine.Step, error) {
	properties := inv.Args.Text("properties")
	if properties == "" {
		properties = listProperties
	}
	limit, err := pageSize(inv.Args)
	if err != nil {
		return nil, err
	}
	request := graph.ListUsers(graph.ListOptions{Filter: inv.Args.Text("filter"), Select: properties, Top: limit.top(), Advanced: true})
	steps, err := pageOrAll(inv, request, showPageOfUsers)
	if err == nil {
		steps[0].Advice = unknownNames(properties)
	}
	return steps, err
}

func showUsers(inv *engine.Invocation, outcomes []engine.Outcome) ([]xsoar.Entry, error) {
	if outcomes[0].Emitted {
		return handedOver(outcomes[0], "users"), nil
	}
	return showPageOfUsers(inv, outcomes[0])
}

func showPageOfUsers(_ *engine.Invocation, outcome engine.Outcome) ([]xsoar.Entry, error) {
	users, next := outcome.Items, outcome.Page.NextLink
	readable := xsoar.Table("Users", users, xsoar.ColumnsOf(users)) + goesOn(next)
	return shown(contentsOf(outcome.Page.Value), readable, map[string]any{
		userPath:    withNextPage(xsoar.ContextObjects(users), next),
		accountPath: accounts(users),
	}), nil
}

// deltaProperties are the properties that a delta shows: those asked for, and the
// user's name.
func deltaProperties(inv *engine.Invocation) string {
	return inv.Args.Text("properties") + ",userPrincipalName"
}

func getDelta(inv *engine.Invocation) ([]engine.Step, error) {
	return []engine.Step{{Request: graph.UserDelta(deltaProperties(inv)), Read: engine.Collection, Advice: unknownNames(inv.Args.Text("properties"))}}, nil
}

func showDelta(inv *engine.Invocation, outcomes []engine.Outcome) ([]xsoar.Entry, error) {
	users := outcomes[0]
	readable := xsoar.Table("Changed users", users.Items, deltaColumns(deltaProperties(inv))) + cutShort(users)
	if len(users.Items) == 0 {
		return shown(nil, readable, nil), nil
	}
	return shown(contentsOf(users.Page.Value), readable, listed(users, xsoar.Keyed(userPath, "ID"), deltaContext(users.Items))), nil
}

// deltaColumns are the properties asked for, and who the user is.
func deltaColumns(properties string) []xsoar.Column {
	var columns []xsoar.Column
	seen := map[string]bool{}
	for property := range strings.SplitSeq(properties+",id", ",") {
		if property = strings.TrimSpace(property); property != "" && !seen[property] {
			seen[property] = true
			columns = append(columns, xsoar.Column{Heading: xsoar.ReadableName(property), Member: property})
		}
	}
	return columns
}

// deltaContext says Status deleted of users that are gone, in place of Graph's
// @removed.
func deltaContext(users []rawjson.Object) []rawjson.Object {
	context := make([]rawjson.Object, len(users))
	for i, user := range users {
		context[i] = xsoar.ContextObject(user.Without("@removed"))
		if user.Get("@removed") != nil {
			context[i] = append(context[i], rawjson.Member{Name: "Status", Value: rawjson.Quote("deleted")})
		}
	}
	return context
}

func createUser(inv *engine.Invocation) ([]engine.Step, error) {
	body, err := newUser(inv.Args)
	if err != nil {
		return nil, err
	}
	name := createdName(inv.Args, body)
	return []engine.Step{
		{Request: graph.CreateUser(name, body), Creates: name},
		// The answer to the write says nearly the same, where the directory does
		// not show the new user in time.
		{Request: graph.GetUser(name, everyProperty), MayFail: "The user was created, but could not be read back: what is shown is the answer to the creation."},
	}, nil
}

// createdName is the user principal name in the body of a create.
func createdName(args definition.Arguments, body map[string]any) string {
	if other, ok := body["userPrincipalName"].(json.RawMessage); ok {
		name, _ := rawjson.Text(other) // Graph refuses one that is no text
		return name
	}
	return args.Text("user_principal_name")
}

func showCreated(inv *engine.Invocation, outcomes []engine.Outcome) ([]xsoar.Entry, error) {
	created, user := outcomes[0].Object, outcomes[1].Object
	if outcomes[1].Err != nil {
		user = created
	}
	name := cmp.Or(created.Text("userPrincipalName"), inv.Args.Text("user_principal_name"))
	title := fmt.Sprintf("%s was created (%s, alias %s)", inv.Args.Text("display_name"), name, inv.Args.Text("mail_nickname"))
	return userEntry(title, user), nil
}

// newUser is the body of a create: what has an argument of its own, over which
// other_properties take precedence.
func newUser(args definition.Arguments) (map[string]any, error) {
	changeAtSignIn := true
	body := map[string]any{
		"accountEnabled":    args.Bool("account_enabled"),
		"displayName":       args.Text("display_name"),
		"mailNickname":      args.Text("mail_nickname"),
		"userPrincipalName": args.Text("user_principal_name"),
		"passwordProfile": graph.PasswordProfile{
			ForceChangePasswordNextSignIn: &changeAtSignIn,
			Password:                      args.Secret("password").Reveal(),
		},
	}
	if id := args.Text("on_premises_immutable_id"); id != "" {
		body["onPremisesImmutableId"] = id
	}
	if !args.Has("other_properties") {
		return body, nil
	}
	others, err := parseProperties(args, "other_properties", ",")
	if err != nil {
		return nil, err
	}
	for _, other := range others {
		body[other.Name] = other.Value
	}
	return body, nil
}

func updateUser(inv *engine.Invocation) ([]engine.Step, error) {
	properties, err := parseProperties(inv.Args, "updated_fields", inv.Args.Text("updated_fields_delimiter"))
	if err != nil {
		return nil, err
	}
	steps := updateSteps(inv, properties)
	return append(steps, engine.Step{Request: graph.GetUser(inv.Address(), everyProperty), Shows: properties,
		Undone: fmt.Sprintf("%s was updated, but could not be read back.", inv.User())}), nil
}

// updateSteps sets the properties that the directory holds, then those that live
// in another service: Graph takes them in a request of their own only.
func updateSteps(inv *engine.Invocation, properties rawjson.Object) []engine.Step {
	var steps []engine.Step
	directory, elsewhere := graph.SplitProperties(properties)
	if len(directory) > 0 {
		steps = append(steps, engine.Step{Request: graph.UpdateUser(inv.Address(), directory)})
	}
	if len(elsewhere) > 0 {
		step := engine.Step{Request: graph.UpdateUser(inv.Address(), elsewhere)}
		if len(directory) > 0 {
			step.Undone = fmt.Sprintf("Set: %s. Not set: %s.", names(directory), names(elsewhere))
			step.Unknown = fmt.Sprintf("Set: %s. Whether these were set is not known: %s.", names(directory), names(elsewhere))
		}
		steps = append(steps, step)
	}
	return steps
}

// names lists the members of an object.
func names(object rawjson.Object) string {
	list := make([]string, len(object))
	for i, member := range object {
		list[i] = member.Name
	}
	return strings.Join(list, ", ")
}

func deleteUser(inv *engine.Invocation) ([]engine.Step, error) {
	return []engine.Step{{
		Request: graph.DeleteUser(inv.Address()),
		Prove:   &engine.Proof{Read: graph.GetUser(inv.Address(), "id"), GoneIsDone: true},
		Undo:    undoDelete(inv.Address()),
		Done:    fmt.Sprintf("User %s was deleted. The directory keeps it for 30 days, in which it can be restored.", inv.User()),
	}}, nil
}

// undoDelete restores a deleted user: by object id only, since a name is another's
// by then.
func undoDelete(user string) []graph.Request {
	if !graph.IsObjectID(user) {
		return nil
	}
	return []graph.Request{graph.Restore(user)}
}
