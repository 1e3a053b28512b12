package graphapi

import (
	"slices"
	"strings"

	"msgraph-user/emulator/directory"
)

// addMember is https://learn.microsoft.com/graph/api/group-post-members.
func addMember(c *call) (reply, error) {
	group, err := c.changeableGroup()
	if err != nil {
		return reply{}, err
	}
	ref, err := c.reference()
	if err != nil {
		return reply{}, err
	}
	err = c.update(func(tx *directory.Tx) error {
		member := tx.User(ref)
		if member == nil {
			member = tx.Get(ref)
		}
		switch {
		case tx.Get(group.ID) == nil:
			return &directory.NotFoundError{Ref: group.ID}
		case member == nil || !slices.Contains(memberTypes, member.Type.Name) || member.ID == group.ID:
			return &directory.NotFoundError{Ref: ref}
		case slices.ContainsFunc(tx.Targets(directory.Member, group.ID), func(o *directory.Object) bool { return o.ID == member.ID }):
			return badRequest("One or more added object references already exist for the following modified properties: 'members'.")
		}
		tx.Link(directory.Member, group.ID, member.ID)
		return nil
	})
	if err != nil {
		return reply{}, err
	}
	return noContent(), nil
}

// removeMember is https://learn.microsoft.com/graph/api/group-delete-members.
func removeMember(c *call) (reply, error) {
	group, err := c.changeableGroup()
	if err != nil {
		return reply{}, err
	}
	id := strings.ToLower(c.vars["directoryObject-id"])
	err = c.update(func(tx *directory.Tx) error {
		if !slices.ContainsFunc(tx.Targets(directory.Member, group.ID), func(o *directory.Object) bool { return o.ID == id }) {
			return &directory.NotFoundError{Ref: c.vars["directoryObject-id"]}
		}
		tx.Unlink(directory.Member, group.ID, id)
		return nil
	})
	if err != nil {
		return reply{}, err
	}
	return noContent(), nil
}

// changeableGroup finds the group of the path, and refuses one whose members are not
// changed here, or not with the token's permissions.
func (c *call) changeableGroup() (*directory.Object, error) {
	group, err := c.object("group")
	if err != nil {
		return nil, err
	}
	kinds := group.Raw(group.Type.Must("groupTypes"))
	switch {
	case group.Is("onPremisesSyncEnabled"):
		return nil, badRequest("Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.")
	case strings.Contains(kinds, "DynamicMembership"):
		return nil, badRequest("The members of a group with dynamic membership cannot be changed: its rule decides who they are.")
	case group.Is("mailEnabled") && !strings.Contains(kinds, "Unified"):
		return nil, badRequest("Cannot Update a mail-enabled security groups and or distribution list.")
	case group.Is("isAssignableToRole") && !c.holds("RoleManagement.ReadWrite.Directory"):
		c.need("GroupMember.ReadWrite.All", "RoleManagement.ReadWrite.Directory")
		return nil, denied(insufficient)
	case group.Is("isAssignableToRole") && c.principal.Delegated() && !c.api.options.NoPermissions && len(meet(c.callerRoles(), roleWriters)) == 0:
		return nil, denied(insufficient)
	}
	if group.Is("isAssignableToRole") {
		c.need("GroupMember.ReadWrite.All", "RoleManagement.ReadWrite.Directory")
	}
	return group, nil
}
