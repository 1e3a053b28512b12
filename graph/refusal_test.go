package graph_test

import (
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
)

// TestRefusals says what is read from Graph's errors, in all the shapes that
// they come in.
func TestRefusals(t *testing.T) {
	tests := []struct {
		name        string
		status      int
		body        string
		headers     []string
		code        string
		requestID   string
		date        string
		mentions    []string
		notMentions []string
	}{
		{name: "Graph's own", status: 404,
			body: `{"error":{"code":"Request_ResourceNotFound","message":"Resource 'x' does not exist.","innerError":{"date":"2026-01-02T03:04:05","request-id":"r-1","client-request-id":"c-1"}}}`,
			code: "Request_ResourceNotFound", requestID: "r-1", date: "2026-01-02T03:04:05", mentions: []string{"404", "Request_ResourceNotFound", "Resource 'x' does not exist."}},
		{name: "request-id from the header first", status: 400, body: `{"error":{"code":"A","message":"B","innerError":{"request-id":"r-inner"}}}`,
			headers: []string{"request-id", "r-header"}, code: "A", requestID: "r-header", mentions: []string{"400", "A", "B."}},
		{name: "innererror in lower case", status: 400, body: `{"error":{"code":"A","message":"B","innererror":{"date":"d","request-id":"r"}}}`,
			code: "A", requestID: "r", date: "d", mentions: []string{"B"}},
		{name: "OData's wrapped message", status: 400, body: `{"error":{"code":"A","message":{"lang":"en","value":"Wrapped."}}}`, code: "A", mentions: []string{"Wrapped."}},
		{name: "OAuth's shape", status: 401, body: `{"error":"invalid_token","error_description":"It has ended."}`, code: "invalid_token", mentions: []string{"invalid_token", "It has ended."}},
		{name: "a gateway's message", status: 500, body: `{"message":"no route"}`, mentions: []string{"500", "no route"}},
		{name: "text", status: 500, body: "upstream fell over", headers: []string{"Content-Type", "text/plain"}, mentions: []string{"500", "Internal Server Error", "upstream fell over"}},
		{name: "a web page", status: 500, body: "<html>Bad gateway of Adele</html>", headers: []string{"Content-Type", "text/html"}, mentions: []string{"500", "web page"}, notMentions: []string{"Adele"}},
		{name: "nothing", status: 403, body: "", mentions: []string{"403 Forbidden"}},
		{name: "a list", status: 400, body: `[1]`, mentions: []string{"400", "[1]"}},
		{name: "error null", status: 400, body: `{"error":null}`, mentions: []string{"400 Bad Request"}},
		{name: "numbers where text belongs", status: 400, body: `{"error":{"code":7,"message":8,"innerError":9}}`, mentions: []string{"400 Bad Request"}},
		{name: "a secret of the instance", status: 400, body: `{"error":{"code":"A","message":"The key instance-secret is wrong."}}`, code: "A", mentions: []string{"The key *** is wrong."}, notMentions: []string{"instance-secret"}},
		{name: "an unknown status", status: 599, body: "", mentions: []string{"599"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			far := newFarSide(t)
			far.answer(test.status, test.body, test.headers...)
			if test.status == http.StatusUnauthorized {
				far.answer(test.status, test.body, test.headers...)
			}
			_, err := far.client.Do(t.Context(), graph.GetUser(adele, ""))
			e := wantFailure(t, err, failure.Refused)
			if e.Status != test.status || e.Code != test.code || e.RequestID != test.requestID || e.Date != test.date {
				t.Errorf("status %d, code %q, request id %q, date %q", e.Status, e.Code, e.RequestID, e.Date)
			}
			if e.ClientRequestID != far.sent()[0].Header.Get("client-request-id") {
				t.Errorf("client-request-id %q is not that of the request", e.ClientRequestID)
			}
			for _, text := range test.mentions {
				if !strings.Contains(e.Error(), text) {
					t.Errorf("%q does not mention %q", e, text)
				}
			}
			for _, text := range test.notMentions {
				if strings.Contains(e.Error(), text) {
					t.Errorf("%q mentions %q", e, text)
				}
			}
			if strings.Contains(string(e.Body), "instance-secret") {
				t.Errorf("the body holds a secret: %s", e.Body)
			}
		})
	}
}

func TestRefusalKeepsTheBodyWithinBounds(t *testing.T) {
	for _, letter := range []string{"x", "ü", "漢", "🙂"} {
		far := newFarSide(t)
		far.answer(http.StatusBadRequest, `{"error":{"code":"A","message":"`+strings.Repeat(letter, 100_000)+`"}}`)
		_, err := far.client.Do(t.Context(), graph.GetUser(adele, ""))
		e := wantFailure(t, err, failure.Refused)
		if len(e.Body) > 65<<10 || len(e.Message) > 3000 || !utf8.ValidString(e.Message) || !utf8.Valid(e.Body) {
			t.Errorf("%s: body of %d bytes, message of %d, valid text %t", letter, len(e.Body), len(e.Message), utf8.ValidString(e.Message))
		}
	}
}

func TestAnswersThatAreNoJSONObject(t *testing.T) {
	for name, body := range map[string]string{"a page": "<html>sign in to the Wi-Fi</html>", "a list": "[]", "text": "hello", "more than one": "{}{}"} {
		t.Run(name, func(t *testing.T) {
			far := newFarSide(t)
			far.answer(http.StatusOK, body, "Content-Type", "text/html")
			_, err := far.client.Do(t.Context(), graph.GetUser(adele, ""))
			e := wantFailure(t, err, failure.Refused)
			if e.Status != 200 || !strings.Contains(e.Message, "text/html") || e.Advice == "" {
				t.Errorf("%+v", e)
			}
			far.only()
		})
	}
}

// TestForbiddenNamesThePermission holds the advice to the least that would do.
func TestForbiddenNamesThePermission(t *testing.T) {
	yes := true
	tests := []struct {
		name    string
		request graph.Request
		want    string
	}{
		{"revoke", graph.RevokeSignInSessions(adele), "It needs the permission User.RevokeSessions.All."},
		{"disable", graph.SetAccountEnabled(adele, false), "It needs the permission User.EnableDisableAccount.All and User.Read.All."},
		{"password", graph.SetPasswordProfile(adele, graph.PasswordProfile{ForceChangePasswordNextSignIn: &yes}), "It needs the permission User-PasswordProfile.ReadWrite.All."},
		{"identities", graph.UpdateUser(adele, map[string]any{"identities": []any{}}), "It needs the permission User.ManageIdentities.All."},
		{"other properties", graph.UpdateUser(adele, map[string]any{"city": "Haifa"}), "User.ReadWrite.All"},
		{"reset", graph.ResetPassword(adele, "m", "p"), "Only a signed-in person can do this, with the delegated permission UserAuthenticationMethod.ReadWrite.All."},
		{"preferences", graph.GetSignInPreferences(adele), "UserAuthenticationMethod.Read.All"},
		{"direct reports", graph.ListDirectReports(adele), "User.Read.All"},
		{"email methods", graph.ListMethods(graph.Email, adele, ""), "UserAuthMethod-Email.Read.All"},
		{"secret", graph.AddPassword("sp", "n"), "Application.ReadWrite.OwnedBy"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			far := newFarSide(t)
			far.answer(http.StatusForbidden, `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges."}}`)
			_, err := far.client.Do(t.Context(), test.request)
			if e := wantFailure(t, err, failure.Refused); !strings.Contains(e.Advice, test.want) {
				t.Errorf("advice %q, want %q", e.Advice, test.want)
			}
		})
	}
}

// What sits between the program and Graph refuses for reasons of its own, which
// no permission of Graph explains.
func TestAProxysRefusalIsNotExplainedWithGraphsPermissions(t *testing.T) {
	for _, test := range []struct {
		name     string
		status   int
		kind     string
		body     string
		mentions string
	}{
		{"a 407", 407, "text/html", "<html>authenticate</html>", "HTTPS_PROXY"},
		{"a 407 in JSON", 407, "application/json", `{"error":"proxy"}`, "HTTPS_PROXY"},
		{"an HTML 403", 403, "text/html", "<html>blocked by policy</html>", "proxy or firewall"},
		{"a 403 in plain text", 403, "text/plain", "Access denied", "proxy or firewall"},
		{"a 403 in JSON that is not Graph's", 403, "application/json", `{"reason":"blocked"}`, "proxy or firewall"},
	} {
		t.Run(test.name, func(t *testing.T) {
			far := newFarSide(t)
			far.answer(test.status, test.body, "Content-Type", test.kind)
			_, err := far.client.Do(t.Context(), graph.GetUser(adele, ""))
			e := wantFailure(t, err, failure.Refused)
			if !strings.Contains(e.Advice, test.mentions) || strings.Contains(e.Advice, "User.Read") || strings.Contains(e.Advice, "permission") {
				t.Errorf("advice %q", e.Advice)
			}
		})
	}
}
