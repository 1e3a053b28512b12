package warroom

import (
	"encoding/json"
	"maps"
	"slices"

	"msgraph-user/internal/terminal"
	"msgraph-user/internal/xsoar"
)

// Limits of the ids that completion offers.
const (
	maxRecentAnswers = 5
	maxRecentIDs     = 500
)

// recentIDs are the ids of things in the last answers, such as methods and devices. An
// id that could steer the terminal is not offered.
type recentIDs struct{ answers [][]string }

// learn keeps the ids that entries hold.
func (r *recentIDs) learn(entries []xsoar.Entry) {
	var found []string
	for _, entry := range entries {
		encoded, err := json.Marshal(entry.Contents)
		if err != nil {
			continue // an answer that cannot be read has no ids to offer
		}
		var contents any
		if json.Unmarshal(encoded, &contents) == nil {
			found = collectIDs(contents, found)
		}
	}
	if len(found) == 0 {
		return
	}
	r.answers = append([][]string{found}, r.answers...)
	r.answers = r.answers[:min(len(r.answers), maxRecentAnswers)]
}

func collectIDs(value any, found []string) []string {
	switch v := value.(type) {
	case map[string]any:
		if id, ok := v["id"].(string); ok && id != "" && id == terminal.Line(id) && len(found) < maxRecentIDs {
			found = append(found, id)
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if name != "id" {
				found = collectIDs(v[name], found)
			}
		}
	case []any:
		for _, element := range v {
			found = collectIDs(element, found)
		}
	}
	return found
}

// latest returns the ids, those of the last answer first.
func (r *recentIDs) latest() []string {
	var ids []string
	for _, answer := range r.answers {
		for _, id := range answer {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}
