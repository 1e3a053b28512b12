package odata_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"msgraph-user/emulator/odata"
	"msgraph-user/emulator/schema"
)

// person is a row as the emulator sees it, with the same person as plain data
// for the naive evaluator.
type person struct {
	raw   map[string]string
	plain map[string]any
}

// Raw returns the JSON of a property.
func (p person) Raw(q *schema.Property) string { return p.raw[q.Name] }

// people are drawn from few values, so that comparisons are often equal.
func people(t *testing.T) []person {
	t.Helper()
	names := []any{"Ann", "ann", "Anna", "Ben O'Hara", "Çelik", "zoë", nil, ""}
	cities := []any{"Berlin", "berlin", "Haifa", nil}
	times := []any{"2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2026-06-01T12:30:00.5Z", nil}
	phones := []any{[]any{}, []any{"+1 555"}, []any{"+1 555", "+49 30"}, []any{"+49 30"}}
	var all []person
	for i := range 160 {
		plain := map[string]any{
			"displayName": names[i%len(names)], "city": cities[i/3%len(cities)], "accountEnabled": []any{true, false, nil}[i%3],
			"createdDateTime": times[i/5%len(times)], "businessPhones": phones[i/7%len(phones)],
		}
		raw := map[string]string{}
		for name, value := range plain {
			text, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			if value != nil {
				raw[name] = string(text)
			}
		}
		all = append(all, person{raw, plain})
	}
	return all
}

// expression is a filter as text, with its naive meaning, and whether Microsoft's
// page has it as an advanced query.
type expression struct {
	text     string
	holds    func(map[string]any) bool
	advanced bool
}

func drawExpression(t *rapid.T, depth int) expression {
	kind := rapid.IntRange(0, 7).Draw(t, "kind")
	if depth == 0 {
		kind = rapid.IntRange(0, 4).Draw(t, "leaf")
	}
	switch kind {
	case 0:
		return drawTextComparison(t)
	case 1:
		return drawBoolean(t)
	case 2:
		return drawTime(t)
	case 3:
		return drawFunction(t)
	case 4:
		return drawAny(t)
	case 5:
		inner := drawExpression(t, depth-1)
		return expression{"not(" + inner.text + ")", func(p map[string]any) bool { return !inner.holds(p) }, true}
	}
	a, b := drawExpression(t, depth-1), drawExpression(t, depth-1)
	if kind == 6 {
		return expression{"(" + a.text + " and " + b.text + ")", func(p map[string]any) bool { return a.holds(p) && b.holds(p) }, a.advanced || b.advanced}
	}
	return expression{"(" + a.text + " or " + b.text + ")", func(p map[string]any) bool { return a.holds(p) || b.holds(p) }, a.advanced || b.advanced}
}

var texts = []string{"Ann", "ANNA", "Ben O'Hara", "çelik", "Zoë", "Berlin", "", "B"}

func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

func drawTextComparison(t *rapid.T) expression {
	property := rapid.SampledFrom([]string{"displayName", "city"}).Draw(t, "property")
	operator := rapid.SampledFrom([]string{"eq", "ne", "ge", "le", "in", "null", "not null"}).Draw(t, "operator")
	value := rapid.SampledFrom(texts).Draw(t, "value")
	folded := strings.ToLower(value)
	with := func(test func(string) bool, null bool) func(map[string]any) bool {
		return func(p map[string]any) bool {
			text, ok := p[property].(string)
			if !ok {
				return null
			}
			return test(strings.ToLower(text))
		}
	}
	switch operator {
	case "null":
		return expression{property + " eq null", func(p map[string]any) bool { return p[property] == nil }, true}
	case "not null":
		return expression{property + " ne null", func(p map[string]any) bool { return p[property] != nil }, true}
	case "in":
		return expression{property + " in (" + literal(value) + ", 'Haifa')", with(func(s string) bool { return s == folded || s == "haifa" }, false), false}
	case "eq":
		return expression{property + " eq " + literal(value), with(func(s string) bool { return s == folded }, false), false}
	case "ne":
		return expression{property + " NE " + literal(value), with(func(s string) bool { return s != folded }, true), true}
	case "ge":
		return expression{property + " ge " + literal(value), with(func(s string) bool { return s >= folded }, false), false}
	}
	return expression{property + " le " + literal(value), with(func(s string) bool { return s <= folded }, false), false}
}

func drawBoolean(t *rapid.T) expression {
	value := rapid.Bool().Draw(t, "boolean")
	if rapid.Bool().Draw(t, "equal") {
		return expression{fmt.Sprintf("accountEnabled eq %v", value), func(p map[string]any) bool { return p["accountEnabled"] == value }, false}
	}
	return expression{fmt.Sprintf("accountEnabled ne %v", value), func(p map[string]any) bool { return p["accountEnabled"] != value }, true}
}

func drawTime(t *rapid.T) expression {
	value := rapid.SampledFrom([]string{"2026-01-01T00:00:00Z", "2025-12-31T23:00:00-01:00", "2026-06-01T12:30:00Z", "2026-03-01"}).Draw(t, "time")
	moment, err := time.Parse(time.RFC3339, value)
	if err != nil {
		moment, _ = time.Parse(time.DateOnly, value)
	}
	operator := rapid.SampledFrom([]string{"eq", "ge", "le", "gt", "lt"}).Draw(t, "operator")
	return expression{"createdDateTime " + operator + " " + value, func(p map[string]any) bool {
		text, ok := p["createdDateTime"].(string)
		if !ok {
			return false
		}
		have, _ := time.Parse(time.RFC3339Nano, text)
		return map[string]bool{"eq": have.Equal(moment), "ge": !have.Before(moment), "le": !have.After(moment), "gt": have.After(moment), "lt": have.Before(moment)}[operator]
	}, false}
}

func drawFunction(t *rapid.T) expression {
	value := rapid.SampledFrom(texts).Draw(t, "part")
	name := rapid.SampledFrom([]string{"startsWith", "endsWith"}).Draw(t, "function")
	test := map[string]func(string, string) bool{"startsWith": strings.HasPrefix, "endsWith": strings.HasSuffix}[name]
	return expression{name + "(displayName, " + literal(value) + ")", func(p map[string]any) bool {
		text, ok := p["displayName"].(string)
		return ok && test(strings.ToLower(text), strings.ToLower(value))
	}, name == "endsWith"}
}

func drawAny(t *rapid.T) expression {
	value := rapid.SampledFrom([]string{"+1 555", "+49"}).Draw(t, "phone")
	body, test := "x eq "+literal(value), func(s string) bool { return s == value }
	if rapid.Bool().Draw(t, "prefix") {
		body, test = "startswith(x,"+literal(value)+")", func(s string) bool { return strings.HasPrefix(s, value) }
	}
	return expression{"businessPhones/any(x: " + body + ")", func(p map[string]any) bool {
		for _, phone := range p["businessPhones"].([]any) {
			if test(phone.(string)) {
				return true
			}
		}
		return false
	}, false}
}

// The emulator and the naive evaluator agree about every person, and what needs
// the advanced query parameters is refused without them.
func TestFiltersAgreeWithANaiveEvaluator(t *testing.T) {
	all := people(t)
	user := schema.MustLookup("user")
	rapid.Check(t, func(t *rapid.T) {
		for range 4 {
			agree(t, user, all, drawExpression(t, 3))
		}
	})
}

func agree(t *rapid.T, user *schema.Type, all []person, e expression) {
	filter, err := odata.CompileFilter(user, e.text)
	if alternatives := strings.Count(e.text, " or ") + strings.Count(e.text, " in "); err != nil && alternatives > 4 {
		return // there is a limit to alternatives
	}
	if err != nil {
		t.Fatalf("%s: %v", e.text, err)
	}
	for _, p := range all {
		if got, want := filter.Match(p), e.holds(p.plain); got != want {
			t.Fatalf("%s: %v for %v, want %v", e.text, got, p.plain, want)
		}
	}
	_, err = (&odata.Options{Filter: e.text}).Compile(user)
	var refusal *odata.Error
	if e.advanced != errors.As(err, &refusal) {
		t.Fatalf("%s: advanced %v, without the parameters: %v", e.text, e.advanced, err)
	}
	if refusal != nil && (refusal.Status != 400 || refusal.Code != "Request_UnsupportedQuery") {
		t.Fatalf("%s: %v", e.text, refusal)
	}
	if _, err := (&odata.Options{Filter: e.text, Advanced: true, Count: true}).Compile(user); err != nil {
		t.Fatalf("%s with the parameters: %v", e.text, err)
	}
}
