package emulator_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"msgraph-user/emulator"
	"msgraph-user/emulator/attack"
)

// where is what Graph answers about a thing, %o standing for its owner and %i for its id.
var where = map[attack.Kind]string{
	attack.Method: auth("%o") + "/methods/%i", attack.Membership: "/v1.0/groups/%i/members", attack.Role: roles + "roleAssignments/%i",
	attack.Device: "/v1.0/devices/%i", attack.Application: "/v1.0/servicePrincipals/%i", attack.Consent: "/v1.0/oauth2PermissionGrants/%i",
	attack.Rule: "/v1.0/users/%o/mailFolders/inbox/messageRules/%i", attack.SignIn: auditLogs + "signIns/%i", attack.Audit: auditLogs + "directoryAudits/%i",
	attack.Risk: protection + "riskyUsers?$filter=userPrincipalName eq '%o'", attack.Detection: protection + "riskDetections/%i",
}

// types are what Microsoft's metadata calls the things of which one is answered.
var types = map[attack.Kind]string{
	attack.Device: "device", attack.Rule: "messageRule", attack.SignIn: "signIn", attack.Audit: "directoryAudit", attack.Detection: "riskDetection",
	attack.Consent: "oAuth2PermissionGrant", attack.Role: "unifiedRoleAssignment", attack.Application: "servicePrincipal",
}

func eachAttack(t *testing.T, f func(t *testing.T, a *attack.Attack, x *tenant)) {
	for _, name := range attack.Names() {
		t.Run(name, func(t *testing.T) {
			a, err := attack.Find(name)
			if err != nil {
				t.Fatal(err)
			}
			f(t, a, start(t, emulator.Options{Attack: name}))
		})
	}
}

// Every trace of an attack, and every harmless change, is found through Graph, as
// Microsoft's metadata describes it, and what is the attack is not told.
func TestAttacksLeaveTheirTraces(t *testing.T) {
	eachAttack(t, func(t *testing.T, a *attack.Attack, x *tenant) {
		if len(a.Traces) < 4 || len(a.Harmless) < 4 || len(a.Accounts) == 0 || a.Alert == "" {
			t.Fatalf("an attack of %d traces among %d harmless changes", len(a.Traces), len(a.Harmless))
		}
		for _, thing := range slices.Concat(a.Traces, a.Harmless) {
			path, known := where[thing.Kind]
			if !known {
				t.Fatalf("no way to the %s", thing.Kind)
			}
			path = strings.NewReplacer("%o", thing.Owner, "%i", thing.ID).Replace(path)
			got := x.want(x.get(path), 200)
			if is := types[thing.Kind]; is != "" {
				if err := readMetadata(t).entityFits(is, got.json); err != nil {
					t.Errorf("the %s %s: %v", thing.Kind, thing.ID, err)
				}
			}
			wanted := thing.ID
			switch thing.Kind {
			case attack.Membership:
				wanted = x.id(thing.Owner)
			case attack.Risk:
				wanted = "atRisk"
			}
			if !strings.Contains(got.text, wanted) {
				t.Errorf("the %s %s of %s is not there: %.300s", thing.Kind, thing.ID, thing.Owner, got.text)
			}
		}
		exported, err := x.Export()
		if err != nil {
			t.Fatal(err)
		}
		for _, hint := range []string{"attack", "drill", "harmless", `"what"`} {
			if shown := strings.Count(strings.ReplaceAll(string(exported), "attackerinTheMiddle", ""), hint); shown > 0 {
				t.Errorf("%q is shown %d times", hint, shown)
			}
		}
	})
}

// An attack happened within the last hour, by the tenant's clock.
func TestAttacksHappenedWithinTheHour(t *testing.T) {
	eachAttack(t, func(t *testing.T, a *attack.Attack, x *tenant) {
		for _, thing := range a.Traces {
			if thing.Kind != attack.SignIn && thing.Kind != attack.Audit {
				continue
			}
			path := strings.ReplaceAll(where[thing.Kind], "%i", thing.ID)
			record := x.want(x.get(path), 200).json
			text, _ := record["createdDateTime"].(string)
			if thing.Kind == attack.Audit {
				text = record["activityDateTime"].(string)
			}
			if at, err := time.Parse(time.RFC3339Nano, text); err != nil || at.After(x.now) || x.now.Sub(at) > time.Hour {
				t.Errorf("%s %s at %s: %v", thing.Kind, thing.ID, text, err)
			}
		}
	})
}

// The same attack makes the same tenant, and its values are as checked as those of any
// seed.
func TestAttacksAreRepeatable(t *testing.T) {
	eachAttack(t, func(t *testing.T, a *attack.Attack, x *tenant) {
		first, err := x.Export()
		if err != nil {
			t.Fatal(err)
		}
		second, err := start(t, emulator.Options{Attack: a.Name}).Export()
		if err != nil || string(first) != string(second) {
			t.Errorf("another tenant: %v", err)
		}
		if _, err := emulator.New(emulator.Options{Seed: first}); err != nil {
			t.Error(err)
		}
	})
}

func TestUnknownAttacksListTheOthers(t *testing.T) {
	_, err := emulator.New(emulator.Options{Attack: "phish"})
	if unknown := (*attack.UnknownError)(nil); !errors.As(err, &unknown) || !strings.Contains(err.Error(), "aitm, consent, hybrid, insider") {
		t.Errorf("%v", err)
	}
}

// What contains the attack aitm, in order, and things of the tenant that are harmless.
const (
	taken      = "tomas.brandt@larkspur.example"
	closing    = "PATCH /v1.0/users/" + taken + ` {"accountEnabled":false}`
	revoking   = "POST /v1.0/users/" + taken + "/revokeSignInSessions"
	noMethod   = "DELETE /v1.0/users/" + taken + "/authentication/microsoftAuthenticatorMethods/c2f6b0a4-91d3-4e57-8a7e-5b0d3f6c1e42"
	noRule     = "PATCH /v1.0/users/" + taken + `/mailFolders/inbox/messageRules/AQAAAJ5fTb= {"isEnabled":false}`
	noDevice   = `PATCH /v1.0/devices/3d9b7c15-6e0a-4f2b-b8c4-7a51e9d20f38 {"accountEnabled":false}`
	ownRule    = "/v1.0/users/" + taken + "/mailFolders/inbox/messageRules/AQAAAJ5fTa="
	ownPhone   = "/v1.0/users/" + taken + "/authentication/phoneMethods/b6332ec1-7057-4abe-9331-3d72feddfe41"
	graceGrant = "ZKMrO5CYU1DPNbZ1G5vDhzhdLOllUURfO5pw4wxxQqo"
)

// The rules of the score: what is contained, what is missed, which harmless thing is hit.
func TestScore(t *testing.T) {
	all := []string{closing, revoking, noMethod, noRule, noDevice}
	but := func(left string) []string {
		return slices.DeleteFunc(slices.Clone(all), func(step string) bool { return step == left })
	}
	and := func(more ...string) []string { return append(slices.Clone(all), more...) }
	for _, c := range []struct {
		name         string
		do           []string
		missed, hits string // in words, "" for none
	}{
		{name: "everything contained", do: all},
		{name: "nothing done", missed: "account: disabled, account: not revoked, device: still enabled, inbox rule: still enabled, method: still a way to sign in"},
		{name: "not closed", do: but(closing), missed: "account: the attacker can still sign in"},
		{name: "closed by another password, which ends the sessions too", do: append(but(closing)[1:], "PATCH /v1.0/users/"+taken+` {"passwordProfile":{"password":"Br4nd-new-pass"}}`)},
		{name: "sessions open", do: but(revoking), missed: "account: not revoked"},
		{name: "sessions revoked too early", do: []string{revoking, "wait", closing, noMethod, noRule, noDevice}, missed: "account: revoked before the account was closed"},
		{name: "enabled again without another password", do: and("PATCH /v1.0/users/" + taken + ` {"accountEnabled":true}`), missed: "account: the attacker can still sign in"},
		{name: "rule deleted", do: append(but(noRule), "DELETE /v1.0/users/"+taken+"/mailFolders/inbox/messageRules/AQAAAJ5fTb=")},
		{name: "rule enabled again", do: and("PATCH /v1.0/users/" + taken + `/mailFolders/inbox/messageRules/AQAAAJ5fTb= {"isEnabled":true}`), missed: "inbox rule: still enabled"},
		{name: "the user's own rule disabled", do: and("PATCH " + ownRule + ` {"isEnabled":false}`), hits: "inbox rule: disabled by attack-test"},
		{name: "and enabled again", do: and("PATCH "+ownRule+` {"isEnabled":false}`, "PATCH "+ownRule+` {"isEnabled":true}`)},
		{name: "the user's own phone removed", do: and("DELETE " + ownPhone), hits: "method: removed"},
		{name: "and given back under another id", do: and("DELETE "+ownPhone, "POST "+auth(taken)+`/phoneMethods {"phoneNumber":"+49 3055501203","phoneType":"alternateMobile"}`)},
		{name: "the risk confirmed, a pass for the return", do: and("POST "+protection+`riskyUsers/confirmCompromised {"userIds":["{taken}"]}`, "POST "+auth(taken)+"/temporaryAccessPassMethods {}")},
		{name: "the account deleted", do: []string{"DELETE /v1.0/users/" + taken, noDevice}, hits: "account: deleted"},
		{name: "a colleague disabled", do: and("PATCH /v1.0/users/" + plain + ` {"accountEnabled":false}`), hits: "account: disabled"},
		{name: "a colleague's sessions revoked", do: and("POST /v1.0/users/" + plain + "/revokeSignInSessions"), hits: "account: sessions revoked"},
		{name: "a colleague's password reset", do: and("PATCH /v1.0/users/" + plain + ` {"passwordProfile":{"password":"Br4nd-new-pass"}}`), hits: "account: given another password"},
		{name: "a colleague's device disabled", do: and(`PATCH /v1.0/devices/91c7e5a0-4d28-4b6f-83f1-0e9b2c5d7a64 {"accountEnabled":false}`), hits: "device: disabled"},
		{name: "a colleague's consent revoked", do: and("DELETE /v1.0/oauth2PermissionGrants/{grant}"), hits: "consent: removed"},
		{name: "the user taken out of a group", do: and("DELETE /v1.0/groups/{finance}/members/{taken}/$ref"), hits: "membership: removed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := start(t, emulator.Options{Attack: "aitm"})
			x.run(c.do)
			score := x.Score()
			check := func(what string, got []attack.Result, wanted string) {
				var want []string
				if wanted != "" {
					want = strings.Split(wanted, ", ")
				}
				if len(got) != len(want) {
					t.Fatalf("%s: %v, want %q", what, got, want)
				}
				for _, wants := range want {
					kind, why, _ := strings.Cut(wants, ": ")
					why, by, _ := strings.Cut(why, " by ")
					if !slices.ContainsFunc(got, func(r attack.Result) bool {
						return string(r.Kind) == kind && strings.Contains(r.Why, why) && strings.Contains(r.Command, by) && r.What != ""
					}) {
						t.Errorf("%s: %v, want %s", what, got, wants)
					}
				}
			}
			check("missed", score.Missed, c.missed)
			check("hit", score.Hit, c.hits)
			if score.Perfect() != (c.missed == "" && c.hits == "") || len(score.Contained)+len(score.Missed) != len(all) {
				t.Errorf("%+v", score)
			}
		})
	}
}

// run sends requests, each METHOD PATH BODY; wait lets a minute pass.
func (x *tenant) run(requests []string) {
	x.t.Helper()
	ids := strings.NewReplacer("{taken}", x.id(taken), "{grant}", graceGrant, "{finance}", x.groupID("Finance"))
	for _, request := range requests {
		if request == "wait" {
			x.now = x.now.Add(time.Minute)
			continue
		}
		method, rest, _ := strings.Cut(ids.Replace(request), " ")
		path, body, _ := strings.Cut(rest, " {")
		if body != "" {
			body = "{" + body
		}
		if a := x.do(method, path, body, "User-Agent", "msgraph-user/1 (attack-test)"); a.status >= 300 {
			x.t.Fatalf("%s: %d %s", request, a.status, a.text)
		}
	}
}

func (x *tenant) groupID(name string) string {
	x.t.Helper()
	return x.want(x.get("/v1.0/groups?$filter=displayName eq '"+name+"'"), 200).value()[0]["id"].(string)
}

// A score tells when, and with which command, something was done; a reset starts over.
func TestScoreKeepsTheTime(t *testing.T) {
	x := start(t, emulator.Options{Attack: "aitm"})
	x.now = x.now.Add(3 * time.Minute)
	x.run([]string{noRule})
	x.now = x.now.Add(2 * time.Minute)
	score := x.Score()
	if len(score.Contained) != 1 || score.Contained[0].After != 3*time.Minute || score.Contained[0].Command != "attack-test" || score.Used != 5*time.Minute {
		t.Errorf("%+v", score)
	}
	if err := x.Reset(); err != nil {
		t.Fatal(err)
	}
	if score := x.Score(); len(score.Contained) != 0 || score.Used != 0 {
		t.Errorf("after a reset: %+v", score)
	}
	if score := start(t, emulator.Options{}).Score(); len(score.Contained)+len(score.Missed)+len(score.Hit) != 0 {
		t.Errorf("without an attack: %+v", score)
	}
}
