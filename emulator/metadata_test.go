package emulator_test

import (
	"strings"
	"testing"

	"msgraph-user/emulator"
	"msgraph-user/emulator/company"
)

// How much an answer says about itself is what the caller accepts.
func TestMetadataLevels(t *testing.T) {
	x := start(t, emulator.Options{})
	const path = "/v1.0/users?$top=1&$select=id,businessPhones,createdDateTime,displayName&$expand=manager($select=id)&$count=true"
	get := func(accept string) answer {
		t.Helper()
		a := x.want(x.get(path, "Accept", accept, "ConsistencyLevel", "eventual"), 200)
		level := strings.TrimPrefix(accept, "application/json;odata.metadata=")
		if level == accept {
			level = "minimal"
		}
		if got := a.header.Get("Content-Type"); !strings.Contains(got, "odata.metadata="+level) {
			t.Errorf("%s: Content-Type %s", accept, got)
		}
		return a
	}
	for _, accept := range []string{"", "application/json", "application/json;odata.metadata=minimal", "*/*"} {
		if a := get(accept); a.json["@odata.context"] == nil || strings.Contains(a.text, "@odata.editLink") {
			t.Errorf("%s: %s", accept, a.text)
		}
	}
	none := get("application/json;odata.metadata=none")
	if strings.Contains(none.text, "@odata.context") || strings.Contains(none.text, "@odata.type") || none.json["@odata.nextLink"] == nil || none.json["@odata.count"] == nil {
		t.Errorf("none: %s", none.text)
	}
	full := get("application/json;odata.metadata=full").value()[0]
	for name, want := range map[string]string{
		"@odata.type": "#microsoft.graph.user", "businessPhones@odata.type": "#Collection(String)", "createdDateTime@odata.type": "#DateTimeOffset",
		"@odata.editLink": graph + "/v1.0/directoryObjects/", "memberOf@odata.navigationLink": graph + "/v1.0/directoryObjects/",
	} {
		if got, _ := full[name].(string); !strings.HasPrefix(got, want) {
			t.Errorf("full: %s is %q, want %q", name, got, want)
		}
	}
	if _, there := full["displayName@odata.type"]; there {
		t.Error("full: a text needs no type")
	}
	batch := x.want(x.do("POST", "/v1.0/$batch", `{"requests":[{"id":"1","method":"GET","url":"/users/`+plain+`","headers":{"Accept":"application/json;odata.metadata=none"}}]}`), 200)
	if strings.Contains(batch.text, "@odata.context") {
		t.Errorf("an item of a batch: %s", batch.text)
	}
	w := &walker{x, readMetadata(t)}
	if err := w.meta.entityFits("user", full); err != nil {
		t.Error(err)
	}
}

// The url of a batch's item is relative to the version: with one it names a path
// that Graph does not have.
func TestABatchItemThatNamesTheVersion(t *testing.T) {
	x := start(t, emulator.Options{})
	a := x.want(x.do("POST", "/v1.0/$batch", `{"requests":[{"id":"1","method":"GET","url":"/v1.0/users"},{"id":"2","method":"GET","url":"beta/users"},{"id":"3","method":"GET","url":"/users"}]}`), 200)
	responses, _ := a.json["responses"].([]any)
	for i, want := range []float64{400, 400, 200} {
		item, _ := responses[i].(map[string]any)
		if item["status"] != want {
			t.Errorf("item %d: %v", i+1, item["status"])
		}
	}
	if !strings.Contains(a.text, "Resource not found for the segment 'v1.0'.") || !strings.Contains(a.text, "Resource not found for the segment 'beta'.") {
		t.Errorf("%s", a.text)
	}
}

// Where Graph would have a value that the tenant does not keep, an empty one would
// be a lie.
func TestNothingEmptyStandsForWhatIsNotKept(t *testing.T) {
	x := start(t, emulator.Options{})
	for _, property := range []string{"mailboxSettings", "deviceEnrollmentLimit"} {
		if a := x.want(x.get("/v1.0/users/"+plain+"?$select="+property), 501); !strings.Contains(a.message(), property) {
			t.Errorf("%s", a.text)
		}
	}
	x = start(t, emulator.Options{Seed: withUser(t, `{"userPrincipalName":"box@larkspur.example","displayName":"Box","mailboxSettings":{"timeZone":"UTC"}}`)})
	x.want(x.get("/v1.0/users/box@larkspur.example?$select=mailboxSettings"), 200)
}

// The start that is printed for a seed of one's own makes a tenant that works.
func TestTheTemplateMakesATenant(t *testing.T) {
	x := start(t, emulator.Options{Seed: company.Template()}) // signs its application in
	if a := x.want(x.get("/v1.0/users/ben.user@example.com/manager"), 200); a.json["displayName"] != "Ann Admin" {
		t.Errorf("%s", a.text)
	}
	if a := x.want(x.get("/v1.0/users/ben.user@example.com/memberOf"), 200); a.value()[0]["displayName"] != "Sales" {
		t.Errorf("%s", a.text)
	}
	x.token = x.signInAs("ann.admin@example.com")
	x.want(x.get("/v1.0/me"), 200)
}
