package handlers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"msgraph-user/emulator"
	"msgraph-user/graph"
	"msgraph-user/handlers"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/graphtest"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

// A containment of any users in any state, with any steps that can be taken back, and its
// undo leave the tenant as it was, but for what no undo brings back.
func TestAnUndoLeavesTheTenantAsItWas(t *testing.T) {
	trials := 30
	if graphtest.Long() {
		trials = 500
	}
	changes := 0
	for n := range trials {
		synctest.Test(t, func(t *testing.T) { changes += containAndUndo(t, rand.New(rand.NewPCG(19, uint64(n))), n) })
		if t.Failed() {
			t.Fatalf("trial %d", n)
		}
	}
	if changes < 3*trials {
		t.Errorf("%d trials changed only %d things", trials, changes)
	}
	t.Logf("%d trials, %d changes", trials, changes)
}

// containAndUndo is one trial. It returns how many steps changed something.
func containAndUndo(t *testing.T, random *rand.Rand, n int) (changes int) {
	began := time.Now() // of the bubble, which is before the company
	now := func() time.Time { return time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC).Add(time.Since(began)) }
	tenant, err := emulator.New(emulator.Options{InProcess: true, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	defer tenant.Close()
	service := engine.New(engine.Options{Commands: handlers.Commands(), Definition: loadDefinition(t), InProcess: tenant.Transport(), Now: now, Params: emulator.Parameters("")})
	client, err := service.Connect(engine.Call{})
	if err != nil {
		t.Fatal(err)
	}
	company := newCompany(t, tenant)
	users := company.pick(random, 1+random.IntN(3))
	for range 12 {
		company.unsettle(t.Context(), random, client.Graph, users[random.IntN(len(users))])
	}
	args := containmentOf(random, users, company)
	before := stateOf(t, tenant)

	entries, err := service.Run(t.Context(), engine.Call{Command: "msgraph-user-contain", Args: args})
	if err != nil {
		// All steps of all users were refused: there is nothing to take back.
		if diff := cmp.Diff(before, stateOf(t, tenant)); diff != "" {
			t.Errorf("trial %d, %v: %v, and yet\n%s", n, args, err, diff)
		}
		return 0
	}
	contained := stateOf(t, tenant)
	run := entries[0].EntryContext[engine.ContainmentPath].(engine.ContainmentResult)
	for _, step := range run.Steps {
		if step.Status != engine.Succeeded && step.Proven == true {
			t.Errorf("trial %d, %v: %+v", n, args, step)
		}
	}
	back, err := service.Run(t.Context(), engine.Call{Command: "msgraph-user-undo", Args: map[string]any{"run_id": run.RunID, "restore_all": true}})
	if err != nil {
		if cmp.Equal(before, contained) && strings.Contains(err.Error(), "changed nothing") {
			return 0
		}
		t.Fatalf("trial %d, %v: %v", n, args, err)
	}
	undone := back[0].EntryContext[engine.UndoPath].(engine.ContainmentResult)
	for _, user := range undone.Users {
		if !*user.Restored {
			t.Errorf("trial %d, %v: %+v", n, args, undone)
		}
	}
	if diff := cmp.Diff(before, stateOf(t, tenant)); diff != "" {
		t.Errorf("trial %d, %v:\n%s\n%s", n, args, diff, readable(entries, back))
	}
	if last := back[len(back)-1]; last.Type != xsoar.File {
		t.Errorf("trial %d: the undo answers no file: %+v", n, last)
	}
	return len(undone.Steps)
}

func readable(answers ...[]xsoar.Entry) string {
	var shown strings.Builder
	for _, entries := range answers {
		shown.WriteString(entries[0].HumanReadable)
	}
	return shown.String()
}

// containmentOf are the arguments of a random containment that can be taken back.
func containmentOf(random *rand.Rand, users []string, c *company) map[string]any {
	args := map[string]any{"user": strings.Join(users, ",")}
	if random.IntN(3) > 0 {
		steps := []string{"disable", "revoke-sessions", "inbox-rules", "consents", "app-roles", "roles", "phone-email-methods", "devices", "risk"}
		random.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
		args["steps"] = strings.Join(steps[:1+random.IntN(len(steps))], ",")
	}
	if random.IntN(3) == 0 {
		args["since"] = fmt.Sprintf("%d days", 1+random.IntN(400))
	}
	if random.IntN(2) == 0 {
		args["groups"] = strings.Join([]string{c.groups[random.IntN(len(c.groups))], c.groups[random.IntN(len(c.groups))]}, ",")
	}
	return args
}

// company is what a trial draws from.
type company struct {
	users, groups, roles []string
	devices              map[string][]string // by user
	rules                map[string][]string // by user
}

func newCompany(t *testing.T, tenant *emulator.Tenant) *company {
	c := &company{devices: map[string][]string{}, rules: map[string][]string{}}
	all := exported(t, tenant)
	id := func(v any, name string) string { text, _ := v.(map[string]any)[name].(string); return text }
	for _, user := range all["users"].([]any) {
		c.users = append(c.users, id(user, "id"))
	}
	for _, group := range all["groups"].([]any) {
		c.groups = append(c.groups, id(group, "id"))
	}
	for _, role := range all["directoryRoles"].([]any) {
		c.roles = append(c.roles, id(role, "roleTemplateId"))
	}
	for _, rule := range all["messageRules"].([]any) {
		c.rules[id(rule, "user")] = append(c.rules[id(rule, "user")], id(rule, "id"))
	}
	for _, device := range all["devices"].([]any) {
		owners, _ := device.(map[string]any)["registeredOwners"].([]any)
		for _, owner := range owners {
			c.devices[owner.(string)] = append(c.devices[owner.(string)], id(device, "id"))
		}
	}
	return c
}

func (c *company) pick(random *rand.Rand, n int) []string {
	var picked []string
	for len(picked) < n {
		if user := c.users[random.IntN(len(c.users))]; !slices.Contains(picked, user) {
			picked = append(picked, user)
		}
	}
	return picked
}

// The sample company's applications that a trial gives consents and roles for.
const (
	calendarApp = "d39af706-e19a-42c6-8a7f-7625c715124b"
	filesApp    = "a902515c-e538-4097-84da-3ec6749f950f"
	graphItself = "81961518-6697-4ca5-b1db-58458553460f"
	expenses    = "0a04d874-fc99-45da-b86c-08b5d53febe6"
)

// unsettle changes something of a user at random. What the tenant refuses stays as it is.
func (c *company) unsettle(ctx context.Context, random *rand.Rand, client *graph.Client, user string) {
	object := func(pairs ...string) rawjson.Object {
		var o rawjson.Object
		for i := 0; i < len(pairs); i += 2 {
			o = append(o, rawjson.Member{Name: pairs[i], Value: rawjson.Quote(pairs[i+1])})
		}
		return o
	}
	one := func(from ...string) string { return from[random.IntN(len(from))] }
	assignment := object("principalId", user, "roleDefinitionId", one(c.roles...), "directoryScopeId", "/")
	requests := []graph.Request{
		graph.SetAccountEnabled(user, random.IntN(2) == 0),
		graph.CreateConsent(object("clientId", one(calendarApp, filesApp), "consentType", "Principal", "principalId", user, "resourceId", graphItself, "scope", one("Mail.Read", "User.Read offline_access"))),
		graph.CreateAppRole(user, object("principalId", user, "resourceId", expenses, "appRoleId", one("0e1b1a7c-3f7e-4a3e-9d57-6a0f3b9c1a01", "0e1b1a7c-3f7e-4a3e-9d57-6a0f3b9c1a02"))),
		graph.CreateRoleAssignment(assignment),
		graph.RequestEligibleRole(graph.AssignRole, assignment, "trial"),
		graph.RequestActiveRole(graph.AssignRole, assignment, "trial"),
		graph.CreatePhone(user, object("phoneNumber", "+1 2065550111", "phoneType", one("mobile", "alternateMobile", "office"))),
		graph.CreateEmail(user, object("emailAddress", "trial@mail.example")),
		graph.SetPreferredMethod(user, one("push", "oath", "sms", "voiceMobile", "voiceAlternateMobile", "voiceOffice")),
		client.AddGroupMember(one(c.groups...), user),
		client.AddGroupMember(one(c.groups...), user),
	}
	if devices := c.devices[user]; len(devices) > 0 {
		requests = append(requests, graph.SetDeviceEnabled(one(devices...), random.IntN(2) == 0))
	}
	if rules := c.rules[user]; len(rules) > 0 {
		requests = append(requests, graph.SetInboxRuleEnabled(user, one(rules...), random.IntN(2) == 0))
	}
	_, _ = client.Send(ctx, requests[random.IntN(len(requests))])
	time.Sleep(time.Minute) // of the bubble's time: later changes have later dates
}

func exported(t *testing.T, tenant *emulator.Tenant) map[string]any {
	t.Helper()
	content, err := tenant.Export()
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(content, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// stateOf is the tenant without what an undo does not bring back: ids of what is created
// again, times, sessions, risk, and what the logs hold. Lists are in the order of what
// they hold.
func stateOf(t *testing.T, tenant *emulator.Tenant) map[string][]string {
	t.Helper()
	state := map[string][]string{}
	for name, value := range exported(t, tenant) {
		list, isList := value.([]any)
		if !isList || slices.Contains([]string{"riskyUsers", "riskDetections", "signIns", "directoryAudits"}, name) {
			continue
		}
		again := slices.Contains([]string{"oauth2PermissionGrants", "appRoleAssignments", "roleAssignments", "roleAssignmentScheduleInstances", "roleEligibilityScheduleInstances"}, name)
		for _, item := range list {
			if name == "roleAssignmentScheduleInstances" && isPermanent(item) {
				continue
			}
			encoded, err := json.Marshal(settled(item, again))
			if err != nil {
				t.Fatal(err)
			}
			state[name] = append(state[name], string(encoded))
		}
		slices.Sort(state[name])
	}
	return state
}

// isPermanent reports whether an instance says no more than the role assignment that
// belongs to it. Graph shows one for every assignment, however that was made; the tenant
// keeps one for those that Privileged Identity Management made.
func isPermanent(instance any) bool {
	i := instance.(map[string]any)
	return i["assignmentType"] == "Assigned" && i["memberType"] == "Direct" && i["endDateTime"] == nil
}

// settled is a value without its times, its lists sorted; without its ids where it is
// created again.
func settled(value any, again bool) any {
	switch value := value.(type) {
	case map[string]any:
		kept := maps.Clone(value)
		maps.DeleteFunc(kept, func(name string, _ any) bool {
			return strings.HasSuffix(name, "DateTime") && name != "endDateTime" || again && (name == "id" || strings.HasSuffix(name, "ScheduleId") || name == "roleAssignmentOriginId")
		})
		for name, member := range kept {
			kept[name] = settled(member, false)
		}
		return kept
	case []any:
		texts := make([]string, len(value))
		for i, item := range value {
			encoded, err := json.Marshal(settled(item, false))
			if err != nil {
				return err.Error()
			}
			texts[i] = string(encoded)
		}
		slices.Sort(texts)
		return texts
	}
	return value
}
