package handlers

import (
	"fmt"
	"slices"
	"strings"

	"msgraph-user/graph"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
)

// planner makes the stages of one user from what was read.
type planner struct {
	inv  *engine.Invocation
	user *engine.Contained
	name string // as the caller named the user

	revoked    bool     // the sessions are planned to be revoked once already
	leaves     []string // groups that the user is planned to leave
	deleted    []string // methods that are planned to be deleted
	preference string   // the default method, as it is once what is planned is done
}

// containmentPlan returns the stages of a user.
func containmentPlan(inv *engine.Invocation, c *engine.Contained) []engine.Stage {
	p := &planner{inv: inv, user: c, name: inv.User()}
	plans := map[string]func() (engine.Stage, error){
		disableStep: p.disable, passwordStep: p.resetPassword, sessionsStep: p.revokeSessions, rulesStep: p.inboxRules, consentsStep: p.consents,
		appRolesStep: p.appRoles, rolesStep: p.roles, groupsStep: p.groups, contactStep: p.contactMethods, otherStep: p.otherMethods,
		devicesStep: p.devices, riskStepName: p.risk,
	}
	var stages []engine.Stage
	for _, step := range stepOrder {
		if !slices.Contains(c.Steps, step) {
			continue
		}
		stage, err := plans[step]()
		stage.Step = step
		if stage.Err = err; err != nil {
			stage.Changes = nil
		}
		stages = append(stages, stage)
	}
	return stages
}

// read returns the items of a list. The error says that it could not be read.
func (p *planner) read(r graph.Request) ([]rawjson.Object, error) {
	outcome, ok := p.user.Seen(r)
	if !ok {
		return nil, &failure.Error{Kind: failure.Internal, Message: "The list " + r.Template + " was not read."}
	}
	return outcome.Items, outcome.Err
}

// shown returns an error where Graph withholds a property that everything of its kind
// has: what an application may not read has only its id
// (https://learn.microsoft.com/graph/permissions-overview). Whether there is something to
// do, and what an undo gives back, is not known then.
func (p *planner) shown(items []rawjson.Object, property, permission string) error {
	for _, item := range items {
		if rawjson.IsNull(item.Get(property)) {
			return &failure.Error{Kind: failure.Refused, Message: fmt.Sprintf("Graph does not show the %s of %s, so that nothing was sent for %s.", property, item.Text("id"), p.name),
				Advice: "Grant the permission " + permission + "."}
		}
	}
	return nil
}

// readManaged is read for a list of Privileged Identity Management. A tenant without it
// has nothing there.
func (p *planner) readManaged(r graph.Request) ([]rawjson.Object, error) {
	outcome, _ := p.user.Seen(r)
	if outcome.Status == engine.NotAvailable {
		return nil, nil
	}
	return p.read(r)
}

// member is an object with one member.
func member(name, value string) rawjson.Object {
	return rawjson.Object{{Name: name, Value: rawjson.Quote(value)}}
}

// gone is the change that removes an item of a list, found again by identity, which
// outlives its id.
func gone(read engine.Look, identity, back rawjson.Object, request graph.Request, undo ...graph.Request) engine.Alteration {
	return engine.Alteration{Request: request, Read: read, Undo: undo,
		Done: engine.State{Find: identity, Absent: true}, Back: engine.State{Find: identity, Shows: back}}
}

// switched is the change that turns a property off.
func switched(read engine.Look, find rawjson.Object, property string, request, undo graph.Request) engine.Alteration {
	shows := func(value string) rawjson.Object { return rawjson.Object{{Name: property, Value: []byte(value)}} }
	return engine.Alteration{Request: request, Read: read, Undo: []graph.Request{undo},
		Done: engine.State{Find: find, Shows: shows("false")}, Back: engine.State{Find: find, Shows: shows("true")}}
}

// dated gives a change what is known of when its thing was added; ok is false where the
// thing was there before and stays.
func (p *planner) dated(change engine.Alteration, item rawjson.Object, dates []string, keys ...string) (engine.Alteration, bool) {
	when := whenAdded(p.user, item, dates, keys...)
	change.Undated, change.AddedSince = when.undated, when.since
	return change, !when.before
}

func (p *planner) disable() (engine.Stage, error) {
	advice := onPremisesToo(p.inv, "Disable-ADAccount")
	if string(p.user.User.Get("accountEnabled")) == "false" {
		return engine.Stage{Advice: advice}, nil
	}
	if err := p.shown([]rawjson.Object{p.user.User}, "accountEnabled", "User.Read.All"); err != nil {
		return engine.Stage{}, err
	}
	id := p.user.ID
	change := switched(userState(id), nil, "accountEnabled", graph.SetAccountEnabled(id, false), graph.SetAccountEnabled(id, true))
	change.What, change.Left, change.After = "the account", onPremisesToo(p.inv, "Enable-ADAccount"), rolesStep
	return engine.Stage{Advice: advice, Changes: []engine.Alteration{change}, Before: []rawjson.Object{p.user.User.Only("id", "accountEnabled")}}, nil
}

func (p *planner) revokeSessions() (engine.Stage, error) {
	what := "all sessions"
	if p.revoked {
		what = "all sessions, again"
	}
	p.revoked = true
	return engine.Stage{Changes: []engine.Alteration{{
		What: what, Request: graph.RevokeSignInSessions(p.user.ID), Read: userState(p.user.ID), Moves: sessionsValidFrom, Once: true,
		Accept: func(answer engine.Outcome) error { return revoked(p.inv, answer) },
		Left:   "Sessions do not come back: the user signs in again.",
	}}}, nil
}

// resetPassword gives the user a password that nobody knows, to be changed at the next
// sign-in.
func (p *planner) resetPassword() (engine.Stage, error) {
	if account, synced := p.inv.Synced(); synced {
		e := failure.Argument("steps", "The password of %s belongs to the directory on premises.", p.name)
		e.Advice = fmt.Sprintf("Reset it there twice: Set-ADAccountPassword -Identity '%s' -Reset.", account)
		e.NotAvailable = true
		return engine.Stage{}, e
	}
	password, atNextSignIn := engine.RandomPassword(), true
	return engine.Stage{Changes: []engine.Alteration{{
		What:    "the password",
		Request: graph.SetPasswordProfile(p.user.ID, graph.PasswordProfile{ForceChangePasswordNextSignIn: &atNextSignIn, Password: password.Reveal()}),
		Read:    userState(p.user.ID), Moves: passwordChanged, Once: true, Secret: password, After: rolesStep,
		Left: "The password is a random one that nobody knows: give the user a temporary access pass with msgraph-user-tap-policy-create.",
	}}}, nil
}

func (p *planner) inboxRules() (engine.Stage, error) {
	if err := withoutInboxRules(p.inv); err != nil {
		return engine.Stage{}, err
	}
	request := graph.ListInboxRules(p.user.ID)
	rules, err := p.read(request)
	if err != nil {
		return engine.Stage{}, err
	}
	var stage engine.Stage
	for _, rule := range rules {
		if !flag(rule, "isEnabled") {
			continue
		}
		id := rule.Text("id")
		change := switched(listOf(request), member("id", id), "isEnabled", graph.SetInboxRuleEnabled(p.user.ID, id, false), graph.SetInboxRuleEnabled(p.user.ID, id, true))
		change.What, change.Object, change.Undated = "the inbox rule "+rule.Text("displayName"), id, !p.user.Since.IsZero()
		if flag(rule, "isReadOnly") {
			e := failure.Argument("steps", "The rule %s of %s is read-only for Graph.", rule.Text("displayName"), p.name)
			e.Advice = "Switch it off in Outlook, or with Disable-InboxRule in Exchange."
			change.Err = e
		}
		stage.Changes, stage.Before = append(stage.Changes, change), append(stage.Before, rule.Only("id", "isEnabled"))
	}
	return stage, nil
}

func (p *planner) consents() (engine.Stage, error) {
	request := consentsRead(p.user.ID)
	grants, err := p.read(request)
	if err != nil {
		return engine.Stage{}, err
	}
	var stage engine.Stage
	for _, grant := range grants {
		if strings.EqualFold(grant.Text("consentType"), "AllPrincipals") {
			continue // it counts for everybody
		}
		change := gone(listOf(request), grant.Only("clientId", "consentType", "principalId", "resourceId"), grant.Only("scope"),
			graph.DeleteConsent(grant.Text("id")), graph.CreateConsent(grant))
		change.What, change.Object = "the consent "+strings.TrimSpace(grant.Text("scope"))+" to "+grant.Text("clientId"), grant.Text("id")
		if change, ok := p.dated(change, grant, nil, grant.Text("clientId"), grant.Text("resourceId")); ok {
			stage.Changes, stage.Before = append(stage.Changes, change), append(stage.Before, grant.Only("id", "clientId", "consentType", "principalId", "resourceId", "scope"))
		}
	}
	return stage, nil
}

func (p *planner) appRoles() (engine.Stage, error) {
	request := graph.ListAppRoles(p.user.ID, "")
	given, err := p.read(request)
	if err != nil {
		return engine.Stage{}, err
	}
	var stage engine.Stage
	for _, role := range given {
		if strings.EqualFold(role.Text("principalType"), "Group") {
			continue // it is the group's
		}
		change := gone(listOf(request), role.Only("principalId", "resourceId", "appRoleId"), nil,
			graph.DeleteAppRole(p.user.ID, role.Text("id")), graph.CreateAppRole(p.user.ID, role))
		change.What, change.Object = "the role "+role.Text("appRoleId")+" in "+role.Text("resourceDisplayName"), role.Text("id")
		if change, ok := p.dated(change, role, appRoleDates, role.Text("resourceId"), role.Text("appRoleId")); ok {
			stage.Changes, stage.Before = append(stage.Changes, change), append(stage.Before, role.Only("id", "principalId", "resourceId", "appRoleId"))
		}
	}
	return stage, nil
}

// devices turns off the devices that the user registered or owns.
func (p *planner) devices() (engine.Stage, error) {
	registered, err := p.read(graph.ListRegisteredDevices(p.user.ID))
	if err != nil {
		return engine.Stage{}, err
	}
	owned, err := p.read(graph.ListDevicesOf(p.user.ID))
	if err != nil {
		return engine.Stage{}, err
	}
	var stage engine.Stage
	for _, device := range joined(registered, owned, "registered", "owned") {
		if kind := device.Text("@odata.type"); kind != "" && kind != "#microsoft.graph.device" {
			continue
		}
		if err := p.shown([]rawjson.Object{device}, "accountEnabled", "Device.Read.All"); err != nil {
			return engine.Stage{}, err
		}
		if !flag(device, "accountEnabled") {
			continue
		}
		id := device.Text("id")
		change := switched(engine.Look{Request: graph.GetDevice(id)}, nil, "accountEnabled", graph.SetDeviceEnabled(id, false), graph.SetDeviceEnabled(id, true))
		change.What, change.Object = "the device "+device.Text("displayName"), id
		if flag(device, "onPremisesSyncEnabled") || strings.EqualFold(device.Text("trustType"), "ServerAd") {
			change.Left = deviceOnPremises("Enable-ADAccount", device)
		}
		if change, ok := p.dated(change, device, deviceDates, id); ok {
			if change.Left != "" {
				stage.Advice = strings.TrimSpace(stage.Advice + " " + deviceOnPremises("Disable-ADAccount", device))
			}
			stage.Changes, stage.Before = append(stage.Changes, change), append(stage.Before, device.Only("id", "accountEnabled"))
		}
	}
	return stage, nil
}

// deviceOnPremises says what a person does about a device that is joined on premises too.
func deviceOnPremises(command string, device rawjson.Object) string {
	return fmt.Sprintf("The device is joined on premises too, and the next synchronization takes this back: run %s -Identity '%s$' there.", command, device.Text("displayName"))
}

// risk confirms the user as compromised.
func (p *planner) risk() (engine.Stage, error) {
	if err := withoutRisk(p.inv); err != nil {
		return engine.Stage{}, err
	}
	if err := guestRisk(p.inv, p.user.User); err != nil {
		return engine.Stage{}, err
	}
	risky, err := p.read(graph.ListRiskyUsers())
	if err != nil {
		return engine.Stage{}, err
	}
	id := p.user.ID
	known, _ := find(risky, id)
	if known.Text("riskState") == "confirmedCompromised" {
		return engine.Stage{}, nil
	}
	change := engine.Alteration{
		What: "the risk", Request: graph.ConfirmCompromised([]string{id}), Read: listOf(graph.ListRiskyUsers()),
		Joins: &engine.Joining{ID: id, Limit: graph.RiskyUsersLimit, Request: graph.ConfirmCompromised},
		Done:  engine.State{Find: member("id", id), Shows: member("riskState", "confirmedCompromised")},
		Back:  engine.State{Find: member("id", id), Shows: member("riskState", "dismissed")},
		Undo:  []graph.Request{graph.DismissRisk([]string{id})},
		Slow:  "Identity Protection takes a few minutes to show it",
	}
	if level := known.Text("riskLevel"); level != "" && level != "none" {
		change.Left = "The level of risk that the user had, " + level + ", does not come back."
	}
	return engine.Stage{Changes: []engine.Alteration{change}, Before: []rawjson.Object{known.Only("id", "riskState", "riskLevel", "riskDetail")}}, nil
}
