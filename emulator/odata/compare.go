package odata

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"msgraph-user/emulator/schema"
)

func itoa(n int) string { return strconv.Itoa(n) }

// textOf returns the text of a JSON string value.
func textOf(raw string) string {
	if len(raw) < 2 || raw[0] != '"' {
		return raw
	}
	if !strings.Contains(raw, `\`) {
		return raw[1 : len(raw)-1]
	}
	var text string
	_ = json.Unmarshal([]byte(raw), &text) // stored values are checked before
	return text
}

// edmName is how Graph calls a kind in its messages.
var edmName = map[schema.Kind]string{
	schema.String: "Edm.String", schema.Enum: "Edm.String", schema.Guid: "Edm.Guid", schema.Boolean: "Edm.Boolean",
	schema.Int32: "Edm.Int32", schema.Int64: "Edm.Int64", schema.Double: "Edm.Double",
	schema.DateTime: "Edm.DateTimeOffset", schema.Date: "Edm.Date", schema.Duration: "Edm.Duration", schema.Binary: "Edm.Binary",
}

var operatorName = map[string]string{
	"eq": "Equal", "ne": "NotEqual", "gt": "GreaterThan", "ge": "GreaterThanOrEqual", "lt": "LessThan", "le": "LessThanOrEqual",
}

// compare builds the test of one comparison, and checks that the literal is of
// the property's type.
func (c *compiler) compare(o operand, operator string, literal *literalNode) (predicate, error) {
	operator = strings.ToLower(operator)
	text, edm := literal.value()
	ordered := operator != "eq" && operator != "ne"
	switch {
	case operator == "ne":
		c.operator("ne")
	case edm == "null" && ordered:
		return nil, invalid("Invalid filter clause: null is compared with eq or ne only.")
	case edm == "null":
		c.property(o.property)
	}
	if edm == "null" {
		isNull := func(row Row) bool { return o.raw(row) == "" }
		if operator == "ne" {
			return func(row Row) bool { return !isNull(row) }, nil
		}
		return isNull, nil
	}
	order, err := ordering(o.property, text, edm, operator)
	if err != nil {
		return nil, err
	}
	if ordered && (o.property.Kind == schema.Boolean || o.property.Kind == schema.Guid) {
		return nil, unsupported("Unsupported or invalid query filter clause specified for property '%s' of resource '%s'.", o.property.Name, resource(c.root))
	}
	holds := outcome[operator]
	return func(row Row) bool {
		raw := o.raw(row)
		if raw == "" {
			return operator == "ne"
		}
		return holds(order(raw))
	}, nil
}

var outcome = map[string]func(int) bool{
	"eq": func(n int) bool { return n == 0 }, "ne": func(n int) bool { return n != 0 },
	"gt": func(n int) bool { return n > 0 }, "ge": func(n int) bool { return n >= 0 },
	"lt": func(n int) bool { return n < 0 }, "le": func(n int) bool { return n <= 0 },
}

// ordering returns how a stored value stands to the literal: below, equal, above.
func ordering(p *schema.Property, text, edm, operator string) (func(raw string) int, error) {
	mismatch := invalid("Invalid filter clause: A binary operator with incompatible types was detected. Found operand types '%s' and '%s' for operator kind '%s'.", edmName[p.Kind], edm, operatorName[operator])
	switch p.Kind {
	case schema.String, schema.Enum:
		if edm != "Edm.String" {
			return nil, mismatch
		}
		folded := strings.ToLower(text)
		return func(raw string) int { return strings.Compare(strings.ToLower(textOf(raw)), folded) }, nil
	case schema.Guid:
		if edm != "Edm.Guid" {
			return nil, mismatch
		}
		folded := strings.ToLower(text)
		return func(raw string) int { return strings.Compare(strings.ToLower(textOf(raw)), folded) }, nil
	case schema.Boolean:
		if edm != "Edm.Boolean" {
			return nil, mismatch
		}
		return func(raw string) int { return strings.Compare(raw, text) }, nil
	case schema.Int32, schema.Int64, schema.Double:
		want, err := strconv.ParseFloat(text, 64)
		if err != nil || edm != "Edm.Int32" {
			return nil, mismatch
		}
		return func(raw string) int {
			have, _ := strconv.ParseFloat(raw, 64)
			return sign(have - want)
		}, nil
	case schema.DateTime, schema.Date:
		want, err := parseTime(text)
		if err != nil || edm != "Edm.DateTimeOffset" && edm != "Edm.Date" {
			return nil, mismatch
		}
		return func(raw string) int {
			have, _ := parseTime(textOf(raw))
			return have.Compare(want)
		}, nil
	}
	return nil, unsupported("Unsupported or invalid query filter clause specified for property '%s'.", p.Name)
}

func sign(x float64) int {
	switch {
	case x < 0:
		return -1
	case x > 0:
		return 1
	}
	return 0
}

func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, invalid("Invalid filter clause: '%s' is no time.", text)
}
