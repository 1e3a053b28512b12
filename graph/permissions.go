package graph

import (
	"net/url"
	"slices"
	"strings"
)

//go:generate go run ../tools/permissions

// Permissions is what an operation needs of the token: one application
// permission (a role), or one delegated permission (a scope).
type Permissions struct {
	Application PermissionSet
	Delegated   PermissionSet
}

// Of returns the set for a token of a person (delegated) or of an application.
func (p Permissions) Of(delegated bool) PermissionSet {
	if delegated {
		return p.Delegated
	}
	return p.Application
}

// PermissionSet are the permissions of one sort for an operation. It is empty
// where the operation cannot be called with that sort.
type PermissionSet struct {
	Any      []string   // each of them suffices
	Together [][]string // permissions that suffice with one another
	Least    []string   // of Any, those with the fewest rights beside
}

// IsEmpty reports whether no permission of this sort suffices.
func (s PermissionSet) IsEmpty() bool { return len(s.Any)+len(s.Together) == 0 }

// Allows reports whether granted holds what the set asks for.
func (s PermissionSet) Allows(granted []string) bool {
	holds := func(name string) bool { return slices.Contains(granted, name) }
	return slices.ContainsFunc(s.Any, holds) || slices.ContainsFunc(s.Together, func(names []string) bool {
		return !slices.ContainsFunc(names, func(name string) bool { return !holds(name) })
	})
}

// Advised returns what to ask an administrator for, and nothing higher: those
// that suffice together where there are such, else the least one that reaches
// other people than the one signed in.
func (s PermissionSet) Advised() []string {
	switch {
	case len(s.Together) > 0:
		return s.Together[0]
	case len(s.Least) > 0:
		return []string{s.least()}
	}
	return nil
}

func (s PermissionSet) least() string {
	best := s.Least[0]
	for _, name := range s.Least[1:] {
		if rank(name) < rank(best) {
			best = name
		}
	}
	if all := best + ".All"; slices.Contains(s.Any, all) {
		return all
	}
	return best
}

// rank orders permissions by what they give: reading before writing.
func rank(name string) int {
	if strings.Contains(name, "ReadWrite") {
		return 1
	}
	return 0
}

// Permissions returns what r needs, by Microsoft's metadata and what is known to
// differ from it. ok is false where nothing is known.
func (r Request) Permissions() (p Permissions, ok bool) {
	i := slices.IndexFunc(operations, func(o operation) bool {
		return o.method == r.Method && o.version == r.Version && sameTemplate(o.template, r.Template)
	})
	if i >= 0 {
		p = operations[i].permissions()
	}
	p = amended(p, r)
	return p, !p.Application.IsEmpty() || !p.Delegated.IsEmpty()
}

// operation is a row of the generated table; names are separated by spaces.
type operation struct {
	method, version, template                                      string
	applicationAny, applicationLeast, delegatedAny, delegatedLeast string
}

// actAsUser lets an application do in the directory whatever the person signed in
// may do. The metadata leaves it out
// (https://learn.microsoft.com/graph/permissions-reference#directoryaccessasuserall).
const actAsUser = "Directory.AccessAsUser.All"

func (o operation) permissions() Permissions {
	p := Permissions{
		Application: PermissionSet{Any: strings.Fields(o.applicationAny), Least: strings.Fields(o.applicationLeast)},
		Delegated:   PermissionSet{Any: strings.Fields(o.delegatedAny), Least: strings.Fields(o.delegatedLeast)},
	}
	inDirectory := strings.HasPrefix(o.template, "/users") || strings.HasPrefix(o.template, "/servicePrincipals")
	if inDirectory && !strings.Contains(o.template, "/authentication/") {
		p.Delegated.Any = append(p.Delegated.Any, actAsUser)
	}
	return p
}

// operationOfPath returns the operation that an escaped path belongs to.
func operationOfPath(method, version, path string) (operation, bool) {
	for _, exact := range []bool{true, false} {
		for _, o := range operations {
			if o.method == method && o.version == version && matches(o.template, path, exact) {
				return o, true
			}
		}
	}
	return operation{}, false
}

// matches compares segment by segment; a placeholder matches any segment, unless
// exact is asked for.
func matches(template, path string, exact bool) bool {
	a, b := strings.Split(template, "/"), strings.Split(path, "/")
	return slices.EqualFunc(a, b, func(want, got string) bool {
		if isPlaceholder(want) {
			return !exact
		}
		plain, err := url.PathUnescape(got)
		return err == nil && strings.EqualFold(want, plain)
	})
}

// sameTemplate compares templates whose placeholders may have other names.
func sameTemplate(a, b string) bool {
	return slices.EqualFunc(strings.Split(a, "/"), strings.Split(b, "/"), func(x, y string) bool {
		return x == y || (isPlaceholder(x) && isPlaceholder(y))
	})
}

func isPlaceholder(segment string) bool { return strings.HasPrefix(segment, "{") }
