package attack

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/graphapi"
	"msgraph-user/emulator/schema"
)

// harm finds what is not of the attack and is not as it was. What is done to the
// attacker's accounts themselves is no harm, unless they are deleted.
func (j *judge) harm() {
	spared := map[key]bool{}
	for _, t := range j.attack.Traces {
		spared[j.before.keyOf(t)] = true
	}
	accounts := map[string]bool{}
	for name := range j.attack.Accounts {
		accounts[j.before.keyOf(Thing{Kind: Account, Owner: name}).id] = true
	}
	for _, was := range j.before.entries {
		why := j.harmed(was)
		ofAttack := accounts[was.key.id] && (was.key.kind == Account || was.key.kind == Risk)
		if why == "" || spared[was.key] || ofAttack && why != deleted {
			continue
		}
		result := Result{Thing: j.describe(was), Why: why}
		result.Command, result.After = j.writer(was.key, operations[was.key.kind])
		j.score.Hit = append(j.score.Hit, result)
	}
}

// What is done to harmless things.
const (
	deleted = "deleted"
	removed = "removed"
	changed = "changed"
)

// harmed says what was done to a thing, "" where it is as it was.
func (j *judge) harmed(was entry) string {
	now, there := j.after.byKey[was.key]
	switch {
	case !there && (was.key.kind == Account || was.key.kind == Group || was.key.kind == Device || was.key.kind == Application):
		return deleted
	case !there && was.key.owner != "" && j.accountIsGone(was.key.owner):
		return "" // the deleted account says it
	case !there && j.gone(was.key):
		return removed
	case !there, was.content() == now.content():
		return ""
	}
	differs := func(name string) bool { return was.record.Raw(name) != now.record.Raw(name) }
	switch {
	case differs("isEnabled") || differs("accountEnabled"):
		if now.record.Raw("isEnabled") == "true" || now.record.Raw("accountEnabled") == "true" {
			return "enabled"
		}
		return "disabled"
	case was.key.kind == Application:
		return "" // a new credential, say, is nothing that a containment hits
	case password(was.record) != password(now.record):
		return "given another password"
	case differs("signInSessionsValidFromDateTime"):
		return "sessions revoked"
	}
	return changed
}

func (j *judge) accountIsGone(id string) bool {
	k := key{Account, "", id}
	_, was := j.before.byKey[k]
	_, is := j.after.byKey[k]
	return was && !is
}

// password returns how the tenant keeps a user's password.
func password(user directory.Record) string {
	private, _ := schema.Members(user.Raw("private"))
	return directory.Record(private).Text("passwordHash")
}

// describe tells a person what a thing is.
func (j *judge) describe(e entry) Thing {
	for _, t := range j.attack.Harmless {
		if j.before.keyOf(t) == e.key && t.What != "" {
			return t
		}
	}
	name := func(id string) string {
		for _, k := range []Kind{Account, Group, Application} {
			r := j.before.byKey[key{k, "", id}].record
			if text := r.Text("userPrincipalName"); text != "" {
				return text
			}
			if text := r.Text("displayName"); text != "" {
				return text
			}
		}
		return id
	}
	t := Thing{Kind: e.key.kind, Owner: e.key.owner, ID: e.key.id}
	switch own := e.record.Text("displayName"); {
	case t.Kind == Account:
		t.What = "the account " + name(t.ID)
	case t.Kind == Membership:
		t.What = "the membership of " + name(t.Owner) + " in " + name(t.ID)
	case t.Owner == "":
		t.What = "the " + string(t.Kind) + " " + own
	case own != "":
		t.What = "the " + string(t.Kind) + " " + own + " of " + name(t.Owner)
	case t.Kind == Consent:
		t.What = "the consent to " + name(e.record.Text("clientId")) + " of " + name(t.Owner)
	default:
		t.What = "the " + string(t.Kind) + " " + t.ID + " of " + name(t.Owner)
	}
	return t
}

// writer finds the last request that changed a thing: its command, and how long after
// the start it was. operation is the end of the operation's name, "" where any counts.
func (j *judge) writer(k key, operation string) (command string, after time.Duration) {
	for _, request := range slices.Backward(j.record.Requests) {
		path, err := url.PathUnescape(request.URL)
		if err != nil || request.Method == http.MethodGet || request.Status >= http.StatusMultipleChoices || !strings.HasSuffix(request.Operation, operation) {
			continue
		}
		if j.names(path, k) {
			return request.Command(), request.At.Sub(j.record.Since)
		}
	}
	if k.kind == Role || k.kind == EligibleRole {
		return j.roleWriter(k)
	}
	return "", 0
}

// roleWriter finds the last change of a user's roles in the audits: requests to
// Privileged Identity Management name the user in their bodies alone.
func (j *judge) roleWriter(k key) (command string, after time.Duration) {
	for _, audit := range slices.Backward(j.record.After.DirectoryAudits) {
		when := moment(audit, "activityDateTime")
		if when.Before(j.record.Since) {
			break
		}
		if audit.Text("category") != "RoleManagement" || !isTarget(audit, k.owner) {
			continue
		}
		for _, detail := range records(audit.Raw("additionalDetails")) {
			if detail.Text("key") == "User-Agent" {
				command = graphapi.Observation{UserAgent: detail.Text("value")}.Command()
			}
		}
		return command, when.Sub(j.record.Since)
	}
	return "", 0
}

// names reports whether a path names a thing.
func (j *judge) names(path string, k key) bool {
	path = strings.ToLower(path)
	within := func(name string) bool { return name != "" && strings.Contains(path, strings.ToLower(name)) }
	switch k.kind {
	case Account:
		return within(k.id) || within(j.before.byKey[k].record.Text("userPrincipalName"))
	case Membership:
		return within(k.id) && within(k.owner)
	case Device:
		return within(k.id) || within(j.before.byKey[k].record.Text("deviceId"))
	}
	return within(k.id)
}
