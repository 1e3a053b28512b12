package emulator_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"msgraph-user/emulator"
)

// with makes a tenant with an application that has these permissions alone, and its
// token.
func with(t *testing.T, permissions string) *tenant {
	t.Helper()
	x := start(t, emulator.Options{Seed: withApplication(t, strings.Fields(permissions))})
	x.token = x.signIn("99999999-9999-9999-9999-999999999999", "one-permission-secret")
	return x
}

// What stands in a relation comes with type and id where the token may not read its
// type, and nothing is said to be an error.
func TestMembersThatMayNotBeReadComeWithTypeAndId(t *testing.T) {
	const boss = "/v1.0/users/mira.holt@larkspur.example"
	group := start(t, emulator.Options{}).get("/v1.0/groups?$filter=displayName eq 'All Company'")
	if len(group.value()) == 0 {
		group = start(t, emulator.Options{}).get("/v1.0/users/" + plain + "/memberOf/graph.group")
	}
	members := "/v1.0/groups/" + group.value()[0]["id"].(string) + "/members"
	for _, c := range []struct {
		permissions, path, typeName string
		readable                    string // a property that is shown
		hidden                      string // one that is not
	}{
		{"Directory.Read.All", "/v1.0/users/" + breakGlass + "/memberOf", "directoryRole", "displayName", ""},
		{"GroupMember.Read.All Directory.Read.All", members, "user", "displayName", ""},
		{"GroupMember.Read.All", members, "user", "", "displayName"},
		{"GroupMember.Read.All User.ReadBasic.All", members, "user", "displayName", "jobTitle"},
		{"GroupMember.Read.All User.Read.All", members, "user", "jobTitle", ""},
		{"User.Read.All", "/v1.0/users/" + plain + "/transitiveMemberOf", "group", "", "displayName"},
		{"User.Read.All Group.Read.All", "/v1.0/users/" + plain + "/transitiveMemberOf", "group", "displayName", ""},
		{"User.Read.All Group.Read.All", "/v1.0/users/" + breakGlass + "/transitiveMemberOf", "directoryRole", "", "displayName"},
		{"User.Read.All", "/v1.0/users/" + plain + "/ownedDevices", "device", "", "displayName"},
		{"User.Read.All Device.Read.All", "/v1.0/users/" + plain + "/ownedDevices", "device", "displayName", ""},
		{"User.Read.All", boss + "/directReports", "user", "jobTitle", ""},
		{"RoleManagement.Read.Directory", "/v1.0/directoryRoles", "directoryRole", "displayName", ""},
	} {
		t.Run(c.permissions+" "+c.path, func(t *testing.T) {
			x := with(t, c.permissions)
			found := 0
			for _, o := range x.want(x.get(c.path), 200).value() {
				if tag, tagged := o["@odata.type"]; tagged && tag != "#microsoft.graph."+c.typeName {
					continue
				}
				found++
				if id, _ := o["id"].(string); id == "" {
					t.Errorf("no id: %v", o)
				}
				if value, there := o[c.readable]; c.readable != "" && (!there || value == nil) {
					t.Errorf("%s is not shown: %v", c.readable, o)
				}
				if value, there := o[c.hidden]; c.hidden != "" && (!there || value != nil) {
					t.Errorf("%s is %v", c.hidden, value)
				}
			}
			if found == 0 {
				t.Errorf("there is no %s", c.typeName)
			}
		})
	}
}

// What may not be read may not be filtered, ordered, searched or expanded by: the
// answer would tell it.
func TestWhatMayNotBeReadMayNotBeAskedFor(t *testing.T) {
	for _, c := range []struct {
		permissions, query string
		status             int
	}{
		{"User.ReadBasic.All", "$filter=displayName eq 'x'", 200},
		{"User.ReadBasic.All", "$filter=department eq 'Sales'", 403},
		{"User.ReadBasic.All", "$filter=startsWith(displayName,'A') and accountEnabled eq true", 403},
		{"User.ReadBasic.All", "$filter=assignedLicenses/any(l:l/skuId eq c7df2760-2c81-4ef7-b578-5b5392b571df)", 403},
		{"User.ReadBasic.All", "$filter=onPremisesExtensionAttributes/extensionAttribute1 eq 'x'&$count=true", 403},
		{"User.ReadBasic.All", "$orderby=displayName", 200},
		{"User.ReadBasic.All", "$orderby=createdDateTime&$count=true", 403},
		{"User.ReadBasic.All", `$search="displayName:sam"`, 200},
		{"User.ReadBasic.All", `$search="jobTitle:lead"`, 403},
		{"User.ReadBasic.All", `$search="displayName:sam" OR "department:sales"`, 403},
		{"User.ReadBasic.All", "$expand=manager", 403},
		{"User.ReadBasic.All", "$expand=directReports($select=id)", 403},
		{"User.Read.All", "$expand=manager", 200},
		{"User.Read.All", "$filter=department eq 'Sales'", 200},
		{"User.Read.All", "$filter=signInActivity/lastSignInDateTime le 2026-01-01T00:00:00Z", 403},
		{"User.Read.All", "$expand=manager($select=signInActivity)", 403},
		{"User.Read.All AuditLog.Read.All", "$filter=signInActivity/lastSignInDateTime le 2026-01-01T00:00:00Z", 200},
	} {
		t.Run(c.permissions+" "+c.query, func(t *testing.T) {
			x := with(t, c.permissions)
			for _, path := range []string{"/v1.0/users?", "/v1.0/users/$count?"} {
				if strings.Contains(path, "$count") && strings.Contains(c.query, "$count") {
					continue
				}
				name, value, _ := strings.Cut(c.query, "=")
				value, rest, _ := strings.Cut(value, "&")
				a := x.want(x.get(path+name+"="+url.QueryEscape(value)+"&"+rest, "ConsistencyLevel", "eventual"), c.status)
				if c.status == 403 && !slices.Contains([]string{"Authorization_RequestDenied", "Authentication_MSGraphPermissionMissing"}, a.code()) {
					t.Errorf("%s", a.text)
				}
			}
		})
	}
	x := with(t, "GroupMember.Read.All")
	group := x.get("/v1.0/groups?$top=1").value()[0]["id"].(string)
	x.want(x.get("/v1.0/groups/"+group+"/members/graph.user?$filter=accountEnabled eq true"), 403)
	x.want(x.get("/v1.0/groups/"+group+"/members/graph.user?$orderby=displayName"), 403)
}

// Each item of a mixed collection has those of the selected properties that its
// type has.
func TestSelectOverAMixedCollectionIsJudgedItemByItem(t *testing.T) {
	x := start(t, emulator.Options{})
	a := x.want(x.get("/v1.0/users/"+breakGlass+"/memberOf?$select=id,displayName,roleTemplateId,mailNickname,accountEnabled"), 200)
	want := map[any]string{
		"#microsoft.graph.directoryRole": "[@odata.type displayName id roleTemplateId]",
		"#microsoft.graph.group":         "[@odata.type displayName id mailNickname]",
	}
	seen := map[any]bool{}
	for _, o := range a.value() {
		var names []string
		for name := range o {
			names = append(names, name)
		}
		slices.Sort(names)
		seen[o["@odata.type"]] = true
		if got := fmt.Sprint(names); got != want[o["@odata.type"]] {
			t.Errorf("%v has %s, want %s", o["@odata.type"], got, want[o["@odata.type"]])
		}
	}
	if len(seen) != 2 {
		t.Errorf("the collection holds %v", seen)
	}
	x.want(x.get("/v1.0/users/"+plain+"/directReports?$select=id,roleTemplateId"), 200)
	x.want(x.get("/v1.0/users/"+plain+"/directReports?$select=id,shoes"), 200)
}

// The chain of managers up to the root, as Microsoft's page shows it.
func TestTheChainOfManagersIsExpanded(t *testing.T) {
	x := start(t, emulator.Options{})
	chain := func(query string) (names []any) {
		t.Helper()
		a := x.want(x.get("/v1.0/users/noa.cohen@larkspur.example?"+query, "ConsistencyLevel", "eventual"), 200)
		for o := a.json; o != nil; o, _ = o["manager"].(map[string]any) {
			names = append(names, o["displayName"])
		}
		return names
	}
	const all = "[נועה כהן Sam Whitfield Aiko Tanaka Mira Holt]"
	for query, want := range map[string]string{
		"$expand=manager($levels=max;$select=id,displayName)&$select=id,displayName&$count=true": all,
		"$expand=manager($levels=max)":                          all,
		"$expand=manager($levels=2)":                            "[נועה כהן Sam Whitfield Aiko Tanaka]",
		"$expand=manager($levels=1)":                            "[נועה כהן Sam Whitfield]",
		"$expand=manager":                                       "[נועה כהן Sam Whitfield]",
		"$expand=manager($expand=manager($select=displayName))": "[נועה כהן Sam Whitfield Aiko Tanaka]",
		"$expand=manager($select=displayName;$expand=manager)":  "[נועה כהן Sam Whitfield Aiko Tanaka]",
	} {
		if got := fmt.Sprint(chain(query)); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	a := x.want(x.get("/v1.0/users/"+plain+"?$select=id&$expand=directReports($select=displayName)"), 200)
	if reports, _ := a.json["directReports"].([]any); len(reports) != len(x.get("/v1.0/users/"+plain+"/directReports").value()) || len(reports) == 0 {
		t.Errorf("%s", a.text)
	}
	if a := x.want(x.get("/v1.0/users/"+plain+"/manager?$expand=manager($levels=max)"), 200); !strings.Contains(a.text, `"manager":{`) {
		t.Errorf("%s", a.text)
	}
	x.want(x.get("/v1.0/users?$top=3&$expand=manager($levels=max;$select=id)"), 200)
	for query, status := range map[string]int{
		"$expand=manager($levels=0)": 400, "$expand=manager($levels=1001)": 400, "$expand=manager($levels=some)": 400,
		"$expand=directReports($levels=2)": 501, "$expand=manager($top=1)": 501, "$expand=manager($levels=2;$expand=manager)": 501,
		"$expand=memberOf": 501, "$expand=manager,directReports": 400, "$expand=manager($select=shoes)": 200, "$expand=manager($select=id": 400,
	} {
		x.want(x.get("/v1.0/users/"+plain+"?"+query), status)
	}
	x.want(x.do("PUT", "/v1.0/users/mira.holt@larkspur.example/manager/$ref", `{"@odata.id":"https://graph.microsoft.com/v1.0/users/`+plain+`"}`), 204)
	if got := len(chain("$expand=manager($levels=max)")); got != 4 {
		t.Errorf("a circle of managers is %d long", got)
	}
}
