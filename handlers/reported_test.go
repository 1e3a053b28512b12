package handlers_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
)

// refusal is Graph's answer to any request.
func refusal(method, path string, status int, code, message string) exchange {
	body, err := json.Marshal(map[string]any{"error": map[string]any{"code": code, "message": message}})
	if err != nil {
		panic(err) // two strings can always be written
	}
	return exchange{On: method + " https://graph.microsoft.com/v1.0" + path, Status: status, JSON: body, Repeat: true}
}

const (
	denied     = "Insufficient privileges to complete the operation."
	syncedText = "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration."
)

// What users report most, and what the answer has to tell them.
func TestWhatHelps(t *testing.T) {
	const user = "adele@contoso.example"
	for _, c := range []struct {
		name, command string
		args          map[string]any
		answer        exchange
		says          []string
		saysNot       string
	}{
		{"an administrator is the target", "msgraph-user-account-disable", map[string]any{"user": user},
			refusal("PATCH", "/users/"+user, 403, "Authorization_RequestDenied", denied),
			[]string{"administrator role", "Privileged Authentication Administrator", "User.EnableDisableAccount.All", "User.Read.All"}, "Directory.ReadWrite.All"},
		{"revoking needs its own permission", "msgraph-user-session-revoke", map[string]any{"user": user},
			refusal("POST", "/users/"+user+"/revokeSignInSessions", 403, "Authorization_RequestDenied", denied),
			[]string{"User.RevokeSessions.All"}, "Directory.ReadWrite.All"},
		{"an application cannot reset a password", "msgraph-user-change-password-on-premise", map[string]any{"user": user, "password": "N3w-Passw0rd!"},
			refusal("GET", "/users/"+user+"/authentication/passwordMethods", 403, "accessDenied", "Request Authorization failed"),
			[]string{"self-deployed app with an authorization code"}, "N3w-Passw0rd!"},
		{"the password of a user without the permission", "msgraph-user-change-password", map[string]any{"user": user, "password": "N3w-Passw0rd!"},
			refusal("PATCH", "/users/"+user, 403, "Authorization_RequestDenied", denied),
			[]string{"User-PasswordProfile.ReadWrite.All"}, "N3w-Passw0rd!"},
		{"the password of a federated user", "msgraph-user-change-password", map[string]any{"user": user, "password": "N3w-Passw0rd!"},
			refusal("PATCH", "/users/"+user, 400, "Request_BadRequest", "The password of a federated user cannot be changed."),
			[]string{"another identity provider"}, "N3w-Passw0rd!"},
		{"a synced user", "msgraph-user-update", map[string]any{"user": user, "updated_fields": "jobTitle=Analyst,city=Haifa"},
			refusal("PATCH", "/users/"+user, 400, "Request_BadRequest", syncedText),
			[]string{"jobTitle, city", "Active Directory"}, ""},
		{"signInActivity", "msgraph-user-get", map[string]any{"user": user, "properties": "displayName,signInActivity"},
			refusal("GET", "/users/"+user, 403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "Neither tenant is B2C or tenant doesn't have premium license"),
			[]string{"AuditLog.Read.All", "P1 or P2"}, ""},
		{"a filter that Graph cannot evaluate", "msgraph-user-list", map[string]any{"filter": "endsWith(displayName,'x')"},
			refusal("GET", "/users", 400, "Request_UnsupportedQuery", "Unsupported or invalid query filter clause specified for property 'displayName' of resource 'User'."),
			[]string{"aad-advanced-queries"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := ask(t, &farSide{exchanges: []exchange{c.answer}}, c.command, c.args, instanceParams())
			var e *failure.Error
			if !errors.As(err, &e) || e.Kind != failure.Refused {
				t.Fatalf("got %v", err)
			}
			for _, part := range c.says {
				if !strings.Contains(e.Error(), part) {
					t.Errorf("%q does not say %q", e.Error(), part)
				}
			}
			if c.saysNot != "" && strings.Contains(e.Error(), c.saysNot) {
				t.Errorf("%q says %q", e.Error(), c.saysNot)
			}
		})
	}
}

// What the answer to a success has to tell.
func TestWhatASuccessDoesNotMean(t *testing.T) {
	const guest = "ann_fabrikam.example#EXT#@contoso.example"
	revoked := exchange{On: "POST https://graph.microsoft.com/v1.0/users/*", Status: 200, JSON: []byte(`{"value":true}`)}
	disabled := exchange{On: "PATCH https://graph.microsoft.com/v1.0/users/*", Status: 204}
	for _, c := range []struct {
		name, command, user string
		answer              exchange
		says                string
	}{
		{"a guest's sessions belong to the home tenant", "msgraph-user-session-revoke", guest, revoked, "home tenant"},
		{"a token that is out works until it ends", "msgraph-user-session-revoke", "adele@contoso.example", revoked, "until it ends"},
		{"disabling ends no session", "msgraph-user-account-disable", "adele@contoso.example", disabled, "msgraph-user-session-revoke"},
	} {
		t.Run(c.name, func(t *testing.T) {
			far := &farSide{exchanges: []exchange{c.answer}}
			var advice []string
			entries, err := run(t, far, nil, engine.Call{Command: c.command, Args: map[string]any{"user": c.user}, Params: instanceParams(),
				Advise: func(text string) { advice = append(advice, text) }})
			if err != nil || len(entries) != 1 || !strings.Contains(strings.Join(advice, "\n"), c.says) {
				t.Errorf("got %+v and the advice %q (%v)", entries, advice, err)
			}
			if path := far.seen()[0]["path"].(string); segments(path)[3] != c.user {
				t.Errorf("asked for %s, which is not one segment with %s", path, c.user)
			}
		})
	}
}

// A user who was just created may not be seen yet: the program looks again for a
// short while, and falls back on what the create itself answered.
func TestReadAfterCreate(t *testing.T) {
	args := map[string]any{"display_name": "New Hire", "mail_nickname": "newhire", "password": "S3cret-Pa55", "user_principal_name": "newhire@contoso.example"}
	created := exchange{On: "POST https://graph.microsoft.com/v1.0/users", Status: 201, JSON: []byte(`{"id":"u-1","displayName":"New Hire","from":"create"}`)}
	unseen := refusal("GET", "/users/newhire@contoso.example", 404, "Request_ResourceNotFound", "Resource 'newhire@contoso.example' does not exist")
	for _, c := range []struct {
		unseenFor int
		from      string
	}{{0, "read"}, {2, "read"}, {99, "create"}} {
		t.Run(fmt.Sprint(c.unseenFor), func(t *testing.T) {
			far := &farSide{exchanges: []exchange{created}}
			for range min(c.unseenFor, 9) {
				once := unseen
				once.Repeat = c.unseenFor > 9
				far.exchanges = append(far.exchanges, once)
			}
			far.exchanges = append(far.exchanges, exchange{On: unseen.On, Status: 200, JSON: []byte(`{"id":"u-1","displayName":"New Hire","from":"read"}`)})
			entries, waits, err := ask(t, far, "msgraph-user-create", args, instanceParams())
			if err != nil {
				t.Fatal(err)
			}
			shown, _ := json.Marshal(entries[0].Contents)
			if !strings.Contains(string(shown), `"from":"`+c.from+`"`) {
				t.Errorf("shows %s", shown)
			}
			if c.unseenFor < 9 && len(waits) != c.unseenFor {
				t.Errorf("waited %v", waits)
			}
			var total time.Duration
			for _, d := range waits {
				total += d
			}
			if total > 10*time.Second {
				t.Errorf("waited %v in all", total)
			}
		})
	}
}

func TestOneUserAsAList(t *testing.T) {
	found := exchange{On: "GET https://graph.microsoft.com/v1.0/users/*", Status: 200, JSON: []byte(`{"id":"u-1"}`), Repeat: true}
	for _, user := range []any{`["adele@contoso.example"]`, []any{"adele@contoso.example"}, "adele@contoso.example"} {
		far := &farSide{exchanges: []exchange{found}}
		if _, _, err := ask(t, far, "msgraph-user-get", map[string]any{"user": user}, instanceParams()); err != nil {
			t.Errorf("%v: %v", user, err)
			continue
		}
		if path := far.seen()[0]["path"].(string); segments(path)[3] != "adele@contoso.example" {
			t.Errorf("%v asked for %s", user, path)
		}
	}
	for _, user := range []any{".", "..", []any{}, "a@b,.."} {
		far := &farSide{}
		_, _, err := ask(t, far, "msgraph-user-get", map[string]any{"user": user}, instanceParams())
		var e *failure.Error
		if !errors.As(err, &e) || e.Kind != failure.BadArgument || e.Argument != "user" || len(far.seen()) > 0 {
			t.Errorf("%v: %v, asked %v", user, err, far.seen())
		}
	}
}

func TestGuardRails(t *testing.T) {
	const listed, id = "breakglass1@contoso.example", "27a12e20-fae6-4af6-b890-179ab9e301a3"
	names := exchange{On: "GET https://graph.microsoft.com/v1.0/users/*", Status: 200, Repeat: true,
		JSON: []byte(`{"id":"` + id + `","userPrincipalName":"` + listed + `","proxyAddresses":["SMTP:bg@contoso.example"]}`)}
	patched := exchange{On: "PATCH https://graph.microsoft.com/v1.0/users/*", Status: 204}
	for _, c := range []struct {
		name      string
		protected string
		user      string
		refused   bool
	}{
		{"by its name", listed, listed, true},
		{"in other letter case", listed, "BreakGlass1@Contoso.Example", true},
		{"by its id", listed, id, true},
		{"listed by its id", id, listed, true},
		{"listed by an alias", "bg@contoso.example", listed, true},
		{"among others, with blank lines", "other@contoso.example\n\n " + listed + " \n", listed, true},
		{"somebody else", "other@contoso.example", listed, false},
		{"nobody is protected", "", listed, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			params := instanceParams()
			params["protected_users"] = c.protected
			far := &farSide{exchanges: []exchange{names, patched}}
			_, _, err := ask(t, far, "msgraph-user-account-disable", map[string]any{"user": c.user}, params)
			if !c.refused {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var e *failure.Error
			if !errors.As(err, &e) || e.Parameter != "protected_users" {
				t.Errorf("got %v", err)
			}
			for _, r := range far.seen() {
				if r["method"] != http.MethodGet {
					t.Errorf("sent %v", r)
				}
			}
		})
	}
}

func TestReadOnlyInstance(t *testing.T) {
	params := instanceParams()
	params["read_only"] = true
	far := &farSide{exchanges: []exchange{{On: "GET https://graph.microsoft.com/v1.0/users/*", Status: 200, JSON: []byte(`{"id":"u-1"}`)}}}
	if _, _, err := ask(t, far, "msgraph-user-get", map[string]any{"user": "a@b"}, params); err != nil {
		t.Errorf("reading: %v", err)
	}
	asked := len(far.seen())
	for _, command := range []string{"msgraph-user-delete", "msgraph-user-session-revoke", "msgraph-user-force-reset-password"} {
		_, _, err := ask(t, far, command, map[string]any{"user": "a@b"}, params)
		var e *failure.Error
		if !errors.As(err, &e) || e.Parameter != "read_only" {
			t.Errorf("%s: %v", command, err)
		}
	}
	if len(far.seen()) != asked {
		t.Errorf("a change was sent: %v", far.seen()[asked:])
	}
}

// To start a reset on premises is a change, to look how it went is none.
func TestReadOnlyInstanceLooksAtAReset(t *testing.T) {
	params := instanceParams()
	params["read_only"] = true
	far := &farSide{exchanges: []exchange{answered("GET /users/u/authentication/operations/op-1", `{"status":"succeeded"}`)}}
	const link = "https://graph.microsoft.com/v1.0/users/u/authentication/operations/op-1"
	if _, _, err := ask(t, far, "msgraph-user-change-password-on-premise", map[string]any{"user": "u", "polling_url": link}, params); err != nil {
		t.Error(err)
	}
	_, _, err := ask(t, far, "msgraph-user-change-password-on-premise", map[string]any{"user": "u", "password": "S3cret-Pa55"}, params)
	if e := (*failure.Error)(nil); !errors.As(err, &e) || e.Parameter != "read_only" || len(far.seen()) != 1 {
		t.Errorf("%v, sent %v", err, far.seen())
	}
}
