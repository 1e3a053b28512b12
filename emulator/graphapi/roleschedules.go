package graphapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/schema"
)

// listScheduled is https://learn.microsoft.com/graph/api/rbacapplication-list-roleassignmentscheduleinstances:
// every role that is held, directly or through a group.
func listScheduled(c *call) (reply, error) {
	t := schema.MustLookup(scheduledName)
	c.expanding = c.roleExpander(t)
	found := c.heldThrough(assignmentName, c.scheduled)
	return c.collect(listed(found), t, "roleManagement/directory/roleAssignmentScheduleInstances")
}

// listEligible is https://learn.microsoft.com/graph/api/rbacapplication-list-roleeligibilityscheduleinstances.
func listEligible(c *call) (reply, error) {
	t := schema.MustLookup(eligibleName)
	c.expanding = c.roleExpander(t)
	found := c.heldThrough(eligibleName, func(o *directory.Object) *directory.Object { return o })
	return c.collect(listed(found), t, "roleManagement/directory/roleEligibilityScheduleInstances")
}

// scheduled returns an assignment as Privileged Identity Management has it.
func (c *call) scheduled(assignment *directory.Object) *directory.Object {
	if known := scheduleOf(c.store.Owned(assignment.Text("principalId"), scheduledName), assignment); known != nil {
		return known
	}
	t := schema.MustLookup(scheduledName)
	pairs := []directory.Pair{{Property: t.Must("assignmentType"), Raw: `"Assigned"`}, {Property: t.Must("memberType"), Raw: `"Direct"`},
		{Property: t.Must("roleAssignmentOriginId"), Raw: directory.Quote(assignment.ID)}, {Property: t.Must("roleAssignmentScheduleId"), Raw: directory.Quote(assignment.ID)}}
	for _, name := range []string{"principalId", "roleDefinitionId", "directoryScopeId"} {
		pairs = append(pairs, directory.Pair{Property: t.Must(name), Raw: assignment.Raw(assignment.Type.Must(name))})
	}
	return directory.NewObject(t, assignment.ID, pairs...)
}

// heldThrough lists the instances that belong to principals, and for each person those
// of the groups that bring one.
func (c *call) heldThrough(typeName string, instance func(*directory.Object) *directory.Object) []*directory.Object {
	var found []*directory.Object
	add := func(o *directory.Object) {
		if !c.ended(o) {
			found = append(found, o)
		}
	}
	for _, o := range c.belongings(typeName, "principalId") {
		add(instance(o))
	}
	for _, o := range c.store.Belongings(typeName) {
		group := c.store.Get(o.Text("principalId"))
		if group == nil || group.Type.Name != "group" {
			continue
		}
		for _, member := range c.store.Targets(directory.Member, group.ID) {
			one := instance(o)
			add(one.As(one.ID+"-"+member.ID,
				directory.Pair{Property: one.Type.Must("principalId"), Raw: directory.Quote(member.ID)},
				directory.Pair{Property: one.Type.Must("memberType"), Raw: `"Group"`}))
		}
	}
	return found
}

// scheduleRequest is a request of Privileged Identity Management.
type scheduleRequest struct {
	call     *call
	object   *directory.Object // as it was asked for
	gift     roleGift
	kind     string // the type of the instance that it is about
	action   string
	from     time.Time
	to       time.Time // zero: never ends
	validate bool      // nothing is to be changed
}

// requestAssignment is https://learn.microsoft.com/graph/api/rbacapplication-post-roleassignmentschedulerequests,
// requestEligibility .../rbacapplication-post-roleeligibilityschedulerequests.
func requestAssignment(c *call) (reply, error) {
	return c.requestRole("unifiedRoleAssignmentScheduleRequest", assignmentName, "roleAssignmentScheduleRequests")
}

func requestEligibility(c *call) (reply, error) {
	return c.requestRole("unifiedRoleEligibilityScheduleRequest", eligibleName, "roleEligibilityScheduleRequests")
}

func (c *call) requestRole(typeName, kind, set string) (reply, error) {
	r, err := c.scheduleRequest(typeName, kind)
	if err != nil {
		return reply{}, err
	}
	known := c.definition(r.gift.definition)
	if err := c.update(func(tx *directory.Tx) error { return r.run(tx, known) }); err != nil {
		return reply{}, err
	}
	return c.created(r.object, "roleManagement/directory/"+set), nil
}

// scheduleRequest reads a request and checks who asks.
func (c *call) scheduleRequest(typeName, kind string) (*scheduleRequest, error) {
	members, err := c.body()
	if err != nil {
		return nil, err
	}
	t := schema.MustLookup(typeName)
	pairs, err := c.pairs(t, members, words("action appScopeId directoryScopeId isValidationOnly justification principalId roleDefinitionId scheduleInfo targetScheduleId ticketInfo")...)
	if err != nil {
		return nil, err
	}
	r := &scheduleRequest{call: c, kind: kind, object: directory.NewObject(t, directory.NewID(), pairs...)}
	r.action, r.validate = r.object.Text("action"), r.object.Is("isValidationOnly")
	if r.gift, err = c.gift(r.object); err != nil {
		return nil, err
	}
	if err := r.mayAsk(); err != nil {
		return nil, err
	}
	return r, r.readSchedule()
}

// mayAsk refuses a caller who is neither an administrator of roles nor, for activating
// a role, its own holder.
func (r *scheduleRequest) mayAsk() error {
	c := r.call
	switch r.action {
	case "adminAssign", "adminRemove":
		if c.api.options.NoPermissions || len(meet(c.callerRoles(), roleWriters)) > 0 {
			return nil
		}
	case "selfActivate", "selfDeactivate":
		if r.kind == assignmentName && c.principal.Delegated() && r.gift.principal == c.principal.UserID {
			return nil
		}
	default:
		return notHere("the action '%s'", r.action)
	}
	return &graphError{status: http.StatusForbidden, code: "UnauthorizedAccessException", message: "Attempted to perform an unauthorized operation."}
}

// readSchedule reads from when until when a role is to be held.
func (r *scheduleRequest) readSchedule() error {
	var schedule struct {
		Start      *time.Time `json:"startDateTime"`
		Expiration struct {
			Type     string     `json:"type"`
			End      *time.Time `json:"endDateTime"`
			Duration string     `json:"duration"`
		} `json:"expiration"`
	}
	if raw := r.object.Raw(r.object.Type.Must("scheduleInfo")); raw != "" {
		if err := json.Unmarshal([]byte(raw), &schedule); err != nil {
			return badRequest("Invalid value specified for property 'scheduleInfo': %v", err)
		}
	}
	r.from = r.call.at
	if schedule.Start != nil && schedule.Start.After(r.from) {
		return notHere("roles that begin in the future")
	}
	if schedule.Start != nil {
		r.from = schedule.Start.UTC()
	}
	switch e := schedule.Expiration; {
	case e.Type == "afterDateTime" && e.End != nil:
		r.to = e.End.UTC()
	case e.Type == "afterDuration":
		d, ok := duration(e.Duration)
		if !ok {
			return badRequest("Invalid value specified for property 'scheduleInfo/expiration/duration'.")
		}
		r.to = r.from.Add(d)
	case r.action == "selfActivate":
		r.to = r.from.Add(longestActivation)
	}
	return r.checkSchedule()
}

const (
	longestActivation  = 8 * time.Hour
	shortestAssignment = 5 * time.Minute
)

func (r *scheduleRequest) checkSchedule() error {
	gives := r.action == "adminAssign" || r.action == "selfActivate"
	switch {
	case !gives:
		return nil
	case r.action == "selfActivate" && r.object.Text("justification") == "":
		return policyRefusal("JustificationRule")
	case !r.to.IsZero() && !r.to.After(r.call.at), r.action == "selfActivate" && r.to.Sub(r.from) > longestActivation:
		return policyRefusal("ExpirationRule")
	case !r.to.IsZero() && r.to.Sub(r.from) < shortestAssignment:
		return tooShort()
	}
	return nil
}

func policyRefusal(rule string) *graphError {
	return &graphError{status: http.StatusBadRequest, code: "RoleAssignmentRequestPolicyValidationFailed", message: `The following policy rules failed: ["` + rule + `"]`}
}

func tooShort() *graphError {
	return &graphError{status: http.StatusBadRequest, code: "ActiveDurationTooShort", message: "The active duration is too short. The minimum required is 5 minutes."}
}

var isoDuration = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$`)
})

// duration reads a duration such as PT8H.
func duration(text string) (time.Duration, bool) {
	parts := isoDuration().FindStringSubmatch(text)
	if parts == nil {
		return 0, false
	}
	var total time.Duration
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		n, _ := strconv.Atoi(parts[i+1]) // digits, or nothing
		total += time.Duration(n) * unit
	}
	return total, total > 0
}

// run does what the request asks for.
func (r *scheduleRequest) run(tx *directory.Tx, definition *directory.Object) error {
	held := matching(tx.AllOwned(r.gift.principal, r.kind), r.gift)
	switch r.action {
	case "adminAssign", "selfActivate":
		if held != nil {
			return &graphError{status: http.StatusBadRequest, code: "RoleAssignmentExists", message: "The Role assignment already exists."}
		}
		if r.action == "selfActivate" && matching(tx.AllOwned(r.gift.principal, eligibleName), r.gift) == nil {
			return missingRole()
		}
	default:
		if held == nil {
			return missingRole()
		}
		if err := r.mayEnd(tx, held); err != nil {
			return err
		}
	}
	r.finish(tx)
	if r.validate {
		return nil
	}
	if r.action == "adminAssign" || r.action == "selfActivate" {
		r.give(tx, definition)
	} else {
		r.take(tx, held, definition)
	}
	tx.Own(r.gift.principal, r.object)
	return nil
}

func missingRole() *graphError {
	return &graphError{status: http.StatusBadRequest, code: "RoleAssignmentDoesNotExist", message: "The Role assignment does not exist."}
}

// mayEnd refuses to end a role that was activated a moment ago, or a Global
// Administrator's own.
func (r *scheduleRequest) mayEnd(tx *directory.Tx, held *directory.Object) error {
	if r.kind != assignmentName {
		return nil
	}
	schedule := scheduleOf(tx.AllOwned(r.gift.principal, scheduledName), held)
	if schedule != nil && schedule.Text("assignmentType") == "Activated" && r.call.at.Sub(schedule.Time("startDateTime")) < shortestAssignment {
		return tooShort()
	}
	if r.action == "adminRemove" {
		return r.call.mayWithdraw(held)
	}
	return nil
}

// finish gives the request what the service adds to it.
func (r *scheduleRequest) finish(tx *directory.Tx) {
	t, now := r.object.Type, stampNow(tx.Now())
	status := "Revoked"
	if r.action == "adminAssign" || r.action == "selfActivate" {
		status = "Provisioned"
	}
	if r.validate {
		status = "Granted"
	}
	by := map[string]any{"application": map[string]any{"id": r.call.principal.AppID, "displayName": nil}, "device": nil, "user": nil}
	if r.call.principal.Delegated() {
		by = map[string]any{"application": nil, "device": nil, "user": map[string]any{"id": r.call.principal.UserID, "displayName": nil}}
	}
	raw, _ := json.Marshal(by) // plain data: cannot fail
	r.object = r.object.With(directory.Pair{Property: t.Must("status"), Raw: directory.Quote(status)}, directory.Pair{Property: t.Must("createdDateTime"), Raw: now},
		directory.Pair{Property: t.Must("completedDateTime"), Raw: now}, directory.Pair{Property: t.Must("createdBy"), Raw: string(raw)},
		directory.Pair{Property: t.Must("isValidationOnly"), Raw: fmt.Sprint(r.validate)})
}

// give makes the role active or eligible.
func (r *scheduleRequest) give(tx *directory.Tx, definition *directory.Object) {
	name, kind, origin := scheduledName, "Assigned", ""
	if r.kind == eligibleName {
		name = eligibleName
	} else {
		origin = assign(tx, r.gift, definition).ID
	}
	if r.action == "selfActivate" {
		kind = "Activated"
	}
	t := schema.MustLookup(name)
	values := map[string]string{
		"principalId": r.gift.principal, "roleDefinitionId": r.gift.definition, "directoryScopeId": r.gift.scope, "memberType": "Direct",
		"startDateTime": r.from.Format(time.RFC3339), "assignmentType": kind, "roleAssignmentOriginId": origin,
		"roleAssignmentScheduleId": r.object.ID, "roleEligibilityScheduleId": r.object.ID,
	}
	if !r.to.IsZero() {
		values["endDateTime"] = r.to.Format(time.RFC3339)
	}
	var pairs []directory.Pair
	for _, p := range t.Properties {
		if text, has := values[p.Name]; has {
			pairs = append(pairs, directory.Pair{Property: p, Raw: directory.Quote(text)})
		}
	}
	tx.Own(r.gift.principal, directory.NewObject(t, newToken(33)+"-1-e", pairs...))
}

// take ends the role.
func (r *scheduleRequest) take(tx *directory.Tx, held, definition *directory.Object) {
	if r.kind == assignmentName {
		withdraw(tx, held, definition)
		return
	}
	tx.Disown(r.gift.principal, eligibleName, held.ID)
}

// requests lists what was asked of Privileged Identity Management.
func requests(typeName, set string) handler {
	return func(c *call) (reply, error) {
		t := schema.MustLookup(typeName)
		c.expanding = c.roleExpander(t)
		found := c.belongings(typeName, "principalId")
		slices.Reverse(found)
		return c.collect(listed(found), t, "roleManagement/directory/"+set)
	}
}

func requestByID(typeName, set string) handler {
	return func(c *call) (reply, error) {
		id := c.vars[typeName+"-id"]
		_, o := c.store.Belonging(typeName, id)
		if o == nil {
			return reply{}, notFound(id)
		}
		return c.one(o, "roleManagement/directory/"+set, false)
	}
}
