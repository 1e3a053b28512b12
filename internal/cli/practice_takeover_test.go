package cli

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"msgraph-user/emulator"
	"msgraph-user/graph"
	"msgraph-user/internal/containment"
	"msgraph-user/internal/rawjson"
)

// The people of the sample company who have what a takeover leaves or uses.
const (
	riskyUser    = "olivia.stone@larkspur.example"
	consentUser  = "sam.whitfield@larkspur.example" // who has inbox rules and a consent too
	roleUser     = "dana.shalev@larkspur.example"   // a User Administrator
	eligibleUser = "noel.ivanov@larkspur.example"
	groupRole    = "daniel.kim@larkspur.example" // whose role comes through a group
	theirConsent = "fT7uNq2LrXk9WcYh5ZaBv0SdPj3GmEoKi8HtCx6VyQw"
	everybodys   = "Yk3QxT0aRkW1nVhZ2bLq8f4MUJ6sCe9gPd7HoXwzA5i"
	theirAppRole = "oW9tKq4XgSbi6PvD"
	ruleOn       = "AQAAAKf3xQ="
	ruleOff      = "AQAAAKf3xR="
	noThing      = "00000000-0000-0000-0000-00000000dead"

	noRisk = "the risk of users needs Microsoft Entra ID P2"
	noPIM  = "no licence for Privileged Identity Management"
)

// asked is a command with its arguments.
type asked struct {
	command string
	args    map[string]any
}

// takeoverTrials are the trials of the commands that look into an account and turn off
// what an attacker left. ids finds the id of what a command lists by its name.
func takeoverTrials(ids func(command, user, name, member string) string) []trial {
	laptop := ids("msgraph-user-devices-list", plainUser, "LAPTOP-", "deviceId")
	finance := ids("msgraph-user-get-groups", oathUser, "Finance", "id")
	engineering := ids("msgraph-user-get-groups", plainUser, "Engineering", "id")
	list := func(name, user, shows string) trial {
		return trial{command: "msgraph-user-" + name + "-list", args: of("user", user), shows: shows}
	}
	reading := func(name string, pairs ...string) *asked { return &asked{"msgraph-user-" + name, of(pairs...)} }
	all := []trial{
		licensed(noRisk, trial{command: "msgraph-user-investigate", args: of("user", riskyUser), shows: "sign-in-country"}),
		licensed("P1 or P2", list("sign-ins", riskyUser, "Office 365 Exchange Online")),
		{command: "msgraph-user-audits-list", first: reading("account-disable", "user", plainUser), args: of("user", plainUser), shows: "Disable account"},
		licensed(noRisk, trial{command: "msgraph-user-risk-get", args: of("user", riskyUser), shows: "atRisk"}),
		licensed(noRisk, trial{command: "msgraph-user-risk-get", args: of("user", plainUser), shows: "never seen at risk"}),
		licensed(noRisk, list("risk-detections", riskyUser, "unfamiliarFeatures")),
		list("consents", riskyUser, theirConsent),
		list("app-roles", riskyUser, theirAppRole),
		list("roles", roleUser, "User Administrator"),
		licensed(noPIM, list("roles", eligibleUser, `"assignment":"eligible"`)),
		list("roles", groupRole, "Tier 0 operators"),
		list("inbox-rules", consentUser, "To my assistant"),
		list("licenses", riskyUser, "ENTERPRISEPACK"),

		{command: "msgraph-user-contain", args: of("user", plainUser, "record", "file"), withheld: "Graph does not show the accountEnabled of", shows: `"Step":"disable","Status":"succeeded","Proven":true`, reads: reading("get-auth-methods", "user", plainUser), not: "phoneAuthenticationMethod"},
		{command: "msgraph-user-undo", first: reading("account-disable", "user", plainUser), args: of("file", recordOfDisabling(ids("msgraph-direct-reports", "mira.holt@larkspur.example", "Aiko", "id")), "record", "file"),
			withheld: "Graph does not show how the account of", shows: `"Step":"disable","Status":"succeeded","Proven":true`, reads: reading("get", "user", plainUser), now: `"accountEnabled":true`},
		{command: "msgraph-user-restore", args: of("user", oathUser), shows: "is restored", first: reading("delete", "user", oathUser),
			unknown: of("user", nobody), reads: reading("get", "user", oathUser), now: "Tomas Brandt"},
		{command: "msgraph-user-group-add", args: of("user", plainUser, "group_id", finance), shows: "is a member of Finance",
			unknown: of("user", plainUser, "group_id", noThing), reads: reading("get-groups", "user", plainUser), now: "Finance"},
		{command: "msgraph-user-group-remove", args: of("user", plainUser, "group_id", engineering), shows: "is no member of Engineering",
			unknown: of("user", plainUser, "group_id", noThing), reads: reading("get-groups", "user", plainUser), not: `"Engineering"`},
		{command: "msgraph-user-role-remove", args: of("user", roleUser, "role", "User Administrator"), shows: "has the role User Administrator no more",
			unknown: of("user", roleUser, "role", "Global Reader"), reads: reading("roles-list", "user", roleUser), not: "User Administrator"},
		licensed(noPIM, trial{command: "msgraph-user-role-remove", args: of("user", eligibleUser, "role", "User Administrator", "assignment", "eligible"), shows: "may activate the role User Administrator no more",
			unknown: of("user", eligibleUser, "role", "Global Reader"), reads: reading("roles-list", "user", eligibleUser), not: `"assignment":"eligible"`}),
		{command: "msgraph-user-consent-revoke", args: of("grant_id", theirConsent), shows: "is revoked",
			unknown: of("grant_id", noThing), reads: reading("consents-list", "user", riskyUser), not: theirConsent},
		{command: "msgraph-user-consent-revoke", args: of("grant_id", everybodys, "tenant_wide", "true"), shows: "is revoked"},
		{command: "msgraph-user-app-role-remove", args: of("user", riskyUser, "assignment_id", theirAppRole), shows: "in Expenses no more",
			unknown: of("user", riskyUser, "assignment_id", noThing), reads: reading("app-roles-list", "user", riskyUser), not: theirAppRole},
		{command: "msgraph-user-device-disable", args: of("device_id", laptop), shows: "is disabled",
			unknown: of("device_id", noThing), reads: reading("devices-list", "user", plainUser), now: `"accountEnabled":false`},
		{command: "msgraph-user-device-enable", args: of("device_id", laptop), shows: "is enabled", first: reading("device-disable", "device_id", laptop),
			unknown: of("device_id", noThing), reads: reading("devices-list", "user", plainUser), not: `"accountEnabled":false`},
		{command: "msgraph-user-inbox-rule-disable", args: of("user", consentUser, "rule_id", ruleOn), shows: "Newsletters of " + consentUser + " is disabled",
			unknown: of("user", consentUser, "rule_id", noThing), reads: reading("inbox-rules-list", "user", consentUser), not: `"isEnabled":true`},
		{command: "msgraph-user-inbox-rule-enable", args: of("user", consentUser, "rule_id", ruleOff), shows: "To my assistant of " + consentUser + " is enabled",
			unknown: of("user", consentUser, "rule_id", noThing), reads: reading("inbox-rules-list", "user", consentUser), not: `"isEnabled":false`},
		licensed(noRisk, trial{command: "msgraph-user-risk-confirm", args: of("user", plainUser), shows: "is confirmed as compromised",
			reads: reading("risk-get", "user", plainUser), now: "confirmedCompromised"}),
		licensed(noRisk, trial{command: "msgraph-user-risk-dismiss", args: of("user", riskyUser), shows: "is dismissed",
			reads: reading("risk-get", "user", riskyUser), now: `"dismissed"`}),
	}
	for i := range all {
		all[i].graph = true
	}
	return all
}

// recordOfDisabling is the record of a containment that disabled the account of plainUser.
func recordOfDisabling(id string) string {
	request := func(r graph.Request) containment.Request {
		kept, err := containment.RequestOf(r)
		if err != nil {
			panic(err)
		}
		return kept
	}
	enabled := func(value string) containment.State {
		return containment.State{Shows: rawjson.Object{{Name: "accountEnabled", Value: []byte(value)}}}
	}
	w, err := containment.New(nil, containment.Run{RunID: "run-2", Tenant: emulator.ReadyTenant, Command: "msgraph-user-contain", Users: []string{plainUser}, Steps: []string{"disable"}})
	if err == nil {
		err = w.Add(containment.User{Given: plainUser, ID: id})
	}
	if err == nil {
		_, err = w.Change(containment.Change{User: plainUser, UserID: id, Step: "disable", What: "the account", Request: request(graph.SetAccountEnabled(id, false)),
			Undo: []containment.Request{request(graph.SetAccountEnabled(id, true))}, Read: containment.Reading{Request: request(graph.GetUser(id, "id,accountEnabled"))},
			Done: enabled("false"), Back: enabled("true")})
	}
	if err == nil {
		err = w.Add(containment.Answer{Change: 1, Status: "succeeded"})
	}
	if err == nil {
		_, err = w.Finish(context.Background(), containment.Seal{})
	}
	_, content, unread := w.File()
	if err := errors.Join(err, unread); err != nil {
		panic(err)
	}
	return string(content)
}

// licensed is a trial of a command that a tenant without a licence says this of.
func licensed(unlicensed string, c trial) trial {
	c.unlicensed = unlicensed
	return c
}

// checkReads reads with another command what the trial changed.
func (p *practice) checkReads(c trial, params map[string]any) {
	p.t.Helper()
	got := p.Call(c.reads.command, c.reads.args, params)
	if got.Error != nil || !strings.Contains(got.Text, c.now) || c.not != "" && strings.Contains(got.Text, c.not) {
		p.t.Errorf("%s afterwards: want %q and not %q, got %.900s", c.reads.command, c.now, c.not, got.Text)
	}
}

// checkUnknown asks for a thing that is not there, or that the user has not: an error
// that names it and says where to look, and no change.
func (p *practice) checkUnknown(c trial, params map[string]any) {
	p.t.Helper()
	before := len(p.changes())
	got := p.Call(c.command, c.unknown, params)
	switch {
	case got.Error == nil || got.Error.Code != -32602 && got.Error.Data["status"] != float64(http.StatusNotFound):
		p.t.Errorf("of what is not there: %.600s", got.Text)
	case !strings.Contains(got.Error.Message, "msgraph-user-"):
		p.t.Errorf("the error does not say where to look: %s", got.Text)
	}
	for name, value := range c.unknown {
		if c.args[name] != value && got.Error != nil && !strings.Contains(got.Error.Message, value.(string)) {
			p.t.Errorf("the error does not name the %s %s: %s", name, value, got.Error.Message)
		}
	}
	if after := p.changes(); len(after) != before {
		p.t.Errorf("changed for what is not there: %v", after[before:])
	}
}

// Without a licence, what needs one is told with its name, as an error or, where the
// rest is shown, as advice; everything else works as ever.
func TestCommandsOfAnUnlicensedTenant(t *testing.T) {
	t.Parallel()
	p := newPracticeOf(t, emulator.Options{License: "free"})
	ready := p.as(emulator.ReadyApplication, emulator.ReadySecret)
	for _, c := range takeoverTrials(p.ids(ready)) {
		t.Run(c.command, func(t *testing.T) {
			p.t = t
			p.reset()
			p.prepare(c, ready)
			got := p.Call(c.command, c.args, ready)
			switch {
			case c.unlicensed == "":
				if got.Error != nil || !strings.Contains(got.Text, c.shows) {
					t.Errorf("want %q, got %.600s", c.shows, got.Text)
				}
			case !strings.Contains(got.Text, c.unlicensed) || strings.Contains(got.Text, c.shows):
				t.Errorf("want %q and not %q, got %.600s", c.unlicensed, c.shows, got.Text)
			case got.Error == nil && c.command != "msgraph-user-roles-list" && c.command != "msgraph-user-investigate":
				t.Errorf("no error: %.600s", got.Text)
			case got.Error != nil && got.Error.Code != -32002:
				t.Errorf("not told as what Graph refused: %s", got.Text)
			case strings.Contains(got.Text, "permission"):
				t.Errorf("a permission is asked for where a licence is missing: %s", got.Text)
			}
		})
	}
}

// changes are the requests to Graph that would change something.
func (p *practice) changes() []string {
	var found []string
	for _, request := range p.tenant.Requests() {
		if request.Method != http.MethodGet && !strings.HasSuffix(request.URL, "/$batch") {
			found = append(found, request.Method+" "+request.URL)
		}
	}
	return found
}
