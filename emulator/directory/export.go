package directory

import (
	"encoding/json"

	"msgraph-user/emulator/schema"
)

// Export returns the tenant as a seed that LoadSeed makes the same tenant from.
// Deleted items and the history of changes are not part of it.
func (s *Store) Export() *Seed { return s.Snapshot().Export() }

// Export returns the tenant at the moment of the snapshot as a seed.
func (snap Snapshot) Export() *Seed {
	st := snap.state
	seed := &Seed{
		Tenant:            snap.tenant,
		Users:             st.records("user"),
		Groups:            st.records("group"),
		DirectoryRoles:    st.records("directoryRole"),
		Devices:           st.records("device"),
		ServicePrincipals: st.records("servicePrincipal"),
		Belongings:        map[string][]Record{},
	}
	for _, kind := range findable {
		if kind.part != "" {
			seed.Belongings[kind.part] = st.belongingRecords(kind.typeName, kind.owner)
		}
	}
	for _, o := range st.audits {
		seed.DirectoryAudits = append(seed.DirectoryAudits, o.record())
	}
	return seed
}

func (st *state) belongingRecords(typeName, ownerProperty string) []Record {
	var records []Record
	for _, o := range st.belongings(typeName) {
		record := o.record()
		if ownerProperty == "" {
			user := schema.Member{Name: "user", Raw: Quote(st.owners[typeName][o.ID])}
			record = append(Record{user}, record...)
		}
		records = append(records, record)
	}
	return records
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
	add := func(name string, value any) {
		raw, _ := json.Marshal(value) // plain data: cannot fail
		record = append(record, schema.Member{Name: name, Raw: string(raw)})
	}
	if o.Private != nil {
		add("private", o.Private)
	}
	for _, link := range []struct {
		name     string
		relation Relation
	}{{"manager", Manager}, {"members", Member}, {"registeredOwners", RegisteredOwner}, {"registeredUsers", RegisteredUser}} {
		if refs := st.refs(link.relation, o.ID); len(refs) > 0 {
			add(link.name, refs)
		}
	}
	owned := map[string][]Record{}
	for _, child := range st.owned[o.ID] {
		if isFindable(child.Type.Name) {
			continue
		}
		member := "authentication"
		if _, own := seedMembers[child.Type.Name]; own {
			member = child.Type.Name
		}
		tag := schema.Member{Name: "@odata.type", Raw: Quote("#microsoft.graph." + child.Type.Name)}
		owned[member] = append(owned[member], append(Record{tag}, child.record()...))
	}
	for _, member := range sortedKeys(owned) {
		add(member, owned[member])
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
	record := make(Record, 0, len(o.values)+4)
	for _, v := range o.values {
		record = append(record, schema.Member{Name: o.Type.Properties[v.index].Name, Raw: v.raw})
	}
	return record
}
