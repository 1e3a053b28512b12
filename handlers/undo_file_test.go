package handlers_test

import (
	"testing"

	"msgraph-user/internal/containment"
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
			w, err := containment.New(nil, containment.Run{RunID: "3f0f9a52-7f4b-4c0e-9a55-0d3c1d0f8a11", Tenant: "22222222-2222-2222-2222-222222222222", Command: "msgraph-user-contain", Users: []string{sam}, Steps: []string{"disable"}})
			if err != nil {
				t.Fatal(err)
			}
			off := containment.State{Shows: rawjson.Object{{Name: "accountEnabled", Value: []byte("false")}}}
			undo := containment.Request{Method: "PATCH", URL: "/v1.0/users/" + id, Template: "/users/{user}", Body: []byte(`{"accountEnabled":true}`)}
			change := containment.Change{User: sam, UserID: id, Step: "disable", What: "the account", Request: undo, Read: containment.Reading{Request: read}, Done: off, Undo: []containment.Request{undo}}
			err = w.Add(containment.User{Given: sam, ID: id})
			if change, err2 := w.Change(change); err != nil || err2 != nil || w.Add(containment.Answer{Change: change.Number, Status: "succeeded"}) != nil {
				t.Fatal(err, err2)
			}
			if _, err := w.Finish(p.Context(), containment.Seal{}); err != nil {
				t.Fatal(err)
			}
			before := len(p.changes())
			for _, dry := range []string{"true", "false"} {
				if _, readable, err := p.run("undo", "file", string(w.Content()), "dry_run", dry); err == nil && dry == "false" {
					t.Errorf("%s %s: %s", read.Method, read.URL, readable)
				}
			}
			p.nothingSent(read.Method+" "+read.URL, before)
		}
	})
}
