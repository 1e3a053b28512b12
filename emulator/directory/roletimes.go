package directory

// sweepRoles ends the roles whose time is over.
func (s *Store) sweepRoles(tx *Tx) {
	for _, typeName := range []string{"unifiedRoleAssignmentScheduleInstance", "unifiedRoleEligibilityScheduleInstance"} {
		for id := range s.state.owners[typeName] {
			owner, o := s.state.belonging(typeName, id)
			if o == nil || o.Text("endDateTime") == "" || tx.at.Before(o.Time("endDateTime")) {
				continue
			}
			tx.Disown(owner, typeName, id)
			if typeName == "unifiedRoleAssignmentScheduleInstance" {
				s.endAssignment(tx, owner, o.Text("roleDefinitionId"), o.Text("directoryScopeId"))
			}
		}
	}
}

func (s *Store) endAssignment(tx *Tx, principal, definition, scope string) {
	o := s.state.assignment(principal, definition, scope)
	if o == nil {
		return
	}
	tx.Disown(principal, o.Type.Name, o.ID)
	for _, role := range s.state.alive(s.state.back[Member][principal]) {
		if role.Type.Name == "directoryRole" && RoleDefinitionID(role) == definition && scope == "/" {
			tx.Unlink(Member, role.ID, principal)
		}
	}
}
