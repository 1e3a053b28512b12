package investigation

import (
	"slices"
	"strings"
	"time"

	"msgraph-user/internal/rawjson"
)

// kind is a kind of change that is judged: how audits call it, and what a list that shows
// it is called.
type kind struct {
	rule   string
	source string
	thing  string // for a person
	// activities are parts of what audits call it, in lower case
	// (https://learn.microsoft.com/entra/identity/monitoring-health/reference-audit-activities);
	// a $ stands for the end.
	activities []string
	by         initiator
	lets       bool // it lets somebody sign in
}

// initiator says whose changes of a kind count.
type initiator int

const (
	toAccount      initiator = iota // those to the account, whoever made them
	toAccountOrOwn                  // those, and what the account did: its target is an application or a device
	toOthers                        // those that the account made to others
)

var kinds = []kind{
	{rule: "added-method", source: Methods, thing: "Authentication method", activities: []string{"registered security info", "registered all required security info", "changed default security info", "updated security info", "create temporary access pass", "add passwordless phone", "add fido2", "add windows hello"}, lets: true},
	{rule: "added-consent", source: Consents, thing: "Consent", activities: []string{"consent to application", "add delegated permission grant", "add oauth2permissiongrant", "add service principal$"}, by: toAccountOrOwn},
	{rule: "added-app-role", source: AppRoles, thing: "Application role", activities: []string{"add app role assignment grant to user", "add app role assignment to user"}},
	{rule: "added-device", source: Devices, thing: "Device", activities: []string{"register device", "add device", "add registered owner to device", "add registered users to device", "add registered user to device", "join device"}, by: toAccountOrOwn},
	{rule: "added-role", source: Roles, thing: "Role", activities: []string{"add member to role", "add eligible member to role", "add scoped member to role", "add eligible member to role in pim", "add member to role completed"}},
	{rule: "added-group", source: Groups, thing: "Group", activities: []string{"add member to group", "add owner to group"}},
	{rule: "changed-password", source: Methods, lets: true, thing: "Password", activities: []string{"reset user password", "reset password", "change user password", "change password", "admin started password reset"}},
	{rule: "changed-account", source: Audits, thing: "Account", activities: []string{"enable account", "disable strong authentication", "restore user"}},
	{rule: "acted-on-others", source: Audits, thing: "Done to others", by: toOthers, activities: []string{"certificates and secrets", "add service principal credentials", "add service principal", "add application", "add owner to", "add user",
		"invite external user", "reset user password", "registered security info", "add member to role", "add eligible member", "add app role assignment", "add delegated permission grant", "consent to application",
		"update policy", "conditional access policy", "set domain authentication", "add unverified domain", "disable strong authentication", "delete user", "delete group", "delete device"}},
}

// audit is a change as the directory audits tell it.
type audit struct {
	raw         rawjson.Object
	text        string // all of it in lower case
	at          time.Time
	activity    string
	correlation string
	by          author
	about       bool // the account is its target
	done        bool
	told        bool // a finding or a thing that was added accounts for it
}

func (j *judge) readAudits() []*audit {
	var all []*audit
	id := j.User.Text("id")
	for _, o := range j.source(Audits).Items {
		a := &audit{raw: o, text: textOf(o), at: at(o, "activityDateTime"), activity: o.Text("activityDisplayName"), correlation: o.Text("correlationId"), done: o.Text("result") != "failure" && o.Text("result") != "timeout"}
		initiator := part(o, "initiatedBy")
		user, app := part(initiator, "user"), part(initiator, "app")
		a.by = author{name: joined("", user.Text("userPrincipalName")), address: user.Text("ipAddress"), self: strings.EqualFold(user.Text("id"), id)}
		if a.by.name == "" {
			a.by.name = joined("", user.Text("displayName"), user.Text("id"))
		}
		if user == nil {
			a.by.name = "the application " + joined("", app.Text("displayName"))
		}
		for _, target := range parts(o, "targetResources") {
			a.about = a.about || strings.EqualFold(target.Text("id"), id)
		}
		all = append(all, a)
	}
	slices.SortStableFunc(all, func(a, b *audit) int { return a.at.Compare(b.at) })
	return all
}

// is reports whether an audit tells of a kind of change to the account, or by it to
// others.
func (a *audit) is(k kind) bool {
	counts := a.about
	switch k.by {
	case toAccountOrOwn:
		counts = a.about || a.by.self
	case toOthers:
		counts = a.by.self && !a.about
	}
	if !a.done || !counts {
		return false
	}
	name := strings.ToLower(a.activity) + "$"
	return slices.ContainsFunc(k.activities, func(part string) bool { return strings.Contains(name, part) })
}

// what says what an audit tells, for a person: the activity and its targets.
func (a *audit) what() string {
	var names []string
	for _, target := range parts(a.raw, "targetResources") {
		name := joined("", target.Text("displayName"))
		if name == "" {
			name = target.Text("userPrincipalName")
		}
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
		for _, change := range parts(target, "modifiedProperties") { // names of groups and roles stand here
			if property := change.Text("displayName"); property == "Group.DisplayName" || property == "Role.DisplayName" {
				if value := strings.Trim(change.Text("newValue"), `[]"`); value != "" && !slices.Contains(names, value) {
					names = append(names, value)
				}
			}
		}
	}
	return joined(": ", a.activity, strings.Join(names, ", "))
}

// thing is something that the account has, and that may have been added.
type thing struct {
	name  string
	at    time.Time // when it was added; the zero time where the list does not tell
	words []string  // of which an audit of its addition holds one
	raw   rawjson.Object
}

// things returns what the account has of a kind.
func (j *judge) things(k kind) []thing {
	var all []thing
	for _, o := range j.source(k.source).Items {
		t := thing{raw: o, words: []string{o.Text("id")}}
		switch k.rule {
		case "added-method", "changed-password":
			if t.name, t.at = methodName(o), at(o, "createdDateTime"); strings.HasPrefix(t.name, "password") != (k.rule == "changed-password") {
				continue
			}
		case "added-consent":
			app := j.Apps[o.Text("clientId")]
			t.name = "to " + joined("", app.Text("displayName"), appID(app, o)) + " for " + strings.Join(strings.Fields(o.Text("scope")), " ")
			t.words = append(t.words, o.Text("clientId"), app.Text("appId"))
		case "added-app-role":
			t.name, t.at = o.Text("resourceDisplayName"), at(o, "createdDateTime")
			t.words = append(t.words, o.Text("resourceId"))
		case "added-device":
			t.name, t.at = joined(", ", o.Text("displayName"), o.Text("operatingSystem"), o.Text("trustType")), at(o, "registrationDateTime")
			t.words = append(t.words, o.Text("deviceId"))
		case "added-role":
			t.name, t.at = joined(", ", o.Text("roleName"), o.Text("assignment"), o.Text("groupName")), at(o, "startDateTime")
			t.words = append(t.words, o.Text("roleDefinitionId"), o.Text("roleName"))
		case "added-group":
			t.name = o.Text("displayName")
		default:
			continue
		}
		all = append(all, t)
	}
	return all
}

func appID(app, grant rawjson.Object) string {
	if app.Text("displayName") != "" {
		return ""
	}
	return grant.Text("clientId")
}

// methodName is the kind of a method, and what tells it from others.
func methodName(o rawjson.Object) string {
	name := strings.TrimSuffix(strings.TrimPrefix(o.Text("@odata.type"), "#microsoft.graph."), "AuthenticationMethod")
	return joined(" ", name, o.Text("displayName"), o.Text("phoneNumber"), o.Text("emailAddress"), o.Text("model"))
}

// How far the time of a thing and that of its audit may lie apart: where the audit names
// the thing, and where only the time tells.
const (
	named = time.Hour
	near  = 5 * time.Minute
)

// changes judges what was added to the account and changed about it since.
func (j *judge) changes() {
	audits := j.readAudits()
	for _, k := range kinds {
		for _, t := range j.things(k) {
			j.added(k, t, audits)
		}
	}
	for _, k := range kinds {
		for i, a := range audits {
			if !a.told && !a.at.Before(j.Since) && a.is(k) {
				j.changed(k, a, audits[i:])
			}
		}
	}
	j.held()
	for _, a := range audits {
		if a.at.Before(j.Since) {
			continue
		}
		what := joined("", a.what(), by(a.by))
		if !a.done {
			what += " (failed)"
		}
		j.report.Timeline = append(j.report.Timeline, Event{At: a.at, Source: Audits, What: what, ID: a.raw.Text("id"), Rule: a.rule(j), Suspicious: a.suspicious(j)})
	}
}

func by(who author) string {
	if who.name == "" {
		return ""
	}
	return ", by " + who.name
}

// finding returns the finding that an audit belongs to; nil where there is none.
func (a *audit) finding(j *judge) *Finding {
	id := a.raw.Text("id")
	for i := range j.report.Findings {
		if f := &j.report.Findings[i]; slices.Contains(f.IDs, id) {
			return f
		}
	}
	return nil
}

func (a *audit) rule(j *judge) string {
	if f := a.finding(j); f != nil {
		return f.Rule
	}
	return ""
}

func (a *audit) suspicious(j *judge) bool {
	f := a.finding(j)
	return f != nil && f.Suspicious
}

// added judges a thing of the account. It counts where its own date, or an audit, says
// that it was added since; audits that tell of it are told with it.
func (j *judge) added(k kind, t thing, audits []*audit) {
	f := Finding{Rule: k.rule, Source: k.source, At: t.at, IDs: []string{t.raw.Text("id")}}
	if app := t.raw.Text("clientId"); app != "" {
		f.IDs = append(f.IDs, app)
	}
	who, seen := author{}, []string{}
	for _, a := range audits {
		if a.at.Before(j.Since) || a.told || !a.is(k) || !t.isOf(a) {
			continue
		}
		if a.told = true; f.At.IsZero() {
			f.At = a.at
		}
		who = a.by
		f.IDs = append(f.IDs, a.raw.Text("id"))
		if !slices.Contains(seen, a.activity) {
			seen = append(seen, a.activity)
		}
	}
	noAudits := j.source(Audits).Unread
	switch {
	case f.At.IsZero() && (!noAudits || k.rule != "added-consent"):
		return // nothing says that it is new
	case f.At.IsZero():
		f.What, f.Evidence = k.thing+" of unknown date: "+t.name, joined(" ", "Graph gives no date for it, and the audits could not be read.", j.dangerous(k, t))
		j.add(f)
		return
	case f.At.Before(j.Since):
		return
	}
	f.What = k.thing + " added: " + t.name
	if k.rule == "changed-password" {
		f.What = "Password changed"
	}
	why := j.points(k, f.At, who)
	if why == "" {
		why = j.dangerous(k, t)
	}
	f.Suspicious = why != ""
	f.Evidence = joined(" ", joined(", ", joined(": ", "Audits", strings.Join(seen, "; ")), strings.TrimPrefix(by(who), ", "))+".", why)
	if len(seen) == 0 {
		f.Evidence = joined(" ", "Its own date says so.", why)
	}
	j.add(f)
	if len(seen) == 0 {
		j.tell(f)
	}
}

// held tells which roles the account has beside those that were added: what somebody in
// it can do.
func (j *judge) held() {
	for _, role := range j.source(Roles).Items {
		id := role.Text("id")
		if slices.ContainsFunc(j.report.Findings, func(f Finding) bool { return f.Rule == "added-role" && slices.Contains(f.IDs, id) }) {
			continue
		}
		j.add(Finding{Rule: "holds-role", Source: Roles, At: at(role, "startDateTime"), What: "The account has the role " + joined(", ", role.Text("roleName"), role.Text("assignment")), IDs: []string{id},
			Evidence: joined(" ", joined(" ", "Scope", role.Text("directoryScopeId"))+".", joined(" ", sentence("It comes through the group", role.Text("groupName")), "Nothing says that it was added since."))})
	}
}

// sentence says something of a name; empty where there is none.
func sentence(what, name string) string {
	if name == "" {
		return ""
	}
	return what + " " + name + "."
}

// isOf reports whether an audit is about the thing: it names it, or is of the same time.
func (t thing) isOf(a *audit) bool {
	apart := a.at.Sub(t.at).Abs()
	if slices.ContainsFunc(t.words, func(word string) bool { return word != "" && strings.Contains(a.text, strings.ToLower(word)) }) {
		return t.at.IsZero() || apart <= named
	}
	return !t.at.IsZero() && apart <= near
}

// changed judges an audit to which nothing belongs that the account still has, with
// those that follow of the same operation.
func (j *judge) changed(k kind, a *audit, following []*audit) {
	f := Finding{Rule: k.rule, Source: Audits, At: a.at, What: k.thing + ": " + a.what()}
	for _, other := range following {
		if other == a || !other.told && other.correlation != "" && other.correlation == a.correlation && other.is(k) {
			other.told = true
			f.IDs = append(f.IDs, other.raw.Text("id"))
		}
	}
	why := j.points(k, a.at, a.by)
	f.Suspicious = why != ""
	f.Evidence = joined(" ", strings.TrimPrefix(by(a.by), ", ")+".", why)
	j.add(f)
}

// powerful are delegated permissions that read mail and files, or change the directory.
var powerful = []string{"mail.", "mailboxsettings.", "files.read.all", "files.readwrite", "sites.", "notes.", "chat.", "ews.accessasuser.all", "imap.", "pop.", "smtp.", "directory.", "user.readwrite.all", "group.readwrite.all",
	"application.readwrite.all", "rolemanagement.", "full_access_as_user"}

// dangerous says why a consent needs a look whoever gave it: an application of an
// unverified publisher may read mail or files, or change the directory.
func (j *judge) dangerous(k kind, t thing) string {
	if k.rule != "added-consent" || part(j.Apps[t.raw.Text("clientId")], "verifiedPublisher").Text("verifiedPublisherId") != "" {
		return ""
	}
	var scopes []string
	for _, scope := range strings.Fields(t.raw.Text("scope")) {
		if slices.ContainsFunc(powerful, func(p string) bool { return strings.HasPrefix(strings.ToLower(scope), p) }) {
			scopes = append(scopes, scope)
		}
	}
	if len(scopes) == 0 {
		return ""
	}
	return "The publisher is not known to be verified, and " + strings.Join(scopes, " ") + " lets the application in without the user."
}
