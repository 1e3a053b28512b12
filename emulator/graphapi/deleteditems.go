package graphapi

import (
	"net/http"

	"msgraph-user/emulator/directory"
)

// listDeletedUsers is https://learn.microsoft.com/graph/api/directory-deleteditems-list.
func listDeletedUsers(c *call) (reply, error) {
	return c.collect(listed(c.store.AllDeleted("user")), userType(), "users")
}

// getDeleted is https://learn.microsoft.com/graph/api/directory-deleteditems-get.
func getDeleted(c *call) (reply, error) {
	options, err := c.options()
	if err != nil {
		return reply{}, err
	}
	id := c.vars["directoryObject-id"]
	o := c.store.Deleted(id)
	if o == nil {
		return reply{}, notFound(id)
	}
	v, err := c.view(o.Type, options.Select, true)
	if err != nil {
		return reply{}, err
	}
	v.typed = true
	return jsonReply(http.StatusOK, append(v.appendObject(nil, c.contextMember("directoryObjects", options.Select), o), '}')), nil
}

// restoreDeleted is https://learn.microsoft.com/graph/api/directory-deleteditems-restore.
func restoreDeleted(c *call) (reply, error) {
	var restored *directory.Object
	if err := c.mayActOnDeleted(); err != nil {
		return reply{}, err
	}
	upn, err := c.newName()
	if err != nil {
		return reply{}, err
	}
	err = c.update(func(tx *directory.Tx) (err error) {
		restored, err = tx.Restore(c.vars["directoryObject-id"], upn)
		return err
	})
	if err != nil {
		return reply{}, err
	}
	v := c.newView(defaultsOf(restored.Type))
	v.typed = true
	return jsonReply(http.StatusOK, append(v.appendObject(nil, c.contextMember("directoryObjects", ""), restored), '}')), nil
}

// newName reads the name that a user is to be restored under; "" leaves it.
func (c *call) newName() (string, error) {
	raw, err := c.rawBody()
	if err != nil || len(raw) == 0 {
		return "", err
	}
	members, err := c.members(raw)
	if err != nil {
		return "", err
	}
	for name := range members {
		if name != "newUserPrincipalName" && name != "autoReconcileProxyConflict" {
			return "", badRequest("The parameter '%s' does not exist.", name)
		}
	}
	upn := directory.Unquote(string(members["newUserPrincipalName"]))
	if upn == "" {
		return "", nil
	}
	return upn, c.principalName(upn)
}

// purgeDeleted is https://learn.microsoft.com/graph/api/directory-deleteditems-delete.
func purgeDeleted(c *call) (reply, error) {
	if err := c.mayActOnDeleted(); err != nil {
		return reply{}, err
	}
	if err := c.update(func(tx *directory.Tx) error { return tx.Purge(c.vars["directoryObject-id"]) }); err != nil {
		return reply{}, err
	}
	return noContent(), nil
}

func (c *call) mayActOnDeleted() error {
	o := c.store.Deleted(c.vars["directoryObject-id"])
	if o == nil {
		return notFound(c.vars["directoryObject-id"])
	}
	return c.mayActOn(o)
}
