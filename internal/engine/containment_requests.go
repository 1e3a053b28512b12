package engine

import (
	"context"
	"fmt"

	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

// showRequests shows what would be sent, and whether the token may. No change is sent,
// and no record is begun.
func (c *containing) showRequests(ctx context.Context) ([]xsoar.Entry, error) {
	granted, delegated, err := c.inv.instance.permissions(ctx)
	if err != nil {
		return nil, err
	}
	var rows []rawjson.Object
	for _, u := range c.users {
		name := u.target.inv.User()
		if u.target.status != "" {
			rows = append(rows, planRow(name, "", "", "", fmt.Sprintf("%s: %s", u.target.status, c.text(u.target.err))))
			continue
		}
		for _, st := range u.stages {
			if st.Err != nil || len(st.changes) == 0 {
				detail := st.Step + ": nothing to do"
				if st.Err != nil {
					detail = fmt.Sprintf("%s: %s: %s", st.Step, statusOf(st.Err), c.text(st.Err))
				}
				rows = append(rows, planRow(name, "", "", "", detail))
			}
			for _, a := range st.changes {
				if a.Err != nil {
					rows = append(rows, planRow(name, "", "", "", fmt.Sprintf("%s: %s: %s", st.Step, a.What, c.text(a.Err))))
					continue
				}
				permission, has := permissionOf(a.Request, granted, delegated)
				rows = append(rows, planRow(name, a.Request.Method+" /"+a.Request.Version+a.Request.Path, permission, has, st.Step+": "+a.What))
			}
		}
		for _, step := range c.asked.Refused {
			rows = append(rows, planRow(name, "", "", "", step+": refused without allow_irreversible=true"))
		}
	}
	title := fmt.Sprintf("%s: what would be sent for %s. Nothing was changed", c.inv.Command, countUsers(len(c.users)))
	return []xsoar.Entry{{Type: xsoar.Note, ContentsFormat: xsoar.FormatJSON, Contents: rows, HumanReadable: xsoar.Table(title, rows, planColumns) + c.notDone()}}, nil
}
