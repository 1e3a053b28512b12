package admin

import (
	"maps"
	"slices"

	"msgraph-user/emulator/principals"
)

// permissionSum is what one application needed and had.
type permissionSum struct {
	Application string   `json:"application"`
	DisplayName string   `json:"displayName"`
	Requests    int      `json:"requests"`
	Needed      []string `json:"needed"`  // the least set for what it asked so far
	Missing     []string `json:"missing"` // of these, what it was not granted
	Excess      []string `json:"excess"`  // granted and not needed
}

// permissions sums up the log: the least permissions that the requests so far
// would have needed, by application, and what was granted beyond.
func (c *Controls) permissions() any {
	needed, requests := map[string]map[string]bool{}, map[string]int{}
	for _, o := range c.parts.Log.Answered() {
		if needed[o.AppID] == nil {
			needed[o.AppID] = map[string]bool{}
		}
		requests[o.AppID]++
		for _, permission := range o.Least {
			needed[o.AppID][permission] = true
		}
	}
	sums := []permissionSum{}
	for _, id := range slices.Sorted(maps.Keys(needed)) {
		app, ok := principals.Of(c.parts.Store).Application(id)
		if !ok {
			continue // such as no token at all
		}
		granted := slices.Concat(app.Roles, app.Scopes)
		slices.Sort(granted)
		s := permissionSum{
			Application: id, DisplayName: app.DisplayName, Requests: requests[id],
			Needed: slices.Sorted(maps.Keys(needed[id])), Missing: []string{}, Excess: []string{},
		}
		for _, permission := range s.Needed {
			if !slices.Contains(granted, permission) {
				s.Missing = append(s.Missing, permission)
			}
		}
		for _, permission := range slices.Compact(granted) {
			if !needed[id][permission] {
				s.Excess = append(s.Excess, permission)
			}
		}
		sums = append(sums, s)
	}
	return map[string]any{"value": sums}
}
