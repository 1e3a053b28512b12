package handlers_test

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/xsoar"
)

// answered is a scripted answer of Graph with a JSON body.
func answered(on, body string) exchange {
	method, path, _ := strings.Cut(on, " ")
	return exchange{On: method + " https://graph.microsoft.com/v1.0" + path, Status: http.StatusOK, JSON: []byte(body), Repeat: true}
}

// The list of keys comes whole and takes no $top; limit cuts it all the same. The
// list of Authenticator apps is paged by Graph.
func TestLimitOfMethods(t *testing.T) {
	keys := answered("GET /users/u/authentication/fido2Methods", `{"value":[{"id":"1"},{"id":"2"},{"id":"3"}]}`)
	apps := answered("GET /users/u/authentication/microsoftAuthenticatorMethods", `{"value":[{"id":"1"},{"id":"2"}]}`)
	for _, c := range []struct {
		command, limit string
		top            any
		shown          int
	}{
		{"msgraph-user-fido2-method-list", "2", nil, 2},
		{"msgraph-user-fido2-method-list", "9", nil, 3},
		{"msgraph-user-authenticator-method-list", "2", "2", 2},
	} {
		far := &farSide{exchanges: []exchange{keys, apps}}
		entries, _, err := ask(t, far, c.command, map[string]any{"user": "u", "limit": c.limit}, instanceParams())
		if err != nil {
			t.Fatal(err)
		}
		if query := far.seen()[0]["query"].(map[string]any); query["$top"] != c.top {
			t.Errorf("%s limit=%s asked for %v", c.command, c.limit, query)
		}
		if shown := len(entries[0].Contents.([]json.RawMessage)); shown != c.shown {
			t.Errorf("%s limit=%s shows %d", c.command, c.limit, shown)
		}
	}
}

// Numbers have bounds, which are allowed themselves. Nothing is sent beyond them.
func TestNumbersHaveBounds(t *testing.T) {
	page := map[string]any{"user": "u"}
	pass := map[string]any{"user_id": "u", "zip_password": "practice-zip-password"}
	reset := map[string]any{"user": "u", "password": "S3cret-Pa55"}
	push := map[string]any{"user_mail": "u@contoso.example", "access_token": "t-1234567890"}
	for _, c := range []struct {
		command string
		args    map[string]any
		name    string
		good    []string
		bad     []string
	}{
		{"msgraph-user-authenticator-method-list", page, "limit", []string{"1", "999"}, []string{"0", "1000", "-1"}},
		{"msgraph-user-tap-policy-create", pass, "lifetime_in_minutes", []string{"10", "43200"}, []string{"9", "43201"}},
		{"msgraph-user-change-password-on-premise", reset, "timeout_in_seconds", []string{"1"}, []string{"0", "-5"}},
		{"msgraph-user-request-mfa", push, "timeout", []string{"1"}, []string{"0"}},
	} {
		for _, value := range append(c.bad, c.good...) {
			args := maps.Clone(c.args)
			args[c.name] = value
			far := &farSide{}
			_, _, err := ask(t, far, c.command, args, instanceParams())
			var e *failure.Error
			refused := errors.As(err, &e) && e.Kind == failure.BadArgument && e.Argument == c.name
			if want := slices.Contains(c.bad, value); refused != want || (len(far.seen()) == 0) != want {
				t.Errorf("%s %s=%s: %v, %d requests", c.command, c.name, value, err, len(far.seen()))
			}
		}
	}
}

// A 404 of an assignment may be about either of the two; the answer names both.
func TestMissingManagerIsNamed(t *testing.T) {
	missing := refusal("PUT", "/users/u/manager/$ref", 404, "Request_ResourceNotFound", "Resource 'm' does not exist")
	entries, _, err := ask(t, &farSide{exchanges: []exchange{missing}}, "msgraph-user-assign-manager", map[string]any{"user": "u", "manager": "m"}, instanceParams())
	if err != nil {
		t.Fatal(err)
	}
	if text := entries[0].Contents.(string); !strings.Contains(text, "user u") || !strings.Contains(text, "manager m") {
		t.Error(text)
	}
}

// The table of a temporary access pass has all its columns, those without a value
// too, and the pass in none of them.
func TestPassTableIsWhole(t *testing.T) {
	far := &farSide{exchanges: []exchange{answered("GET /users/u/authentication/temporaryAccessPassMethods",
		`{"value":[{"id":"t-1","temporaryAccessPass":"SHOWN","startDateTime":null,"lifetimeInMinutes":60,"isUsableOnce":false,"isUsable":false,"methodUsabilityReason":""}]}`)}}
	entries, _, err := ask(t, far, "msgraph-user-tap-policy-list", map[string]any{"user_id": "u"}, instanceParams())
	if err != nil {
		t.Fatal(err)
	}
	const heading = "| Policy ID | Start Date Time | Lifetime In Minutes | Is Usable Once | Is Usable | Method Usability Reason |"
	if !strings.Contains(entries[0].HumanReadable, heading) || strings.Contains(entries[0].HumanReadable, "SHOWN") {
		t.Errorf("got %s", entries[0].HumanReadable)
	}
}

// other_properties have the last word, the name that the new user is looked up by
// included.
func TestOtherPropertiesHaveTheLastWord(t *testing.T) {
	user := `{"id":"u-1","userPrincipalName":"other@contoso.example"}`
	far := &farSide{exchanges: []exchange{answered("POST /users", user), answered("GET /users/other@contoso.example", user)}}
	_, _, err := ask(t, far, "msgraph-user-create", map[string]any{
		"display_name": "A", "mail_nickname": "a", "password": "S3cret-Pa55", "user_principal_name": "a@contoso.example",
		"other_properties": "displayName=B,userPrincipalName=other@contoso.example",
	}, instanceParams())
	if err != nil {
		t.Fatal(err)
	}
	body := far.seen()[0]["json"].(map[string]any)
	if body["displayName"] != "B" || body["userPrincipalName"] != "other@contoso.example" || body["mailNickname"] != "a" {
		t.Errorf("sent %v", body)
	}
}

// Only the bad request that is about the name is an answer; one about a property
// is an error, whatever characters the name has.
func TestBadRequestAboutAPropertyIsAnError(t *testing.T) {
	for message, isError := range map[string]bool{
		"Bad request. Please fix the request before retrying.":                   false,
		"Could not find a property named 'nope' on type 'microsoft.graph.user'.": true,
	} {
		far := &farSide{exchanges: []exchange{refusal("GET", "/users/a+b", 400, "Request_BadRequest", message)}}
		_, _, err := ask(t, far, "msgraph-user-get", map[string]any{"user": "a+b", "properties": "nope"}, instanceParams())
		if (err != nil) != isError {
			t.Errorf("%s: %v", message, err)
		}
	}
}

// A reset that ended without effect is an error that says why, and one that gives
// no link to follow is not taken for done.
func TestResetsThatCannotBeTakenForDone(t *testing.T) {
	const link = "https://graph.microsoft.com/v1.0/users/u/authentication/operations/op-1"
	poll := func(operation string) (*farSide, map[string]any) {
		return &farSide{exchanges: []exchange{answered("GET /users/u/authentication/operations/op-1", operation)}},
			map[string]any{"user": "u", "polling_url": link}
	}
	begin := &farSide{exchanges: []exchange{
		answered("GET /users/u/authentication/passwordMethods", `{"value":[{"id":"28c"}]}`),
		{On: "POST https://graph.microsoft.com/v1.0/users/u/authentication/methods/28c/resetPassword", Status: http.StatusAccepted},
	}}
	for _, c := range []struct {
		name string
		far  *farSide
		args map[string]any
		says []string
	}{
		{name: "failed", says: []string{"failed", "violates the policy of the tenant"}},
		{name: "canceled", says: []string{"failed", "canceled", "by somebody"}},
		{name: "skipped", says: []string{"failed", "skipped", "by somebody"}},
		{"no link", begin, map[string]any{"user": "u", "password": "S3cret-Pa55"}, []string{"no link", "lastPasswordChangeDateTime"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.far == nil {
				c.far, c.args = poll(`{"status":"` + c.name + `","statusDetail":"by somebody"}`)
			}
			entries, _, err := ask(t, c.far, "msgraph-user-change-password-on-premise", c.args, instanceParams())
			var e *failure.Error
			if !errors.As(err, &e) || e.Kind != failure.Refused {
				t.Fatalf("got %v, %v", summary(entries), err)
			}
			for _, part := range c.says {
				if !strings.Contains(e.Error(), part) {
					t.Errorf("%q does not say %q", e.Error(), part)
				}
			}
		})
	}
}

// summary is what a person reads of entries.
func summary(entries []xsoar.Entry) string {
	var b strings.Builder
	for _, entry := range entries {
		b.WriteString(entry.HumanReadable)
	}
	return b.String()
}
