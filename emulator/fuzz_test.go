package emulator_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"msgraph-user/emulator"
)

// Whatever a caller sends, the tenant answers in Graph's shape: it never fails.
func FuzzTenant(f *testing.F) {
	for _, seed := range []struct{ method, path, body string }{
		{"GET", "/v1.0/users?$filter=startswith(displayName,'A')&$count=true&$orderby=displayName&$top=5", ""},
		{"GET", "/v1.0/users/delta?$select=id&$top=3", ""},
		{"GET", "/v1.0/users?$search=%22displayName:a%22&$expand=manager($select=id)", ""},
		{"PATCH", "/v1.0/users/" + plain, `{"jobTitle":"x","passwordProfile":{"password":"S3cret-Pa55"},"businessPhones":["1"]}`},
		{"POST", "/v1.0/users", newHire(nil)},
		{"POST", "/v1.0/$batch", `{"requests":[{"id":"1","method":"GET","url":"/users?$top=1"},{"id":"2","dependsOn":["1"],"method":"PATCH","url":"/users/x","headers":{"Content-Type":"application/json"},"body":{}}]}`},
		{"PUT", "/v1.0/users('" + plain + "')/manager/$ref", `{"@odata.id":"https://graph.microsoft.com/v1.0/users/` + helpdesk + `"}`},
		{"POST", "/v1.0/users/" + plain + "/authentication/temporaryAccessPassMethods", `{"lifetimeInMinutes":60,"startDateTime":"2026-11-24T08:10:00Z"}`},
		{"POST", "/v1.0/users/" + plain + "/authentication/phoneMethods", `{"phoneNumber":"+1 5555550100","phoneType":"office"}`},
		{"PATCH", "/beta/users/" + plain + "/authentication/signInPreferences", `{"userPreferredMethodForSecondaryAuthentication":null}`},
		{"POST", "/v1.0/servicePrincipals(appId='" + emulator.ReadyApplication + "')/addPassword", `{"passwordCredential":null}`},
		{"DELETE", "/v1.0/directory/deletedItems/%00", ""},
		{"GET", "/v1.0/users/a%2Fb/memberOf/../x", "[]"}, {"GET", "/v1.0", ""}, {"GET", "/v1.0//users//", "null"},
	} {
		f.Add(seed.method, seed.path, seed.body)
	}
	tenant, err := emulator.New(emulator.Options{InProcess: true, NoPermissions: true, Now: func() time.Time { return time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC) }})
	if err != nil {
		f.Fatal(err)
	}
	x := newBenchOf(f, tenant)
	f.Fuzz(func(t *testing.T, method, path, body string) {
		request, err := http.NewRequest(method, graph+"/"+strings.TrimPrefix(path, "/"), strings.NewReader(body))
		if err != nil {
			return // no request at all
		}
		request.Header.Set("Authorization", "Bearer "+x.token)
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("ConsistencyLevel", "eventual")
		response, err := tenant.Transport().RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		status := response.StatusCode
		if status == http.StatusInternalServerError || status > http.StatusNotImplemented {
			t.Fatalf("%s %q %q: %d %s", method, path, body, status, raw)
		}
		if len(raw) > 0 && strings.Contains(response.Header.Get("Content-Type"), "json") && !json.Valid(raw) {
			t.Fatalf("%s %q %q: no JSON: %s", method, path, body, raw)
		}
	})
}
