package emulator_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"msgraph-user/emulator"
)

// metadata is Microsoft's, read separately: the tenant's own reading of it is not
// trusted here.
type metadata struct {
	api   *openapi3.T
	types map[string]modelType
	count int // the values checked
}

type modelType struct {
	Kind       string   `json:"kind"`
	Base       string   `json:"base"`
	Open       bool     `json:"open"`
	Members    []string `json:"members"`
	Properties map[string]struct {
		Type     string `json:"type"`
		Nullable *bool  `json:"nullable"`
	} `json:"properties"`
	Navigation map[string]string `json:"navigation"`
}

func readMetadata(t *testing.T) *metadata {
	t.Helper()
	m, err := readOnce()
	if err != nil {
		t.Fatal(err)
	}
	return &metadata{api: m.api, types: m.types}
}

var readOnce = sync.OnceValues(func() (*metadata, error) {
	raw, err := os.ReadFile("../testdata/graph/graph-model.json")
	if err != nil {
		return nil, err
	}
	var model struct{ Types, Beta map[string]modelType }
	if err := json.Unmarshal(raw, &model); err != nil {
		return nil, err
	}
	maps.Copy(model.Types, model.Beta)
	api, err := openapi3.NewLoader().LoadFromFile("../testdata/graph/graph-openapi.json")
	if err != nil {
		return nil, err
	}
	return &metadata{api: api, types: model.Types}, nil
})

// answerFits checks an answer against the operation's response schema, where the
// description has the operation.
func (m *metadata) answerFits(operation string, status int, body any) error {
	method, path, _ := strings.Cut(operation, " ")
	item := m.api.Paths.Value(path)
	if item == nil || item.GetOperation(method) == nil {
		return nil
	}
	responses := item.GetOperation(method).Responses
	response := responses.Value(fmt.Sprint(status))
	if response == nil && status < 300 {
		response = responses.Value("2XX")
	}
	if response == nil {
		response = responses.Value("default")
	}
	content := response.Value.Content.Get("application/json")
	if content == nil || body == nil {
		return nil
	}
	return content.Schema.Value.VisitJSON(body, openapi3.MultiErrors())
}

// requestFits checks the body of a request that was accepted against the
// operation's request schema, where the description has the operation.
func (m *metadata) requestFits(operation string, body []byte) error {
	method, path, _ := strings.Cut(operation, " ")
	item := m.api.Paths.Value(path)
	if item == nil || item.GetOperation(method) == nil || item.GetOperation(method).RequestBody == nil {
		return nil
	}
	content := item.GetOperation(method).RequestBody.Value.Content.Get("application/json")
	if content == nil {
		return nil
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return err
	}
	return content.Schema.Value.VisitJSON(value, openapi3.MultiErrors())
}

// entityFits checks an object against the CSDL: each name exists, each value is
// of its type, null only where it may be.
func (m *metadata) entityFits(typeName string, object map[string]any) error {
	if tag, ok := object["@odata.type"].(string); ok {
		typeName = strings.TrimPrefix(tag, "#microsoft.graph.")
	}
	if _, ok := m.types[typeName]; !ok {
		return fmt.Errorf("there is no type %q", typeName)
	}
	for name, value := range object {
		if strings.Contains(name, "@") {
			continue
		}
		kind, nullable, ok := m.property(typeName, name)
		if !ok {
			return fmt.Errorf("%s has no %q", typeName, name)
		}
		if err := m.valueFits(kind, nullable, value); err != nil {
			return fmt.Errorf("%s.%s: %w", typeName, name, err)
		}
	}
	return nil
}

func (m *metadata) property(typeName, name string) (kind string, nullable, ok bool) {
	for typeName != "" {
		t := m.types[typeName]
		if p, ok := t.Properties[name]; ok {
			return p.Type, p.Nullable == nil || *p.Nullable, true
		}
		if target, ok := t.Navigation[name]; ok {
			return target, true, true
		}
		typeName = t.Base
	}
	return "", false, false
}

func (m *metadata) valueFits(kind string, nullable bool, value any) error {
	m.count++
	if value == nil {
		if !nullable {
			return fmt.Errorf("null, though it must not be")
		}
		return nil
	}
	if inner, ok := strings.CutPrefix(kind, "Collection("); ok {
		items, ok := value.([]any)
		if !ok {
			return fmt.Errorf("%v is no collection", value)
		}
		for _, item := range items {
			if err := m.valueFits(strings.TrimSuffix(inner, ")"), false, item); err != nil {
				return err
			}
		}
		return nil
	}
	fits := true
	switch {
	case kind == "Edm.Boolean":
		_, fits = value.(bool)
	case strings.HasPrefix(kind, "Edm.Int"), kind == "Edm.Double":
		_, fits = value.(float64)
	case strings.HasPrefix(kind, "Edm."):
		_, fits = value.(string)
	case m.types[kind].Kind == "enum":
		text, _ := value.(string)
		fits = slices.Contains(m.types[kind].Members, text)
	default:
		object, ok := value.(map[string]any)
		if !ok {
			return fmt.Errorf("%v is no object", value)
		}
		if _, known := m.types[kind]; known {
			return m.entityFits(kind, object)
		}
	}
	if !fits {
		return fmt.Errorf("%v is no %s", value, kind)
	}
	return nil
}

// walker asks for things and checks every answer.
type walker struct {
	*tenant
	meta *metadata
}

// check asks for a path and checks what comes against both descriptions.
func (w *walker) check(path, typeName string) answer {
	w.t.Helper()
	a := w.get(path, "ConsistencyLevel", "eventual")
	requests := w.Requests()
	operation := requests[len(requests)-1].Operation
	if a.status >= 500 {
		w.t.Fatalf("%s: %s", path, a.text)
	}
	if err := w.meta.answerFits(operation, a.status, any(a.json)); err != nil {
		w.t.Errorf("%s: %s does not fit the OpenAPI description: %v", path, operation, err)
	}
	if a.status >= 400 {
		return a
	}
	objects := a.value()
	if _, collection := a.json["value"].([]any); !collection {
		objects = []map[string]any{a.json}
	}
	for _, object := range objects {
		if err := w.meta.entityFits(typeName, object); err != nil {
			w.t.Errorf("%s: %v", path, err)
		}
	}
	return a
}

// Every user and every relation of the sample company is asked for, and each
// answer held against Microsoft's descriptions.
func TestAnswersFitMicrosoftsMetadata(t *testing.T) {
	w := &walker{start(t, emulator.Options{}), readMetadata(t)}
	all := w.check("/v1.0/users?$top=999&$count=true&$select=id,userPrincipalName&$expand=manager", "user")
	for _, path := range []string{"/v1.0/users", "/v1.0/users?$select=*", "/v1.0/users/delta", "/v1.0/groups", "/v1.0/devices", "/v1.0/directoryRoles", "/v1.0/servicePrincipals"} {
		typeName := map[string]string{"groups": "group", "devices": "device", "directoryRoles": "directoryRole", "servicePrincipals": "servicePrincipal"}[path[len("/v1.0/"):]]
		if typeName == "" {
			typeName = "user"
		}
		w.check(path, typeName)
	}
	const roleSet = "/v1.0/roleManagement/directory/"
	for path, typeName := range map[string]string{
		"/v1.0/auditLogs/signIns?$top=999": "signIn", "/v1.0/identityProtection/riskyUsers": "riskyUser", "/v1.0/identityProtection/riskDetections": "riskDetection",
		"/v1.0/oauth2PermissionGrants": "oAuth2PermissionGrant", roleSet + "roleDefinitions": "unifiedRoleDefinition",
		roleSet + "roleAssignments?$expand=roleDefinition": "unifiedRoleAssignment", roleSet + "roleAssignments?$expand=principal": "unifiedRoleAssignment",
		roleSet + "roleAssignmentScheduleInstances": "unifiedRoleAssignmentScheduleInstance", roleSet + "roleEligibilityScheduleInstances": "unifiedRoleEligibilityScheduleInstance",
	} {
		if len(w.check(path, typeName).value()) == 0 {
			t.Errorf("the company has none of %s", path)
		}
	}
	kinds := map[string]string{"passwordMethods": "passwordAuthenticationMethod", "phoneMethods": "phoneAuthenticationMethod", "emailMethods": "emailAuthenticationMethod",
		"fido2Methods": "fido2AuthenticationMethod", "microsoftAuthenticatorMethods": "microsoftAuthenticatorAuthenticationMethod", "softwareOathMethods": "softwareOathAuthenticationMethod",
		"windowsHelloForBusinessMethods": "windowsHelloForBusinessAuthenticationMethod", "temporaryAccessPassMethods": "temporaryAccessPassAuthenticationMethod"}
	seen := map[string]int{}
	for _, user := range all.value() {
		path := "/v1.0/users/" + url.PathEscape(user["userPrincipalName"].(string))
		w.check(path, "user")
		w.check(path+"?$select=*,signInActivity,aboutMe", "user")
		w.check(path+"/manager", "user")
		for _, relation := range []string{"directReports", "memberOf", "transitiveMemberOf", "ownedDevices", "registeredDevices", "authentication/methods"} {
			seen[relation] += len(w.check(path+"/"+relation, "directoryObject").value())
		}
		for relation, typeName := range map[string]string{"oauth2PermissionGrants": "oAuth2PermissionGrant", "appRoleAssignments": "appRoleAssignment",
			"licenseDetails": "licenseDetails", "mailFolders/inbox/messageRules": "messageRule"} {
			seen[relation] += len(w.check(path+"/"+relation, typeName).value())
		}
		w.check("/beta"+strings.TrimPrefix(path, "/v1.0")+"/authentication/signInPreferences", "signInPreferences")
		for segment, typeName := range kinds {
			for _, method := range w.check(path+"/authentication/"+segment, typeName).value() {
				seen[segment]++
				w.check(path+"/authentication/"+segment+"/"+method["id"].(string), typeName)
			}
			w.check(path+"/authentication/"+segment+"/nothing", typeName)
		}
	}
	for _, what := range append(slices.Collect(maps.Keys(kinds)), "directReports", "memberOf", "ownedDevices", "oauth2PermissionGrants", "appRoleAssignments", "licenseDetails", "mailFolders/inbox/messageRules") {
		if seen[what] == 0 {
			t.Errorf("the company has no %s", what)
		}
	}
	t.Logf("%d values checked", w.meta.count)
	if w.meta.count < 20_000 {
		t.Errorf("only %d values were checked", w.meta.count)
	}
}

// The checks find what is wrong: a checker that cannot fail proves nothing.
func TestTheConformanceChecksCanFail(t *testing.T) {
	m := readMetadata(t)
	for name, object := range map[string]map[string]any{
		"unknown name":     {"shoeSize": "44"},
		"wrong type":       {"accountEnabled": "true"},
		"null not allowed": {"businessPhones": nil},
		"nested":           {"passwordProfile": map[string]any{"pasword": "x"}},
	} {
		if m.entityFits("user", object) == nil {
			t.Errorf("%s: not found by the model's check", name)
		}
	}
	phone := map[string]any{"id": "1", "phoneType": "carrier pigeon"}
	if m.entityFits("phoneAuthenticationMethod", phone) == nil {
		t.Error("an unknown member of an enumeration was not found by the model's check")
	}
	if m.answerFits("GET /v1.0/users/{user-id}", 200, map[string]any{"accountEnabled": "true"}) == nil {
		t.Error("a string for a boolean was not found by the OpenAPI check")
	}
	if m.requestFits("PATCH /v1.0/users/{user-id}", []byte(`{"accountEnabled":"true"}`)) == nil {
		t.Error("a request with a string for a boolean was not found by the OpenAPI check")
	}
	if m.answerFits("GET /v1.0/users/{user-id}", 404, map[string]any{"message": "gone"}) == nil {
		t.Error("an error without its shape was not found by the OpenAPI check")
	}
}
