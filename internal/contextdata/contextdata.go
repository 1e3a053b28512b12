// Package contextdata keeps what the entries of a session put into the incident's
// context, as the platform does: playbooks read it by paths such as
// MSGraphUser.ID.
package contextdata

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

// Data is the context of one incident. The zero Data is empty and ready. It is
// not safe for concurrent use.
type Data struct{ root map[string]any }

// Add merges what entries put into the context.
//
// Under a plain path a value joins what is there: the first stands alone, further
// ones make a list of it, and one that is there already changes nothing. Under a
// path with a condition, Path(val.ID && val.ID == obj.ID), an object updates the
// one that the condition finds, and joins where it finds none.
func (d *Data) Add(entries ...xsoar.Entry) error {
	for _, entry := range entries {
		for _, key := range slices.Sorted(maps.Keys(entry.EntryContext)) {
			value, err := plain(entry.EntryContext[key])
			if err != nil {
				return fmt.Errorf("the context under %s: %w", key, err)
			}
			if err := d.put(key, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// plain turns a value into maps, lists and scalars, numbers as they were written.
func plain(value any) (any, error) {
	encoded, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber()
	var decoded any
	err = decoder.Decode(&decoded)
	return decoded, err
}

func (d *Data) put(key string, value any) error {
	names, members, err := parseKey(key)
	if err != nil {
		return err
	}
	if d.root == nil {
		d.root = map[string]any{}
	}
	parent := d.root
	for _, name := range names[:len(names)-1] {
		parent = objectIn(parent, name, names)
	}
	last := names[len(names)-1]
	parent[last] = joined(parent[last], value, members)
	return nil
}

// objectIn returns the object under a name on the way to a value, made where it
// is missing. Where a list of objects stands there, nothing says which of them the
// value belongs to: it gets one of its own, so that no object takes another's
// values.
func objectIn(parent map[string]any, name string, path []string) map[string]any {
	last := path[len(path)-1]
	switch there := parent[name].(type) {
	case nil:
		object := map[string]any{}
		parent[name] = object
		return object
	case map[string]any:
		return there
	case []any:
		for _, element := range there {
			if object, ok := element.(map[string]any); ok && len(object) == 1 && object[last] != nil {
				return object
			}
		}
		object := map[string]any{}
		parent[name] = append(there, object)
		return object
	default:
		object := map[string]any{}
		parent[name] = []any{there, object}
		return object
	}
}

// joined returns what stands under a path after value was added. members are
// those that have to agree for an object to update another; without any, nothing
// is updated.
func joined(there, value any, members []string) any {
	if there == nil {
		return value
	}
	list, isList := there.([]any)
	if !isList {
		list = []any{there}
	}
	values, several := value.([]any)
	if !several {
		values = []any{value}
	}
	for _, v := range values {
		list = withOne(list, v, members)
	}
	if len(list) == 1 && !isList && !several {
		return list[0]
	}
	return list
}

func withOne(list []any, value any, members []string) []any {
	for _, element := range list {
		if reflect.DeepEqual(element, value) {
			return list
		}
		if agree(element, value, members) {
			maps.Copy(element.(map[string]any), value.(map[string]any))
			return list
		}
	}
	return append(list, value)
}

// agree reports whether two values are objects that have members in common, each
// with the same value.
func agree(a, b any, members []string) bool {
	x, isObject := a.(map[string]any)
	y, isObjectToo := b.(map[string]any)
	if !isObject || !isObjectToo || len(members) == 0 {
		return false
	}
	for _, name := range members {
		if x[name] == nil || !reflect.DeepEqual(x[name], y[name]) {
			return false
		}
	}
	return true
}

// MarshalJSON encodes the whole context as one object.
func (d *Data) MarshalJSON() ([]byte, error) {
	if d.root == nil {
		return []byte("{}"), nil
	}
	return rawjson.Marshal(d.root)
}
