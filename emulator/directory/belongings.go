package directory

import (
	"cmp"
	"maps"
	"slices"
)

// A belonging is an object that is part of another one, its owner: it goes with the
// owner to the deleted items, and comes back with it. Most are reached through their
// owner alone; those of findable types also by their own id, or in one list of all.

// findable are the types of belongings that are found without their owner: each with
// the part of a seed that lists them, and the property that names the owner. Where no
// property does, a record of the seed says it with "user".
var findable = []struct{ typeName, part, owner string }{
	{"signIn", "signIns", "userId"},
	{"riskyUser", "riskyUsers", ""},
	{"riskDetection", "riskDetections", "userId"},
	{"messageRule", "messageRules", ""},
	{"oAuth2PermissionGrant", "oauth2PermissionGrants", "principalId"},
	{"appRoleAssignment", "appRoleAssignments", "principalId"},
	{"unifiedRoleAssignment", "roleAssignments", "principalId"},
	{"unifiedRoleAssignmentScheduleInstance", "roleAssignmentScheduleInstances", "principalId"},
	{"unifiedRoleEligibilityScheduleInstance", "roleEligibilityScheduleInstances", "principalId"},
	{"unifiedRoleAssignmentScheduleRequest", "", ""},
	{"unifiedRoleEligibilityScheduleRequest", "", ""},
}

// owners are the owners of findable belongings, by type and id.
type owners map[string]map[string]string

// isPart reports whether a part of a seed lists findable belongings.
func isPart(name string) bool {
	for _, kind := range findable {
		if kind.part == name && name != "" {
			return true
		}
	}
	return false
}

func isFindable(typeName string) bool {
	for _, kind := range findable {
		if kind.typeName == typeName {
			return true
		}
	}
	return false
}

func (w owners) add(o *Object, owner string) {
	if !isFindable(o.Type.Name) {
		return
	}
	if w[o.Type.Name] == nil {
		w[o.Type.Name] = map[string]string{}
	}
	w[o.Type.Name][o.ID] = owner
}

func (w owners) drop(o *Object) { delete(w[o.Type.Name], o.ID) }

func (w owners) clone() owners {
	next := make(owners, len(w))
	for typeName, byID := range w {
		next[typeName] = maps.Clone(byID)
	}
	return next
}

// belonging returns the belonging with that id, nil where it, or its owner, is gone.
func (st *state) belonging(typeName, id string) (owner string, o *Object) {
	owner = st.owners[typeName][id]
	if st.live[owner] == nil {
		return "", nil
	}
	for _, o := range st.owned[owner] {
		if o.Type.Name == typeName && o.ID == id {
			return owner, o
		}
	}
	return "", nil
}

// Belonging returns the belonging of a findable type with that id, letter for letter,
// and its owner's id; nil where it, or its owner, is gone.
func (s *Store) Belonging(typeName, id string) (owner string, o *Object) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.state.belonging(typeName, id)
}

// Belongings returns all belongings of a findable type whose owners are there, in the
// order of creation.
func (s *Store) Belongings(typeName string) []*Object {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.state.belongings(typeName)
}

func (st *state) belongings(typeName string) []*Object {
	found := make([]*Object, 0, len(st.owners[typeName]))
	for id := range st.owners[typeName] {
		if _, o := st.belonging(typeName, id); o != nil {
			found = append(found, o)
		}
	}
	slices.SortFunc(found, func(a, b *Object) int { return cmp.Compare(a.Seq, b.Seq) })
	return found
}

// Belonging returns the belonging of a findable type with that id, and its owner's id.
func (tx *Tx) Belonging(typeName, id string) (owner string, o *Object) {
	return tx.store.state.belonging(typeName, id)
}
