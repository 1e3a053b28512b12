package graphapi

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"msgraph-user/emulator/throttling"
)

// Microsoft's metadata says which permissions suffice for an operation; the rows
// say the same.
func TestPermissionsAreThoseOfTheMetadata(t *testing.T) {
	type list struct{ Any, Least []string }
	var api struct {
		Paths map[string]map[string]struct {
			Permissions struct{ Application, DelegatedWork *list } `json:"x-permissions"`
		}
	}
	raw, err := os.ReadFile("../../testdata/graph/graph-openapi.json")
	if err == nil {
		err = json.Unmarshal(raw, &api)
	}
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, r := range routes() {
		wanted := api.Paths[r.path][strings.ToLower(r.method)].Permissions
		for _, side := range []struct {
			name string
			want *list
			have grant
		}{{"application", wanted.Application, r.permission.application}, {"delegated", wanted.DelegatedWork, r.permission.delegated}} {
			if side.want == nil || r.handle == nil {
				continue
			}
			compared++
			have := slices.Compact(slices.Sorted(slices.Values(side.have.any)))
			if want := slices.Sorted(slices.Values(side.want.Any)); !slices.Equal(have, want) {
				t.Errorf("%s, %s: %q suffice, the metadata has %q", r.operation(), side.name, have, want)
			}
			for _, least := range side.have.least {
				if side.have.advised {
					if !slices.Contains(side.want.Any, least) || slices.Contains(side.want.Least, least) {
						t.Errorf("%s, %s: %s is advised, the metadata has %q, of them %q least", r.operation(), side.name, least, side.want.Any, side.want.Least)
					}
					continue
				}
				if !slices.Contains(side.want.Least, least) {
					t.Errorf("%s, %s: %s is least, the metadata has %q", r.operation(), side.name, least, side.want.Least)
				}
			}
		}
	}
	if compared < 80 {
		t.Errorf("only %d lists were compared", compared)
	}
}

// A row without a rule would let everybody in.
func TestEveryRouteHasItsRules(t *testing.T) {
	for _, r := range routes() {
		if r.handle == nil || r.free {
			continue
		}
		if len(r.permission.application.any)+len(r.permission.delegated.any) == 0 {
			t.Errorf("%s asks for no permission", r.operation())
		}
		if rule := r.roles; len(rule.anyOf) == 0 && !rule.anyMember && !rule.handler && !rule.self {
			t.Errorf("%s has no rule for people", r.operation())
		}
		if reading := r.method == "GET"; r.roles.anyMember && !reading {
			t.Errorf("%s changes something, and anybody may", r.operation())
		}
	}
}

// What an operation costs, after
// https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits.
func TestRoutesCostWhatMicrosoftSays(t *testing.T) {
	table := newRouteTable(routes())
	for _, c := range []struct {
		method, path string
		cost         int
		family       throttling.Family
		writes       bool
	}{
		{"GET", "users", 2, throttling.Directory, false},
		{"GET", "users/delta", 0, throttling.Directory, false},
		{"GET", "users/x", 0, throttling.Directory, false},
		{"GET", "users/x/memberOf", 2, throttling.Directory, false},
		{"GET", "users/x/transitiveMemberOf", 2, throttling.Directory, false},
		{"GET", "groups/x/members", 3, throttling.Directory, false},
		{"GET", "groups/x/transitiveMembers", 5, throttling.Directory, false},
		{"GET", "devices", 0, throttling.Directory, false},
		{"GET", "subscribedSkus", 3, throttling.Directory, false},
		{"POST", "users", 0, throttling.Directory, true},
		{"PATCH", "users/x", 0, throttling.Directory, true},
		{"PUT", "users/x/manager/$ref", 0, throttling.Directory, true},
		{"DELETE", "users/x", 0, throttling.Directory, true},
		{"POST", "users/x/revokeSignInSessions", 0, throttling.Directory, true},
		{"POST", "users/x/getMemberGroups", 2, throttling.Directory, false},
		{"POST", "directoryObjects/getByIds", 3, throttling.Directory, false},
		{"GET", "identityProtection/riskyUsers", 0, throttling.Protection, false},
		{"GET", "identity/conditionalAccess/policies", 0, throttling.Protection, false},
	} {
		segments, err := parsePath("/v1.0/" + c.path)
		if err != nil {
			t.Fatal(err)
		}
		r, _ := table.find(c.method, segments)
		if r == unknownRoute {
			t.Errorf("%s %s is unknown", c.method, c.path)
		}
		if writes := c.method != "GET" && !r.reads; r.cost != c.cost || r.family != c.family || writes != c.writes {
			t.Errorf("%s %s: cost %d, family %d, writes %v", c.method, c.path, r.cost, r.family, writes)
		}
	}
}
