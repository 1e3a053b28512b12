package handlers

import (
	"fmt"
	"time"

	"msgraph-user/graph"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

const (
	passPath    = userPath + ".TAPPolicy"
	passArchive = "TAPPolicyInfo.zip"
	passFile    = "TAPPolicyPass.txt"

	// startFormat is how Graph wants a date-time: UTC, with milliseconds.
	startFormat = "2006-01-02T15:04:05.000Z"
)

// passColumns are the columns of temporary access passes.
var passColumns = []xsoar.Column{
	{Heading: "Policy ID", Member: "id"},
	{Heading: "Start Date Time", Member: "startDateTime"},
	{Heading: "Lifetime In Minutes", Member: "lifetimeInMinutes"},
	{Heading: "Is Usable Once", Member: "isUsableOnce"},
	{Heading: "Is Usable", Member: "isUsable"},
	{Heading: "Method Usability Reason", Member: "methodUsabilityReason"},
}

// withoutPass is what may be shown of a temporary access pass: all but the pass.
func withoutPass(pass rawjson.Object) rawjson.Object {
	return pass.Without("@odata.context", "@odata.type", "temporaryAccessPass")
}

func listPasses(inv *engine.Invocation) ([]engine.Step, error) {
	return []engine.Step{{Request: graph.ListMethods(graph.TemporaryAccessPass, inv.Address(), ""), Read: engine.Collection}}, nil
}

func showPasses(inv *engine.Invocation, outcomes []engine.Outcome) ([]xsoar.Entry, error) {
	title := "Temporary access pass of " + inv.User()
	if len(outcomes[0].Items) == 0 {
		return shown(nil, xsoar.Table(title, nil, nil), nil), nil
	}
	// A user has one pass at most (https://learn.microsoft.com/graph/api/resources/temporaryaccesspassauthenticationmethod),
	// so that playbooks read its members without an index.
	pass := withoutPass(outcomes[0].Items[0])
	public := xsoar.ContextObject(pass)
	readable := xsoar.FullTable(title, []rawjson.Object{pass}, passColumns)
	return shown(public, readable, map[string]any{xsoar.Keyed(passPath, "ID"): public}), nil
}

func createPass(inv *engine.Invocation) ([]engine.Step, error) {
	settings, err := passSettings(inv.Args, inv.Now())
	return []engine.Step{{Request: graph.CreateTemporaryAccessPass(inv.Address(), settings)}}, err
}

func showNewPass(inv *engine.Invocation, outcomes []engine.Outcome) ([]xsoar.Entry, error) {
	pass := outcomes[0].Object
	archive, err := sealPass(inv, pass)
	if err != nil {
		return nil, err
	}
	public := xsoar.ContextObject(withoutPass(pass))
	entries := shown(public, fmt.Sprintf("A temporary access pass for %s was created. It is in %s, which opens with the password you gave.", inv.User(), passArchive),
		map[string]any{xsoar.Keyed(passPath, "ID"): public})
	return append([]xsoar.Entry{archive}, entries...), nil
}

// passSettings reads what the new pass is to be. Graph itself holds the tenant's
// policy against it: 10 to 43,200 minutes
// (https://learn.microsoft.com/graph/api/resources/temporaryaccesspassauthenticationmethod).
func passSettings(args definition.Arguments, now time.Time) (graph.TemporaryAccessPassSettings, error) {
	lifetime, err := args.Number("lifetime_in_minutes")
	if err != nil {
		return graph.TemporaryAccessPassSettings{}, err
	}
	if lifetime < 10 || lifetime > 43200 {
		return graph.TemporaryAccessPassSettings{}, failure.Argument("lifetime_in_minutes", "lifetime_in_minutes is %d: a pass is valid for 10 to 43200 minutes (30 days).", lifetime)
	}
	start, err := args.StartTime("start_time", now)
	if err != nil {
		return graph.TemporaryAccessPassSettings{}, err
	}
	return graph.TemporaryAccessPassSettings{
		LifetimeInMinutes: lifetime,
		IsUsableOnce:      args.Bool("is_usable_once"),
		StartDateTime:     start.UTC().Format(startFormat),
	}, nil
}

// sealPass puts the pass, and nothing else ever does, into an encrypted file.
func sealPass(inv *engine.Invocation, pass rawjson.Object) (xsoar.Entry, error) {
	text := pass.Text("temporaryAccessPass")
	if text == "" {
		return xsoar.Entry{}, &failure.Error{
			Kind:    failure.Refused,
			Message: fmt.Sprintf("Graph created the temporary access pass %s but did not return the pass itself.", pass.Text("id")),
			Advice:  "Delete it with msgraph-user-tap-policy-delete and create another.",
		}
	}
	return xsoar.EncryptedFile(passArchive, passFile, []byte(text), inv.Args.Secret("zip_password"), inv.Now())
}

func deletePass(inv *engine.Invocation) ([]engine.Step, error) {
	pass := inv.Args.Text("policy_id")
	return []engine.Step{{
		Request: graph.DeleteMethod(graph.TemporaryAccessPass, inv.Address(), pass),
		Done:    fmt.Sprintf("The temporary access pass %s of %s was deleted.", pass, inv.User()),
	}}, nil
}
