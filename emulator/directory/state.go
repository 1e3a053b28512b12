package directory

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Relation is a directed link between two objects.
type Relation uint8

// The relations, each named after what the second object is to the first.
const (
	Manager         Relation = iota // of a user
	Member                          // of a group or directory role
	RegisteredOwner                 // of a device
	RegisteredUser                  // of a device
	relations
)

// state is everything the tenant holds. Its maps and slices are changed only
// under the store's lock; the objects in them never are.
type state struct {
	version uint64 // of the last change
	seq     uint64 // of the last object created
	floor   uint64 // changes up to this version are no longer in the log

	live    map[string]*Object
	byType  map[string][]*Object // ascending by Seq
	deleted map[string]*Object   // what can still be restored
	names   map[string]string    // folded unique names → id
	owned   map[string][]*Object // what belongs to an object, by its id
	owners  owners               // whose what is that can be found without its owner
	audits  []*Object            // changes and their authors, the oldest first
	forward [relations]map[string][]string
	back    [relations]map[string][]string
	log     []Change // ascending by Version
}

func newState() *state {
	st := &state{
		live: map[string]*Object{}, byType: map[string][]*Object{}, deleted: map[string]*Object{},
		names: map[string]string{}, owned: map[string][]*Object{}, owners: owners{},
	}
	for r := range relations {
		st.forward[r], st.back[r] = map[string][]string{}, map[string][]string{}
	}
	return st
}

// clone copies the state so that changes to one do not show in the other.
func (st *state) clone() *state {
	next := *st
	next.live, next.deleted, next.names = maps.Clone(st.live), maps.Clone(st.deleted), maps.Clone(st.names)
	next.byType, next.owned = cloneLists(st.byType), cloneLists(st.owned)
	next.owners, next.audits = st.owners.clone(), slices.Clip(st.audits)
	for r := range relations {
		next.forward[r], next.back[r] = cloneLists(st.forward[r]), cloneLists(st.back[r])
	}
	next.log = slices.Clone(st.log)
	return &next
}

func cloneLists[T any](lists map[string][]T) map[string][]T {
	next := make(map[string][]T, len(lists))
	for key, list := range lists {
		next[key] = slices.Clone(list)
	}
	return next
}

// uniqueNames returns the names under which o can be found beside its id.
func uniqueNames(o *Object) []string {
	switch o.Type.Name {
	case "user":
		return []string{"upn:" + strings.ToLower(o.Text("userPrincipalName"))}
	case "servicePrincipal":
		return []string{"app:" + strings.ToLower(o.Text("appId"))}
	case "directoryRole":
		return []string{"role:" + strings.ToLower(o.Text("displayName"))}
	}
	return nil
}

func (st *state) put(o *Object, at time.Time) {
	old := st.live[o.ID]
	list := st.byType[o.Type.Name]
	if old == nil {
		if o.Seq == 0 {
			st.seq++
			o.Seq = st.seq
		}
		st.seq = max(st.seq, o.Seq)
		where, _ := position(list, o.Seq)
		st.byType[o.Type.Name] = slices.Insert(list, where, o)
	} else {
		if o.Seq != old.Seq { // a replica shares the object with its leader's readers
			o.Seq = old.Seq
		}
		where, _ := position(list, o.Seq)
		list[where] = o
		st.forget(old)
	}
	st.live[o.ID] = o
	for _, name := range uniqueNames(o) {
		st.names[name] = o.ID
	}
	st.record(Change{ID: o.ID, Type: o.Type.Name, At: at, Fields: changed(old, o), Created: old == nil})
}

func (st *state) forget(o *Object) {
	for _, name := range uniqueNames(o) {
		delete(st.names, name)
	}
}

func position(list []*Object, seq uint64) (int, bool) {
	return slices.BinarySearchFunc(list, seq, func(o *Object, want uint64) int {
		return int(int64(o.Seq) - int64(want))
	})
}

// remove takes the object out of sight; it may come back from deleted.
func (st *state) remove(id string, at time.Time) *Object {
	o := st.live[id]
	if o == nil {
		return nil
	}
	list := st.byType[o.Type.Name]
	if where, found := position(list, o.Seq); found {
		st.byType[o.Type.Name] = slices.Delete(list, where, where+1)
	}
	delete(st.live, id)
	st.forget(o)
	st.record(Change{ID: id, Type: o.Type.Name, At: at})
	return o
}

// purge forgets a deleted object for good, with all that belonged to it.
func (st *state) purge(id string, at time.Time) {
	o := st.deleted[id]
	if o == nil {
		return
	}
	delete(st.deleted, id)
	for _, child := range st.owned[id] {
		st.owners.drop(child)
	}
	delete(st.owned, id)
	for r := range relations {
		for _, to := range slices.Clone(st.forward[r][id]) {
			st.unlink(r, id, to)
		}
		for _, from := range slices.Clone(st.back[r][id]) {
			st.unlink(r, from, id)
		}
	}
	st.record(Change{ID: id, Type: o.Type.Name, At: at})
}

func (st *state) link(r Relation, from, to string) {
	if slices.Contains(st.forward[r][from], to) {
		return
	}
	st.forward[r][from] = append(st.forward[r][from], to)
	st.back[r][to] = append(st.back[r][to], from)
}

func (st *state) unlink(r Relation, from, to string) {
	drop(st.forward[r], from, to)
	drop(st.back[r], to, from)
}

func drop(lists map[string][]string, key, item string) {
	rest := slices.DeleteFunc(slices.Clone(lists[key]), func(s string) bool { return s == item })
	if len(rest) == 0 {
		delete(lists, key)
		return
	}
	lists[key] = rest
}

func (st *state) own(owner string, o *Object) {
	if o.Seq == 0 {
		st.seq++
		o.Seq = st.seq
	}
	st.seq = max(st.seq, o.Seq)
	st.owners.add(o, owner)
	list := slices.Clone(st.owned[owner])
	at := slices.IndexFunc(list, func(x *Object) bool { return x.Type == o.Type && x.ID == o.ID })
	if at < 0 {
		list = append(list, o)
	} else {
		list[at] = o
	}
	st.owned[owner] = list
}

func (st *state) disown(owner, typeName, id string) {
	left := slices.DeleteFunc(slices.Clone(st.owned[owner]), func(x *Object) bool {
		gone := x.Type.Name == typeName && x.ID == id
		if gone {
			st.owners.drop(x)
		}
		return gone
	})
	if len(left) == 0 {
		delete(st.owned, owner)
		return
	}
	st.owned[owner] = left
}
