package transcript

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/rpc"
)

// Secrets wherever they may stand. None of them is in the transcript, and what is
// no secret still is.
func TestSecretsAreRemoved(t *testing.T) {
	messages := []string{
		`> {"id":1,"method":"initialize","params":{"params":{"host":"https://graph.microsoft.com","creds_auth_id":{"identifier":"SECRET-01","password":"SECRET-02"},"enc_key":"SECRET-03","strange":"SECRET-04","self_deployed":true}}}`,
		`> {"id":2,"method":"msgraph-user-create","params":{"args":{"display_name":"Plain Name","password":"SECRET-05","mistyped":["SECRET-06"]},"params":{"private_key":"SECRET-07"},"progressToken":"plain-token"}}`,
		`< {"id":7,"method":"getIntegrationContext","params":{"instance":"plain-instance"}}`,
		`> {"id":7,"result":{"access_token":"SECRET-08","valid_until":1700000000,"whatever":"SECRET-09"}}`,
		`< {"id":8,"method":"setIntegrationContext","params":{"instance":"plain-instance","value":{"current_refresh_token":"SECRET-10"}}}`,
		`< {"id":2,"error":{"code":-32002,"message":"Graph repeats SECRET-05 and Bearer SECRET-11xyz.","data":{"code":"Request_BadRequest"}}}`,
		`< {"id":3,"result":{"entries":[{"HumanReadable":"made SECRET-12","EntryContext":{"MSGraphUser.MFAClientSecret(val.ID && val.ID == obj.ID)":{"Text":"SECRET-12"}},"FileData":"SECRET-13","PollingArgs":{"password":"SECRET-14","user":"plain-user"}}]}}`,
		`> [{"id":4,"method":"msgraph-user-change-password","params":{"args":{"user":"plain-user","password":"SECRET-15"}}},{"id":5,"method":"unknown","params":{"args":{"x":"SECRET-16"}}}]`,
		`> {"id":6,"method":"msgraph-user-get","params":[{"clientSecret":"SECRET-17"}]}`,
		`< {"method":"$/progress","params":{"token":"plain-token","value":{"done":1}}}`,
		`> SECRET-18 {`,
	}
	got := record(t, messages...)
	for n := range 18 {
		secret := fmt.Sprintf("SECRET-%02d", n+1)
		if !strings.Contains(strings.Join(messages, ""), secret) {
			t.Fatalf("the test has no %s", secret)
		}
		if strings.Contains(got, secret) {
			t.Errorf("%s is in the transcript", secret)
		}
	}
	for _, plain := range []string{"https://graph.microsoft.com", "Plain Name", "plain-instance", "plain-user", `"token":"plain-token"`, `"progressToken":"plain-token"`, "Request_BadRequest", `"self_deployed":true`, "-32002"} {
		if !strings.Contains(got, plain) {
			t.Errorf("%s is not in the transcript:\n%s", plain, got)
		}
	}
	for line := range strings.Lines(got) {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %s", line)
		}
	}
}

// Whatever the shape of a message, a secret in it is not in the transcript: neither
// where it stands nor where the server repeats it.
func TestSecretsInAnyShape(t *testing.T) {
	const secret = "SECRET-0123"
	for name, message := range map[string]string{
		"arguments as params":               `{"id":1,"method":"msgraph-user-change-password","params":{"user":"u","password":"SECRET-0123"}}`,
		"any arguments as params":           `{"id":1,"method":"msgraph-user-get","params":{"user":"SECRET-0123"}}`,
		"positional params":                 `{"id":1,"method":"msgraph-user-change-password","params":["u","SECRET-0123"]}`,
		"params as text":                    `{"id":1,"method":"msgraph-user-get","params":"SECRET-0123"}`,
		"at the top":                        `{"id":1,"method":"msgraph-user-get","hint":"SECRET-0123","params":{}}`,
		"at the top, deep":                  `{"id":1,"method":"msgraph-user-get","args":{"a":[{"b":"SECRET-0123"}]}}`,
		"beside args":                       `{"id":1,"method":"msgraph-user-get","params":{"args":{},"arguments":{"x":"SECRET-0123"}}}`,
		"args as a list":                    `{"id":1,"method":"msgraph-user-get","params":{"args":["SECRET-0123"]}}`,
		"args as text":                      `{"id":1,"method":"msgraph-user-get","params":{"args":"password=SECRET-0123"}}`,
		"an object where a text belongs":    `{"id":1,"method":"msgraph-user-get","params":{"args":{"user":{"x":"SECRET-0123"}}}}`,
		"objects in a list":                 `{"id":1,"method":"msgraph-user-get","params":{"args":{"user":[{"x":"SECRET-0123"}]}}}`,
		"an argument that is not known":     `{"id":1,"method":"msgraph-user-get","params":{"args":{"usr":"SECRET-0123"}}}`,
		"letter case":                       `{"id":1,"method":"msgraph-user-change-password","params":{"Args":{"Password":"SECRET-0123"}}}`,
		"in the context":                    `{"id":1,"method":"msgraph-user-get","params":{"args":{},"context":{"Inv":{"labels":["SECRET-0123"]},"notes":"SECRET-0123"}}}`,
		"a token that is an object":         `{"id":1,"method":"msgraph-user-get","params":{"args":{},"progressToken":{"x":"SECRET-0123"}}}`,
		"in initialize":                     `{"id":1,"method":"initialize","params":{"secret":"SECRET-0123"}}`,
		"in initialize, not known":          `{"id":1,"method":"initialize","params":{"args":{"x":"SECRET-0123"},"options":["SECRET-0123"]}}`,
		"in initialize, capabilities":       `{"id":1,"method":"initialize","params":{"capabilities":{"log":{"to":"SECRET-0123"}}}}`,
		"in initialize, clientInfo":         `{"id":1,"method":"initialize","params":{"clientInfo":{"name":"n","environment":{"KEY":"SECRET-0123"}}}}`,
		"in initialize, positional":         `{"id":1,"method":"initialize","params":["SECRET-0123"]}`,
		"an unknown method":                 `{"id":1,"method":"loginWith","params":{"args":{"user":"SECRET-0123"}}}`,
		"an unknown method, by position":    `{"id":1,"method":"loginWith","params":["SECRET-0123"]}`,
		"a method that takes none":          `{"id":1,"method":"stats","params":{"x":"SECRET-0123"}}`,
		"a whole line as the method":        `{"id":1,"method":"msgraph-user-change-password password=SECRET-0123"}`,
		"a method that is no text":          `{"id":1,"method":{"x":"SECRET-0123"}}`,
		"an id that is an object":           `{"id":{"x":"SECRET-0123"},"method":"stats"}`,
		"no object":                         `"SECRET-0123"`,
		"a batch in a batch":                `[["SECRET-0123"]]`,
		"an error of the client":            `{"id":1,"error":{"code":1,"message":"SECRET-0123","data":"SECRET-0123"}}`,
		"a parameter of another shape":      `{"id":1,"method":"msgraph-user-get","params":{"params":{"host":{"x":"SECRET-0123"}}}}`,
		"passwordProfile as an object":      `{"id":1,"method":"msgraph-user-update","params":{"args":{"updated_fields":{"passwordProfile":{"a":"SECRET-0123"}}}}}`,
		"passwordProfile as JSON":           `{"id":1,"method":"msgraph-user-update","params":{"args":{"updated_fields":"{\"passwordProfile\":{\"a\":\"SECRET-0123\"}}"}}}`,
		"passwordProfile in Python":         `{"id":1,"method":"msgraph-user-update","params":{"args":{"updated_fields":"{'passwordProfile': {'password': 'SECRET-0123'}}"}}}`,
		"passwordProfile without quotes":    `{"id":1,"method":"msgraph-user-update","params":{"args":{"updated_fields":"passwordProfile={password:SECRET-0123}"}}}`,
		"password= in updated_fields":       `{"id":1,"method":"msgraph-user-update","params":{"args":{"updated_fields":"jobTitle=x,password=SECRET-0123"}}}`,
		"password= after another delimiter": `{"id":1,"method":"msgraph-user-update","params":{"args":{"updated_fields":"password=a,b=SECRET-0123;c=d","updated_fields_delimiter":";"}}}`,
		"a name that is one":                `[{"id":1,"method":"initialize","params":{"params":{"enc_key":"SECRET-0123"}}},{"id":2,"method":"x","params":{"SECRET-0123":1}}]`,
	} {
		if !strings.Contains(message, secret) || !json.Valid([]byte(message)) {
			t.Fatalf("%s: the test is wrong: %s", name, message)
		}
		got := record(t, "> "+message, `< {"id":1,"error":{"code":-32602,"message":"SECRET-0123 is not known","data":{"argument":"a, SECRET-0123"}}}`)
		if first, _, _ := strings.Cut(strings.SplitAfterN(got, "\n", 2)[1], "\n"); strings.Contains(first, secret) {
			t.Errorf("%s: the transcript holds %s", name, first)
		}
		if _, repeated, _ := strings.Cut(got, `"error"`); strings.Contains(repeated, secret) && name != "in the context" && name != "password= after another delimiter" {
			t.Errorf("%s: the server's answer holds it: %s", name, got)
		}
	}
}

// A secret argument of any text is in no later message, whatever JSON makes of it.
func TestRemovedSecretsStayAway(t *testing.T) {
	d := loadDefinition(t)
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringMatching(`[A-Za-z0-9"\\<&é ]{8,20}`).Draw(t, "secret")
		if strings.TrimSpace(secret) == "" {
			t.Skip("white space is no secret")
		}
		quoted := string(rawjson.Quote(secret))
		var b bytes.Buffer
		r, err := NewRecorder(&b, d, "1", clock())
		if err != nil {
			t.Fatal(err)
		}
		r.Observe(rpc.Received, []byte(`{"id":1,"method":"msgraph-user-change-password","params":{"args":{"user":"u","password":`+quoted+`}}}`))
		r.Observe(rpc.Sent, []byte(`{"id":1,"error":{"message":`+string(rawjson.Quote("it was "+secret+"."))+`}}`))
		for line := range strings.Lines(b.String()) {
			mapTexts(json.RawMessage(line), func(text string) string {
				if strings.Contains(text, secret) {
					t.Fatalf("%q is in %s", secret, line)
				}
				return text
			})
		}
	})
}

func FuzzRecorder(f *testing.F) {
	for _, text := range []string{`{}`, `[]`, `[1,{"params":{}}]`, `{"method":1,"params":{"args":[]}}`, `{"params":{"params":"x"}}`, `"x"`, `{"a":{"token":[{"b":1}]}}`, "\xff"} {
		f.Add([]byte(text))
	}
	d := loadDefinition(f)
	f.Fuzz(func(t *testing.T, message []byte) {
		var b bytes.Buffer
		r, err := NewRecorder(&b, d, "1", clock())
		if err != nil {
			t.Fatal(err)
		}
		r.Observe(rpc.Received, message)
		r.Observe(rpc.Sent, message)
		if lines, err := read(&b); err != nil || len(lines) != 2 || r.Err() != nil {
			t.Errorf("%d lines, %v, %v", len(lines), err, r.Err())
		}
	})
}
