package emulator_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"msgraph-user/emulator"
)

// Every operation of Microsoft's description is either answered by its own route or
// refused with 501 and its name, never with a 404 or 405 of a path that is not there.
func TestEveryOperationOfMicrosoftsDescriptionIsKnown(t *testing.T) {
	answered, missing, refused := 0, 0, 0
	for path, item := range readMetadata(t).api.Paths.Map() {
		for method := range item.Operations() {
			x := start(t, emulator.Options{})
			id, _ := x.get("/v1.0/users/" + plain + "?$select=id").json["id"].(string)
			body := ""
			if method == http.MethodPost || method == http.MethodPatch || method == http.MethodPut {
				body = "{}"
			}
			name := method + " " + operationPath(path)
			if strings.HasPrefix(path, "/v1.0/me") {
				x.token = x.signInAs(plain)
			}
			a := x.do(method, withKeys(path, id), body)
			switch log := x.Requests(); {
			case a.status == http.StatusNotImplemented:
				missing++
				if !strings.Contains(a.message(), name) && !strings.HasPrefix(path, "/beta") {
					t.Errorf("%s: the refusal does not name it: %s", name, a.message())
				}
			case log[len(log)-1].Operation != name:
				t.Errorf("%s: %d %s, by the route %q", name, a.status, a.text, log[len(log)-1].Operation)
			case a.status < 300:
				answered++
			default:
				refused++
			}
		}
	}
	t.Logf("%d answered, %d not here (501), %d refused by their rules", answered, missing, refused)
	if answered+missing+refused < 300 || answered < 60 {
		t.Errorf("%d answered, %d not here, %d refused: too few to be all", answered, missing, refused)
	}
}

// alternateKey is a key such as devices(deviceId='{deviceId}').
var alternateKey = regexp.MustCompile(`([^/]+)s\(\w+='\{\w+\}'\)`)

// operationPath is how the tenant calls the path of an operation: me is a user as well,
// and any key is one.
func operationPath(path string) string {
	path = strings.Replace(strings.TrimSuffix(path, "()"), "/v1.0/me", "/v1.0/users/{user-id}", 1)
	return alternateKey.ReplaceAllString(path, "${1}s/{${1}-id}")
}

// withKeys puts keys in the places of a path's {names}.
func withKeys(path, userID string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		switch {
		case segment == "{user-id}":
			segments[i] = userID
		case segment == "{authenticationMethod-id}":
			segments[i] = "28c10230-6103-485e-b985-444c60001490"
		case strings.HasPrefix(segment, "{"):
			segments[i] = "aaaaaaaa-0000-0000-0000-000000000001"
		}
	}
	return strings.Join(segments, "/")
}

// What stands in a path is told apart: names, keys, casts, functions, $count.
func TestPathsAreReadAsGraphReadsThem(t *testing.T) {
	x := start(t, emulator.Options{Seed: withUser(t, `{"userPrincipalName":"$ada@larkspur.example","displayName":"Ada Dollar"}`)})
	group := x.get("/v1.0/groups?$top=1").value()[0]["id"].(string)
	const guid = "aaaaaaaa-0000-0000-0000-000000000001"
	for _, c := range []struct {
		method, path string
		status       int
		says         string
	}{
		// casts, by full name and by alias, where a cast may stand
		{"GET", "/v1.0/users/" + plain + "/memberOf/microsoft.graph.group", 200, ""},
		{"GET", "/v1.0/users/" + plain + "/memberOf/graph.group", 200, ""},
		{"GET", "/v1.0/groups/" + group + "/members/graph.user", 200, ""},
		{"GET", "/v1.0/directory/deletedItems/graph.user", 200, ""},
		{"GET", "/v1.0/directory/deletedItems/graph.group", 501, "GET /v1.0/directory/deletedItems/microsoft.graph.group"},
		{"GET", "/v1.0/users/" + plain + "/memberOf/graph.administrativeUnit", 501, "memberOf/microsoft.graph.administrativeUnit"},
		{"GET", "/v1.0/users/" + plain + "/memberOf/graph.phoneAuthenticationMethod", 400, "phoneAuthenticationMethod"},
		{"GET", auth(plain) + "/methods/graph.phoneAuthenticationMethod", 501, ""},
		{"GET", "/v1.0/microsoft.graph.users", 400, "microsoft.graph.users"},
		{"GET", "/v1.0/graph.users", 400, "graph.users"},
		{"GET", "/v1.0/graph.user", 400, "user"},
		{"GET", "/v1.0/users/" + plain + "/graph.manager", 400, "graph.manager"},
		{"POST", "/v1.0/users/" + plain + "/microsoft.graph.revokeSignInSessions", 200, ""},
		{"POST", "/v1.0/users/" + plain + "/graph.revokeSignInSessions()", 200, ""},
		{"GET", "/v1.0/users/microsoft.graph.delta()", 200, ""},

		// what is no key
		{"GET", "/v1.0/groups/$count", 200, ""},
		{"GET", "/v1.0/groups/delta", 501, "GET /v1.0/groups/delta"},
		{"GET", "/v1.0/groups/microsoft.graph.delta()", 501, "GET /v1.0/groups/delta"},
		{"GET", "/v1.0/directoryRoles/$count", 501, "GET /v1.0/directoryRoles/$count"},
		{"PATCH", "/v1.0/users/$count", 405, ""},
		{"DELETE", "/v1.0/users/delta", 405, ""},
		{"GET", "/v1.0/users/" + plain + "/memberOf/$count", 200, ""},
		{"GET", "/v1.0/users/" + plain + "/memberOf/graph.group/$count", 200, ""},
		{"GET", "/v1.0/groups/" + group + "/members/$ref", 501, "members/$ref"},
		{"GET", "/v1.0/users('delta')", 404, "'delta'"},

		// names that begin with a dollar sign
		{"GET", "/v1.0/users/$ada@larkspur.example", 400, "$ada"},
		{"GET", "/v1.0/users/%24ada@larkspur.example", 400, "$ada"},
		{"GET", "/v1.0/users('$ada@larkspur.example')", 200, "Ada Dollar"},
		{"GET", "/v1.0/users('$ada@larkspur.example')/memberOf", 200, ""},
		{"POST", "/v1.0/users('$ada@larkspur.example')/revokeSignInSessions", 200, ""},
		{"GET", "/v1.0/users('siobhan.o''brien@larkspur.example')", 200, "Siobh"},

		// the tenant before the path
		{"GET", "/v1.0/myorganization/users/" + plain, 200, "Sam Whitfield"},
		{"GET", "/v1.0/" + emulator.ReadyTenant + "/users/" + plain, 200, "Sam Whitfield"},
		{"GET", "/v1.0/larkspur.example/users/" + plain, 200, "Sam Whitfield"},
		{"GET", "/v1.0/another.example/users/" + plain, 400, "another.example"},

		// what Graph has and the tenant has not
		{"PATCH", "/v1.0/groups/" + group, 501, "PATCH /v1.0/groups/{group-id}"},
		{"POST", "/v1.0/groups", 501, "POST /v1.0/groups"},
		{"POST", "/v1.0/groups/" + group + "/owners/$ref", 501, "POST /v1.0/groups/{group-id}/owners/$ref"},
		{"DELETE", "/v1.0/groups/" + group + "/owners/" + guid + "/$ref", 501, "DELETE /v1.0/groups/{group-id}/owners/{directoryObject-id}/$ref"},
		{"DELETE", "/v1.0/groups/" + group + "/members/" + guid, 405, ""},
		{"GET", "/v1.0/directoryRoles(roleTemplateId='" + guid + "')", 501, "GET /v1.0/directoryRoles/{directoryRole-id}"},
		{"GET", "/v1.0/directoryObjects/" + guid, 501, "GET /v1.0/directoryObjects/{directoryObject-id}"},
		{"GET", "/v1.0/users/" + plain + "/mailFolders", 501, "GET /v1.0/users/{user-id}/mailFolders"},
		{"GET", "/v1.0/users/" + plain + "/displayName", 501, "GET /v1.0/users/{user-id}/displayName"},
		{"GET", "/v1.0/roleManagement/directory/roleAssignmentSchedules", 501, "GET /v1.0/roleManagement/directory/roleAssignmentSchedules"},
		{"GET", "/v1.0/auditLogs/provisioning", 501, "GET /v1.0/auditLogs/provisioning"},
		{"GET", "/v1.0/devices(deviceId='" + guid + "')", 404, "does not exist"},
		{"GET", "/v1.0/applications(appId='" + guid + "')", 501, "GET /v1.0/applications/{application-id}"},

		// what Graph has not
		{"GET", "/v1.0/shoes", 400, "'shoes'"},
		{"GET", "/v1.0/users/" + plain + "/shoes", 400, "'shoes'"},
		{"GET", "/v1.0/groups/" + group + "/shoes/left", 400, "'shoes'"},
		{"GET", "/v1.0/auditLogs/shoes", 400, "'shoes'"},
		{"PUT", "/v1.0/users", 405, ""},
		{"POST", "/v1.0/users/" + plain + "/memberOf", 405, ""},
		{"GET", "/v1.0/users/" + plain + "/revokeSignInSessions", 405, ""},
	} {
		a := x.do(c.method, c.path, "", "ConsistencyLevel", "eventual")
		if a.status != c.status || !strings.Contains(a.text, c.says) {
			t.Errorf("%s %s: %d, want %d with %q: %s", c.method, c.path, a.status, c.status, c.says, a.text)
		}
	}
}

// withUser returns the sample company with one user more.
func withUser(t *testing.T, user string) []byte {
	t.Helper()
	tenant, err := emulator.New(emulator.Options{InProcess: true})
	if err != nil {
		t.Fatal(err)
	}
	seed, err := tenant.Export()
	if err != nil {
		t.Fatal(err)
	}
	return []byte(strings.Replace(string(seed), `"users": [`, `"users": [`+"\n  "+user+",", 1))
}

// A cast leaves what is of its type, in the order of the whole collection.
func TestACastNarrowsACollection(t *testing.T) {
	x := start(t, emulator.Options{})
	all := x.want(x.get("/v1.0/users/"+breakGlass+"/memberOf"), 200).value()
	for _, typeName := range []string{"group", "directoryRole"} {
		var want, got []any
		for _, o := range all {
			if o["@odata.type"] == "#microsoft.graph."+typeName {
				want = append(want, o["id"])
			}
		}
		for _, o := range x.want(x.get("/v1.0/users/"+breakGlass+"/memberOf/graph."+typeName), 200).value() {
			got = append(got, o["id"])
		}
		if len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", typeName, got, want)
		}
	}
	if a := x.want(x.get("/v1.0/users/"+breakGlass+"/memberOf/graph.directoryRole/$count", "ConsistencyLevel", "eventual"), 200); a.text != "1" {
		t.Errorf("%s roles", a.text)
	}
}

// A manager's reference may stand in the form that a name with a dollar sign needs.
func TestAReferenceIsReadAsAPath(t *testing.T) {
	x := start(t, emulator.Options{Seed: withUser(t, `{"userPrincipalName":"$ada@larkspur.example","displayName":"Ada Dollar"}`)})
	ref := "/v1.0/users/" + plain + "/manager/$ref"
	x.want(x.do("PUT", ref, `{"@odata.id":"https://graph.microsoft.com/v1.0/users('$ada@larkspur.example')"}`), 204)
	if a := x.want(x.get("/v1.0/users/"+plain+"/manager"), 200); a.json["displayName"] != "Ada Dollar" {
		t.Errorf("%s", a.text)
	}
	x.want(x.do("PUT", ref, `{"@odata.id":"https://graph.microsoft.com/v1.0/users/$ada@larkspur.example"}`), 400)
	x.want(x.do("PUT", ref, `{"@odata.id":"https://graph.microsoft.com/v1.0/users/delta"}`), 400)
}
