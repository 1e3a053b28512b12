package emulator_test

import (
	"net/url"
	"strings"
	"testing"

	"msgraph-user/emulator"
)

// Microsoft Graph's service principal offers the permissions that the metadata
// names, with the same ids each time.
func TestGraphOffersItsPermissions(t *testing.T) {
	x := start(t, emulator.Options{})
	const path = "/v1.0/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')?$select=appRoles,oauth2PermissionScopes"
	ids := func(x *tenant) map[string]string {
		found := map[string]string{}
		a := x.want(x.get(path), 200)
		for _, property := range []string{"appRoles", "oauth2PermissionScopes"} {
			list, _ := a.json[property].([]any)
			for _, item := range list {
				offer, _ := item.(map[string]any)
				key := property + " " + offer["value"].(string)
				if _, twice := found[key]; twice || offer["id"] == "" {
					t.Errorf("%s comes twice, or has no id", key)
				}
				found[key], _ = offer["id"].(string)
			}
		}
		return found
	}
	first, again := ids(x), ids(start(t, emulator.Options{}))
	for _, key := range []string{"appRoles User.Read.All", "appRoles AuditLog.Read.All", "appRoles Group.Read.All", "oauth2PermissionScopes User.Read", "oauth2PermissionScopes UserAuthenticationMethod.ReadWrite.All"} {
		if first[key] == "" || first[key] != again[key] {
			t.Errorf("%s: id %q, then %q", key, first[key], again[key])
		}
	}
	if first["appRoles User.Read"] != "" {
		t.Error("User.Read is offered to applications")
	}
	if len(first) < 100 {
		t.Errorf("only %d permissions are offered", len(first))
	}
	if a := x.want(x.get("/v1.0/servicePrincipals?$filter=appId eq '00000003-0000-0000-c000-000000000000'"), 200); !strings.Contains(a.text, "AuditLog.Read.All") {
		t.Error("the list does not show them")
	}
}

// What is sorted and filtered with the advanced parameters only, by type.
func TestWhatIsSortedByDefault(t *testing.T) {
	x := start(t, emulator.Options{})
	for path, plainly := range map[string]bool{
		"/v1.0/users?$orderby=displayName": true, "/v1.0/users?$orderby=userPrincipalName desc": true, "/v1.0/users?$orderby=createdDateTime": false,
		"/v1.0/groups?$orderby=displayName": true, "/v1.0/groups?$orderby=deletedDateTime": false,
		"/v1.0/devices?$orderby=displayName": false, "/v1.0/servicePrincipals?$orderby=displayName": false,
		"/v1.0/groups?$filter=startsWith(displayName,'A')&$orderby=displayName": false,
	} {
		want := 400
		if plainly {
			want = 200
		}
		a := x.want(x.get(path), want)
		if !plainly && (a.code() != "Request_UnsupportedQuery" || a.message() != "Sorting not supported for current query.") {
			t.Errorf("%s: %s", path, a.text)
		}
		x.want(x.get(path+"&$count=true", "ConsistencyLevel", "eventual"), 200)
	}
	for filter, says := range map[string]string{
		"endsWith(mail,'x')":                  "Operator 'endsWith' is not supported because the required parameters might be missing.",
		"accountEnabled ne true":              "Operator 'ne' is not supported",
		"not(accountEnabled eq true)":         "Operator 'not' is not supported",
		"assignedLicenses/$count eq 0":        "Operator '$count' is not supported",
		"companyName eq 'x'":                  "Unsupported or invalid query filter clause specified for property 'companyName' of resource 'User'.",
		"department eq null":                  "property 'department' of resource 'User'",
		"proxyAddresses/any(p:not(p eq 'x'))": "Operator 'not' is not supported",
	} {
		if a := x.want(x.get("/v1.0/users?$filter="+url.QueryEscape(filter)), 400); !strings.Contains(a.message(), says) {
			t.Errorf("%s: %s", filter, a.message())
		}
	}
}

// A user or application is enabled unless its seed says otherwise.
func TestSeedsNeedNotSayWhoIsEnabled(t *testing.T) {
	x := start(t, emulator.Options{Seed: []byte(`{
 "tenant": {"id": "` + emulator.ReadyTenant + `", "displayName": "Small", "domains": ["small.example"]},
 "users": [{"userPrincipalName": "ann@small.example", "displayName": "Ann"}, {"userPrincipalName": "bob@small.example", "displayName": "Bob", "accountEnabled": false}],
 "servicePrincipals": [{"appId": "` + emulator.ReadyApplication + `", "displayName": "App", "private": {"credentials": [{"secret": "` + emulator.ReadySecret + `"}], "appPermissions": ["User.Read.All"]}}]
}`)}) // start signs the application in
	for name, want := range map[string]bool{"ann": true, "bob": false} {
		if a := x.want(x.get("/v1.0/users/"+name+"@small.example?$select=accountEnabled"), 200); a.json["accountEnabled"] != want {
			t.Errorf("%s: %s", name, a.text)
		}
	}
}

func TestTheClockStaysInItsRange(t *testing.T) {
	x := start(t, emulator.Options{})
	for _, c := range []struct {
		body   string
		status int
	}{
		{`{"set":"1970-01-01T00:00:00Z"}`, 400},
		{`{"set":"0001-01-01T00:00:00Z"}`, 400},
		{`{"set":"9999-12-31T23:59:59Z"}`, 400},
		{`{"set":"2101-01-01T00:00:00Z"}`, 400},
		{`{"advance":"2000000h"}`, 400},
		{`{"advance":"-2000000h"}`, 400},
		{`{"advance":"99999999999h"}`, 400},
		{`{"advance":""}`, 400},
		{`{}`, 400},
		{`{"set":"2099-12-31T00:00:00Z"}`, 200},
		{`{"set":"1999-01-01T00:00:00Z"}`, 200},
	} {
		a := x.want(x.do("POST", "http://localhost/_emulator/clock", c.body), c.status)
		if c.status == 200 {
			continue
		}
		if !strings.Contains(a.text, "1990-01-01T00:00:00Z to 2100-01-01T00:00:00Z") {
			t.Errorf("%s: the range is not told: %s", c.body, a.text)
		}
		if now := x.Clock().Now(); !now.Equal(x.now) {
			t.Errorf("%s moved the clock to %v", c.body, now)
		}
	}
}
