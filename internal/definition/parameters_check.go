package definition

import (
	"slices"
	"strings"
	"unicode"

	"msgraph-user/internal/failure"
)

// guardRails are the parameters that keep a change from being made. Mistyped, they
// would be off without a word.
var guardRails = []string{"read_only", "protected_users", "max_users"}

// CheckParameters looks at the names of an instance's parameters. It returns those
// that integration.yml does not know, in the order of the alphabet: the platform
// sends some of its own. One that resembles a guard rail is an error, a
// *failure.Error of kind BadConfiguration that names it.
func (i *Integration) CheckParameters(given map[string]any) (unknown []string, err error) {
	for name := range given {
		if _, known := i.Parameter(name); !known {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		if rail, ok := meansGuardRail(name); ok {
			e := failure.Parameter(name, "There is no parameter %q. It resembles the guard rail %s, which would be off.", shorten(name), rail)
			e.Suggestions = []string{rail}
			e.Advice = "Did you mean " + rail + "?"
			return unknown, e
		}
	}
	return unknown, nil
}

// UnknownParameter reports a parameter that integration.yml does not know, with
// those that are near.
func (i *Integration) UnknownParameter(name string) error {
	names := make([]string, len(i.Parameters))
	for n, parameter := range i.Parameters {
		names[n] = parameter.Name
	}
	e := failure.Parameter(name, "There is no parameter %q.", shorten(name))
	if e.Suggestions = nearest(name, names, nameWords); len(e.Suggestions) > 0 {
		e.Advice = "Did you mean " + strings.Join(e.Suggestions, " or ") + "?"
	} else {
		e.Advice = "There are " + strings.Join(names, ", ") + "."
	}
	return e
}

// passwordProtected is a member of the platform's own instances, and says nothing of
// users.
const passwordProtected = "passwordProtected"

// meansGuardRail returns the guard rail that a person who typed name could have
// meant: it holds all words of it, each but for a few letters, is spelled nearly
// like it, or says the same in other words.
func meansGuardRail(name string) (rail string, ok bool) {
	if len(name) > longestMistyped || name == passwordProtected {
		return "", false
	}
	words := nameWords(splitCamelCase(name))
	typed := strings.Join(words, "")
	if rail, ok := saysGuardRail(typed); ok {
		return rail, true
	}
	for _, rail := range guardRails {
		meant := nameWords(rail)
		spelled := strings.Join(meant, "")
		missing := slices.ContainsFunc(meant, func(word string) bool {
			return !slices.ContainsFunc(words, func(other string) bool { return wordsAlike(word, other) })
		})
		if !missing || strings.Contains(typed, spelled) || within(len(spelled)/4, []rune(typed), []rune(spelled)) {
			return rail, true
		}
	}
	return "", false
}

// saysGuardRail returns the guard rail that a name without its spaces says in other
// words: writing or somebody is protected, or the number of users has a limit.
func saysGuardRail(typed string) (rail string, ok bool) {
	typed = strings.ReplaceAll(typed, "delimit", "")
	holds := func(part string) bool { return strings.Contains(typed, part) }
	switch {
	case holds("protect") && (holds("write") || holds("writing")):
		return guardRails[0], true
	case holds("protect"):
		return guardRails[1], true
	case (holds("max") || holds("limit")) && (holds("user") || holds("account")):
		return guardRails[2], true
	}
	return "", false
}

// splitCamelCase puts a space before a capital that follows a small letter.
func splitCamelCase(name string) string {
	var b strings.Builder
	small := false
	for _, r := range name {
		if small && unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		small = unicode.IsLower(r)
		b.WriteRune(r)
	}
	return b.String()
}
