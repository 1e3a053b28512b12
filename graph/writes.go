package graph

import (
	"net/http"
	"net/url"
	"strings"

	"msgraph-user/internal/rawjson"
)

// Repetition says whether a write is sent again when its answer was lost, so that
// nobody knows whether it was made.
type Repetition string

// The rules.
const (
	Repeated     Repetition = "yes"        // making it twice is making it once
	RepeatedByID Repetition = "by id only" // a name may mean somebody else by then
	NotRepeated  Repetition = "no"
)

// Write is a row of Writes: an operation that changes something.
type Write struct {
	What             string // for a person
	Method, Template string
	// Property is the one that the body has to hold alone; empty for any body.
	Property string
	Again    Repetition
}

// Writes is the one table of what is sent again when an answer was lost. The first
// row that fits counts. docs/operations.md shows it.
//
// What somebody else may have changed in between is not set a second time: a
// password, other properties. What makes something new would make it twice.
var Writes = []Write{
	{"disable or enable an account", http.MethodPatch, "/users/{user}", "accountEnabled", Repeated},
	{"revoke the sessions of a user", http.MethodPost, "/users/{user}/revokeSignInSessions", "", Repeated},
	{"assign a manager", http.MethodPut, "/users/{user}/manager/$ref", "", Repeated},
	{"delete a user", http.MethodDelete, "/users/{user}", "", RepeatedByID},
	{"delete an authentication method or a temporary access pass", http.MethodDelete, "/users/{user}/authentication/{kind}/{method_id}", "", RepeatedByID},
	{"add a user to a group", http.MethodPost, "/groups/{group_id}/members/$ref", "", Repeated},
	{"remove a user from a group", http.MethodDelete, "/groups/{group_id}/members/{user}/$ref", "", Repeated},
	{"remove a directory role, without Privileged Identity Management", http.MethodDelete, "/roleManagement/directory/roleAssignments/{assignment_id}", "", Repeated},
	{"revoke a consent", http.MethodDelete, "/oauth2PermissionGrants/{grant_id}", "", Repeated},
	{"remove a role in an application", http.MethodDelete, "/users/{user}/appRoleAssignments/{assignment_id}", "", Repeated},
	{"disable or enable a device", http.MethodPatch, "/devices/{device_id}", "accountEnabled", Repeated},
	{"disable or enable an inbox rule", http.MethodPatch, "/users/{user}/mailFolders/{folder}/messageRules/{rule_id}", "isEnabled", Repeated},
	{"choose the default authentication method", http.MethodPatch, "/users/{user}/authentication/signInPreferences", "userPreferredMethodForSecondaryAuthentication", Repeated},
	{"confirm users as compromised", http.MethodPost, "/identityProtection/riskyUsers/confirmCompromised", "", Repeated},
	{"dismiss the risk of users", http.MethodPost, "/identityProtection/riskyUsers/dismiss", "", Repeated},
	{"set a password, or have it changed at the next sign-in", http.MethodPatch, "/users/{user}", "passwordProfile", NotRepeated},
	{"update other properties of a user", http.MethodPatch, "/users/{user}", "", NotRepeated},
	{"reset a password on premises", http.MethodPost, "/users/{user}/authentication/methods/{method_id}/resetPassword", "", NotRepeated},
	{"create a user", http.MethodPost, "/users", "", NotRepeated},
	{"create a temporary access pass", http.MethodPost, "/users/{user}/authentication/temporaryAccessPassMethods", "", NotRepeated},
	{"register a phone", http.MethodPost, "/users/{user}/authentication/phoneMethods", "", NotRepeated},
	{"register an e-mail address", http.MethodPost, "/users/{user}/authentication/emailMethods", "", NotRepeated},
	{"restore a user", http.MethodPost, "/directory/deletedItems/{user}/restore", "", NotRepeated},
	{"assign or remove a role through Privileged Identity Management", http.MethodPost, "/roleManagement/directory/roleAssignmentScheduleRequests", "", NotRepeated},
	{"assign or remove a role that may be activated", http.MethodPost, "/roleManagement/directory/roleEligibilityScheduleRequests", "", NotRepeated},
	{"create a client secret", http.MethodPost, "/servicePrincipals/{service_principal}/addPassword", "", NotRepeated},
}

// mayBeRepeated looks r up in the table of writes. A read changes nothing; a write
// that the table does not have is not repeated.
func (r Request) mayBeRepeated() bool {
	if r.Method == http.MethodGet {
		return true
	}
	for _, w := range Writes {
		if w.Method == r.Method && fitsTemplate(w.Template, r.Template) && (w.Property == "" || r.setsOnly(w.Property)) {
			return w.Again == Repeated || w.Again == RepeatedByID && IsObjectID(r.User())
		}
	}
	return false
}

// fitsTemplate reports whether template is of the form that row has: a placeholder
// of row stands for any segment.
func fitsTemplate(row, template string) bool {
	a, b := strings.Split(row, "/"), strings.Split(template, "/")
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && !isPlaceholder(a[i]) {
			return false
		}
	}
	return true
}

// setsOnly reports whether the body has the property, and nothing else.
func (r Request) setsOnly(property string) bool {
	body, err := r.encodedBody()
	if err != nil {
		return false
	}
	o, err := rawjson.ParseObject(body)
	return err == nil && len(o) == 1 && o[0].Name == property
}

// User returns the id or name of the user that r is about, as it was given to the
// constructor; "" where it is about none.
func (r Request) User() string {
	rest, ok := strings.CutPrefix(r.Path, "/users")
	if !ok || !strings.HasPrefix(r.Template, "/users/{user}") {
		return ""
	}
	segment, _, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "/")
	key, isKey := strings.CutPrefix(segment, "(")
	name, err := url.PathUnescape(strings.TrimSuffix(key, ")"))
	if err != nil {
		return "" // no segment that this program wrote
	}
	if isKey { // in quotes, which may be escaped
		name = strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(name, "'"), "'"), "''", "'")
	}
	return name
}
