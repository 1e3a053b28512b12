package handlers

import (
	"fmt"

	"msgraph-user/graph"
	"msgraph-user/internal/engine"
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
func (k methodKind) commands() map[string]engine.Command {
	return map[string]engine.Command{
		"msgraph-user-" + k.command + "-method-list": {
			Steps: k.list, Show: k.show, Also: []graph.Request{graph.GetMethod(k.kind, id, id)}, Target: "user", Object: "method_id", Missing: k.missing,
		},
		"msgraph-user-" + k.command + "-method-delete": {
			Steps: k.delete, Target: "user", Object: "method_id", Changes: engine.Changing, Missing: k.missing,
		},
	}
}

func (k methodKind) path() string { return xsoar.Keyed(userPath+"."+k.context, "ID") }

// list reads one page where Graph pages the list, else the list to its end.
func (k methodKind) list(inv *engine.Invocation) ([]engine.Step, error) {
	if inv.Args.Has("method_id") {
		return []engine.Step{{Request: graph.GetMethod(k.kind, inv.Address(), inv.Args.Text("method_id"))}}, nil
	}
	limit, err := pageSize(inv.Args)
	if err != nil {
		return nil, err
	}
	if k.paged {
		return onePage(inv, graph.ListMethods(k.kind, inv.Address(), limit.top()))
	}
	return []engine.Step{{Request: graph.ListMethods(k.kind, inv.Address(), ""), Read: engine.Collection}}, nil
}

func (k methodKind) show(inv *engine.Invocation, outcomes []engine.Outcome) ([]xsoar.Entry, error) {
	if inv.Args.Has("method_id") {
		return k.showOne(inv, outcomes[0].Object.Without("@odata.context"))
	}
	limit, err := pageSize(inv.Args)
	if err != nil {
		return nil, err
	}
	outcome := outcomes[0]
	if !k.paged {
		outcome = firstItems(outcome, limit)
	}
	title := fmt.Sprintf("%s has %s: %d", inv.User(), k.name, len(outcome.Items))
	readable := xsoar.Table(title, outcome.Items, k.columns) + goesOn(outcome.Page.NextLink) + cutShort(outcome)
	if len(outcome.Items) == 0 {
		return shown(nil, readable, nil), nil
	}
	objects := withNextPage(xsoar.ContextObjects(outcome.Items), outcome.Page.NextLink)
	return shown(contentsOf(outcome.Page.Value), readable, listed(outcome, k.path(), objects)), nil
}

func (k methodKind) showOne(inv *engine.Invocation, method rawjson.Object) ([]xsoar.Entry, error) {
	title := fmt.Sprintf("%s %s of %s", k.name, inv.Args.Text("method_id"), inv.User())
	readable := xsoar.Table(title, []rawjson.Object{method}, k.columns)
	return shown(method, readable, map[string]any{k.path(): xsoar.ContextObject(method)}), nil
}

func (k methodKind) delete(inv *engine.Invocation) ([]engine.Step, error) {
	method := inv.Args.Text("method_id")
	return []engine.Step{{
		Request: graph.DeleteMethod(k.kind, inv.Address(), method),
		Done:    fmt.Sprintf("The %s %s of %s was deleted.", k.name, method, inv.User()),
	}}, nil
}

// missing tells that the method is not there, or nobody who could have it.
func (k methodKind) missing(inv *engine.Invocation, e *failure.Error) xsoar.Entry {
	if !inv.Args.Has("method_id") {
		return engine.UserMissing(inv, e)
	}
	return said("%s has no %s with the id %s, or there is no such user. msgraph-user-%s-method-list shows the ids. %s",
		inv.User(), k.name, inv.Args.Text("method_id"), k.command, e.Message)
}

func getAuthMethods(inv *engine.Invocation) ([]engine.Step, error) {
	return []engine.Step{{Request: graph.ListAuthenticationMethods(inv.Address()), Read: engine.Collection}}, nil
}

func showAuthMethods(inv *engine.Invocation, outcomes []engine.Outcome) ([]xsoar.Entry, error) {
	methods := outcomes[0]
	readable := xsoar.Table("Authentication methods of "+inv.User(), methods.Items, xsoar.ColumnsOf(methods.Items)) + cutShort(methods)
	return shown(contentsOf(methods.Page.Value), readable, map[string]any{
		xsoar.Keyed("MSGraphUserAuthMethods", "ID"): marked(methods, map[string]any{"ID": inv.User(), "Methods": xsoar.ContextObjects(methods.Items)}),
	}), nil
}
