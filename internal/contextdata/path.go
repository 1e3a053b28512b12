package contextdata

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// equality matches val.X == obj.X, the part of a condition that says which member
// tells objects apart.
var equality = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`val\.(\w+)\s*={2,3}\s*obj\.(\w+)`) })

// parseKey splits a key of an entry's context into the names of its path and the
// members of its condition.
func parseKey(key string) (names, members []string, err error) {
	path, condition, conditional := strings.Cut(key, "(")
	names = strings.Split(path, ".")
	if slices.Contains(names, "") {
		return nil, nil, fmt.Errorf("%q is not a path in the context", key)
	}
	if !conditional {
		return names, nil, nil
	}
	for _, match := range equality().FindAllStringSubmatch(condition, -1) {
		if match[1] == match[2] {
			members = append(members, match[1])
		}
	}
	if len(members) == 0 || !strings.HasSuffix(condition, ")") {
		return nil, nil, fmt.Errorf("the condition of %q compares no member of val and obj", key)
	}
	return names, members, nil
}

// step is one part of a path that is read: a name, or the place in a list.
type step struct {
	name  string
	index int // -1 for a name
}

var stepPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([^.\[\]]*)((?:\[\d+\])*)$`) })

// parsePath reads a path such as MSGraphUser.ID or MSGraphUser.[0].Manager.ID.
// The platform's ${…} around it is taken off.
func parsePath(path string) ([]step, error) {
	path = strings.TrimSpace(path)
	if inner, ok := strings.CutPrefix(path, "${"); ok {
		path = strings.TrimSuffix(inner, "}")
	}
	var steps []step
	for part := range strings.SplitSeq(path, ".") {
		match := stepPattern().FindStringSubmatch(part)
		if match == nil || part == "" {
			return nil, fmt.Errorf("%q is not a path in the context; a path reads like MSGraphUser.ID or MSGraphUser.[0].ID", path)
		}
		if match[1] != "" {
			steps = append(steps, step{match[1], -1})
		}
		for index := range strings.SplitSeq(strings.Trim(match[2], "[]"), "][") {
			if index == "" {
				continue
			}
			n, err := strconv.Atoi(index)
			if err != nil {
				return nil, fmt.Errorf("%q is not a path in the context: %s is too large an index", path, index)
			}
			steps = append(steps, step{"", n})
		}
	}
	return steps, nil
}

// Get returns what stands under a path, and whether anything does. A name after a
// list is looked up in each of its elements, as the platform does: MSGraphUser.ID
// is the list of all their ids. An empty path gives the whole context.
func (d *Data) Get(path string) (value any, found bool, err error) {
	if strings.TrimSpace(path) == "" {
		return d.root, len(d.root) > 0, nil
	}
	steps, err := parsePath(path)
	if err != nil {
		return nil, false, err
	}
	value, found = follow(d.root, steps)
	return value, found, nil
}

func follow(value any, steps []step) (any, bool) {
	if len(steps) == 0 {
		return value, true
	}
	first, rest := steps[0], steps[1:]
	switch v := value.(type) {
	case map[string]any:
		member, ok := v[first.name]
		if !ok || first.index >= 0 {
			return nil, false
		}
		return follow(member, rest)
	case []any:
		if first.index >= 0 {
			if first.index >= len(v) {
				return nil, false
			}
			return follow(v[first.index], rest)
		}
		var found []any
		for _, element := range v {
			if member, ok := follow(element, steps); ok {
				found = append(found, member)
			}
		}
		return found, len(found) > 0
	}
	return nil, false
}

// Paths returns the paths that lead to something, in order: for completion.
func (d *Data) Paths() []string {
	seen := map[string]bool{}
	collect("", d.root, seen)
	return slices.Sorted(maps.Keys(seen))
}

func collect(path string, value any, seen map[string]bool) {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			inner := strings.TrimPrefix(path+"."+name, ".")
			seen[inner] = true
			collect(inner, member, seen)
		}
	case []any:
		for _, element := range v {
			collect(path, element, seen)
		}
	}
}
