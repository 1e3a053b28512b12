package handlers

import (
	"context"
	"fmt"
	"strings"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

func getManager(ctx context.Context, c *call) ([]xsoar.Entry, error) {
	user := c.args.Text("user")
	manager, err := c.do(ctx, graph.GetManager(user))
	if err != nil {
		return nil, err
	}
	manager = manager.Without("@odata.context", "@odata.type")
	rows := []rawjson.Object{manager}
	return shown(manager, xsoar.Table(user+" - manager", rows, xsoar.ColumnsOf(rows)), map[string]any{
		xsoar.Keyed("MSGraphUserManager", "ID"): map[string]any{"User": user, "Manager": xsoar.ContextObject(manager)},
	}), nil
}

// managerMissing tells a user without a manager from one who does not exist.
func managerMissing(c *call, e *failure.Error) xsoar.Entry {
	if strings.Contains(e.Message, "'manager'") {
		return said("%s has no manager.", c.args.Text("user"))
	}
	return objectMissing(c, e)
}

func assignManager(c *call) (plan, error) {
	user, manager := c.args.Text("user"), c.args.Text("manager")
	return plan{c.instance.graph.AssignManager(user, manager), fmt.Sprintf("%s is now the manager of %s.", manager, user)}, nil
}

func getDirectReports(ctx context.Context, c *call) ([]xsoar.Entry, error) {
	user := c.args.Text("user")
	page, reports, err := c.list(ctx, graph.ListDirectReports(user))
	if err != nil {
		return nil, err
	}
	readable := xsoar.Table(user+" - direct reports", reports, xsoar.ColumnsOf(reports)) + goesOn(page.NextLink)
	return shown(contentsOf(page.Value), readable, map[string]any{
		xsoar.Keyed("MSGraphUserDirectReports", "ID"): map[string]any{"Manager": user, "Reports": xsoar.ContextObjects(reports)},
	}), nil
}

func getGroups(ctx context.Context, c *call) ([]xsoar.Entry, error) {
	user := c.args.Text("user")
	answer, err := c.do(ctx, graph.ListMemberOf(user))
	if err != nil {
		return nil, err
	}
	answer = answer.Without("@odata.context")
	groups, err := objectsOf(answer)
	if err != nil {
		return nil, err
	}
	readable := xsoar.Table("Groups of "+user, groups, xsoar.ColumnsOf(groups)) + goesOn(answer.Text("@odata.nextLink"))
	return shown(answer, readable, map[string]any{
		xsoar.Keyed("MSGraphUserGroups", "ID"): map[string]any{"ID": user, "Groups": xsoar.ContextObjects(groups)},
	}), nil
}

// deviceColumns are the columns of owned devices.
var deviceColumns = []xsoar.Column{
	{Heading: "Device Id", Member: "id"},
	{Heading: "Azure Device Registration Id", Member: "deviceId"},
	{Heading: "Device Display Name", Member: "displayName"},
}

func listOwnedDevices(ctx context.Context, c *call) ([]xsoar.Entry, error) {
	user := c.args.Text("user")
	limit, err := pageSize(c.args)
	if err != nil {
		return nil, err
	}
	request := graph.ListOwnedDevices(user, c.args.Text("filter"), limit.top())
	page, devices, err := c.list(ctx, request)
	if err != nil {
		return nil, err
	}
	readable := xsoar.Table("Devices owned by "+user, devices, deviceColumns) + goesOn(page.NextLink)
	if len(devices) == 0 {
		return shown(nil, readable, nil), nil
	}
	return shown(contentsOf(page.Value), readable, map[string]any{
		xsoar.Keyed(userPath, "ID"): map[string]any{
			"ID":          user,
			"OwnedDevice": withNextPage(xsoar.ContextObjects(devices), page.NextLink),
		},
	}), nil
}
