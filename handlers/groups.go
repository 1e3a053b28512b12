package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"msgraph-user/graph"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
)

// addToGroup reads first whether the user is in the group already, and whether the
// group's members can be changed here.
func addToGroup(inv *engine.Invocation) ([]engine.Step, error) {
	return inGroups(inv, func(user string, groups []rawjson.Object) ([]engine.Step, error) {
		id := inv.Args.Text("group_id")
		_, member := find(groups, id)
		return []engine.Step{{Request: graph.GetGroup(id), Then: func(before []engine.Outcome) ([]engine.Step, error) {
			group := last(before).Object
			if err := changeableGroup(group); err != nil {
				return nil, err
			}
			step := engine.Step{
				Request:     inv.Graph().AddGroupMember(id, user),
				AlreadyDone: isMemberAlready,
				Prove:       provesMember(user, id, true),
				ReadBack:    true,
				Done:        fmt.Sprintf("%s is a member of %s.", inv.User(), group.Text("displayName")),
			}
			if !member {
				step.Undo = []graph.Request{graph.RemoveGroupMember(id, user)}
			}
			return []engine.Step{step}, nil
		}}}, nil
	})
}

// isMemberAlready is Graph's refusal of a member that the group has.
func isMemberAlready(e *failure.Error) bool {
	return e.Status == http.StatusBadRequest && strings.Contains(e.Message, "references already exist")
}

func removeFromGroup(inv *engine.Invocation) ([]engine.Step, error) {
	return inGroups(inv, func(user string, groups []rawjson.Object) ([]engine.Step, error) {
		id := inv.Args.Text("group_id")
		group, member := find(groups, id)
		if !member {
			e := failure.Argument("group_id", "%s is no direct member of the group %s.", inv.User(), id)
			e.Advice = "msgraph-user-get-groups shows the groups. A membership through another group ends there."
			return nil, e
		}
		if err := changeableGroup(group); err != nil {
			return nil, err
		}
		return []engine.Step{{
			Request:  graph.RemoveGroupMember(id, user),
			Undo:     []graph.Request{inv.Graph().AddGroupMember(id, user)},
			Prove:    provesMember(user, id, false),
			ReadBack: true,
			Done:     fmt.Sprintf("%s is no member of %s any more.", inv.User(), group.Text("displayName")),
			Advice:   afterLeaving(group),
		}}, nil
	})
}

// inGroups reads the groups that the user is a direct member of, and goes on with what
// next makes of them.
func inGroups(inv *engine.Invocation, next func(user string, groups []rawjson.Object) ([]engine.Step, error)) ([]engine.Step, error) {
	return looked(inv, func(user rawjson.Object) ([]engine.Step, error) {
		if group := inv.Args.Text("group_id"); !graph.IsObjectID(group) {
			e := failure.Argument("group_id", "%q is no object id of a group.", group)
			e.Advice = "msgraph-user-get-groups shows the groups of a user with their ids."
			return nil, e
		}
		id := user.Text("id")
		return []engine.Step{{Request: graph.ListGroups(id), Read: engine.Collection, Then: func(before []engine.Outcome) ([]engine.Step, error) {
			return next(id, last(before).Items)
		}}}, nil
	})
}

// provesMember reads whether a user is a direct member of a group.
func provesMember(user, group string, member bool) *engine.Proof {
	return &engine.Proof{Read: graph.ListGroups(user), Reading: engine.Collection, Shows: func(answer engine.Outcome, _ time.Time) bool {
		_, there := find(answer.Items, group)
		return there == member
	}}
}

// changeableGroup refuses a group whose members are not changed through Graph.
func changeableGroup(group rawjson.Object) error {
	kinds := rawjson.Texts(group.Get("groupTypes"))
	name := group.Text("displayName")
	var e *failure.Error
	switch {
	case slices.Contains(kinds, "DynamicMembership"):
		e = failure.Argument("group_id", "A rule decides who is in the group %s: %s.", name, group.Text("membershipRule"))
		e.Advice = "Change the user's property that the rule asks for, or the rule."
	case flag(group, "onPremisesSyncEnabled"):
		e = failure.Argument("group_id", "The group %s is synchronized from on premises.", name)
		e.Advice = "Change its members there, with Add-ADGroupMember or Remove-ADGroupMember."
	case flag(group, "mailEnabled") && !slices.Contains(kinds, "Unified"):
		e = failure.Argument("group_id", "The group %s is a distribution list or a mail-enabled security group, whose members Exchange holds.", name)
		e.Advice = "Change them in the Exchange admin center, or with Add- and Remove-DistributionGroupMember."
	default:
		return nil
	}
	return e
}

// afterLeaving is what a person needs to know once a user has left a group.
func afterLeaving(group rawjson.Object) string {
	advice := "Exchange and SharePoint may take up to a day to see it; msgraph-user-session-revoke makes it count at once."
	if licences, err := rawjson.ParseArray(group.Get("assignedLicenses")); err == nil && len(licences) > 0 {
		advice += " The group gives licences, which the user loses with it."
	}
	return advice
}
