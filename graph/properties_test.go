package graph_test

import (
	"strings"
	"testing"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
)

func parseObject(t *testing.T, text string) rawjson.Object {
	t.Helper()
	object, err := rawjson.ParseObject([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return object
}

func marshal(t *testing.T, object rawjson.Object) string {
	t.Helper()
	data, err := object.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestAPropertyIsFoundWhateverItsLetterCase(t *testing.T) {
	for _, test := range []struct{ typed, text, want string }{
		{"AccountEnabled", "false", `{"accountEnabled":false}`},
		{"BUSINESSPHONES", "+1 555 0100", `{"businessPhones":["+1 555 0100"]}`},
		{"jobtitle", "Analyst", `{"jobTitle":"Analyst"}`},
		{"employeehiredate", "2026-01-02", `{"employeeHireDate":"2026-01-02T00:00:00Z"}`},
		{"Extension_0123_ShoeSize", "42", `{"Extension_0123_ShoeSize":"42"}`},
	} {
		member, err := graph.ParseProperty(test.typed, test.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := marshal(t, rawjson.Object{member}); got != test.want {
			t.Errorf("%s=%s is sent as %s, want %s", test.typed, test.text, got, test.want)
		}
	}
}

func TestPropertiesInJSONGetGraphsNames(t *testing.T) {
	named, err := graph.NameProperties(parseObject(t, `{"JobTitle":"A","EmployeeHireDate":"2026-01-02","x_Y":1,"birthday":null}`))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := marshal(t, named), `{"jobTitle":"A","employeeHireDate":"2026-01-02T00:00:00Z","x_Y":1,"birthday":null}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	_, err = graph.NameProperties(parseObject(t, `{"JobTitle":"A","jobTitle":"B"}`))
	if e := wantFailure(t, err, failure.BadArgument); e.Argument != "jobTitle" {
		t.Errorf("the error is about %q", e.Argument)
	}
}

func TestTheManagerIsNoPropertyButHasACommand(t *testing.T) {
	_, byPair := graph.ParseProperty("Manager", "ben@contoso.com")
	_, byJSON := graph.NameProperties(parseObject(t, `{"manager":"ben@contoso.com"}`))
	for _, err := range []error{byPair, byJSON} {
		if e := wantFailure(t, err, failure.BadArgument); !strings.Contains(e.Error(), "msgraph-user-assign-manager") {
			t.Errorf("%v does not name the command", e)
		}
	}
}

func TestPropertiesOfOtherServicesGoInARequestOfTheirOwn(t *testing.T) {
	const all = `{"aboutMe":"a","jobTitle":"b","birthday":"c","hireDate":"d","interests":[],"city":"e","mySite":"f","pastProjects":[],"responsibilities":[],"schools":[],"Skills":[],"employeeHireDate":"g"}`
	directory, services := graph.SplitProperties(parseObject(t, all))
	if got, want := marshal(t, directory), `{"jobTitle":"b","city":"e","employeeHireDate":"g"}`; got != want {
		t.Errorf("directory: %s, want %s", got, want)
	}
	if got, want := marshal(t, services), `{"aboutMe":"a","birthday":"c","hireDate":"d","interests":[],"mySite":"f","pastProjects":[],"responsibilities":[],"schools":[],"Skills":[]}`; got != want {
		t.Errorf("services: %s, want %s", got, want)
	}
}

func TestSignInActivityNeedsTheObjectID(t *testing.T) {
	const id = "87d349ed-44d7-43e1-9a83-5f2406dee5bd"
	for _, test := range []struct {
		user, properties string
		want             bool
	}{
		{adele, "id,displayName,signInActivity", true},
		{adele, "SIGNINACTIVITY", true},
		{adele, "id, signInActivity/lastSignInDateTime ", true},
		{adele, "id,displayName", false},
		{adele, "*", false},
		{adele, "", false},
		{id, "signInActivity", false},
		{strings.ToUpper(id), "signInActivity", false},
	} {
		if got := graph.NeedsObjectID(test.user, test.properties); got != test.want {
			t.Errorf("%s of %s: %t, want %t", test.properties, test.user, got, test.want)
		}
	}
}

func TestAnObjectIDIsAGUID(t *testing.T) {
	const id = "87d349ed-44d7-43e1-9a83-5f2406dee5bd"
	for name, want := range map[string]bool{
		id: true, strings.ToUpper(id): true,
		"": false, adele: false, id[1:]: false, id + "0": false,
		"87d349ed044d7-43e1-9a83-5f2406dee5bd": false, "g7d349ed-44d7-43e1-9a83-5f2406dee5bd": false,
	} {
		if got := graph.IsObjectID(name); got != want {
			t.Errorf("%q: %t, want %t", name, got, want)
		}
	}
}
