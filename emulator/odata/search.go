package odata

import (
	"strings"
	"sync"
	"unicode"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"msgraph-user/emulator/schema"
)

// The grammar of $search on directory objects: "property:words" joined by AND
// and OR, which must be in capitals.
type (
	searchOr struct {
		Terms []*searchAnd `parser:"@@ ( 'OR' @@ )*"`
	}
	searchAnd struct {
		Terms []*searchTerm `parser:"@@ ( 'AND' @@ )*"`
	}
	searchTerm struct {
		Group  *searchOr `parser:"  '(' @@ ')'"`
		Clause *string   `parser:"| @String"`
	}
)

var searchParser = sync.OnceValue(func() *participle.Parser[searchOr] {
	return participle.MustBuild[searchOr](participle.Lexer(lexer.MustSimple([]lexer.SimpleRule{
		{Name: "String", Pattern: `"(?:[^"\\]|\\.)*"`},
		{Name: "Word", Pattern: `AND|OR`},
		{Name: "Mark", Pattern: `[()]`},
		{Name: "space", Pattern: `\s+`},
	})))
})

// Search is a $search that was found good for a type.
type Search struct {
	match func(Row) bool
	used  []*schema.Property
}

// Match reports whether row passes. A nil Search lets everything pass.
func (s *Search) Match(row Row) bool { return s == nil || s.match(row) }

// CompileSearch reads a $search for objects of type t; given says whether the
// request has one. The error is an *Error.
func CompileSearch(t *schema.Type, text string, given bool) (*Search, error) {
	if !given {
		return nil, nil
	}
	if strings.Count(text, "(") > maxDepth {
		return nil, invalid("Syntax error in $search: it is nested too deeply.")
	}
	tree, err := searchParser().ParseString("", text)
	if err != nil {
		return nil, invalid("Syntax error in $search: %v. Each clause is \"property:text\", in double quotes.", err)
	}
	s := &Search{}
	if s.match, err = s.alternatives(t, tree); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Search) alternatives(t *schema.Type, n *searchOr) (predicate, error) {
	var alternatives []predicate
	for _, term := range n.Terms {
		all, err := s.all(t, term)
		if err != nil {
			return nil, err
		}
		alternatives = append(alternatives, all)
	}
	return func(row Row) bool {
		for _, test := range alternatives {
			if test(row) {
				return true
			}
		}
		return false
	}, nil
}

func (s *Search) all(t *schema.Type, n *searchAnd) (predicate, error) {
	var tests []predicate
	for _, term := range n.Terms {
		test, err := s.one(t, term)
		if err != nil {
			return nil, err
		}
		tests = append(tests, test)
	}
	return func(row Row) bool {
		for _, test := range tests {
			if !test(row) {
				return false
			}
		}
		return true
	}, nil
}

func (s *Search) one(t *schema.Type, n *searchTerm) (predicate, error) {
	if n.Group != nil {
		return s.alternatives(t, n.Group)
	}
	clause := strings.ReplaceAll((*n.Clause)[1:len(*n.Clause)-1], `\"`, `"`)
	name, text, ok := strings.Cut(clause, ":")
	if !ok {
		return nil, invalid("Syntax error in $search: '%s' lacks the property before the colon.", clause)
	}
	p, ok := t.Fold(name)
	if !ok || p.Kind != schema.String {
		return nil, unsupported("Unsupported property '%s' in $search for resource '%s'.", name, resource(t))
	}
	s.used = append(s.used, p)
	if p.Name == "displayName" || p.Name == "description" {
		words := tokens(text)
		return func(row Row) bool { return containsWords(tokens(textOf(row.Raw(p))), words) }, nil
	}
	begin := strings.ToLower(text)
	return func(row Row) bool { return beginsWith(p, row.Raw(p), begin) }, nil
}

// beginsWith reports whether the text, or an item of the collection, begins so.
func beginsWith(p *schema.Property, raw, begin string) bool {
	if !p.Collection {
		return raw != "" && strings.HasPrefix(strings.ToLower(textOf(raw)), begin)
	}
	for _, item := range items(raw) {
		if strings.HasPrefix(strings.ToLower(textOf(string(item))), begin) {
			return true
		}
	}
	return false
}

// tokens splits a name as Graph's index does: at spaces, signs, changes from
// small to capital letters, and between letters and digits.
func tokens(text string) []string {
	var found []string
	var current []rune
	end := func() {
		if len(current) > 0 {
			found = append(found, strings.ToLower(string(current)))
			current = nil
		}
	}
	var last rune
	for _, r := range text {
		letter, digit := unicode.IsLetter(r) || unicode.IsMark(r), unicode.IsDigit(r)
		switch {
		case !letter && !digit:
			end()
			last = r
			continue
		case unicode.IsLower(last) && unicode.IsUpper(r), unicode.IsDigit(last) != digit && last != 0:
			end()
		}
		current = append(current, r)
		last = r
	}
	end()
	return found
}

// containsWords reports whether every word begins a token.
func containsWords(have, words []string) bool {
	for _, word := range words {
		found := false
		for _, token := range have {
			found = found || strings.HasPrefix(token, word)
		}
		if !found {
			return false
		}
	}
	return len(words) > 0
}
