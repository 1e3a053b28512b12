package graphapi

import (
	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/schema"
)

// set lists all objects of a type.
func set(typeName, name string) handler {
	return func(c *call) (reply, error) {
		return c.collect(stored{c.store, typeName}, schema.MustLookup(typeName), name)
	}
}

// byID answers one object of a type, found by its id.
func byID(typeName, name string) handler {
	return func(c *call) (reply, error) {
		o, err := c.object(typeName)
		if err != nil {
			return reply{}, err
		}
		return c.one(o, name, false)
	}
}

func (c *call) object(typeName string) (*directory.Object, error) {
	id := c.vars[typeName+"-id"]
	o := c.store.Get(id)
	if o == nil || o.Type.Name != typeName {
		return nil, notFound(id)
	}
	return o, nil
}

// memberTypes are the types of what belongs to a group or role.
var memberTypes = []string{"user", "group", "servicePrincipal", "device"}

// members lists who belongs to a group or role.
func members(typeName string) handler {
	return func(c *call) (reply, error) {
		o, err := c.object(typeName)
		if err != nil {
			return reply{}, err
		}
		return c.collectDirectoryObjects(c.store.Targets(directory.Member, o.ID), memberTypes)
	}
}
