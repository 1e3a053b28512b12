package handlers

import (
	"context"
	"fmt"
	"time"

	"msgraph-user/graph"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/secret"
	"msgraph-user/internal/winzip"
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

func listPasses(ctx context.Context, c *call) ([]xsoar.Entry, error) {
	user := c.args.Text("user_id")
	_, passes, err := c.list(ctx, graph.ListMethods(graph.TemporaryAccessPass, user, ""))
	if err != nil {
		return nil, err
	}
	title := "Temporary access pass of " + user
	if len(passes) == 0 {
		return shown(nil, xsoar.Table(title, nil, nil), nil), nil
	}
	// A user has one pass at most (https://learn.microsoft.com/graph/api/resources/temporaryaccesspassauthenticationmethod),
	// so that playbooks read its members without an index.
	pass := withoutPass(passes[0])
	public := xsoar.ContextObject(pass)
	readable := xsoar.FullTable(title, []rawjson.Object{pass}, passColumns)
	return shown(public, readable, map[string]any{xsoar.Keyed(passPath, "ID"): public}), nil
}

func createPass(ctx context.Context, c *call) ([]xsoar.Entry, error) {
	user := c.args.Text("user_id")
	settings, err := passSettings(c.args, c.now())
	if err != nil {
		return nil, err
	}
	pass, err := c.do(ctx, graph.CreateTemporaryAccessPass(user, settings))
	if err != nil {
		return nil, err
	}
	archive, err := sealPass(pass, c.args.Secret("zip_password"), c.now())
	if err != nil {
		return nil, err
	}
	public := xsoar.ContextObject(withoutPass(pass))
	entries := shown(public, fmt.Sprintf("A temporary access pass for %s was created. It is in %s, which opens with the password you gave.", user, passArchive),
		map[string]any{xsoar.Keyed(passPath, "ID"): public})
	return append([]xsoar.Entry{archive}, entries...), nil
}

// passSettings reads what the new pass shall be. Graph itself holds the tenant's
// policy against it: 10 to 43,200 minutes
// (https://learn.microsoft.com/graph/api/resources/temporaryaccesspassauthenticationmethod).
func passSettings(args definition.Arguments, now time.Time) (graph.TemporaryAccessPassSettings, error) {
	lifetime, err := args.Number("lifetime_in_minutes")
	if err != nil {
		return graph.TemporaryAccessPassSettings{}, err
	}
	if lifetime < 10 || lifetime > 43200 {
		return graph.TemporaryAccessPassSettings{}, failure.Argument("lifetime_in_minutes", "lifetime_in_minutes is %d: a pass lives 10 to 43200 minutes (30 days).", lifetime)
	}
	start, err := parseStartTime("start_time", args.Text("start_time"), now)
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
func sealPass(pass rawjson.Object, password secret.Text, now time.Time) (xsoar.Entry, error) {
	text := pass.Text("temporaryAccessPass")
	if text == "" {
		return xsoar.Entry{}, &failure.Error{
			Kind:    failure.Refused,
			Message: fmt.Sprintf("Graph created the temporary access pass %s but did not tell the pass.", pass.Text("id")),
			Advice:  "Delete it with msgraph-user-tap-policy-delete and create another.",
		}
	}
	archive, err := winzip.Encrypt(passFile, []byte(text), password, now)
	if err != nil {
		return xsoar.Entry{}, err
	}
	return xsoar.Entry{
		Type:           xsoar.File,
		ContentsFormat: xsoar.FormatText,
		Contents:       "",
		File:           passArchive,
		FileData:       archive,
	}, nil
}

func deletePass(c *call) (plan, error) {
	user, id := c.args.Text("user_id"), c.args.Text("policy_id")
	return plan{graph.DeleteMethod(graph.TemporaryAccessPass, user, id), fmt.Sprintf("The temporary access pass %s of %s was deleted.", id, user)}, nil
}

// passMissing tells that the pass is not there, or nobody who could have it.
func passMissing(c *call, e *failure.Error) xsoar.Entry {
	if !c.args.Has("policy_id") {
		return objectMissing(c, e)
	}
	return said("%s has no temporary access pass with the id %s, or there is no such user. msgraph-user-tap-policy-list shows the id. %s",
		c.args.Text("user_id"), c.args.Text("policy_id"), e.Message)
}
