package directory

import "encoding/json"

// Export returns the tenant as a seed that Plant makes the same tenant from.
// Deleted items and the history of changes are not part of it.
func (s *Store) Export() *Seed {
	s.mu.RLock()
	defer s.mu.RUnlock()
	st := s.state
	return &Seed{
		Tenant:            s.tenant,
		Users:             st.records("user"),
		Groups:            st.records("group"),
		DirectoryRoles:    st.records("directoryRole"),
		Devices:           st.records("device"),
		ServicePrincipals: st.records("servicePrincipal"),
	}
}

func (st *state) records(typeName string) []Record {
	records := make([]Record, 0, len(st.byType[typeName]))
	for _, o := range st.byType[typeName] {
		records = append(records, st.seedRecord(o))
	}
	return records
}

func (st *state) seedRecord(o *Object) Record {
	record := o.record()
	if o.Private != nil {
		record["private"], _ = json.Marshal(o.Private) // plain data: cannot fail
	}
	for name, r := range map[string]Relation{"manager": Manager, "members": Member,
		"registeredOwners": RegisteredOwner, "registeredUsers": RegisteredUser} {
		if refs := st.refs(r, o.ID); len(refs) > 0 {
			record[name], _ = json.Marshal(refs)
		}
	}
	owned := map[string][]Record{}
	for _, child := range st.owned[o.ID] {
		member := "authentication"
		if _, own := seedMembers[child.Type.Name]; own {
			member = child.Type.Name
		}
		of := child.record()
		of["@odata.type"] = json.RawMessage(Quote("#microsoft.graph." + child.Type.Name))
		owned[member] = append(owned[member], of)
	}
	for member, children := range owned {
		record[member], _ = json.Marshal(children)
	}
	return record
}

// refs names the live objects that an object points to.
func (st *state) refs(r Relation, from string) []string {
	var refs []string
	for _, o := range st.alive(st.forward[r][from]) {
		refs = append(refs, o.ID)
	}
	return refs
}

func (o *Object) record() Record {
	record := make(Record, len(o.values)+4)
	for _, v := range o.values {
		record[o.Type.Properties[v.index].Name] = json.RawMessage(v.raw)
	}
	return record
}
