package handlers

import (
	"context"
	"fmt"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

// methodKind is one kind of authentication method and how the platform shows it.
// All that the two commands of a kind need is in its row of methodKinds.
type methodKind struct {
	kind    graph.MethodKind
	command string // the part of the commands' names that tells the kind
	name    string // for a person
	context string // where its objects go in the context
	paged   bool   // Graph pages the list; others come whole and take no $top
	columns []xsoar.Column
}

var methodKinds = []methodKind{
	{graph.FIDO2, "fido2", "FIDO2 security key", "FIDO2Method", false, []xsoar.Column{
		{Heading: "Authentication method ID", Member: "id"},
		{Heading: "The display name of the key", Member: "displayName"},
		{Heading: "Authenticator Attestation GUID", Member: "aaGuid"},
	}},
	{graph.Email, "email", "e-mail method", "EmailAuthMethod", false, []xsoar.Column{
		{Heading: "ID", Member: "id"},
		{Heading: "Email Address", Member: "emailAddress"},
	}},
	{graph.MicrosoftAuthenticator, "authenticator", "Authenticator app", "UserAuthMethod", true, []xsoar.Column{
		{Heading: "Authentication method ID", Member: "id"},
		{Heading: "Device Name", Member: "displayName"},
		{Heading: "Version of the Authenticator app", Member: "phoneAppVersion"},
	}},
	{graph.Phone, "phone", "phone", "PhoneAuthMethod", true, []xsoar.Column{
		{Heading: "Phone ID", Member: "id"},
		{Heading: "Phone Number", Member: "phoneNumber"},
		{Heading: "Phone Type", Member: "phoneType"},
		{Heading: "Sms SignIn State", Member: "smsSignInState"},
	}},
	{graph.SoftwareOATH, "software-oath", "software OATH token", "SoftOathAuthMethod", false, []xsoar.Column{
		{Heading: "Authentication method ID", Member: "id"},
	}},
	{graph.WindowsHello, "windows-hello", "Windows Hello for Business key", "WindowsHelloAuthMethod", false, []xsoar.Column{
		{Heading: "Windows Hello Method ID", Member: "id"},
		{Heading: "Display Name", Member: "displayName"},
		{Heading: "Method Key Strength", Member: "keyStrength"},
	}},
	{graph.TemporaryAccessPass, "temp-access-pass", "temporary access pass", "TempAccessPassAuthMethod", false, []xsoar.Column{
		{Heading: "Temporary Access Pass ID", Member: "id"},
		{Heading: "Authentication method state", Member: "isUsable"},
	}},
}

// commands returns the two commands of the kind by name.
func (k methodKind) commands() map[string]command {
	return map[string]command{
		"msgraph-user-" + k.command + "-method-list":   {run: k.list, sends: k.reads(), target: "user", missing: k.missing},
		"msgraph-user-" + k.command + "-method-delete": {plan: k.delete, target: "user", changes: changing, missing: k.missing},
	}
}

// reads are the requests of the kind's list.
func (k methodKind) reads() []graph.Request {
	return []graph.Request{graph.ListMethods(k.kind, "{id}", ""), graph.GetMethod(k.kind, "{id}", "{id}")}
}

func (k methodKind) path() string { return xsoar.Keyed(userPath+"."+k.context, "ID") }

func (k methodKind) list(ctx context.Context, c *call) ([]xsoar.Entry, error) {
	if c.args.Has("method_id") {
		return k.get(ctx, c)
	}
	user := c.args.Text("user")
	limit, err := pageSize(c.args)
	if err != nil {
		return nil, err
	}
	top := ""
	if k.paged {
		top = limit.top()
	}
	page, methods, err := c.list(ctx, graph.ListMethods(k.kind, user, top))
	if err != nil {
		return nil, err
	}
	if !k.paged && limit > 0 {
		page.Value, methods = page.Value[:min(len(methods), int(limit))], methods[:min(len(methods), int(limit))]
	}
	title := fmt.Sprintf("%s has %s: %d", user, k.name, len(methods))
	readable := xsoar.Table(title, methods, k.columns) + goesOn(page.NextLink)
	if len(methods) == 0 {
		return shown(nil, readable, nil), nil
	}
	return shown(contentsOf(page.Value), readable, map[string]any{
		k.path(): withNextPage(xsoar.ContextObjects(methods), page.NextLink),
	}), nil
}

func (k methodKind) get(ctx context.Context, c *call) ([]xsoar.Entry, error) {
	user, id := c.args.Text("user"), c.args.Text("method_id")
	method, err := c.do(ctx, graph.GetMethod(k.kind, user, id))
	if err != nil {
		return nil, err
	}
	method = method.Without("@odata.context")
	title := fmt.Sprintf("%s %s of %s", k.name, id, user)
	readable := xsoar.Table(title, []rawjson.Object{method}, k.columns)
	return shown(method, readable, map[string]any{k.path(): xsoar.ContextObject(method)}), nil
}

func (k methodKind) delete(c *call) (plan, error) {
	user, id := c.args.Text("user"), c.args.Text("method_id")
	return plan{graph.DeleteMethod(k.kind, user, id), fmt.Sprintf("The %s %s of %s was deleted.", k.name, id, user)}, nil
}

// missing tells that the method is not there, or nobody who could have it.
func (k methodKind) missing(c *call, e *failure.Error) xsoar.Entry {
	user := c.args.Text("user")
	if !c.args.Has("method_id") {
		return objectMissing(c, e)
	}
	return said("%s has no %s with the id %s, or there is no such user. msgraph-user-%s-method-list shows the ids. %s",
		user, k.name, c.args.Text("method_id"), k.command, e.Message)
}

func getAuthMethods(ctx context.Context, c *call) ([]xsoar.Entry, error) {
	user := c.args.Text("user")
	page, methods, err := c.list(ctx, graph.ListAuthenticationMethods(user))
	if err != nil {
		return nil, err
	}
	readable := xsoar.Table("Authentication methods of "+user, methods, xsoar.ColumnsOf(methods)) + goesOn(page.NextLink)
	return shown(contentsOf(page.Value), readable, map[string]any{
		xsoar.Keyed("MSGraphUserAuthMethods", "ID"): map[string]any{"ID": user, "Methods": xsoar.ContextObjects(methods)},
	}), nil
}
