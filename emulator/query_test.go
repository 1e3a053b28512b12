package emulator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"msgraph-user/emulator"
)

// What Microsoft's page on advanced queries says is refused without the advanced
// query parameters, and served with them.
func TestAdvancedQueriesNeedTheirParameters(t *testing.T) {
	x := start(t, emulator.Options{})
	for _, query := range []string{
		"$filter=accountEnabled ne true",
		"$filter=not(accountEnabled eq true)",
		"$filter=endsWith(userPrincipalName,'larkspur.example')",
		"$filter=department eq null",
		"$filter=companyName eq 'Larkspur Instruments'",
		"$filter=startsWith(officeLocation,'HQ')",
		"$filter=assignedLicenses/$count eq 0",
		"$filter=createdDateTime in (2026-01-01T00:00:00Z)",
		"$filter=startsWith(displayName,'A')&$orderby=displayName",
		"$orderby=createdDateTime",
	} {
		t.Run(query, func(t *testing.T) {
			x.t = t
			a := x.want(x.get("/v1.0/users?"+query), 400)
			if a.code() != "Request_UnsupportedQuery" {
				t.Errorf("code %s: %s", a.code(), a.message())
			}
			x.want(x.get("/v1.0/users?"+query, "ConsistencyLevel", "eventual"), 400)
			x.want(x.get("/v1.0/users?"+query+"&$count=true"), 400)
			x.want(x.get("/v1.0/users?"+query+"&$count=true", "ConsistencyLevel", "eventual"), 200)
		})
	}
	x.t = t
	if a := x.want(x.get(`/v1.0/users?$search="displayName:sam"`), 400); !strings.Contains(a.message(), "ConsistencyLevel: eventual") {
		t.Errorf("$search: %s", a.message())
	}
	x.want(x.get(`/v1.0/users?$search="displayName:sam"`, "ConsistencyLevel", "eventual"), 200)
}

func TestPlainQueriesAreServedAsTheyAre(t *testing.T) {
	x := start(t, emulator.Options{})
	for query, want := range map[string]int{
		"$filter=userPrincipalName eq '" + plain + "'":                                                               1,
		"$filter=startswith(displayName,'sam') and accountEnabled eq true":                                           1,
		"$filter=surname eq 'O''Brien'":                                                                              1,
		"$filter=userType eq 'Guest'":                                                                                4,
		"$filter=department in ('Legal','Executive')":                                                                3,
		"$filter=createdDateTime ge 2024-12-01T00:00:00Z and createdDateTime le 2024-12-31T00:00:00Z":                5,
		"$filter=proxyAddresses/any(p:startswith(p,'SMTP:sam'))":                                                     1,
		"$filter=assignedLicenses/any(l:l/skuId eq c7df2760-2c81-4ef7-b578-5b5392b571df)":                            9,
		"$filter=onPremisesSyncEnabled eq true":                                                                      10,
		"$filter=displayName eq 'nobody'":                                                                            0,
		"$filter=identities/any(i:i/issuer eq 'larkspur.onmicrosoft.com' and i/issuerAssignedId eq '" + plain + "')": 1,
	} {
		t.Run(query, func(t *testing.T) {
			x.t = t
			if got := len(x.want(x.get("/v1.0/users?$top=999&"+query), 200).value()); got != want {
				t.Errorf("%d users, want %d", got, want)
			}
		})
	}
}

func TestRefusedQueries(t *testing.T) {
	x := start(t, emulator.Options{})
	for _, c := range []struct {
		query  string
		status int
		says   string
	}{
		{"$top=1000", 400, "Invalid page size specified: '1000'. Must be between 1 and 999 inclusive."},
		{"$top=0", 400, "Invalid page size specified: '0'."},
		{"$top=many", 400, "non-negative integer"},
		{"$skip=5", 400, "'$skip' is not supported"},
		{"$select=manager", 501, "the relation 'manager'"},
		{"$select=aboutMe", 501, "not yet supported"},
		{"$expand=memberOf", 501, "$expand=memberOf"},
		{"$expand=shoes", 400, "Could not find a property named 'shoes'"},
		{"$expand=directReports($levels=max)", 501, "$levels"},
		{"$filter=shoeSize eq 44", 400, "Property 'shoeSize' does not exist"},
		{"$filter=accountEnabled eq 'true'", 400, "incompatible types"},
		{"$filter=displayName eq 7", 400, "incompatible types"},
		{"$filter=createdDateTime ge '2026-01-01'", 400, "incompatible types"},
		{"$filter=businessPhones eq '1'", 400, "any()"},
		{"$filter=aboutMe eq 'x'", 400, "Unsupported or invalid query filter clause specified for property 'aboutMe' of resource 'User'."},
		{"$filter=contains(displayName,'a')", 400, "use $search"},
		{"$filter=displayName eq", 400, "Invalid filter clause"},
		{"$filter=proxyAddresses/all(p:p eq 'x')", 400, "'all' is not supported"},
		{"$filter=id eq '1'" + strings.Repeat(" or id eq '1'", 15), 400, "Max allowed: 15"},
		{"$orderby=shoeSize", 400, "Could not find a property named 'shoeSize'"},
		{"$orderby=displayName upwards", 400, "Syntax error"},
		{"$count=maybe", 400, "Valid values are true and false"},
		{"$teleport=1", 400, "'$teleport' is not known"},
		{"$select=id&$select=mail", 400, "more than once"},
		{"$skiptoken=abc", 400, "page token"},
		{"$apply=groupby((city))", 501, "$apply"},
		{"$format=xml", 501, "answers JSON"},
	} {
		t.Run(c.query, func(t *testing.T) {
			x.t = t
			if a := x.want(x.get("/v1.0/users?"+c.query), c.status); !strings.Contains(a.message(), c.says) {
				t.Errorf("message %q, want %q in it", a.message(), c.says)
			}
		})
	}
}

func TestSearching(t *testing.T) {
	x := start(t, emulator.Options{})
	for search, want := range map[string]int{
		`"displayName:whit"`:                        1,
		`"displayName:whit" OR "displayName:vega"`:  2,
		`"displayName:sam" AND "mail:sam"`:          1,
		`"displayName:sam" AND "mail:zoe"`:          0,
		`("displayName:sam" OR "displayName:mira")`: 2,
		`"displayName:hitfield"`:                    0,
		`"displayName:Build Release"`:               1,
	} {
		if got := len(x.want(x.get("/v1.0/users?$search="+strings.ReplaceAll(search, `"`, "%22"), "ConsistencyLevel", "eventual"), 200).value()); got != want {
			t.Errorf("%s: %d users, want %d", search, got, want)
		}
	}
	x.want(x.get("/v1.0/users?$search=displayName:sam", "ConsistencyLevel", "eventual"), 400)
	x.want(x.get("/v1.0/users?$search=%22shoeSize:sam%22", "ConsistencyLevel", "eventual"), 400)
}

func TestPagesCoverEverybodyOnce(t *testing.T) {
	x := start(t, emulator.Options{})
	for _, query := range []string{"$top=7&$select=id", "$top=7&$select=id&$orderby=displayName desc", "$top=7&$select=id&$filter=accountEnabled ne false&$count=true&$orderby=department"} {
		t.Run(query, func(t *testing.T) {
			x.t = t
			var ids []string
			pages := 0
			for next := "/v1.0/users?" + query; next != ""; pages++ {
				a := x.want(x.get(next, "ConsistencyLevel", "eventual"), 200)
				for _, u := range a.value() {
					ids = append(ids, u["id"].(string))
				}
				if _, counted := a.json["@odata.count"]; counted != (pages == 0 && strings.Contains(query, "$count")) {
					t.Errorf("page %d: @odata.count there: %v", pages, counted)
				}
				next, _ = a.json["@odata.nextLink"].(string)
			}
			slices.Sort(ids)
			if n := len(slices.Compact(slices.Clone(ids))); n != len(ids) || n < 55 || pages != (n+6)/7 {
				t.Errorf("%d ids, %d different, on %d pages", len(ids), n, pages)
			}
		})
	}
}

func TestNextLinksLeadBackToWhereTheyWereGiven(t *testing.T) {
	x := start(t, emulator.Options{})
	a := x.want(x.do("GET", "http://127.0.0.1:8080/v1.0/users?$top=1&$filter=accountEnabled ne false&$count=true", "", "ConsistencyLevel", "eventual"), 200)
	next, _ := a.json["@odata.nextLink"].(string)
	if !strings.HasPrefix(next, "http://127.0.0.1:8080/v1.0/users?") || !strings.Contains(next, "$top=1") {
		t.Errorf("next link %s", next)
	}
	x.want(x.get(next), 400) // the header is asked for again on each page
	x.want(x.get(strings.Replace(next, "accountEnabled%20ne%20false", "accountEnabled%20ne%20true", 1), "ConsistencyLevel", "eventual"), 400)
}

func TestTheDefaultPageHoldsAHundred(t *testing.T) {
	x := start(t, emulator.Options{Users: 250})
	a := x.want(x.get("/v1.0/users?$count=true", "ConsistencyLevel", "eventual"), 200)
	if n := len(a.value()); n != 100 || a.json["@odata.count"] != 250.0 {
		t.Errorf("%d users on the first page, count %v", n, a.json["@odata.count"])
	}
	if a := x.want(x.get("/v1.0/users?$count=true"), 200); a.json["@odata.count"] != nil {
		t.Error("without the header $count is passed over")
	}
	if a := x.want(x.get("/v1.0/users/$count", "ConsistencyLevel", "eventual"), 200); a.text != "250" {
		t.Errorf("$count: %q", a.text)
	}
	x.want(x.get("/v1.0/users/$count"), 400)
}

func TestSelectingProperties(t *testing.T) {
	x := start(t, emulator.Options{})
	const defaults = `"businessPhones","displayName","givenName","jobTitle","mail","mobilePhone","officeLocation","preferredLanguage","surname","userPrincipalName","id"`
	for query, want := range map[string]string{
		"":                               defaults,
		"?$select=id,MAIL,displayName":   `"id","mail","displayName"`,
		"?$select=,userPrincipalName":    `"userPrincipalName"`,
		"?select=id":                     `"id"`,
		"?$select=onPremisesSyncEnabled": `"onPremisesSyncEnabled"`,
	} {
		a := x.want(x.get("/v1.0/users/"+plain+query), 200)
		if got := strings.Join(memberNames(a.text), ","); got != want {
			t.Errorf("%q: %s, want %s", query, got, want)
		}
	}
	// A user is of an open type: an unknown name is a property that it does not have.
	if a := x.want(x.get("/v1.0/users/"+plain+"?$select=shoeSize"), 200); a.text != `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users(shoeSize)/$entity"}` {
		t.Errorf("an unknown name: %s", a.text)
	}
	x.want(x.get(auth(plain)+"/phoneMethods?$select=shoeSize"), 400) // this type is not open
	all := x.want(x.get("/v1.0/users/"+plain+"?$select=*"), 200)
	for _, name := range []string{"accountEnabled", "department", "onPremisesSyncEnabled", "assignedLicenses"} {
		if _, ok := all.json[name]; !ok {
			t.Errorf("$select=* lacks %s", name)
		}
	}
}

// memberNames returns the quoted names of a flat JSON object's members in their
// order, @odata.context left out.
func memberNames(text string) []string {
	var names []string
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			end := i + 1
			for ; text[end] != '"'; end++ {
				if text[end] == '\\' {
					end++
				}
			}
			if depth == 1 && text[end+1] == ':' && !strings.Contains(text[i:end], "@") {
				names = append(names, text[i:end+1])
			}
			i = end
		}
	}
	return names
}

func TestUnknownPathsAreRefusedLoudly(t *testing.T) {
	x := start(t, emulator.Options{})
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/v1.0/teams", 501},
		{"GET", "/v1.0/users/" + plain + "/calendar", 501},
		{"GET", "/v1.0/users/" + plain + "/shoes", 400},
		{"GET", "/v1.0/users/" + plain + "/authentication/platformCredentialMethods", 501},
		{"POST", "/v1.0/users/" + plain + "/sendMail", 501},
		{"GET", "/beta/users", 501},
		{"PUT", "/v1.0/users", 405},
		{"DELETE", "/v1.0/users/" + plain + "/authentication/passwordMethods/28c10230-6103-485e-b985-444c60001490", 405},
		{"GET", "/v1.0/users/a%25b%3Dc", 400},
		{"GET", "/v1.0/users/..%2Fgroups", 400},
		{"GET", "/nothing/here", 501},
	} {
		if a := x.do(c.method, c.path, ""); a.status != c.status {
			t.Errorf("%s %s: %d, want %d: %s", c.method, c.path, a.status, c.status, a.text)
		}
	}
}

func TestNamesWithSpecialCharactersAreFound(t *testing.T) {
	x := start(t, emulator.Options{})
	for _, upn := range []string{"siobhan.o'brien@larkspur.example", guest, "max.o'hara_tailspin.example%23ext%23@LARKSPUR.onmicrosoft.com"} {
		x.want(x.get("/v1.0/users/"+upn), 200)
	}
	for name, want := range map[string]string{"noa.cohen": "נועה כהן", "front.desk": "🦊 Front Desk", "ada.pipe": "Ada Pipe | Build & Release", "renee.dubois": `Renée "Ren" Dubois`} {
		if a := x.want(x.get(fmt.Sprintf("/v1.0/users('%s@larkspur.example')", name)), 200); a.json["displayName"] != want {
			t.Errorf("%s: %v", name, a.json["displayName"])
		}
	}
}

func TestUnsupportedQueriesOnRelations(t *testing.T) {
	x := start(t, emulator.Options{})
	for _, path := range []string{
		"/v1.0/users/" + plain + "/memberOf?$filter=displayName eq 'x'", "/v1.0/users/" + plain + "/memberOf?$orderby=displayName",
		"/v1.0/users/" + plain + "/memberOf?$search=%22displayName:x%22", auth(plain) + "/methods?$filter=id eq 'x'",
		auth(plain) + "/phoneMethods?$orderby=id", auth(plain) + "/methods?$select=id",
	} {
		x.want(x.get(path, "ConsistencyLevel", "eventual"), 501)
	}
	x.want(x.get("/v1.0/users/"+plain+"/memberOf?$select=id,displayName&$top=1"), 200)
}
