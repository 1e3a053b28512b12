package graph

import "net/http"

// deviceProperties say what a device is, and whether it can be changed here.
const deviceProperties = "id,deviceId,displayName,accountEnabled,trustType,onPremisesSyncEnabled,operatingSystem"

// ListRegisteredDevices reads the devices that a user registered.
//
//	GET /users/{user}/registeredDevices
//
// https://learn.microsoft.com/graph/api/user-list-registereddevices
func ListRegisteredDevices(user string) Request { return read("/users/{user}/registeredDevices", user) }

// ListDevicesOf reads the devices that a user owns, without their count.
//
//	GET /users/{user}/ownedDevices
//
// https://learn.microsoft.com/graph/api/user-list-owneddevices
func ListDevicesOf(user string) Request { return read("/users/{user}/ownedDevices", user) }

// GetDevice reads a device by its object id.
//
//	GET /devices/{device_id}
//
// https://learn.microsoft.com/graph/api/device-get
func GetDevice(device string) Request {
	return ListOptions{Select: deviceProperties}.apply(read("/devices/{device_id}", device))
}

// FindDevice reads the device that has a device id, which is not its object id.
//
//	GET /devices
//
// https://learn.microsoft.com/graph/api/device-list
func FindDevice(deviceID string) Request {
	return ListOptions{Filter: "deviceId eq " + quoted(deviceID), Select: deviceProperties}.apply(read("/devices"))
}

// SetDeviceEnabled enables or disables a device by its object id.
//
//	PATCH /devices/{device_id}
//
// https://learn.microsoft.com/graph/api/device-update
func SetDeviceEnabled(device string, enabled bool) Request {
	return request(http.MethodPatch, "/devices/{device_id}", device).withBody(map[string]bool{"accountEnabled": enabled})
}
