package engine

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

// planColumns are the columns of a dry run.
var planColumns = []xsoar.Column{
	{Heading: "User", Member: "User"},
	{Heading: "Request", Member: "Request"},
	{Heading: "Permission", Member: "Permission"},
	{Heading: "Granted", Member: "Granted"},
	{Heading: "Detail", Member: "Detail"},
}

// countUsers names a number of users.
func countUsers(n int) string {
	if n == 1 {
		return "1 user"
	}
	return fmt.Sprintf("%d users", n)
}

// showPlan shows what would be sent for each user. No change is sent.
func (m *many) showPlan(ctx context.Context) ([]xsoar.Entry, error) {
	granted, delegated, err := m.inv.instance.permissions(ctx)
	if err != nil {
		return nil, err
	}
	m.prepare()
	if err := m.look(ctx); err != nil {
		return nil, err
	}
	var plan []rawjson.Object
	for _, t := range m.targets {
		if t.status != "" {
			detail := "nothing to do"
			if t.err != nil {
				detail = fmt.Sprintf("%s: %s", t.status, failure.Of(t.err).Message)
			}
			plan = append(plan, planRow(t.inv.User(), "", "", "", detail))
			continue
		}
		for _, step := range t.steps[len(t.outcomes):] {
			if step.Request.Method == http.MethodGet {
				continue
			}
			permission, has := permissionOf(step.Request, granted, delegated)
			plan = append(plan, planRow(t.inv.User(), step.Request.Method+" /"+step.Request.Version+step.Request.Path, permission, has, ""))
		}
	}
	title := fmt.Sprintf("%s: what would be sent for %s. Nothing was changed", m.inv.Command, countUsers(len(m.targets)))
	return []xsoar.Entry{{
		Type:           xsoar.Note,
		ContentsFormat: xsoar.FormatJSON,
		Contents:       plan,
		HumanReadable:  xsoar.Table(title, plan, planColumns),
	}}, nil
}

// look takes the steps that only read and from which others follow, so that these can
// be shown.
func (m *many) look(ctx context.Context) error {
	for {
		var jobs []*job
		owner := map[*job]*target{}
		for _, t := range m.open() {
			if step := t.steps[len(t.outcomes):]; len(step) == 0 || step[0].Request.Method != http.MethodGet || !leads(step) {
				continue
			}
			if err := t.next(); err != nil {
				return err
			}
			for _, j := range t.group {
				owner[j] = t
			}
			jobs = append(jobs, t.group...)
		}
		if len(jobs) == 0 {
			return ctx.Err()
		}
		dispatch(ctx, m.inv.instance, m.inv.options.Now, jobs, nil, func(j *job) { m.arrived(owner[j]) })
	}
}

// leads reports whether further steps follow from one of steps.
func leads(steps []Step) bool {
	for _, step := range steps {
		if step.Then != nil || step.Instead != nil {
			return true
		}
	}
	return false
}

func planRow(user, request, permission, granted, detail string) rawjson.Object {
	return rawjson.Object{
		{Name: "User", Value: rawjson.Quote(xsoar.Plain(user))},
		{Name: "Request", Value: rawjson.Quote(xsoar.Plain(request))},
		{Name: "Permission", Value: rawjson.Quote(permission)},
		{Name: "Granted", Value: rawjson.Quote(granted)},
		{Name: "Detail", Value: rawjson.Quote(xsoar.Plain(detail))},
	}
}

// permissionOf returns the least permission that a request needs, and whether the
// token has one that is enough: yes, no, or unknown where the token does not say.
func permissionOf(r graph.Request, granted []string, delegated bool) (permission, has string) {
	permissions, known := r.Permissions()
	if !known {
		return "", "unknown"
	}
	set := permissions.Of(delegated)
	permission = strings.Join(set.Advised(), " and ")
	switch {
	case set.IsEmpty():
		return "", "no: another way of signing in is needed"
	case granted == nil:
		return permission, "unknown"
	case set.Allows(granted):
		return permission, "yes"
	}
	return permission, "no"
}
