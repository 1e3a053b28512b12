// Package investigation judges what was read about an account that may have been taken
// over. Its functions are pure: objects as Graph gave them go in, findings, a timeline
// and a page come out. The rules are listed in docs/incident.md.
package investigation

import (
	"strings"
	"time"

	"msgraph-user/internal/rawjson"
)

// The sources of evidence, by the names that findings and the page give them.
const (
	SignIns    = "sign-ins"
	Audits     = "audits"
	Risk       = "risk"
	Detections = "risk detections"
	Methods    = "authentication methods"
	Consents   = "consents"
	AppRoles   = "application roles"
	Roles      = "roles"
	Groups     = "groups"
	Devices    = "devices"
	InboxRules = "inbox rules"
)

// Source is one list that was read about the user.
type Source struct {
	Name  string
	Items []rawjson.Object // as Graph gave them
	// Gap says what the list lacks: why it could not be read, or not to its end. Empty:
	// nothing is known to be missing.
	Gap string
	// Unread is true where nothing of the list could be read.
	Unread bool
}

// Evidence is all that was read about one user.
type Evidence struct {
	User       rawjson.Object // id, userPrincipalName, displayName, usageLocation, mail, proxyAddresses
	Since, Now time.Time      // what was added, and who signed in, between these is judged
	Sources    []Source
	Apps       map[string]rawjson.Object // service principals by object id
	Limits     []string                  // what no source can show
}

// source returns a source by its name; the zero Source where it is missing.
func (e *Evidence) source(name string) Source {
	for _, source := range e.Sources {
		if source.Name == name {
			return source
		}
	}
	return Source{}
}

// Name is what the user is called: the user principal name.
func (e *Evidence) Name() string { return e.User.Text("userPrincipalName") }

// Gaps are the sentences that say what the evidence lacks.
func (e *Evidence) Gaps() []string {
	var gaps []string
	for _, source := range e.Sources {
		if source.Gap != "" {
			gaps = append(gaps, strings.ToUpper(source.Name[:1])+source.Name[1:]+": "+source.Gap)
		}
	}
	return gaps
}

// Finding is something that a rule says of the evidence.
type Finding struct {
	Rule string
	// Suspicious tells what points to an attacker from what is only worth knowing.
	Suspicious bool
	At         time.Time // the zero time where nobody knows
	What       string    // in a sentence
	Evidence   string    // why the rule says so
	Source     string
	IDs        []string // of the objects that it is about
}

// Event is a line of the timeline.
type Event struct {
	At         time.Time
	Source     string
	What       string
	Suspicious bool
	Rule       string // that found it suspicious, or worth knowing; may be empty
	ID         string
}

// Report is what the rules make of the evidence.
type Report struct {
	Findings []Finding // suspicious ones first, then by time
	Timeline []Event   // the latest first
	// Began is the time of the first sign-in or detection that is suspicious; the zero
	// time where there is none.
	Began time.Time
}

// Suspicious returns how many findings are.
func (r *Report) Suspicious() int {
	n := 0
	for _, finding := range r.Findings {
		if finding.Suspicious {
			n++
		}
	}
	return n
}

// part returns the object that a member holds; nil where it holds none.
func part(o rawjson.Object, name string) rawjson.Object {
	object, err := rawjson.ParseObject(o.Get(name))
	if err != nil {
		return nil
	}
	return object
}

// parts returns the objects of the list that a member holds.
func parts(o rawjson.Object, name string) []rawjson.Object {
	elements, err := rawjson.ParseArray(o.Get(name))
	if err != nil {
		return nil
	}
	var objects []rawjson.Object
	for _, element := range elements {
		if object, err := rawjson.ParseObject(element); err == nil {
			objects = append(objects, object)
		}
	}
	return objects
}

// at reads a time; the zero time where there is none.
func at(o rawjson.Object, name string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, o.Text(name))
	if err != nil {
		return time.Time{}
	}
	return t
}

// isOn reports whether a member is true.
func isOn(o rawjson.Object, name string) bool { return string(o.Get(name)) == "true" }

// joined joins what is not empty.
func joined(separator string, texts ...string) string {
	var kept []string
	for _, text := range texts {
		if text = strings.TrimSpace(text); text != "" {
			kept = append(kept, text)
		}
	}
	return strings.Join(kept, separator)
}
