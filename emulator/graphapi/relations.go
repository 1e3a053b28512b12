package graphapi

import (
	"net/http"
	"net/url"
	"slices"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/odata"
	"msgraph-user/emulator/schema"
)

// getManager is https://learn.microsoft.com/graph/api/user-list-manager.
func getManager(c *call) (reply, error) {
	options, err := c.options()
	if err != nil {
		return reply{}, err
	}
	v, err := c.view(userType(), options.Select, true)
	if err != nil {
		return reply{}, err
	}
	expand, err := c.expansion(options.Expand)
	if err != nil {
		return reply{}, err
	}
	manager, err := c.manager()
	if err != nil {
		return reply{}, err
	}
	v.typed = true
	out := v.appendObject(nil, c.contextMember("directoryObjects", options.Select), manager)
	out = c.appendExpanded(out, manager, expand)
	return jsonReply(http.StatusOK, append(out, '}')), nil
}

func (c *call) manager() (*directory.Object, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	found := c.store.Targets(directory.Manager, u.ID)
	if len(found) == 0 {
		return nil, notFound("manager")
	}
	return found[0], nil
}

func getManagerRef(c *call) (reply, error) {
	manager, err := c.manager()
	if err != nil {
		return reply{}, err
	}
	body := `{"@odata.context":` + directory.Quote(c.context("$ref")) + `,"@odata.id":` + directory.Quote(c.link("/directoryObjects/"+manager.ID)) + `}`
	return jsonReply(http.StatusOK, []byte(body)), nil
}

// setManager is https://learn.microsoft.com/graph/api/user-post-manager.
func setManager(c *call) (reply, error) {
	u, err := c.user()
	if err != nil {
		return reply{}, err
	}
	ref, err := c.reference()
	if err != nil {
		return reply{}, err
	}
	if u.Is("onPremisesSyncEnabled") {
		return reply{}, badRequest("Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.")
	}
	err = c.update(func(tx *directory.Tx) error {
		manager := tx.User(ref)
		if manager == nil || tx.User(u.ID) == nil {
			return &directory.NotFoundError{Ref: ref}
		}
		for _, old := range tx.Targets(directory.Manager, u.ID) {
			tx.Unlink(directory.Manager, u.ID, old.ID)
		}
		tx.Link(directory.Manager, u.ID, manager.ID)
		return nil
	})
	if err != nil {
		return reply{}, err
	}
	return noContent(), nil
}

// reference reads the @odata.id of a body: the URL of a user or directory object.
func (c *call) reference() (string, error) {
	members, err := c.body()
	if err != nil {
		return "", err
	}
	text := directory.Unquote(string(members["@odata.id"]))
	u, err := url.Parse(text)
	if err != nil || text == "" {
		return "", badRequest("Invalid URL format specified in @odata.id payload: the URL of a user belongs there.")
	}
	segments, err := parsePath(u.EscapedPath())
	if err != nil {
		return "", err
	}
	segments = c.withoutTenant(segments)
	if len(segments) != 3 || !slices.Contains([]string{"users", "directoryObjects"}, segments[1].text) || !segments[2].isKey("") {
		return "", badRequest("Invalid URL format specified in @odata.id payload: the URL of a user belongs there.")
	}
	return segments[2].text, nil
}

// removeManager is https://learn.microsoft.com/graph/api/user-delete-manager.
func removeManager(c *call) (reply, error) {
	u, err := c.user()
	if err != nil {
		return reply{}, err
	}
	err = c.update(func(tx *directory.Tx) error {
		managers := tx.Targets(directory.Manager, u.ID)
		if len(managers) == 0 {
			return &directory.NotFoundError{Ref: "manager"}
		}
		tx.Unlink(directory.Manager, u.ID, managers[0].ID)
		return nil
	})
	if err != nil {
		return reply{}, err
	}
	return noContent(), nil
}

// related answers the objects that stand in a relation to a user. Objects of
// several types may come, so each says what it is.
func related(elements []string, find func(c *call, u *directory.Object) []*directory.Object) handler {
	return func(c *call) (reply, error) {
		u, err := c.user()
		if err != nil {
			return reply{}, err
		}
		return c.collectDirectoryObjects(find(c, u), elements)
	}
}

// collectDirectoryObjects answers objects of the types called elements. A query
// is checked against the first type; where several are possible, properties of
// any of them may be selected.
func (c *call) collectDirectoryObjects(objects []*directory.Object, elements []string) (reply, error) {
	if c.cast != "" {
		return c.collectCast(objects)
	}
	if len(elements) > 1 {
		return c.collectMixed(objects, elements)
	}
	return c.collectWith(listed(objects), schema.MustLookup(elements[0]), "directoryObjects", func(options *odata.Options) (view, error) {
		return c.relatedView(options.Select, elements)
	})
}

// setNames are how a context names the objects of a type.
var setNames = map[string]string{"user": "users", "group": "groups", "directoryRole": "directoryRoles", "device": "devices", "servicePrincipal": "servicePrincipals"}

// collectCast answers those of the objects that are of the type that the path
// narrows them to.
func (c *call) collectCast(objects []*directory.Object) (reply, error) {
	var narrowed []*directory.Object
	for _, o := range objects {
		if o.Type.Name == c.cast {
			narrowed = append(narrowed, o)
		}
	}
	return c.collect(listed(narrowed), schema.MustLookup(c.cast), setNames[c.cast])
}

var (
	directReports = related([]string{"user"}, func(c *call, u *directory.Object) []*directory.Object {
		return c.store.Sources(directory.Manager, u.ID)
	})
	memberOf = related([]string{"group", "directoryRole"}, func(c *call, u *directory.Object) []*directory.Object {
		return c.store.Sources(directory.Member, u.ID)
	})
	transitiveMemberOf = related([]string{"group", "directoryRole"}, func(c *call, u *directory.Object) []*directory.Object {
		return c.transitive(u.ID)
	})
	ownedDevices = related([]string{"device"}, func(c *call, u *directory.Object) []*directory.Object {
		return c.store.Sources(directory.RegisteredOwner, u.ID)
	})
	registeredDevices = related([]string{"device"}, func(c *call, u *directory.Object) []*directory.Object {
		return c.store.Sources(directory.RegisteredUser, u.ID)
	})
)

// transitive returns the groups and roles that an object belongs to, through
// other groups as well.
func (c *call) transitive(id string) []*directory.Object {
	var found []*directory.Object
	seen := map[string]bool{}
	queue := []string{id}
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		for _, o := range c.store.Sources(directory.Member, next) {
			if !seen[o.ID] {
				seen[o.ID] = true
				found = append(found, o)
				queue = append(queue, o.ID)
			}
		}
	}
	return found
}
