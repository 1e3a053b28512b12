package investigation

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"msgraph-user/internal/rawjson"
)

// signIn is what the rules look at in a sign-in.
type signIn struct {
	raw                      rawjson.Object
	at                       time.Time
	id, app, ip              string
	country, place, protocol string
	client                   string // operating system and browser, without versions
	network                  string
	error                    string // Entra's number; "0" for success
	known                    bool   // it came from a registered device
}

func readSignIn(o rawjson.Object) signIn {
	location, device := part(o, "location"), part(o, "deviceDetail")
	s := signIn{
		raw: o, at: at(o, "createdDateTime"), id: o.Text("id"), app: o.Text("appDisplayName"), ip: o.Text("ipAddress"), protocol: o.Text("clientAppUsed"),
		country: strings.ToUpper(location.Text("countryOrRegion")), place: joined(", ", location.Text("city"), location.Text("countryOrRegion")),
		client: joined(" on ", family(device.Text("browser")), family(device.Text("operatingSystem"))),
		error:  strings.Trim(string(part(o, "status").Get("errorCode")), `"`), known: device.Text("deviceId") != "",
	}
	s.network = networkOf(s.ip)
	return s
}

// family is a name without its version: "Chrome 131.0" and "Chrome 132" are the same.
func family(name string) string {
	words := strings.Fields(name)
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return strings.Trim(w, "0123456789.") == "" }), " ")
}

// networkOf is the part of an address that a home or an office keeps.
func networkOf(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	bits := 24
	if ip.Is6() && !ip.Is4In6() {
		bits = 64
	}
	prefix, err := ip.Unmap().Prefix(bits)
	if err != nil {
		return address
	}
	return prefix.String()
}

// Entra's numbers (https://learn.microsoft.com/entra/identity-platform/reference-error-codes).
var (
	// passed are those of a sign-in whose password was right, and which was stopped later:
	// whoever tried knows it.
	passed = []string{"50055", "50072", "50074", "50076", "50079", "50140", "50158", "53000", "53001", "53002", "53003", "53004", "500121", "530032"}
	// wrong are those of a wrong password or a locked account, and of a second factor that
	// was denied.
	wrong = []string{"50126", "50053", "50056", "500121"}
)

func (s signIn) succeeded() bool { return s.error == "0" }

// entered reports whether whoever signed in knew the password.
func (s signIn) entered() bool { return s.succeeded() || slices.Contains(passed, s.error) }

// modern are the protocols that can ask for a second factor; all others are legacy
// (https://learn.microsoft.com/entra/identity/conditional-access/policy-block-legacy-authentication).
var modern = []string{"", "browser", "mobile apps and desktop clients", "unknown"}

func (s signIn) isLegacy() bool { return !slices.Contains(modern, strings.ToLower(s.protocol)) }

// told says what a sign-in was, for a person.
func (s signIn) told() string {
	text := "Sign-in to " + s.app
	if !s.succeeded() {
		text = "Failed sign-in to " + s.app
		if reason := part(s.raw, "status").Text("failureReason"); reason != "" {
			text += " (" + strings.TrimSuffix(reason, ".") + ")"
		}
	}
	return joined(", ", text, s.place, s.ip, s.client, s.protocol)
}

// readSignIns returns sign-ins, the first first.
func readSignIns(objects []rawjson.Object) []signIn {
	all := make([]signIn, len(objects))
	for i, o := range objects {
		all[i] = readSignIn(o)
	}
	slices.SortStableFunc(all, func(a, b signIn) int { return a.at.Compare(b.at) })
	return all
}

// habits are what a user's sign-ins had in common before.
type habits struct {
	countries, networks, clients, protocols []string
	addresses                               map[string]time.Time // when each was seen first
}

func (h *habits) learn(s signIn) {
	if _, seen := h.addresses[s.ip]; !seen {
		h.addresses[s.ip] = s.at
	}
	for _, habit := range []struct {
		seen  *[]string
		value string
	}{{&h.countries, s.country}, {&h.networks, s.network}, {&h.clients, s.client}, {&h.protocols, s.protocol}} {
		if habit.value != "" && !slices.Contains(*habit.seen, habit.value) {
			*habit.seen = append(*habit.seen, habit.value)
		}
	}
}

// isNew reports whether a value differs from all that were seen; nothing is new where
// nothing was seen.
func isNew(seen []string, value string) bool {
	return value != "" && len(seen) > 0 && !slices.Contains(seen, value)
}

const (
	failuresWithin = time.Hour
	manyFailures   = 5
)

// failuresBefore counts the wrong passwords and denied second factors in the hour before
// a sign-in, from networks that are not the user's.
func (h *habits) failuresBefore(s signIn, all []signIn) int {
	n := 0
	for _, other := range all {
		if other.at.After(s.at) || s.at.Sub(other.at) > failuresWithin || other.id == s.id {
			continue
		}
		if slices.Contains(wrong, other.error) && (len(h.networks) == 0 || isNew(h.networks, other.network)) {
			n++
		}
	}
	return n
}

// doubt is why a sign-in is suspicious.
type doubt struct{ rule, what, evidence string }

// doubts returns what the rules say of a sign-in.
func (h *habits) doubts(s signIn, all []signIn) []doubt {
	var found []doubt
	say := func(rule, what, format string, a ...any) {
		found = append(found, doubt{rule, what, fmt.Sprintf(format, a...)})
	}
	elsewhere := isNew(h.networks, s.network)
	if isNew(h.countries, s.country) {
		say("sign-in-country", "Sign-in from a new country, "+s.place, "Seen before: %s.", strings.Join(h.countries, ", "))
	}
	if elsewhere && !s.known && isNew(h.clients, s.client) {
		say("sign-in-client", "Sign-in with a new client from a new network: "+s.client+", "+s.ip, "Clients seen before: %s.", strings.Join(h.clients, "; "))
	}
	if n := h.failuresBefore(s, all); n >= manyFailures && (elsewhere || len(h.networks) == 0) {
		say("sign-in-after-failures", fmt.Sprintf("Sign-in from %s after %d failures", s.ip, n), "The failures came within the hour before, from networks that the user had not used.")
	}
	if s.isLegacy() && (len(h.protocols) == 0 || isNew(h.protocols, s.protocol)) {
		say("sign-in-legacy", "Sign-in over a legacy protocol, "+s.protocol, "It asks for no second factor. Seen before: %s.", joined(", ", append(h.protocols, "")...))
	}
	for _, member := range []string{"riskLevelDuringSignIn", "riskLevelAggregated"} {
		if level := s.raw.Text(member); (level == "medium" || level == "high") && !settled(s.raw.Text("riskState")) {
			say("sign-in-risk", "Sign-in with "+level+" risk", "Identity Protection says so of the sign-in from %s.", s.ip)
			break
		}
	}
	return found
}

// settled reports whether a risk was dealt with.
func settled(state string) bool {
	return slices.Contains([]string{"dismissed", "remediated", "confirmedSafe"}, state)
}

// signIns judges the sign-ins. What lies before since teaches the habits; what is
// suspicious does not.
func (j *judge) signIns() {
	all := readSignIns(j.source(SignIns).Items)
	if usual := j.User.Text("usageLocation"); usual != "" {
		j.habits.countries = append(j.habits.countries, strings.ToUpper(usual))
	}
	var events []signIn // in the order of the timeline
	for _, s := range all {
		if s.at.Before(j.Since) {
			if s.succeeded() {
				j.habits.learn(s)
			}
			continue
		}
		event := Event{At: s.at, Source: SignIns, What: s.told(), ID: s.id}
		events = append(events, s)
		if s.entered() {
			found := j.habits.doubts(s, all)
			if len(found) == 0 && s.succeeded() {
				j.habits.learn(s)
			}
			for _, d := range found {
				j.doubtful(s, d)
				event.Suspicious, event.Rule = true, joined(", ", event.Rule, d.rule)
			}
		}
		j.report.Timeline = append(j.report.Timeline, event)
	}
	for i, s := range events {
		if event := &j.report.Timeline[i]; !event.Suspicious && slices.Contains(j.addresses, s.ip) {
			j.doubtful(s, doubt{"sign-in-address", "Sign-in from an address of suspicious sign-ins, " + s.ip, "Other sign-ins from there are suspicious."})
			event.Suspicious, event.Rule = true, "sign-in-address"
		}
	}
}

// doubtful adds a sign-in to the finding about the same, or makes one.
func (j *judge) doubtful(s signIn, d doubt) {
	j.suspect(s.at, s.ip)
	for i := range j.report.Findings {
		if f := &j.report.Findings[i]; f.Rule == d.rule && f.What == d.what {
			f.IDs = append(f.IDs, s.id)
			return
		}
	}
	if !s.succeeded() && s.entered() {
		d.evidence = joined(" ", d.evidence, "The password was right, and the sign-in was stopped (AADSTS"+s.error+").")
	}
	j.add(Finding{Rule: d.rule, Suspicious: true, At: s.at, What: d.what, Evidence: joined(" ", d.evidence, "The first: "+s.told()+"."), Source: SignIns, IDs: []string{s.id}})
}

// risk judges what Identity Protection says of the user, and its detections.
func (j *judge) risk() {
	for _, o := range j.source(Risk).Items {
		state, level := o.Text("riskState"), o.Text("riskLevel")
		if state == "" || state == "none" {
			continue
		}
		f := Finding{Rule: "risk-user", Suspicious: state == "atRisk" || state == "confirmedCompromised", At: at(o, "riskLastUpdatedDateTime"),
			What: "Identity Protection: the user is " + state + ", level " + level, Evidence: joined(": ", "Detail", o.Text("riskDetail")) + ".", Source: Risk, IDs: []string{o.Text("id")}}
		if f.Suspicious || !f.At.Before(j.Since) {
			j.add(f)
		}
	}
	for _, o := range j.source(Detections).Items {
		when := at(o, "detectedDateTime")
		if activity := at(o, "activityDateTime"); !activity.IsZero() {
			when = activity
		}
		if at(o, "detectedDateTime").Before(j.Since) && when.Before(j.Since) {
			continue
		}
		location := part(o, "location")
		f := Finding{Rule: "risk-detection", Suspicious: !settled(o.Text("riskState")), At: when, Source: Detections, IDs: []string{o.Text("id")},
			What:     "Risk detection: " + o.Text("riskEventType") + ", level " + o.Text("riskLevel"),
			Evidence: joined(", ", "State "+o.Text("riskState"), o.Text("ipAddress"), location.Text("city"), location.Text("countryOrRegion")) + "."}
		if f.Suspicious && o.Text("activity") != "user" {
			j.suspect(when, o.Text("ipAddress"))
		}
		j.add(f)
		j.tell(f)
	}
}

// textOf returns all that an object holds, in lower case, to search for ids and names.
func textOf(o rawjson.Object) string {
	encoded, err := rawjson.Marshal(o)
	if err != nil {
		return "" // it was read as JSON
	}
	return strings.ToLower(string(encoded))
}
