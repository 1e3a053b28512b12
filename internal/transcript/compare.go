package transcript

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"msgraph-user/internal/rawjson"
)

// Difference is a place in an answer that reads otherwise than recorded.
type Difference struct {
	Method   string // of the request, or its JSON where it had none
	ID       string // of the request, as JSON
	Path     string // in the answer, such as result.entries[0].Contents.id
	Recorded string // as JSON; empty where it was not there
	Played   string
}

// String returns the difference in three lines.
func (d Difference) String() string {
	absent := func(text string) string {
		if text == "" {
			return "(nothing)"
		}
		return text
	}
	return fmt.Sprintf("%s (id %s), %s\n  recorded: %s\n  now:      %s", d.Method, d.ID, d.Path, absent(d.Recorded), absent(d.Played))
}

// comparison compares one answer.
type comparison struct {
	counterparts counterparts
	found        []Difference
}

func (c *comparison) differs(path string, recorded, played json.RawMessage) {
	c.found = append(c.found, Difference{Path: path, Recorded: short(recorded), Played: short(played)})
}

// shownBytes is how much of a value a difference shows.
const shownBytes = 300

func short(raw json.RawMessage) string {
	if len(raw) <= shownBytes {
		return string(raw)
	}
	return strings.ToValidUTF8(string(raw[:shownBytes]), "") + "…"
}

// values compares two values at a path.
func (c *comparison) values(path string, recorded, played json.RawMessage) {
	if slices.Contains(volatilePaths, path) || string(recorded) == string(played) {
		return
	}
	if a, err := rawjson.ParseObject(recorded); err == nil {
		if b, err := rawjson.ParseObject(played); err == nil {
			c.objects(path, a, b)
			return
		}
	}
	if a, err := rawjson.ParseArray(recorded); err == nil {
		if b, err := rawjson.ParseArray(played); err == nil {
			c.lists(path, a, b)
			return
		}
	}
	a, isText := rawjson.Text(recorded)
	b, isTextToo := rawjson.Text(played)
	if isText && isTextToo && c.counterparts.sameText(a, b) {
		return
	}
	c.differs(path, recorded, played)
}

// objects compares members whatever their order.
func (c *comparison) objects(path string, recorded, played rawjson.Object) {
	for _, member := range recorded {
		inner := strings.TrimPrefix(path+"."+member.Name, ".")
		if value := played.Get(member.Name); value != nil {
			c.values(inner, member.Value, value)
		} else {
			c.differs(inner, member.Value, nil)
		}
	}
	for _, member := range played {
		if recorded.Get(member.Name) == nil {
			c.differs(strings.TrimPrefix(path+"."+member.Name, "."), nil, member.Value)
		}
	}
}

func (c *comparison) lists(path string, recorded, played []json.RawMessage) {
	for i := range max(len(recorded), len(played)) {
		inner := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case i >= len(played):
			c.differs(inner, recorded[i], nil)
		case i >= len(recorded):
			c.differs(inner, nil, played[i])
		default:
			c.values(inner, recorded[i], played[i])
		}
	}
}
