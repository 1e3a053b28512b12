package container

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"msgraph-user/internal/xsoar"
)

// managed makes metadata of a connector with one profile a mapping, whose
// credentials are called m0, m1, ….
func managed(mappings ...string) map[string]any {
	profiles := []any{}
	for n, mapping := range mappings {
		profiles = append(profiles, map[string]any{
			"capability": "automation-and-remediation", "method_unique_id": fmt.Sprintf("m%d", n),
			"metadata": map[string]any{"xsoar": map[string]any{"interpolation_mapping": mapping}}})
	}
	return map[string]any{"connectorName": "Entra of Larkspur", "connectorId": "c-7", "connectionProfiles": profiles}
}

func value(t *testing.T, text string) (v any) {
	t.Helper()
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// The credentials of a connector go where its mapping says.
func TestConnectorFillsParameters(t *testing.T) {
	const plain = `{"type":"plain","plain":{"username":"u","password":"p"}}`
	for name, test := range map[string]struct {
		mappings    []string
		credentials []string // what the platform answers, profile by profile
		params      string   // of the instance, before
		want        string
	}{
		"a name and a password become one parameter": {
			mappings:    []string{"username:creds_certificate.identifier,password:creds_certificate.password"},
			credentials: []string{plain},
			want:        `{"creds_certificate":{"identifier":"u","password":"p"}}`},
		"the key of an API key has another name in the mapping": {
			mappings:    []string{"api_key:creds_enc_key.password, header_name:enc_key"},
			credentials: []string{`{"type":"api_key","api_key":{"key":"k","header_name":"h"}}`},
			want:        `{"creds_enc_key":{"password":"k"},"enc_key":"h"}`},
		"a passthrough holds what it likes": {
			mappings:    []string{"tenant:creds_tenant_id.password,self:self_deployed,api_key:enc_key"},
			credentials: []string{`{"type":"passthrough","passthrough":{"parameters":{"tenant":"t","self":true,"api_key":"a","other":1}}}`},
			want:        `{"creds_tenant_id":{"password":"t"},"self_deployed":true,"enc_key":"a"}`},
		"null is passed over, nothing and false and zero are not": {
			mappings:    []string{"a:host,b:proxy,c:read_only,d:tenant_id"},
			credentials: []string{`{"type":"passthrough","passthrough":{"parameters":{"a":null,"b":false,"c":0,"d":""}}}`},
			params:      `{"host":"https://graph.microsoft.com","tenant_id":"old"}`,
			want:        `{"host":"https://graph.microsoft.com","proxy":false,"read_only":0,"tenant_id":""}`},
		"the last profile wins": {
			mappings:    []string{"username:auth_id,password:enc_key", "username:auth_id"},
			credentials: []string{plain, `{"type":"plain","plain":{"username":"u2"}}`},
			want:        `{"auth_id":"u2","enc_key":"p"}`},
		"what is no pair is passed over": {
			mappings:    []string{" username : auth_id ,, password ,:x,y:, password:a..b ,password:c:d"},
			credentials: []string{plain},
			want:        `{"auth_id":"u","a":{"b":"p"},"c:d":"p"}`},
		"a value in the way of a member gives way": {
			mappings:    []string{"password:creds_enc_key.password"},
			credentials: []string{plain},
			params:      `{"creds_enc_key":"text"}`,
			want:        `{"creds_enc_key":{"password":"p"}}`},
		"an envelope that is flat, in a list": {
			mappings:    []string{"password:enc_key"},
			credentials: []string{`[{"password":"p"}]`},
			want:        `{"enc_key":"p"}`},
		"credentials that were sent along are not asked for": {
			mappings:    []string{"password:enc_key"},
			credentials: []string{""},
			params:      `{"ucp_credentials":{"m0":` + plain + `},"host":"h"}`,
			want:        `{"host":"h","enc_key":"p"}`},
	} {
		t.Run(name, func(t *testing.T) {
			c, ok := readConnector(managed(test.mappings...))
			if !ok {
				t.Fatal("the connector is not seen")
			}
			before, _ := value(t, test.params).(map[string]any)
			kept, _ := value(t, test.params).(map[string]any)
			asked := 0
			got, err := c.parameters(before, func(method string) (any, error) {
				if method != fmt.Sprintf("m%d", asked) || test.credentials[asked] == "" {
					t.Errorf("the credentials %s are asked for", method)
				}
				asked++
				return value(t, test.credentials[asked-1]), nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(value(t, test.want), any(got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(kept, before); diff != "" {
				t.Errorf("the instance's own parameters changed (-before +after)\n%s", diff)
			}
		})
	}
}

// Where no profile of a connector is for commands and mapped, the instance's own
// parameters count.
func TestMetadataThatManagesNothing(t *testing.T) {
	for name, metadata := range map[string]string{
		"none":                        "",
		"an empty object":             `{}`,
		"another type":                `[1]`,
		"profiles of another type":    `{"connectionProfiles":{"a":1}}`,
		"a profile of another type":   `{"connectionProfiles":[1,null]}`,
		"metadata of another type":    `{"connectionProfiles":[{"capability":"automation-and-remediation","metadata":7}]}`,
		"a profile without a mapping": `{"connectionProfiles":[{"capability":"automation-and-remediation","method_unique_id":"m"}]}`,
		"a mapping that is no text":   `{"connectionProfiles":[{"capability":"automation-and-remediation","metadata":{"xsoar":{"interpolation_mapping":{"a":"b"}}}}]}`,
		"a profile that collects":     `{"connectionProfiles":[{"capability":"collection-and-ingestion","metadata":{"xsoar":{"interpolation_mapping":"a:b"}}}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			if c, ok := readConnector(value(t, metadata)); ok {
				t.Errorf("it is %+v", c)
			}
		})
	}
}

// What a person reads of an instance that a connector manages, whichever loop runs.
func TestInstancesOfConnectors(t *testing.T) {
	const (
		mapping = "id:creds_auth_id.password,tenant:creds_tenant_id.password,secret:creds_enc_key.password"
		good    = `{"type":"passthrough","passthrough":{"parameters":{"id":"11111111-1111-1111-1111-111111111111","tenant":"22222222-2222-2222-2222-222222222222","secret":"emulator-secret"}}}`
	)
	anonymous := managed(mapping)
	delete(anonymous, "connectorName")
	for name, test := range map[string]struct {
		metadata    map[string]any
		credentials string // what the platform answers
		says        []string
	}{
		"credentials of the connector": {managed(mapping), good, []string{"ok"}},
		"no credentials":               {managed(mapping), `null`, []string{`"Entra of Larkspur"`, "returns no credentials"}},
		"empty credentials":            {managed(mapping), `{"type":"passthrough","passthrough":{"parameters":{}}}`, []string{`"Entra of Larkspur"`, "returns no credentials"}},
		"a connector without a name":   {anonymous, `{}`, []string{`"c-7"`, "returns no credentials"}},
		"the platform refuses":         {managed(mapping), `$$##no such method`, []string{`"Entra of Larkspur"`, "could not be read", "no such method"}},
		"one of them is missing":       {managed(mapping), strings.Replace(good, `"emulator-secret"`, "null", 1), []string{`"Entra of Larkspur" manages this instance`, "creds_enc_key"}},
		"one of them is wrong":         {managed(mapping), strings.Replace(good, "emulator-secret", "old-secret", 1), []string{`"Entra of Larkspur" manages this instance`, "7000215"}},
	} {
		for loop, start := range loops {
			t.Run(loop+"/"+name, func(t *testing.T) {
				c := start(t)
				c.answer = func(m message) (string, bool) {
					if m.Command != "getUCPCredentials" {
						return "", false
					}
					if m.Args["method_unique_id"] != "m0" {
						t.Errorf("asked for %v", m.Args)
					}
					return test.credentials, true
				}
				asked := newCall("test-module", nil)
				asked.Params = map[string]any{"host": "https://graph.microsoft.com", "self_deployed": true}
				asked.Context["UnifiedConnectorMetadata"] = test.metadata
				kind, contents := onlyEntry(t, c.run(asked))
				if failed := kind == xsoar.Error; failed == (contents == "ok") {
					t.Errorf("type %d, %s", kind, contents)
				}
				for _, part := range test.says {
					if !strings.Contains(contents, part) {
						t.Errorf("%q is missing in %s", part, contents)
					}
				}
				if strings.Contains(contents, "emulator-secret") || strings.Contains(contents, "old-secret") {
					t.Error("a secret is shown")
				}
			})
		}
	}
}
