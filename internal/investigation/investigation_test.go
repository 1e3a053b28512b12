package investigation

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"msgraph-user/internal/rawjson"
)

const (
	userID   = "11111111-0000-0000-0000-000000000001"
	otherID  = "11111111-0000-0000-0000-000000000002"
	homeIP   = "203.0.113.12"
	attackIP = "192.0.2.77"
)

// now is the time of the investigations, and since a day before.
var (
	now   = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	since = now.Add(-24 * time.Hour)
)

func object(t *testing.T, text string) rawjson.Object {
	t.Helper()
	o, err := rawjson.ParseObject([]byte(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return o
}

// evidence is that of a user in Berlin, with the lists that are given as JSON objects.
func evidence(t *testing.T, lists map[string][]string) *Evidence {
	t.Helper()
	e := &Evidence{Since: since, Now: now, Apps: map[string]rawjson.Object{},
		User: object(t, `{"id":"`+userID+`","userPrincipalName":"ada@contoso.example","mail":"ada@contoso.example","usageLocation":"DE","proxyAddresses":["SMTP:ada@contoso.example","smtp:ada@contoso.onmicrosoft.example"]}`)}
	for _, name := range []string{SignIns, Audits, Risk, Detections, Methods, Consents, AppRoles, Roles, Groups, Devices, InboxRules} {
		source := Source{Name: name}
		for _, text := range lists[name] {
			source.Items = append(source.Items, object(t, text))
		}
		e.Sources = append(e.Sources, source)
	}
	for _, text := range lists["apps"] {
		app := object(t, text)
		e.Apps[app.Text("id")] = app
	}
	return e
}

// ago is a time before now, as Graph writes it.
func ago(d time.Duration) string { return now.Add(-d).Format(time.RFC3339) }

// signedIn is a sign-in; with replaces members of it.
func signedIn(before time.Duration, with ...string) string {
	values := map[string]string{"ip": homeIP, "country": "DE", "os": "Windows 11", "browser": "Edge 130", "client": "Browser", "error": "0", "risk": "none", "state": "none", "device": ""}
	for i := 0; i < len(with); i += 2 {
		values[with[i]] = with[i+1]
	}
	return fmt.Sprintf(`{"id":"s-%v-%s","createdDateTime":%q,"appDisplayName":"Mail","ipAddress":%q,"clientAppUsed":%q,"location":{"city":"X","countryOrRegion":%q},"deviceDetail":{"deviceId":%q,"operatingSystem":%q,"browser":%q},"status":{"errorCode":%s},"riskLevelDuringSignIn":%q,"riskState":%q}`,
		before, values["ip"], ago(before), values["ip"], values["client"], values["country"], values["device"], values["os"], values["browser"], values["error"], values["risk"], values["state"])
}

// changed is an audit of what somebody did, from an address, to things with these ids.
func changed(before time.Duration, activity, by, from string, to ...string) string {
	var targets []string
	for _, id := range to {
		targets = append(targets, fmt.Sprintf(`{"id":%q,"displayName":"name of %s"}`, id, id))
	}
	return fmt.Sprintf(`{"id":"a-%v-%s","activityDateTime":%q,"activityDisplayName":%q,"result":"success","initiatedBy":{"app":null,"user":{"id":%q,"userPrincipalName":"by-%s","ipAddress":%q}},"targetResources":[%s]}`,
		before, activity, ago(before), activity, by, by, from, strings.Join(targets, ","))
}

// usual are sign-ins from before the time that is judged.
func usual() []string {
	return []string{signedIn(72 * time.Hour), signedIn(50*time.Hour, "os", "iOS 19", "browser", "", "client", "Mobile Apps and Desktop clients")}
}

// attacked are sign-ins of which the last, an hour ago, is an attacker's.
func attacked() []string {
	return append(usual(), signedIn(time.Hour, "ip", attackIP, "country", "RO"))
}

func phone(before time.Duration) string {
	return fmt.Sprintf(`{"@odata.type":"#microsoft.graph.phoneAuthenticationMethod","id":"m-1","phoneNumber":"+49 30","createdDateTime":%q}`, ago(before))
}

func rule(name, conditions, actions string) string {
	return fmt.Sprintf(`{"id":"r-1","displayName":%q,"isEnabled":true,"conditions":%s,"actions":%s}`, name, conditions, actions)
}

// repeated returns n times what make makes.
func repeated(n int, make func(i int) string) []string {
	all := []string{}
	for i := range n {
		all = append(all, make(i))
	}
	return all
}

const (
	mail   = `{"id":"g-1","clientId":"c-1","consentType":"Principal","scope":"Mail.Read offline_access"}`
	events = `{"id":"g-1","clientId":"c-1","consentType":"Principal","scope":"Calendars.Read"}`
	bad    = `{"id":"c-1","appId":"app-1","displayName":"Free PDF","verifiedPublisher":null}`
	good   = `{"id":"c-1","appId":"app-1","displayName":"Known","verifiedPublisher":{"verifiedPublisherId":"1"}}`
)

// Each rule finds what it is for, and says nothing of what people do every day.
func TestRules(t *testing.T) {
	const hour = time.Hour
	for _, c := range []struct {
		name       string
		lists      map[string][]string
		suspicious []string // rules, each as often as it finds something
		known      []string // rules that find what is only worth knowing
	}{
		{name: "an ordinary day", lists: map[string][]string{SignIns: append(usual(), signedIn(2*hour), signedIn(3*hour, "error", "50126"))}},
		{name: "a new country", lists: map[string][]string{SignIns: attacked()}, suspicious: []string{"sign-in-country"}},
		{name: "two sign-ins from there are one finding", lists: map[string][]string{SignIns: append(attacked(), signedIn(30*time.Minute, "ip", attackIP, "country", "RO"))}, suspicious: []string{"sign-in-country"}},
		{name: "a new country, stopped at the second factor", lists: map[string][]string{SignIns: append(usual(), signedIn(hour, "ip", attackIP, "country", "RO", "error", "50074"))}, suspicious: []string{"sign-in-country"}},
		{name: "a new country with a wrong password, as everybody gets them", lists: map[string][]string{SignIns: append(usual(), signedIn(hour, "ip", attackIP, "country", "RO", "error", "50126"))}},
		{name: "a wrong password and then the right one from there", lists: map[string][]string{SignIns: append(attacked(), signedIn(hour+time.Minute, "ip", attackIP, "country", "RO", "error", "50126"))},
			suspicious: []string{"sign-in-address", "sign-in-country"}},
		{name: "the usage location, though nobody signed in yet", lists: map[string][]string{SignIns: {signedIn(hour)}}},
		{name: "a new browser at home", lists: map[string][]string{SignIns: append(usual(), signedIn(hour, "browser", "Firefox 128"))}},
		{name: "a new version of a browser elsewhere", lists: map[string][]string{SignIns: append(usual(), signedIn(hour, "browser", "Edge 131", "ip", "198.51.100.7"))}},
		{name: "a new browser elsewhere", lists: map[string][]string{SignIns: append(usual(), signedIn(hour, "browser", "Firefox 128", "ip", "198.51.100.7"))}, suspicious: []string{"sign-in-client"}},
		{name: "a new browser elsewhere on a registered device", lists: map[string][]string{SignIns: append(usual(), signedIn(hour, "browser", "Firefox 128", "ip", "198.51.100.7", "device", "d-1"))}},
		{name: "a spray that succeeds", lists: map[string][]string{SignIns: slices.Concat(usual(), repeated(5, func(i int) string {
			return signedIn(hour+time.Duration(i)*time.Minute, "ip", fmt.Sprintf("198.51.%d.1", i), "error", "50126")
		}), []string{signedIn(hour-time.Minute, "ip", "198.51.9.1")})}, suspicious: []string{"sign-in-after-failures"}},
		{name: "a password forgotten at home", lists: map[string][]string{SignIns: slices.Concat(usual(), repeated(6, func(i int) string { return signedIn(hour+time.Duration(i)*time.Minute, "error", "50126") }), []string{signedIn(hour - time.Minute)})}},
		{name: "a spray that fails, and the user at home", lists: map[string][]string{SignIns: slices.Concat(usual(), repeated(9, func(i int) string {
			return signedIn(hour+time.Duration(i)*time.Minute, "ip", "198.51.9.1", "error", "50126")
		}), []string{signedIn(hour - time.Minute)})}},
		{name: "a legacy protocol", lists: map[string][]string{SignIns: append(usual(), signedIn(hour, "client", "IMAP4"))}, suspicious: []string{"sign-in-legacy"}},
		{name: "a legacy protocol that was always used", lists: map[string][]string{SignIns: append(usual(), signedIn(40*hour, "client", "IMAP4"), signedIn(hour, "client", "IMAP4"))}},
		{name: "a risky sign-in", lists: map[string][]string{SignIns: append(usual(), signedIn(hour, "risk", "high", "state", "atRisk"))}, suspicious: []string{"sign-in-risk"}},
		{name: "a risk that was remediated", lists: map[string][]string{SignIns: append(usual(), signedIn(hour, "risk", "high", "state", "remediated"))}},

		{name: "a user at risk", lists: map[string][]string{Risk: {`{"id":"` + userID + `","riskState":"atRisk","riskLevel":"high"}`}}, suspicious: []string{"risk-user"}},
		{name: "a user who was at risk long ago", lists: map[string][]string{Risk: {`{"id":"` + userID + `","riskState":"dismissed","riskLevel":"none","riskLastUpdatedDateTime":"2026-01-01T00:00:00Z"}`}}},
		{name: "a detection", lists: map[string][]string{Detections: {`{"id":"d","riskEventType":"leakedCredentials","riskLevel":"high","riskState":"atRisk","detectedDateTime":"` + ago(hour) + `"}`}}, suspicious: []string{"risk-detection"}},
		{name: "a detection that was dismissed", lists: map[string][]string{Detections: {`{"id":"d","riskEventType":"x","riskState":"dismissed","detectedDateTime":"` + ago(hour) + `"}`}}, known: []string{"risk-detection"}},

		{name: "mail to another domain", lists: map[string][]string{InboxRules: {rule("x", `{}`, `{"forwardTo":[{"emailAddress":{"address":"a@evil.example"}}]}`)}}, suspicious: []string{"rule-forwards"}},
		{name: "mail to a colleague", lists: map[string][]string{InboxRules: {rule("x", `{}`, `{"redirectTo":[{"emailAddress":{"address":"B@Contoso.example"}}]}`)}}, known: []string{"rule-forwards"}},
		{name: "mail to another domain, switched off", lists: map[string][]string{InboxRules: {strings.Replace(rule("x", `{}`, `{"forwardTo":[{"emailAddress":{"address":"a@evil.example"}}]}`), `"isEnabled":true`, `"isEnabled":false`, 1)}}, known: []string{"rule-forwards"}},
		{name: "every message deleted", lists: map[string][]string{InboxRules: {rule("x", `{}`, `{"delete":true}`)}}, suspicious: []string{"rule-hides"}},
		{name: "mail about payments out of sight", lists: map[string][]string{InboxRules: {rule("Filing", `{"bodyOrSubjectContains":["Invoice"]}`, `{"moveToFolder":"f","markAsRead":true}`)}}, suspicious: []string{"rule-hides"}},
		{name: "a rule with a name that says nothing", lists: map[string][]string{InboxRules: {rule("..", `{"senderContains":["x"]}`, `{"delete":true}`)}}, suspicious: []string{"rule-hides"}},
		{name: "a rule that ends all others", lists: map[string][]string{InboxRules: {rule("x", `{"fromAddresses":[{"emailAddress":{"address":"boss@contoso.example"}}]}`, `{"moveToFolder":"f","markAsRead":true,"stopProcessingRules":true}`)}}, suspicious: []string{"rule-hides"}},
		{name: "newsletters deleted", lists: map[string][]string{InboxRules: {rule("News", `{"subjectContains":["newsletter"]}`, `{"delete":true}`)}}, known: []string{"rule-hides"}},
		{name: "invoices into their folder", lists: map[string][]string{InboxRules: {rule("Invoices", `{"subjectContains":["invoice"]}`, `{"moveToFolder":"f"}`)}}},

		{name: "a phone added on an ordinary day", lists: map[string][]string{SignIns: usual(), Methods: {phone(2 * hour)}}, known: []string{"added-method"}},
		{name: "a phone added before", lists: map[string][]string{SignIns: attacked(), Methods: {phone(48 * hour)}}, suspicious: []string{"sign-in-country"}},
		{name: "a phone added after the attack began", lists: map[string][]string{SignIns: attacked(), Methods: {phone(30 * time.Minute)}}, suspicious: []string{"added-method", "sign-in-country"}},
		{name: "a phone that the user added at home meanwhile", lists: map[string][]string{SignIns: append(attacked(), signedIn(45*time.Minute)), Methods: {phone(30 * time.Minute)},
			Audits: {changed(30*time.Minute, "User registered security info", userID, homeIP, userID)}}, suspicious: []string{"sign-in-country"}, known: []string{"added-method"}},
		{name: "a phone that the service desk added meanwhile", lists: map[string][]string{SignIns: attacked(), Methods: {phone(30 * time.Minute)}, Audits: {changed(30*time.Minute, "Admin registered security info", otherID, "", userID)}},
			suspicious: []string{"sign-in-country"}, known: []string{"added-method"}},
		{name: "a phone that somebody added, and then signed in", lists: map[string][]string{SignIns: attacked(), Methods: {phone(70 * time.Minute)}, Audits: {changed(70*time.Minute, "Admin registered security info", otherID, "", userID)}},
			suspicious: []string{"added-method", "sign-in-country"}},
		{name: "a method that is gone again", lists: map[string][]string{SignIns: attacked(), Audits: {changed(30*time.Minute, "User registered security info", userID, attackIP, userID)}}, suspicious: []string{"added-method", "sign-in-country"}},
		{name: "a password reset by the service desk", lists: map[string][]string{SignIns: usual(), Audits: {changed(hour, "Reset user password", otherID, "", userID)}}, known: []string{"changed-password"}},
		{name: "a password reset by the attacker", lists: map[string][]string{SignIns: attacked(), Audits: {changed(70*time.Minute, "Reset user password", otherID, attackIP, userID)}}, suspicious: []string{"changed-password", "sign-in-country"}},

		{name: "a consent to read mail", lists: map[string][]string{Consents: {mail}, "apps": {bad}, Audits: {changed(hour, "Consent to application", userID, homeIP, "c-1"), changed(hour, "Add service principal", userID, homeIP, "c-1")}}, suspicious: []string{"added-consent"}},
		{name: "the same to a verified publisher", lists: map[string][]string{Consents: {mail}, "apps": {good}, Audits: {changed(hour, "Consent to application", userID, homeIP, "c-1")}}, known: []string{"added-consent"}},
		{name: "a consent to read a calendar", lists: map[string][]string{Consents: {events}, "apps": {bad}, Audits: {changed(hour, "Add delegated permission grant", userID, homeIP, "c-1")}}, known: []string{"added-consent"}},
		{name: "a consent of which no audit since tells", lists: map[string][]string{Consents: {mail}, "apps": {bad}}},

		{name: "a laptop registered by the attacker", lists: map[string][]string{SignIns: attacked(), Devices: {`{"id":"o-1","deviceId":"d-1","displayName":"PC","registrationDateTime":"` + ago(30*time.Minute) + `"}`},
			Audits: {changed(31*time.Minute, "Add device", userID, attackIP, "o-1"), changed(30*time.Minute, "Add registered owner to device", userID, attackIP, userID, "o-1")}}, suspicious: []string{"added-device", "sign-in-country"}},
		{name: "a new laptop", lists: map[string][]string{SignIns: usual(), Devices: {`{"id":"o-1","displayName":"PC","registrationDateTime":"` + ago(hour) + `"}`}}, known: []string{"added-device"}},
		{name: "a role from the attacker's address", lists: map[string][]string{SignIns: attacked(), Roles: {`{"id":"ra","roleDefinitionId":"rd","roleName":"Exchange Administrator","assignment":"active"}`},
			Audits: {changed(30*time.Minute, "Add member to role", otherID, attackIP, userID, "rd")}}, suspicious: []string{"added-role", "sign-in-country"}},
		{name: "a role that the account always had", lists: map[string][]string{SignIns: usual(), Roles: {`{"id":"ra","roleDefinitionId":"rd","roleName":"Global Reader","assignment":"eligible","directoryScopeId":"/","groupName":"Readers"}`}}, known: []string{"holds-role"}},
		{name: "a group, given by a colleague", lists: map[string][]string{SignIns: attacked(), Groups: {`{"id":"gr","displayName":"VPN"}`}, Audits: {changed(30*time.Minute, "Add member to group", otherID, "", userID, "gr")}},
			suspicious: []string{"sign-in-country"}, known: []string{"added-group"}},
		{name: "an application role", lists: map[string][]string{AppRoles: {`{"id":"ar","resourceDisplayName":"Payroll","createdDateTime":"` + ago(hour) + `"}`}}, known: []string{"added-app-role"}},
		{name: "an administrator's ordinary work", lists: map[string][]string{SignIns: usual(), Audits: {changed(hour, "Reset user password", userID, homeIP, otherID)}}, known: []string{"acted-on-others"}},
		{name: "a secret for an application from the attacker's address", lists: map[string][]string{SignIns: attacked(), Audits: {changed(10*time.Minute, "Update application – Certificates and secrets management ", userID, attackIP, "app")}},
			suspicious: []string{"acted-on-others", "sign-in-country"}},
		{name: "a change that failed", lists: map[string][]string{SignIns: usual(), Audits: {strings.Replace(changed(hour, "Reset user password", otherID, "", userID), `"success"`, `"failure"`, 1)}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			report := Judge(evidence(t, c.lists))
			var suspicious, known []string
			for _, f := range report.Findings {
				if f.What == "" || f.Evidence == "" || f.Source == "" || len(f.IDs) == 0 {
					t.Errorf("a finding lacks something: %+v", f)
				}
				if f.Suspicious {
					suspicious = append(suspicious, f.Rule)
				} else {
					known = append(known, f.Rule)
				}
			}
			slices.Sort(suspicious)
			if !slices.Equal(suspicious, c.suspicious) || !slices.Equal(known, c.known) {
				t.Errorf("suspicious: %v, want %v\nworth knowing: %v, want %v", suspicious, c.suspicious, known, c.known)
			}
		})
	}
}

// The timeline has every event once, the latest first, and marks what a rule found.
func TestTimeline(t *testing.T) {
	report := Judge(evidence(t, map[string][]string{SignIns: attacked(), Methods: {phone(30 * time.Minute)},
		Audits: {changed(30*time.Minute, "User registered security info", userID, attackIP, userID), changed(20*time.Minute, "Update user", otherID, "", userID)}}))
	var told []string
	for _, event := range report.Timeline {
		told = append(told, fmt.Sprint(event.Source, " ", event.Suspicious, " ", event.Rule))
	}
	want := []string{"audits false ", "audits true added-method", "sign-ins true sign-in-country"}
	if !slices.Equal(told, want) {
		t.Errorf("%q", told)
	}
	if !report.Began.Equal(now.Add(-time.Hour)) {
		t.Errorf("it began at %v", report.Began)
	}
}

// A consent has no date: where the audits cannot be read, the answer says so.
func TestWithoutAudits(t *testing.T) {
	e := evidence(t, map[string][]string{Consents: {mail}, "apps": {bad}})
	e.Sources[1].Unread, e.Sources[1].Gap = true, "It needs the permission AuditLog.Read.All."
	report := Judge(e)
	if len(report.Findings) != 1 || report.Findings[0].Suspicious || !strings.Contains(report.Findings[0].What, "of unknown date: to Free PDF") {
		t.Errorf("%+v", report.Findings)
	}
	if gaps := e.Gaps(); len(gaps) != 1 || gaps[0] != "Audits: It needs the permission AuditLog.Read.All." {
		t.Errorf("%q", gaps)
	}
}
