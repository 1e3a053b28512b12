// Package attack holds the practice tenant's attacks: the sample company in which one
// account was taken over within the hour before the tenant's clock, among harmless
// changes of the same kinds. What is the attack is known here, and nowhere in the
// tenant.
package attack

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"msgraph-user/emulator/company"
	"msgraph-user/emulator/directory"
)

// Prefix marks the name of an attack where the name of a seed file may stand.
const Prefix = "attack:"

//go:embed *.json
var files embed.FS

// attacks are the attacks, each a file of this folder, with what happened.
var attacks = []struct{ name, title string }{
	{"aitm", "a phishing page in the middle took over a session"},
	{"consent", "an application was let into a mailbox by a consent"},
	{"hybrid", "a synchronized account was taken over from on premises"},
	{"insider", "an administrator of the house uses a colleague's account"},
}

// Names lists the attacks.
func Names() []string {
	names := make([]string, len(attacks))
	for i, a := range attacks {
		names[i] = a.name
	}
	return names
}

// Titles lists in a few words what happened in each attack of Names.
func Titles() []string {
	titles := make([]string, len(attacks))
	for i, a := range attacks {
		titles[i] = a.title
	}
	return titles
}

// Attack is one attack: what happened, and the tenant that it left.
type Attack struct {
	Name string `json:"-"`
	// Alert is what a person is told at the start.
	Alert string `json:"alert"`
	// Accounts are the accounts that the attacker uses, by user principal name, each
	// with what has to be done to it.
	Accounts map[string][]AccountNeed `json:"accounts"`

	// Traces are what the attack left, and Harmless are other changes of the same kinds.
	Traces   []Thing `json:"-"`
	Harmless []Thing `json:"-"`

	left, around *directory.Seed // what the attack left, and what else happened
}

// AccountNeed is what an account needs before its attacker is out.
type AccountNeed string

// The needs of accounts.
const (
	Closed   AccountNeed = "closed"   // it is disabled, or has another password
	Sessions AccountNeed = "sessions" // its sessions are revoked, after it was closed
)

// UnknownError says that there is no such attack.
type UnknownError struct{ Name string }

// Error lists the attacks that there are.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("there is no attack %q: there are %s", e.Name, strings.Join(Names(), ", "))
}

// Find returns the attack with a name. The error is an UnknownError where there is
// none.
func Find(name string) (*Attack, error) {
	if !slices.Contains(Names(), name) {
		return nil, &UnknownError{name}
	}
	raw, err := files.ReadFile(name + ".json")
	if err != nil {
		return nil, err
	}
	a := &Attack{Name: name}
	if err := a.read(raw); err != nil {
		return nil, fmt.Errorf("the attack %s: %w", name, err)
	}
	return a, nil
}

func (a *Attack) read(raw []byte) error {
	parts := struct {
		*Attack
		Patterns map[string]json.RawMessage `json:"patterns"`
		Left     json.RawMessage            `json:"attack"`
		Around   json.RawMessage            `json:"harmless"`
	}{Attack: a}
	if err := json.Unmarshal(raw, &parts); err != nil {
		return err
	}
	shared, err := files.ReadFile("patterns.json")
	if err != nil {
		return err
	}
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(shared, &all); err != nil {
		return err
	}
	for name, pattern := range parts.Patterns {
		all[name] = pattern
	}
	if a.left, a.Traces, err = readParts(parts.Left, all, a.Name); err != nil {
		return err
	}
	a.around, a.Harmless, err = readParts(parts.Around, all, a.Name+" harmless")
	return err
}

// Seed returns the sample company with what the attack left, and what else happened.
func (a *Attack) Seed() (*directory.Seed, error) {
	seed, err := directory.TrustSeed(company.Seed())
	if err != nil {
		return nil, err
	}
	seed.Extend(a.around)
	seed.Extend(a.left)
	return seed, nil
}
