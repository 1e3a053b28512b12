package warroom

import (
	"encoding/json"
	"maps"
	"slices"

	"msgraph-user/internal/terminal"
	"msgraph-user/internal/xsoar"
)

// maxUserNames bounds how many names are kept for completion.
const maxUserNames = 5000

// userNames are the user principal names that answers held, and the mail addresses
// of people whose answer had no such name: in most tenants they are the same. A name
// that could steer the terminal is not offered.
type userNames struct{ seen map[string]bool }

// learn keeps the names that entries hold.
func (u *userNames) learn(entries []xsoar.Entry) {
	if u.seen == nil {
		u.seen = map[string]bool{}
	}
	for _, entry := range entries {
		encoded, err := json.Marshal(entry.Contents)
		if err != nil {
			continue // an answer that cannot be read has no names to offer
		}
		var contents any
		if json.Unmarshal(encoded, &contents) == nil {
			u.collect(contents)
		}
	}
}

func (u *userNames) collect(value any) {
	switch v := value.(type) {
	case map[string]any:
		name, _ := v["userPrincipalName"].(string)
		if name == "" {
			name, _ = v["mail"].(string)
		}
		if name != "" && name == terminal.Line(name) && len(u.seen) < maxUserNames {
			u.seen[name] = true
		}
		for _, member := range v {
			u.collect(member)
		}
	case []any:
		for _, element := range v {
			u.collect(element)
		}
	}
}

func (u *userNames) sorted() []string { return slices.Sorted(maps.Keys(u.seen)) }
