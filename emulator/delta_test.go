package emulator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"msgraph-user/emulator"
)

// round follows a delta query from link to its delta link and returns what came.
func (x *tenant) round(link string, header ...string) (items []map[string]any, deltaLink string) {
	x.t.Helper()
	for {
		a := x.want(x.get(link, header...), 200)
		items = append(items, a.value()...)
		next, more := a.json["@odata.nextLink"].(string)
		if !more {
			deltaLink, _ = a.json["@odata.deltaLink"].(string)
			if deltaLink == "" {
				x.t.Fatalf("neither a next link nor a delta link: %s", a.text)
			}
			return items, deltaLink
		}
		link = next
	}
}

func (x *tenant) id(upn string) string {
	x.t.Helper()
	id, _ := x.want(x.get("/v1.0/users/"+upn+"?$select=id"), 200).json["id"].(string)
	return id
}

func TestDeltaShowsWhatChangedSinceThen(t *testing.T) {
	x := start(t, emulator.Options{})
	all, link := x.round("/v1.0/users/delta?$select=displayName,jobTitle&$top=10")
	if len(all) < 60 {
		t.Fatalf("the first round has %d users", len(all))
	}
	if nothing, _ := x.round(link); len(nothing) != 0 {
		t.Errorf("nothing changed, yet: %v", nothing)
	}
	changed, removed, purged := x.id(plain), x.id(synced), x.id(guest)
	x.want(x.do("PATCH", "/v1.0/users/"+plain, `{"jobTitle":"Lead"}`), 204)
	x.want(x.do("PATCH", "/v1.0/users/"+userAdmin, `{"city":"Salem"}`), 204) // not selected
	x.want(x.do("DELETE", "/v1.0/users/"+removed, ""), 204)
	x.want(x.do("DELETE", "/v1.0/users/"+purged, ""), 204)
	x.purge(purged)
	created, _ := x.want(x.do("POST", "/v1.0/users", newHire(nil)), 201).json["id"].(string)
	items, link := x.round(link)
	got := map[string]string{}
	for _, item := range items {
		id := item["id"].(string)
		if tombstone, ok := item["@removed"].(map[string]any); ok {
			got[id] = tombstone["reason"].(string)
		} else {
			got[id] = fmt.Sprint(item["jobTitle"])
		}
	}
	want := map[string]string{changed: "Lead", removed: "changed", purged: "deleted", created: "<nil>"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("changes %v, want %v", got, want)
	}
	x.want(x.do("POST", "/v1.0/directory/deletedItems/"+removed+"/restore", ""), 200)
	if items, _ := x.round(link); len(items) != 1 || items[0]["displayName"] != "Omar Farouk" {
		t.Errorf("a restored user comes back: %v", items)
	}
}

func TestDeltaOptions(t *testing.T) {
	x := start(t, emulator.Options{})
	t.Run("latest begins now", func(t *testing.T) {
		x.t = t
		items, link := x.round("/v1.0/users/delta?$deltatoken=latest")
		if len(items) != 0 {
			t.Errorf("%d items", len(items))
		}
		x.want(x.do("PATCH", "/v1.0/users/"+plain, `{"jobTitle":"A"}`), 204)
		if items, _ := x.round(link); len(items) != 1 {
			t.Errorf("%d items after a change", len(items))
		}
	})
	t.Run("minimal shows only what changed", func(t *testing.T) {
		x.t = t
		_, link := x.round("/v1.0/users/delta?$select=displayName,jobTitle,mail")
		x.want(x.do("PATCH", "/v1.0/users/"+plain, `{"jobTitle":"B"}`), 204)
		items, _ := x.round(link, "Prefer", "return=minimal")
		if len(items) != 1 || len(items[0]) != 2 || items[0]["jobTitle"] != "B" {
			t.Errorf("%v", items)
		}
	})
	t.Run("a filter by id", func(t *testing.T) {
		x.t = t
		one, two := x.id(plain), x.id(userAdmin)
		items, link := x.round("/v1.0/users/delta?$filter=id eq '" + one + "' or id eq '" + two + "'")
		if len(items) != 2 {
			t.Errorf("%d items", len(items))
		}
		x.want(x.do("PATCH", "/v1.0/users/"+helpdesk, `{"displayName":"C"}`), 204)
		if items, _ := x.round(link); len(items) != 0 {
			t.Errorf("another user's change: %v", items)
		}
	})
	t.Run("a leading comma in $select", func(t *testing.T) {
		x.t = t
		items, _ := x.round("/v1.0/users/delta?$select=,userPrincipalName")
		if len(items[0]) != 2 {
			t.Errorf("%v", items[0])
		}
	})
	x.t = t
	for query, says := range map[string]string{
		"$filter=displayName eq 'x'": "by id only",
		"$orderby=displayName":       "not supported in a delta query",
		"$deltatoken=nonsense":       "Badly formed token",
		"$filter=" + strings.Repeat("id eq '00000000-0000-0000-0000-000000000000' or ", 50) + "id eq '00000000-0000-0000-0000-000000000000'": "50 ids at most",
	} {
		if a := x.want(x.get("/v1.0/users/delta?"+query), 400); !strings.Contains(a.message(), says) {
			t.Errorf("%.40s: %s", query, a.message())
		}
	}
}

func TestDeltaTokensEnd(t *testing.T) {
	x := start(t, emulator.Options{})
	_, link := x.round("/v1.0/users/delta?$select=id")
	x.now = x.now.Add(7 * 24 * time.Hour)
	x.token = x.signIn(emulator.ReadyApplication, emulator.ReadySecret)
	if a := x.want(x.get(link), 400); a.code() != "syncStateNotFound" {
		t.Errorf("after seven days: %s", a.text)
	}
	_, link = x.round("/v1.0/users/delta?$select=id")
	if err := x.Reset(); err != nil {
		t.Fatal(err)
	}
	x.token = x.signIn(emulator.ReadyApplication, emulator.ReadySecret)
	gone := x.want(x.get(link), 410)
	if location := gone.header.Get("Location"); location == "" {
		t.Error("a 410 says where to start over")
	} else if items, _ := x.round(location); len(items) < 60 {
		t.Errorf("starting over gives %d users", len(items))
	}
}

func TestDeltaPagesOfChanges(t *testing.T) {
	x := start(t, emulator.Options{Users: 130})
	_, link := x.round("/v1.0/users/delta?$select=jobTitle", "Prefer", "odata.maxpagesize=20")
	var ids []string
	for _, u := range x.want(x.get("/v1.0/users?$top=999&$select=id,jobTitle&$filter=jobTitle eq 'Analyst'"), 200).value() {
		ids = append(ids, u["id"].(string))
	}
	for _, id := range ids {
		x.want(x.do("PATCH", "/v1.0/users/"+id, `{"jobTitle":"Changed"}`), 204)
	}
	items, _ := x.round(link)
	var got []string
	for _, item := range items {
		got = append(got, item["id"].(string))
	}
	if !slices.Equal(got, ids) {
		t.Errorf("%d changes, want %d in their order", len(got), len(ids))
	}
}
