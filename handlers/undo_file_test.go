package handlers_test

import (
	"errors"
	"testing"

	"msgraph-user/emulator"
	"msgraph-user/graph"
	"msgraph-user/internal/containment"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/rawjson"
)

// A file is a text that somebody hands over: nothing that it calls a read changes
// anything, also in a dry run.
func TestAFileReadsAndChangesNothingElse(t *testing.T) {
	practise(t, func(p *practising) {
		id := p.id(sam)
		for _, read := range []containment.Request{
			{Method: "DELETE", URL: "/v1.0/users/" + id, Template: "/users/{user}"},
			{Method: "POST", URL: "/v1.0/users/" + id + "/revokeSignInSessions", Template: "/users/{user}/revokeSignInSessions"},
			{Method: "GET", URL: "/v1.0/users/" + p.id("mira.holt@larkspur.example"), Template: "/users/{user}"},
			{Method: "GET", URL: "/v1.0/users/" + id + "/messages", Template: "/users/{user}/messages"},
		} {
			off := containment.State{Shows: rawjson.Object{{Name: "accountEnabled", Value: []byte("false")}}}
			undo := containment.Request{Method: "PATCH", URL: "/v1.0/users/" + id, Template: "/users/{user}", Body: []byte(`{"accountEnabled":true}`)}
			file := recordHolding(t, containment.Change{User: sam, UserID: id, Step: "disable", What: "the account", Request: undo, Read: containment.Reading{Request: read}, Done: off, Undo: []containment.Request{undo}})
			before := len(p.changes())
			for _, dry := range []string{"true", "false"} {
				if _, readable, err := p.run("undo", "file", file, "dry_run", dry); err == nil && dry == "false" {
					t.Errorf("%s %s: %s", read.Method, read.URL, readable)
				}
			}
			p.nothingSent(read.Method+" "+read.URL, before)
		}
	})
}

// What a record sends is about the user of its change, however the record spells it: the
// guard rails looked at that user alone.
func TestAnUndoIsAboutTheUserOfItsChange(t *testing.T) {
	practise(t, func(p *practising) {
		id, other := p.id(sam), p.id(tomas)
		look, err := containment.RequestOf(graph.GetUser(id, "id,accountEnabled"))
		if err != nil {
			p.Fatal(err)
		}
		before := len(p.changes())
		for name, undo := range map[string]containment.Request{
			"another user":          {Method: "PATCH", Template: "/users/{user}", URL: "/v1.0/users/" + other, Body: []byte(`{"accountEnabled":false}`)},
			"another template":      {Method: "PATCH", Template: "/Users/{user}", URL: "/v1.0/users/" + other, Body: []byte(`{"accountEnabled":false}`)},
			"another spelling":      {Method: "PATCH", Template: "/users/{user}", URL: "/v1.0/Users/" + other, Body: []byte(`{"accountEnabled":false}`)},
			"an escaped letter":     {Method: "PATCH", Template: "/users/{user}", URL: "/v1.0/%75sers/" + other, Body: []byte(`{"accountEnabled":false}`)},
			"a way to another user": {Method: "PATCH", Template: "/devices/{device_id}", URL: "/v1.0/devices/x%2f..%2f..%2fusers%2f" + other, Body: []byte(`{"accountEnabled":false}`)},
			"a member twice":        {Method: "POST", Template: "/oauth2PermissionGrants", URL: "/v1.0/oauth2PermissionGrants", Body: []byte(`{"clientId":"c","consentType":"AllPrincipals","principalId":"` + id + `","resourceId":"r","scope":"s","consentType":"Principal"}`)},
			"nobody":                {Method: "POST", Template: "/identityProtection/riskyUsers/dismiss", URL: "/v1.0/identityProtection/riskyUsers/dismiss", Body: []byte(`{}`)},
		} {
			file := recordHolding(p.T, containment.Change{User: sam, UserID: id, Step: "disable", What: "the account", Undo: []containment.Request{undo}, Read: containment.Reading{Request: look},
				Done: containment.State{Shows: rawjson.Object{{Name: "accountEnabled", Value: []byte("true")}}}})
			if _, _, err := p.run("undo", "file", file, "force", "true"); err == nil {
				p.Errorf("%s: sent", name)
			}
			p.nothingSent(name, before)
		}
	})
}

// recordHolding is the finished record of a containment that made one change.
func recordHolding(t *testing.T, change containment.Change) string {
	t.Helper()
	w, err := containment.New(nil, containment.Run{RunID: "handed-over", Tenant: emulator.ReadyTenant, Command: "msgraph-user-contain", Users: []string{change.User}, Steps: []string{change.Step}})
	if err != nil {
		t.Fatal(err)
	}
	err = w.Add(containment.User{Given: change.User, ID: change.UserID})
	change, err2 := w.Change(change)
	err3 := w.Add(containment.Answer{Change: change.Number, Status: string(engine.Succeeded)})
	_, err4 := w.Finish(t.Context(), containment.Seal{})
	_, content, err5 := w.File()
	if err := errors.Join(err, err2, err3, err4, err5); err != nil {
		t.Fatal(err)
	}
	return string(content)
}
