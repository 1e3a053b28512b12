package emulator

import (
	"maps"
	"slices"
)

// permissions sums up the log: the least permissions that the requests so far
// would have needed, by application, and what it was granted beyond.
func (t *Tenant) permissions() any {
	type sum struct {
		Application string   `json:"application"`
		Needed      []string `json:"needed"`
		Excess      []string `json:"excess"` // granted and never needed
	}
	needed := map[string]map[string]bool{}
	for _, o := range t.Requests() {
		if needed[o.AppID] == nil {
			needed[o.AppID] = map[string]bool{}
		}
		if len(o.Needed) > 0 {
			needed[o.AppID][o.Needed[0]] = true // any one of them is enough
		}
	}
	sums := []sum{}
	for _, id := range slices.Sorted(maps.Keys(needed)) {
		app, ok := people{t.store}.Application(id)
		if !ok {
			continue
		}
		s := sum{Application: id, Needed: slices.Sorted(maps.Keys(needed[id])), Excess: []string{}}
		for _, granted := range slices.Sorted(slices.Values(slices.Concat(app.Roles, app.Scopes))) {
			if !needed[id][granted] && !slices.Contains(s.Excess, granted) {
				s.Excess = append(s.Excess, granted)
			}
		}
		sums = append(sums, s)
	}
	return map[string]any{"value": sums}
}
