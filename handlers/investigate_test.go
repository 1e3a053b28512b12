package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/graphtest"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

// counted counts the requests that reach a far side, each batch once.
type counted struct {
	http.RoundTripper
	requests atomic.Int32
}

func (c *counted) RoundTrip(r *http.Request) (*http.Response, error) {
	c.requests.Add(1)
	return c.RoundTripper.RoundTrip(r)
}

const (
	investigates = "msgraph-user-investigate"
	investigated = `{"id":"` + victimID + `","userPrincipalName":"` + victim + `","userType":"Member","usageLocation":"US"}`
	lookAt       = "GET /users/" + victim + "?$select=id,userPrincipalName,displayName,userType"
)

// empty answers each read of an investigation with nothing; what is given comes first.
func empty(first ...scripted) []scripted {
	rest := []scripted{ok(lookAt, investigated), says("GET /identityProtection/riskyUsers/", 404, "Request_ResourceNotFound", "Resource not found.")}
	for _, path := range []string{"/auditLogs/", "/users/" + victimID, "/roleManagement/", "/identityProtection/riskDetections"} {
		rest = append(rest, ok("GET "+path, page()))
	}
	return append(first, rest...)
}

// investigation runs the command against scripted answers, in virtual time.
func investigation(t *testing.T, args map[string]any, answers []scripted) (entries []xsoar.Entry, requests int, far *describedGraph, err error) {
	t.Helper()
	far = &describedGraph{t: t, command: investigates, answers: answers}
	side := &counted{RoundTripper: far}
	given := map[string]any{"user": victim}
	for name, value := range args {
		given[name] = value
	}
	entries, _, err = callMany(t, t.Context(), side, engine.Call{Command: investigates, Args: given})
	return entries, int(side.requests.Load()), far, err
}

// investigationContext is what the command tells a playbook of its user.
func investigationContext(t *testing.T, entries []xsoar.Entry) rawjson.Object {
	t.Helper()
	if len(entries) != 2 || entries[1].Type != xsoar.File {
		t.Fatalf("%d entries", len(entries))
	}
	object, is := entries[0].EntryContext["MSGraphUser.Investigation(val.User && val.User == obj.User)"].(rawjson.Object)
	if !is {
		t.Fatalf("no context: %v", entries[0].EntryContext)
	}
	return object
}

// All that there is about a user takes a look and two batches; what the first batch
// points to, a third.
func TestAnInvestigationIsAFewBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		entries, requests, far, err := investigation(t, nil, empty(
			ok("GET /users/"+victimID+"/transitiveMemberOf", page(`{"id":"`+admins+`","displayName":"Admins","isAssignableToRole":true}`)),
			ok("GET /users/"+victimID+"/oauth2PermissionGrants", page(consent)),
			ok("GET /servicePrincipals/c-1", `{"id":"c-1","displayName":"Free PDF"}`),
			ok("GET /roleManagement/directory/roleAssignments?$filter=principalId eq '"+admins, page(`{"id":"ra-2","roleDefinitionId":"rd-2"}`)),
		))
		if err != nil {
			t.Fatal(err)
		}
		if requests > 5 || len(far.sent) != 1+16+4 {
			t.Errorf("%d requests with %d reads: %q", requests, len(far.sent), far.sent)
		}
		if changes := far.changes(); len(changes) > 0 {
			t.Errorf("changed: %q", changes)
		}
		object := investigationContext(t, entries)
		if string(object.Get("Complete")) != "true" || string(object.Get("Suspicious")) != "0" || !strings.Contains(string(object.Get("Findings")), "holds-role") {
			t.Errorf("%s", mustJSON(t, object))
		}
	})
}

func mustJSON(t *testing.T, value any) string {
	t.Helper()
	encoded, err := rawjson.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

// What cannot be read is a line of the answer that says what is missing.
func TestAnInvestigationNamesWhatItLacks(t *testing.T) {
	forbidden := func(on string) scripted {
		return says(on, 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
	}
	for _, c := range []struct {
		name    string
		args    map[string]any
		answers []scripted
		params  map[string]any
		gaps    []string
	}{
		{name: "audits forbidden", answers: empty(forbidden("GET /auditLogs/directoryAudits")), gaps: []string{"Audits: ", "AuditLog.Read.All"}},
		{name: "methods forbidden", answers: empty(forbidden("GET /users/" + victimID + "/authentication/methods")), gaps: []string{"Authentication methods: ", "UserAuthenticationMethod.Read.All"}},
		{name: "no mailbox", answers: empty(says("GET /users/"+victimID+"/mailFolders", 404, "MailboxNotEnabledForRESTAPI", "The mailbox is either inactive, soft-deleted, or is hosted on-premise.")), gaps: []string{"Inbox rules: ", "no mailbox in Exchange Online"}},
		{name: "no licence for sign-ins", answers: empty(says("GET /auditLogs/signIns", 403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "Neither tenant is B2C or tenant doesn't have premium license")),
			gaps: []string{"Sign-ins: ", "P1 or P2"}},
		{name: "a while ago, in a tenant that keeps its logs for a week", args: map[string]any{"since": "8 days"}, gaps: []string{"Audits: ", "for 7 days"},
			answers: empty(says("GET /auditLogs/signIns", 403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "Neither tenant is B2C or tenant doesn't have premium license"))},
		{name: "longer ago than any log is kept", args: map[string]any{"since": "40 days"}, answers: empty(), gaps: []string{"Audits: ", "Sign-ins: ", "30 days"}},
		{name: "a service that is down", answers: empty(says("GET /identityProtection/riskDetections", 501, "UnknownError", "not now")), gaps: []string{"Risk detections: ", "not now"}},
		{name: "a guest", answers: append([]scripted{ok(lookAt, strings.Replace(investigated, `"`+victim+`"`, `"adele_contoso.example#EXT#@fabrikam.example"`, 1))}, empty()...), gaps: []string{"Risk: ", "home tenant"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				entries, _, _, err := investigation(t, c.args, c.answers)
				if err != nil {
					t.Fatal(err)
				}
				object := investigationContext(t, entries)
				gaps := strings.Join(rawjson.Texts(object.Get("Gaps")), "\n")
				for _, want := range c.gaps {
					if !strings.Contains(gaps, want) || !strings.Contains(entries[0].HumanReadable, want) || !strings.Contains(string(entries[1].FileData), want) {
						t.Errorf("%q is not told everywhere: %s", want, gaps)
					}
				}
				if string(object.Get("Complete")) != "false" {
					t.Error("the evidence is called complete")
				}
			})
		})
	}
}

// Where nothing can be read, or the user is unknown, or the call ends, the answer is an
// error and no page.
func TestAnInvestigationOfNothingFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := []scripted{ok(lookAt, investigated), says("GET /", 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")}
		_, _, _, err := investigation(t, nil, all)
		if e, is := errors.AsType[*failure.Error](err); !is || e.Status != http.StatusForbidden || !strings.Contains(e.Error(), "AuditLog.Read.All") {
			t.Errorf("all forbidden: %v", err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond) // the second risk request waits for a second
		defer cancel()
		far := &describedGraph{t: t, command: investigates, answers: empty()}
		_, _, err := callMany(t, ctx, far, engine.Call{Command: investigates, Args: map[string]any{"user": victim}})
		if err == nil {
			t.Error("a call that was cut short answers as if all was read")
		}
	})
}

// Twenty users are read together, at the pace that the logs allow, and each has an entry
// and a page of its own.
func TestAnInvestigationOfTwenty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := &batchSide{item: func(r graphtest.BatchItem) (int, map[string]string, string) {
			name, _, looks := strings.Cut(strings.TrimPrefix(r.URL, "/users/"), "?$select=id,userPrincipalName")
			switch {
			case looks && strings.HasPrefix(name, "u7@"):
				return 404, nil, `{"error":{"code":"Request_ResourceNotFound","message":"Resource 'u7@contoso.example' does not exist or one of its queried reference-property objects are not present."}}`
			case looks:
				return 200, nil, fmt.Sprintf(`{"id":"id-%s","userPrincipalName":%q}`, name, name)
			case strings.HasPrefix(r.URL, "/identityProtection/riskyUsers"):
				return 200, nil, `{"id":"r","riskState":"none"}`
			}
			return 200, nil, `{"value":[]}`
		}}
		entries, took, err := callMany(t, t.Context(), far, engine.Call{Command: investigates, Args: map[string]any{"user": users(20)}})
		if counts := statuses(t, entries, err); counts[engine.Succeeded] != 19 || counts[engine.NotFound] != 1 {
			t.Fatalf("%v, %v", counts, err)
		}
		if reads := 20 + 19*16; len(far.carried)+far.unharmed != reads || far.batches > 60 {
			t.Errorf("%d batches with %d reads, want %d reads", far.batches, len(far.carried)+far.unharmed, reads)
		}
		if took > 3*time.Minute {
			t.Errorf("took %v", took)
		}
		var files []string
		contexts := 0
		for _, entry := range entries {
			if entry.Type == xsoar.File {
				files = append(files, entry.File)
			}
			if entry.EntryContext["MSGraphUser.Investigation(val.User && val.User == obj.User)"] != nil {
				contexts++
			}
		}
		slices.Sort(files)
		if len(slices.Compact(files)) != 19 || contexts != 19 {
			t.Errorf("%d pages, %d contexts", len(files), contexts)
		}
	})
}
