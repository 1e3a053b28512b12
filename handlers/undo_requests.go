package handlers

import (
	"net/http"
	"slices"
	"strings"

	"msgraph-user/graph"
	"msgraph-user/internal/containment"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
)

// takesBack are the requests that a record may ask for, with the members that their
// bodies may have: a file is a text that somebody hands over, and asks for nothing else.
var takesBack = []struct {
	method, template string
	members          []string
}{
	{http.MethodPatch, "/users/{user}", []string{"accountEnabled"}},
	{http.MethodPatch, "/users/{user}/mailFolders/{folder}/messageRules/{rule_id}", []string{"isEnabled"}},
	{http.MethodPatch, "/users/{user}/authentication/signInPreferences", []string{"userPreferredMethodForSecondaryAuthentication"}},
	{http.MethodPost, "/users/{user}/authentication/phoneMethods", []string{"phoneNumber", "phoneType"}},
	{http.MethodPost, "/users/{user}/authentication/emailMethods", []string{"emailAddress"}},
	{http.MethodPost, "/users/{user}/appRoleAssignments", []string{"principalId", "resourceId", "appRoleId"}},
	{http.MethodPost, "/oauth2PermissionGrants", []string{"clientId", "consentType", "principalId", "resourceId", "scope"}},
	{http.MethodPost, "/groups/{group_id}/members/$ref", []string{"@odata.id"}},
	{http.MethodPost, "/roleManagement/directory/roleAssignments", []string{"principalId", "roleDefinitionId", "directoryScopeId", "appScopeId"}},
	{http.MethodPost, "/roleManagement/directory/roleAssignmentScheduleRequests", roleRequestMembers},
	{http.MethodPost, "/roleManagement/directory/roleEligibilityScheduleRequests", roleRequestMembers},
	{http.MethodPost, "/identityProtection/riskyUsers/dismiss", []string{"userIds"}},
	{http.MethodPatch, "/devices/{device_id}", []string{"accountEnabled"}},
}

var roleRequestMembers = []string{"action", "principalId", "roleDefinitionId", "directoryScopeId", "appScopeId", "justification", "scheduleInfo"}

// undoAlso are the requests that an undo makes for some records, with placeholders for
// ids.
func undoAlso() []graph.Request {
	addsMember := graph.Request{Method: http.MethodPost, Version: graph.V1, Template: "/groups/{group_id}/members/$ref"}
	return []graph.Request{
		graph.GetUser(id, ""), graph.SetAccountEnabled(id, true), graph.ListInboxRules(id), graph.SetInboxRuleEnabled(id, id, true),
		graph.ListConsents(id, ""), graph.CreateConsent(nil), graph.ListAppRoles(id, ""), graph.CreateAppRole(id, nil),
		graph.ListRoleAssignments(id), graph.ListActiveRoles(id), graph.ListEligibleRoles(id), graph.CreateRoleAssignment(nil),
		graph.RequestActiveRole(graph.AssignRole, nil, ""), graph.RequestEligibleRole(graph.AssignRole, nil, ""),
		graph.ListGroups(id), addsMember, graph.ListAuthenticationMethods(id), graph.GetSignInPreferences(id), graph.SetPreferredMethod(id, ""),
		graph.CreatePhone(id, nil), graph.CreateEmail(id, nil), graph.GetDevice(id), graph.SetDeviceEnabled(id, true),
		graph.ListRiskyUsers(), graph.DismissRisk(nil),
	}
}

// undoRequest returns a request of a record that takes a change of a user back. The
// error says that it is none, or that it is about somebody else.
func undoRequest(recorded containment.Request, user string) (graph.Request, error) {
	request, err := recorded.Graph()
	if err != nil {
		return request, err
	}
	body, err := rawjson.ParseObject(recorded.Body)
	for _, row := range takesBack {
		if err != nil || row.method != request.Method || !strings.EqualFold(row.template, request.Template) {
			continue
		}
		if hasOnly(body, row.members) && concerns(request, body, row.members, user) {
			return request, nil
		}
	}
	return request, failure.Argument("file", "The record asks for %s %s, which takes back no change of %s. Nothing was sent for it.", recorded.Method, recorded.URL, user)
}

// undoRead returns a read of a record that shows the state of a thing of a user. The
// error says that it is none: a file may ask for somebody else's mail in its place.
func undoRead(recorded containment.Reading, user string) (graph.Request, error) {
	request, err := recorded.Graph()
	if err != nil {
		return request, err
	}
	isKnown := slices.ContainsFunc(undoAlso(), func(known graph.Request) bool {
		return known.Method == http.MethodGet && strings.EqualFold(known.Template, request.Template)
	})
	if !isKnown || !concerns(request, nil, nil, user) {
		return request, failure.Argument("file", "The record reads with %s %s, which shows nothing of %s. Nothing was sent for it.", recorded.Method, recorded.URL, user)
	}
	return request, nil
}

// hasOnly reports whether a body has no members but these, and none twice: who reads the
// first of two sees another request than who reads the last.
func hasOnly(body rawjson.Object, members []string) bool {
	seen := map[string]bool{}
	for _, m := range body {
		if seen[m.Name] || !slices.Contains(members, m.Name) {
			return false
		}
		seen[m.Name] = true
	}
	return true
}

// concerns reports whether a request is about a user and nobody else. A member that says
// who it is about must be there where the operation has it.
func concerns(request graph.Request, body rawjson.Object, members []string, user string) bool {
	isUser := func(text string) bool { return strings.EqualFold(text, user) }
	says := map[string]func() bool{
		"principalId": func() bool { return isUser(body.Text("principalId")) },
		"consentType": func() bool { return body.Text("consentType") == "Principal" },
		"@odata.id": func() bool {
			return strings.HasSuffix(strings.ToLower(body.Text("@odata.id")), "/directoryobjects/"+strings.ToLower(user))
		},
		"userIds": func() bool {
			ids := rawjson.Texts(body.Get("userIds"))
			return len(ids) > 0 && !slices.ContainsFunc(ids, func(id string) bool { return !isUser(id) })
		},
	}
	for _, member := range members {
		if fits, ok := says[member]; ok && !fits() {
			return false
		}
	}
	ofUser := strings.HasPrefix(strings.ToLower(request.Template), "/users/{user}")
	return !ofUser || isUser(request.User())
}
