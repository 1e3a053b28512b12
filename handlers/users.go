package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"msgraph-user/graph"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

// listProperties are the properties of a list that asks for none.
const listProperties = "id,displayName,jobTitle,mobilePhone,mail"

// everyProperty asks Graph for all that it gives without being asked by name.
const everyProperty = "*"

func getUser(ctx context.Context, c *call) ([]xsoar.Entry, error) {
	name := c.args.Text("user")
	properties := c.args.Text("properties")
	if properties == "" {
		properties = everyProperty
	}
	user, err := c.do(ctx, graph.GetUser(name, properties))
	if err != nil {
		if entry, ok := unsupportedCharacters(name, err); ok {
			return []xsoar.Entry{entry}, nil
		}
		return nil, err
	}
	return userEntry(name+" data", user), nil
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
func unsupportedCharacters(name string, err error) (xsoar.Entry, bool) {
	var e *failure.Error
	if !errors.As(err, &e) || e.Kind != failure.Refused || !strings.Contains(e.Message, badRequest) || !strings.ContainsAny(name, unsupported) {
		return xsoar.Entry{}, false
	}
	entry := said("%q holds characters that no user name has (%s), so there is no such user. %s", name, unsupported, e.Message)
	entry.HumanReadable = entry.Contents.(string)
	return entry, true
}

// userMissing is get's answer for a user that Graph does not know: Graph's own
// error, for playbooks that look into it.
func userMissing(c *call, e *failure.Error) xsoar.Entry {
	entry := xsoar.Entry{
		Type:           xsoar.Note,
		ContentsFormat: xsoar.FormatJSON,
		HumanReadable:  fmt.Sprintf("### User %s was not found\n%s\n", c.args.Text("user"), e.Message),
	}
	if body, err := rawjson.ParseObject(e.Body); err == nil {
		entry.Contents = body
		return entry
	}
	entry.Contents = map[string]any{"error": map[string]string{"code": e.Code, "message": e.Message}}
	return entry
}

func listUsers(ctx context.Context, c *call) ([]xsoar.Entry, error) {
	properties := c.args.Text("properties")
	if properties == "" {
		properties = listProperties
	}
	request := graph.ListUsers(graph.ListOptions{Filter: c.args.Text("filter"), Select: properties, Advanced: true})
	page, users, err := c.list(ctx, request)
	if err != nil {
		return nil, err
	}
	readable := xsoar.Table("Users", users, xsoar.ColumnsOf(users)) + goesOn(page.NextLink)
	return shown(contentsOf(page.Value), readable, map[string]any{
		userPath:    withNextPage(xsoar.ContextObjects(users), page.NextLink),
		accountPath: accounts(users),
	}), nil
}

func getDelta(ctx context.Context, c *call) ([]xsoar.Entry, error) {
	properties := c.args.Text("properties") + ",userPrincipalName"
	page, users, err := c.list(ctx, graph.UserDelta(properties))
	if err != nil {
		return nil, err
	}
	readable := xsoar.Table("Changed users", users, deltaColumns(properties)) + goesOn(page.NextLink)
	if len(users) == 0 {
		return shown(nil, readable, nil), nil
	}
	return shown(contentsOf(page.Value), readable, map[string]any{
		xsoar.Keyed(userPath, "ID"): deltaContext(users),
	}), nil
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

func createUser(ctx context.Context, c *call) ([]xsoar.Entry, error) {
	body, err := newUser(c.args)
	if err != nil {
		return nil, err
	}
	name := c.args.Text("user_principal_name")
	if other, ok := body["userPrincipalName"].(json.RawMessage); ok {
		name, _ = rawjson.Text(other) // Graph refuses one that is no text
	}
	created, err := c.do(ctx, graph.CreateUser(name, body))
	if err != nil {
		return nil, err
	}
	c.instance.newUsers.add(c.now(), name, created.Text("id"))
	user, err := c.do(ctx, graph.GetUser(name, everyProperty))
	if failure.NotFound(err) {
		user, err = created, nil // the answer to the write says the same
	}
	if err != nil {
		return nil, err
	}
	title := fmt.Sprintf("%s was created (%s, alias %s)", c.args.Text("display_name"), name, c.args.Text("mail_nickname"))
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

func updateUser(ctx context.Context, c *call) ([]xsoar.Entry, error) {
	name := c.args.Text("user")
	properties, err := parseProperties(c.args, "updated_fields", c.args.Text("updated_fields_delimiter"))
	if err != nil {
		return nil, err
	}
	if _, err := c.do(ctx, graph.UpdateUser(name, properties)); err != nil {
		return nil, err
	}
	user, err := c.readBack(ctx, name, properties)
	if err != nil {
		return nil, err
	}
	return userEntry(name+" data", user), nil
}

func deleteUser(c *call) (plan, error) {
	name := c.args.Text("user")
	return plan{graph.DeleteUser(name), fmt.Sprintf("User %s was deleted. The directory keeps it for 30 days, in which it can be restored.", name)}, nil
}
