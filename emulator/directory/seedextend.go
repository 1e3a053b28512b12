package directory

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"msgraph-user/emulator/schema"
)

// ParseParts reads some parts of a seed, which Extend adds to a whole one.
func ParseParts(raw []byte) (*Seed, error) {
	if !json.Valid(raw) {
		var nothing any
		return nil, fmt.Errorf("the parts of a seed are not JSON: %w", json.Unmarshal(raw, &nothing))
	}
	return splitParts(string(raw))
}

// Lists calls f with each list of objects of the seed and its name, in the order of
// the names. f may change the list.
func (seed *Seed) Lists(f func(part string, list *[]Record) error) error {
	lists := seed.lists()
	for _, part := range sortedKeys(lists) {
		if err := f(part, lists[part]); err != nil {
			return err
		}
	}
	for _, part := range sortedKeys(seed.Belongings) {
		list := seed.Belongings[part]
		if err := f(part, &list); err != nil {
			return err
		}
		seed.Belongings[part] = list
	}
	return nil
}

// Extend adds the parts of more to the seed. An object that the seed has under the
// same name gets the members of the one in more: items are added to its lists, and
// other values are replaced.
func (seed *Seed) Extend(more *Seed) {
	_ = more.Lists(func(part string, list *[]Record) error {
		into, known := seed.lists()[part]
		if !known {
			seed.Belongings[part] = append(seed.Belongings[part], *list...)
			return nil
		}
		for _, record := range *list {
			at := -1
			if name := naturalName(record); name != "" && part != "directoryAudits" {
				at = slices.IndexFunc(*into, func(r Record) bool { return naturalName(r) == name })
			}
			if at < 0 {
				*into = append(*into, record)
				continue
			}
			(*into)[at] = (*into)[at].extended(record)
		}
		return nil
	})
}

func (r Record) extended(more Record) Record {
	next := slices.Clone(r)
	for _, m := range more {
		at := slices.IndexFunc(next, func(own schema.Member) bool { return own.Name == m.Name })
		if at < 0 {
			next = append(next, m)
			continue
		}
		own, isList := schema.Items(next[at].Raw)
		items, areItems := schema.Items(m.Raw)
		if isList && areItems {
			m.Raw = "[" + strings.Join(append(own, items...), ",") + "]"
		}
		next[at] = m
	}
	return next
}
