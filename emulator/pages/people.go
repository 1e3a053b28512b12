package pages

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"msgraph-user/emulator/directory"
)

// maxPeople is how many people the page shows at once.
const maxPeople = 100

// people is a list of those who match a search.
type people struct {
	Query  string
	State  string // which of states
	States []string
	Shown  []person
	Found  int // more may be found than are shown
	Total  int
}

// person is a row of the list.
type person struct {
	ID, Name, PrincipalName, Title, Manager string
	Disabled, Deleted, Guest, Synced        bool
	Methods, Groups, Roles                  []string
	LastSignIn                              string // a date, or never
}

// states are what the people can be narrowed to.
var states = []string{"all", "enabled", "disabled", "guests", "synced", "administrators", "stale", "never signed in"}

// stale is how long somebody has not signed in who is called so.
const stale = 90 * 24 * time.Hour

// people searches name, principal name, job title and department.
func (p *Page) people(query, state string) people {
	store := p.options.Store
	found := people{Query: query, State: state, States: states, Total: store.Count("user")}
	wanted := strings.ToLower(strings.TrimSpace(query))
	for after := uint64(0); ; {
		chunk := store.List(nil, "user", after, 1000)
		for _, o := range chunk {
			if !matches(o, wanted) || !p.isIn(o, state) {
				continue
			}
			if found.Found++; len(found.Shown) < maxPeople {
				found.Shown = append(found.Shown, p.person(o))
			}
		}
		if len(chunk) < 1000 {
			return found
		}
		after = chunk[len(chunk)-1].Seq
	}
}

func matches(o *directory.Object, wanted string) bool {
	if wanted == "" {
		return true
	}
	return slices.ContainsFunc([]string{"displayName", "userPrincipalName", "jobTitle", "department"}, func(name string) bool {
		return strings.Contains(strings.ToLower(o.Text(name)), wanted)
	})
}

// isIn reports whether somebody is in a state; one that is not known holds all.
func (p *Page) isIn(o *directory.Object, state string) bool {
	last, signedIn := lastSignIn(o)
	switch state {
	case "enabled":
		return o.Is("accountEnabled")
	case "disabled":
		return !o.Is("accountEnabled")
	case "guests":
		return strings.EqualFold(o.Text("userType"), "Guest")
	case "synced":
		return o.Is("onPremisesSyncEnabled")
	case "administrators":
		return slices.ContainsFunc(p.options.Store.Sources(directory.Member, o.ID), func(g *directory.Object) bool { return g.Type.Name == "directoryRole" })
	case "stale":
		return signedIn && p.options.Clock.Now().Sub(last) > stale
	case "never signed in":
		return !signedIn
	}
	return true
}

// lastSignIn is when somebody signed in last, with or without a page.
func lastSignIn(o *directory.Object) (last time.Time, ok bool) {
	property, known := o.Type.Property("signInActivity")
	if !known {
		return last, false
	}
	var activity struct {
		Person  time.Time `json:"lastSignInDateTime"`
		Machine time.Time `json:"lastNonInteractiveSignInDateTime"`
	}
	if json.Unmarshal([]byte(o.Raw(property)), &activity) != nil {
		return last, false // none
	}
	last = activity.Person
	if activity.Machine.After(last) {
		last = activity.Machine
	}
	return last, !last.IsZero()
}

func (p *Page) person(o *directory.Object) person {
	store := p.options.Store
	row := person{
		ID: o.ID, Name: o.Text("displayName"), PrincipalName: o.Text("userPrincipalName"), Title: o.Text("jobTitle"),
		Disabled: !o.Is("accountEnabled"), Deleted: o.Text("deletedDateTime") != "",
		Guest: strings.EqualFold(o.Text("userType"), "Guest"), Synced: o.Is("onPremisesSyncEnabled"),
		Methods: methodNames(store.Owned(o.ID, "")), LastSignIn: "never",
	}
	if last, ok := lastSignIn(o); ok {
		row.LastSignIn = last.Format(time.DateOnly)
	}
	for _, group := range store.Sources(directory.Member, o.ID) {
		if group.Type.Name == "directoryRole" {
			row.Roles = append(row.Roles, group.Text("displayName"))
		} else {
			row.Groups = append(row.Groups, group.Text("displayName"))
		}
	}
	for _, manager := range store.Targets(directory.Manager, o.ID) {
		row.Manager = manager.Text("displayName")
	}
	return row
}

// methodLabels are people's words for the kinds of authentication method.
var methodLabels = map[string]string{
	"phoneAuthenticationMethod":                   "phone",
	"emailAuthenticationMethod":                   "email",
	"fido2AuthenticationMethod":                   "FIDO2 key",
	"microsoftAuthenticatorAuthenticationMethod":  "Authenticator",
	"softwareOathAuthenticationMethod":            "software OATH",
	"windowsHelloForBusinessAuthenticationMethod": "Windows Hello",
	"temporaryAccessPassAuthenticationMethod":     "access pass",
}

// methodNames says which authentication methods somebody has.
func methodNames(owned []*directory.Object) []string {
	var names []string
	count := map[string]int{}
	for _, o := range owned {
		label, ok := methodLabels[o.Type.Name]
		if !ok {
			continue
		}
		if count[label]++; count[label] == 1 {
			names = append(names, label)
		}
	}
	for i, name := range names {
		if count[name] > 1 {
			names[i] = fmt.Sprintf("%s (%d)", name, count[name])
		}
	}
	return names
}
