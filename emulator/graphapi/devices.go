package graphapi

import (
	"strings"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/schema"
)

// deviceKey marks a key that is a device's own id, as in devices(deviceId='…').
const deviceKey = "deviceId="

func getDevice(c *call) (reply, error) {
	o, err := c.device()
	if err != nil {
		return reply{}, err
	}
	return c.one(o, "devices", false)
}

// device finds the device of the path, by its object id or with the device id.
func (c *call) device() (*directory.Object, error) {
	id, byDeviceID := strings.CutPrefix(c.vars["device-id"], deviceKey)
	if !byDeviceID {
		return c.object("device")
	}
	for _, o := range c.store.List(nil, "device", 0, c.store.Count("device")) {
		if strings.EqualFold(o.Text("deviceId"), id) {
			return o, nil
		}
	}
	return nil, notFound(id)
}

// updateDevice is https://learn.microsoft.com/graph/api/device-update.
func updateDevice(c *call) (reply, error) {
	device, err := c.device()
	if err != nil {
		return reply{}, err
	}
	members, err := c.body()
	if err != nil {
		return reply{}, err
	}
	pairs, err := c.pairs(schema.MustLookup("device"), members, "accountEnabled", "displayName", "operatingSystem", "operatingSystemVersion")
	if err != nil {
		return reply{}, err
	}
	err = c.update(func(tx *directory.Tx) error {
		current := tx.Get(device.ID)
		if current == nil {
			return &directory.NotFoundError{Ref: device.ID}
		}
		return tx.Put(current.With(pairs...))
	})
	if err != nil {
		return reply{}, err
	}
	return noContent(), nil
}
