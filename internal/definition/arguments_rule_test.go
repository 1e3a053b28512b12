package definition_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"msgraph-user/internal/definition"
	"msgraph-user/internal/failure"

	"pgregory.net/rapid"
)

// holds reports how arguments that were accepted break the rule, or "".
func holds(c *definition.Command, given map[string]any, arguments definition.Arguments) string {
	for name := range given {
		if _, known := c.Argument(name); !known && !definition.IsPlatformArgument(name) {
			return "the unknown argument " + name + " was accepted"
		}
	}
	for n := range c.Args {
		a := &c.Args[n]
		switch {
		case (a.Required || a.Default != "") && !arguments.Has(a.Name):
			return a.Name + " has no value"
		case !arguments.Has(a.Name):
			continue
		case a.Meaning != definition.Delimiter && strings.TrimSpace(arguments.Text(a.Name)) == "":
			return a.Name + " is blank"
		case len(a.Predefined) > 0 && !slices.Contains(a.Predefined, arguments.Text(a.Name)):
			return a.Name + " is none of the allowed values"
		}
		if _, err := arguments.Number(a.Name); a.IsNumber() && err != nil {
			return a.Name + " is no number"
		}
		if object, ok := arguments.JSON(a.Name); ok && !json.Valid(object) {
			return a.Name + " is no JSON"
		}
	}
	return ""
}

// refusedWell reports whether err blames one of the given arguments or one that
// the command has, with kind BadArgument.
func refusedWell(err error, c *definition.Command, given map[string]any) bool {
	var refused *failure.Error
	if !errors.As(err, &refused) || refused.Kind != failure.BadArgument || refused.Message == "" {
		return false
	}
	_, wasGiven := given[refused.Argument]
	_, known := c.Argument(refused.Argument)
	return wasGiven || known
}

// anyValue draws what a caller could send as the value of an argument.
func anyValue() *rapid.Generator[any] {
	scalar := rapid.OneOf(
		rapid.SampledFrom([]any{nil, "", " ", "true", "NO", "ten", "60", "a@b", `["a@b"]`, `["a","b"]`, `[]`, `{}`, `{"a":1}`, `{"a"`}),
		rapid.String().AsAny(),
		rapid.Bool().AsAny(),
		rapid.Float64().AsAny(),
		rapid.Map(rapid.Int(), func(n int) any { data, _ := json.Marshal(n); return json.Number(data) }),
	)
	list := rapid.Map(rapid.SliceOfN(scalar, 0, 3), func(l []any) any { return l })
	object := rapid.Map(rapid.MapOfN(rapid.String(), scalar, 0, 2), func(m map[string]any) any { return m })
	return rapid.OneOf(scalar, scalar, list, object)
}

func TestWhatIsAcceptedKeepsTheRule(t *testing.T) {
	definition := integration(t)
	rapid.Check(t, func(t *rapid.T) {
		c, _ := definition.Command(rapid.SampledFrom(definition.CommandNames()).Draw(t, "command"))
		given := map[string]any{}
		for _, a := range c.Args {
			if a.Required || rapid.Bool().Draw(t, "give "+a.Name) {
				given[a.Name] = rapid.OneOf(rapid.Just[any]("x"), anyValue()).Draw(t, a.Name)
			}
		}
		arguments, err := c.Arguments(given)
		if err != nil {
			if !refusedWell(err, c, given) {
				t.Fatalf("the refusal blames no argument: %v", err)
			}
			return
		}
		if broken := holds(c, given, arguments); broken != "" {
			t.Fatal(broken)
		}
	})
}

// goodValue draws a value that the argument accepts, in one of the forms that a
// caller may choose.
func goodValue(a *definition.Argument) *rapid.Generator[any] {
	text := rapid.StringMatching(`[a-zA-Z0-9@#'=_ .-]*[a-zA-Z0-9]`).AsAny()
	switch {
	case a.IsBoolean():
		return rapid.SampledFrom([]any{true, false, "true", "False", " yes", "NO "})
	case len(a.Predefined) > 0:
		return rapid.Map(rapid.SampledFrom(a.Predefined), func(p string) any { return " " + strings.ToUpper(p) })
	case a.IsNumber():
		return rapid.OneOf(rapid.Map(rapid.IntRange(-9, 9999), func(n int) any { return float64(n) }), rapid.SampledFrom([]any{"1", " 60 ", json.Number("5.0")}))
	case a.AcceptsObject():
		return rapid.OneOf(text, rapid.SampledFrom([]any{map[string]any{"a": true}, `{"a":[1]}`, []any{"a=1", "b=2"}}))
	case a.Meaning == definition.Identifier:
		return rapid.StringMatching(`\s*[a-zA-Z0-9@#'=_.-]*[a-zA-Z0-9]\s*`).AsAny()
	case a.IsUser():
		text = rapid.StringMatching(`\s*[a-zA-Z0-9@#'=_.-]*[a-zA-Z0-9]\s*`).AsAny()
		return rapid.OneOf(text, rapid.SampledFrom([]any{[]any{"a@b"}, `["a@b"]`}))
	case a.AcceptsList():
		return rapid.OneOf(text, rapid.SampledFrom([]any{[]any{"id", "mail"}, `["id"]`}))
	}
	return text
}

// Good values are accepted, and the checked ones once more, unchanged: scheduled
// commands hand their arguments back.
func TestAcceptedValuesAreAcceptedAgain(t *testing.T) {
	definition := integration(t)
	rapid.Check(t, func(t *rapid.T) {
		c, _ := definition.Command(rapid.SampledFrom(definition.CommandNames()).Draw(t, "command"))
		given := map[string]any{}
		for n := range c.Args {
			given[c.Args[n].Name] = goodValue(&c.Args[n]).Draw(t, c.Args[n].Name)
		}
		first, err := c.Arguments(given)
		if err != nil {
			t.Fatalf("%v is refused: %v", given, err)
		}
		again := map[string]any{}
		for name := range given {
			again[name] = first.Text(name)
		}
		second, err := c.Arguments(again)
		if err != nil {
			t.Fatalf("%v is accepted, %v is not: %v", given, again, err)
		}
		for name := range given {
			if first.Text(name) != second.Text(name) {
				t.Fatalf("%s: first %q, then %q", name, first.Text(name), second.Text(name))
			}
		}
	})
}

func FuzzArguments(f *testing.F) {
	definition := integration(f)
	names := definition.CommandNames()
	for n, seed := range []string{
		`{}`, `{"user":"a@b"}`, `{"user":["a@b"]}`, `{"user":"[\"a@b\"]","properties":["id",null]}`, `{"user":null}`,
		`{"user":"u","updated_fields":{"businessPhones":["+1"]}}`, `{"user":"u","updated_fields":"{\"a\":1}"}`,
		`{"user":"u","limit":5.0}`, `{"user":"u","limit":"ten"}`, `{"no_such_argument":"x"}`, `{"":""}`, `{"user":{"id":1}}`,
	} {
		f.Add(n*4, seed)
	}
	f.Fuzz(func(t *testing.T, command int, text string) {
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		var given map[string]any
		if decoder.Decode(&given) != nil {
			return
		}
		c, _ := definition.Command(names[uint(command)%uint(len(names))])
		arguments, err := c.Arguments(given)
		switch {
		case err != nil && !refusedWell(err, c, given):
			t.Errorf("the refusal blames no argument: %v", err)
		case err == nil:
			if broken := holds(c, given, arguments); broken != "" {
				t.Error(broken)
			}
		}
	})
}
