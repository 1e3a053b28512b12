package handlers

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"msgraph-user/graph"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

func getManager(inv *engine.Invocation) ([]engine.Step, error) {
	return []engine.Step{{Request: graph.GetManager(inv.Address())}}, nil
}

func showManager(inv *engine.Invocation, outcomes []engine.Outcome) ([]xsoar.Entry, error) {
	manager := outcomes[0].Object.Without("@odata.context", "@odata.type")
	rows := []rawjson.Object{manager}
	return shown(manager, xsoar.Table(inv.User()+" - manager", rows, xsoar.ColumnsOf(rows)), map[string]any{
		xsoar.Keyed("MSGraphUserManager", "ID"): map[string]any{"User": inv.User(), "Manager": xsoar.ContextObject(manager)},
	}), nil
}

// managerMissing tells a user without a manager from one who does not exist.
func managerMissing(inv *engine.Invocation, e *failure.Error) xsoar.Entry {
	if strings.Contains(e.Message, "'manager'") {
		return said("%s has no manager.", inv.User())
	}
	return engine.UserMissing(inv, e)
}

func assignManager(inv *engine.Invocation) ([]engine.Step, error) {
	manager := inv.Args.Text("manager")
	return []engine.Step{{
		Request: inv.Graph().AssignManager(inv.Address(), manager),
		Prove:   provesManager(inv.Address(), manager),
		Done:    fmt.Sprintf("%s is now the manager of %s.", manager, inv.User()),
	}}, nil
}

// provesManager reads who a user's manager is, under either name.
func provesManager(user, manager string) *engine.Proof {
	return &engine.Proof{
		Read: graph.GetManager(user),
		Shows: func(answer engine.Outcome, _ time.Time) bool {
			return strings.EqualFold(answer.Object.Text("id"), manager) || strings.EqualFold(answer.Object.Text("userPrincipalName"), manager)
		},
	}
}

func getDirectReports(inv *engine.Invocation) ([]engine.Step, error) {
	return []engine.Step{{Request: graph.ListDirectReports(inv.Address()), Read: engine.Collection}}, nil
}

func showDirectReports(inv *engine.Invocation, outcomes []engine.Outcome) ([]xsoar.Entry, error) {
	reports := outcomes[0]
	readable := xsoar.Table(inv.User()+" - direct reports", reports.Items, xsoar.ColumnsOf(reports.Items)) + cutShort(reports)
	return shown(contentsOf(reports.Page.Value), readable, map[string]any{
		xsoar.Keyed("MSGraphUserDirectReports", "ID"): marked(reports, map[string]any{"Manager": inv.User(), "Reports": xsoar.ContextObjects(reports.Items)}),
	}), nil
}

func getGroups(inv *engine.Invocation) ([]engine.Step, error) {
	return []engine.Step{{Request: graph.ListMemberOf(inv.Address()), Read: engine.Collection}}, nil
}

func showGroups(inv *engine.Invocation, outcomes []engine.Outcome) ([]xsoar.Entry, error) {
	groups := outcomes[0]
	value, err := json.Marshal(groups.Page.Value)
	if err != nil {
		return nil, err
	}
	answer := append(groups.Page.Rest.Without("@odata.context"), rawjson.Member{Name: "value", Value: value})
	readable := xsoar.Table("Groups of "+inv.User(), groups.Items, xsoar.ColumnsOf(groups.Items)) + cutShort(groups)
	return shown(answer, readable, map[string]any{
		xsoar.Keyed("MSGraphUserGroups", "ID"): marked(groups, map[string]any{"ID": inv.User(), "Groups": xsoar.ContextObjects(groups.Items)}),
	}), nil
}

// deviceColumns are the columns of owned devices.
var deviceColumns = []xsoar.Column{
	{Heading: "Device Id", Member: "id"},
	{Heading: "Azure Device Registration Id", Member: "deviceId"},
	{Heading: "Device Display Name", Member: "displayName"},
}

func listOwnedDevices(inv *engine.Invocation) ([]engine.Step, error) {
	limit, err := pageSize(inv.Args)
	if err != nil {
		return nil, err
	}
	return pageOrAll(inv, graph.ListOwnedDevices(inv.Address(), inv.Args.Text("filter"), limit.top()), showPageOfDevices)
}

func showOwnedDevices(inv *engine.Invocation, outcomes []engine.Outcome) ([]xsoar.Entry, error) {
	if outcomes[0].Emitted {
		return handedOver(outcomes[0], "devices of "+inv.User()), nil
	}
	return showPageOfDevices(inv, outcomes[0])
}

func showPageOfDevices(inv *engine.Invocation, outcome engine.Outcome) ([]xsoar.Entry, error) {
	devices, next := outcome.Items, outcome.Page.NextLink
	readable := xsoar.Table("Devices owned by "+inv.User(), devices, deviceColumns) + goesOn(next)
	if len(devices) == 0 {
		return shown(nil, readable, nil), nil
	}
	return shown(contentsOf(outcome.Page.Value), readable, map[string]any{
		xsoar.Keyed(userPath, "ID"): map[string]any{
			"ID":          inv.User(),
			"OwnedDevice": withNextPage(xsoar.ContextObjects(devices), next),
		},
	}), nil
}
