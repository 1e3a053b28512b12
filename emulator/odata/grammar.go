package odata

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// The grammar of $filter, from https://docs.oasis-open.org/odata/odata/v4.01,
// as far as Graph's directory takes it.
type (
	orNode struct {
		Terms []*andNode `parser:"@@ ( 'or' @@ )*"`
	}
	andNode struct {
		Terms []*termNode `parser:"@@ ( 'and' @@ )*"`
	}
	termNode struct {
		Not   *termNode `parser:"'not' @@"`
		Group *orNode   `parser:"| '(' @@ ')'"`
		Test  *testNode `parser:"| @@"`
	}
	// testNode is a comparison, a function or a lambda: they begin alike.
	testNode struct {
		Path      string         `parser:"@Path"`
		Arguments *argumentsNode `parser:"( @@"`
		Operator  string         `parser:"| @( 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le' )"`
		Value     *literalNode   `parser:"@@"`
		In        []*literalNode `parser:"| 'in' '(' @@ ( ',' @@ )* ')' )"`
	}
	argumentsNode struct {
		Open     bool         `parser:"@'('"`
		Lambda   *lambdaNode  `parser:"( @@"`
		Property string       `parser:"| @Path ','"`
		Value    *literalNode `parser:"@@ )? ')'"`
	}
	lambdaNode struct {
		Variable string  `parser:"@Path ':'"`
		Body     *orNode `parser:"@@"`
	}
	literalNode struct {
		Text   *string `parser:"@String"`
		Guid   *string `parser:"| @Guid"`
		Time   *string `parser:"| @Time"`
		Number *string `parser:"| @Number"`
		Word   *string `parser:"| @( 'true' | 'false' | 'null' )"`
	}
)

var filterParser = sync.OnceValue(func() *participle.Parser[orNode] {
	return participle.MustBuild[orNode](
		participle.Lexer(lexer.MustSimple([]lexer.SimpleRule{
			{Name: "String", Pattern: `'(?:[^']|'')*'`},
			{Name: "Guid", Pattern: `[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`},
			{Name: "Time", Pattern: `\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?`},
			{Name: "Number", Pattern: `-?\d+(?:\.\d+)?`},
			{Name: "Path", Pattern: `[\pL_@][\pL\pN_@.]*(?:/\$?[\pL_][\pL\pN_.]*)*`},
			{Name: "Mark", Pattern: `[(),:]`},
			{Name: "space", Pattern: `\s+`},
		})),
		participle.CaseInsensitive("Path"),
		participle.UseLookahead(2),
	)
})

// maxDepth bounds the nesting of a filter, so that none exhausts the stack.
const maxDepth = 64

func parseFilter(text string) (*orNode, error) {
	depth := 0
	for _, c := range text {
		if c == '(' {
			depth++
		}
	}
	if depth+strings.Count(strings.ToLower(text), "not") > 4*maxDepth {
		return nil, invalid("Invalid filter clause: it is nested too deeply.")
	}
	tree, err := filterParser().ParseString("", text)
	if err != nil {
		return nil, invalid("Invalid filter clause: %s", syntaxError(text, err))
	}
	return tree, nil
}

// syntaxError says what is wrong with a filter in the words of the OData library
// that Graph uses; positions count characters from the beginning of the text.
func syntaxError(text string, err error) string {
	length := utf8.RuneCountInString(text)
	if strings.Count(text, "'")%2 == 1 {
		return fmt.Sprintf("There is an unterminated string literal at position %d in '%s'.", length, text)
	}
	var unexpected *participle.UnexpectedTokenError
	if !errors.As(err, &unexpected) {
		at, sign := 0, ""
		if wrong, ok := err.(participle.Error); ok {
			at = wrong.Position().Offset
		}
		if r, size := utf8.DecodeRuneInString(text[min(at, len(text)):]); size > 0 {
			sign = string(r)
		}
		return fmt.Sprintf("Syntax error: character '%s' is not valid at position %d in '%s'.", sign, utf8.RuneCountInString(text[:min(at, len(text))]), text)
	}
	if !unexpected.Unexpected.EOF() {
		end := unexpected.Unexpected.Pos.Offset + len(unexpected.Unexpected.Value)
		return fmt.Sprintf("Syntax error at position %d in '%s'.", utf8.RuneCountInString(text[:min(end, len(text))]), text)
	}
	if open := strings.Count(text, "(") > strings.Count(text, ")"); open && !wantsOperand().MatchString(text) {
		return fmt.Sprintf("')' or operator expected at position %d in '%s'.", length, text)
	}
	return fmt.Sprintf("Expression expected at position %d in '%s'.", length, text)
}

// wantsOperand finds a filter that ends where something should follow.
var wantsOperand = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)([(,]|\b(and|or|not|eq|ne|gt|ge|lt|le|in))\s*$`) })

// value returns the literal as text and its Edm type.
func (l *literalNode) value() (text, edm string) {
	switch {
	case l.Text != nil:
		inner := (*l.Text)[1 : len(*l.Text)-1]
		return strings.ReplaceAll(inner, "''", "'"), "Edm.String"
	case l.Guid != nil:
		return *l.Guid, "Edm.Guid"
	case l.Time != nil && len(*l.Time) == len("2026-01-31"):
		return *l.Time, "Edm.Date"
	case l.Time != nil:
		return *l.Time, "Edm.DateTimeOffset"
	case l.Number != nil:
		return *l.Number, "Edm.Int32"
	case strings.EqualFold(*l.Word, "null"):
		return "", "null"
	}
	return strings.ToLower(*l.Word), "Edm.Boolean"
}
