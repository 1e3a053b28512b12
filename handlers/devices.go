package handlers

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"msgraph-user/graph"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

// listDevices reads the devices that a user registered, and those that the user owns.
func listDevices(inv *engine.Invocation) ([]engine.Step, error) {
	limit, err := bounded(inv.Args)
	if err != nil {
		return nil, err
	}
	return []engine.Step{
		{Request: graph.ListRegisteredDevices(inv.Address()), Read: engine.Collection, Limit: int(limit)},
		{Request: graph.ListDevicesOf(inv.Address()), Read: engine.Collection, Limit: int(limit)},
	}, nil
}

func showDevices(inv *engine.Invocation, outcomes []engine.Outcome) ([]xsoar.Entry, error) {
	limit, err := bounded(inv.Args)
	if err != nil {
		return nil, err
	}
	devices := joined(outcomes[0].Items, outcomes[1].Items, "registered", "owned")
	whole := engine.Outcome{Items: devices, Truncated: outcomes[0].Truncated || outcomes[1].Truncated}
	if n := int(limit); n > 0 && len(devices) > n {
		whole.Items, whole.Truncated = devices[:n], true
	}
	return showThings(inv, "devices", "Device", whole, []xsoar.Column{
		{Heading: "ID", Member: "id"}, {Heading: "Name", Member: "displayName"}, {Heading: "Enabled", Member: "accountEnabled"},
		{Heading: "Relation", Member: relation}, {Heading: "Operating System", Member: "operatingSystem"}, {Heading: "Join", Member: "trustType"},
		{Heading: "Registered", Member: "registrationDateTime"}, {Heading: "Last Seen", Member: "approximateLastSignInDateTime"}, {Heading: "Device ID", Member: "deviceId"},
	}), nil
}

func disableDevice(inv *engine.Invocation) ([]engine.Step, error) { return switchDevice(inv, false) }

func enableDevice(inv *engine.Invocation) ([]engine.Step, error) { return switchDevice(inv, true) }

// switchDevice enables or disables a device by its object id, or by the device id
// that it has beside.
func switchDevice(inv *engine.Invocation, enabled bool) ([]engine.Step, error) {
	asked := inv.User()
	return []engine.Step{{
		Request: graph.GetDevice(asked),
		Then: func(before []engine.Outcome) ([]engine.Step, error) {
			return deviceSteps(last(before).Object, enabled), nil
		},
		Instead: func(e *failure.Error) []engine.Step {
			if e.Status != http.StatusNotFound || !graph.IsObjectID(asked) {
				return nil
			}
			return []engine.Step{{Request: graph.FindDevice(asked), Read: engine.Page, Then: func(before []engine.Outcome) ([]engine.Step, error) {
				if found := last(before).Items; len(found) == 1 {
					return deviceSteps(found[0], enabled), nil
				}
				unknown := failure.Argument("device_id", "No device has the id %s, neither as its object id nor as its device id.", asked)
				unknown.Advice = "msgraph-user-devices-list shows the devices of a user."
				return nil, unknown
			}}}
		},
	}}, nil
}

func deviceSteps(device rawjson.Object, enabled bool) []engine.Step {
	id, name := device.Text("id"), device.Text("displayName")
	step := engine.Step{
		Request: graph.SetDeviceEnabled(id, enabled),
		Prove: &engine.Proof{Read: graph.GetDevice(id), Shows: func(answer engine.Outcome, _ time.Time) bool {
			return flag(answer.Object, "accountEnabled") == enabled
		}},
		ReadBack: true,
		Done:     fmt.Sprintf("The device %s (%s) is %s.", name, id, enabledOrNot(enabled)),
	}
	if was := flag(device, "accountEnabled"); was != enabled {
		step.Undo = []graph.Request{graph.SetDeviceEnabled(id, was)}
	}
	if flag(device, "onPremisesSyncEnabled") || strings.EqualFold(device.Text("trustType"), "ServerAd") {
		command := "Disable-ADAccount"
		if enabled {
			command = "Enable-ADAccount"
		}
		step.Advice = fmt.Sprintf("The device is joined on premises too, and the next synchronization takes this back: run %s -Identity '%s$' there.", command, name)
	}
	return []engine.Step{step}
}

func enabledOrNot(enabled bool) string {
	if enabled {
		return "enabled"
	}
	return "disabled"
}
