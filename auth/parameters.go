package auth

import (
	"encoding/json"
	"strconv"
	"strings"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/secret"
)

// parameters reads an instance's parameters, and remembers the first that has a
// value of the wrong shape.
type parameters struct {
	values map[string]any
	err    error
}

func (p *parameters) fail(name, format string, a ...any) {
	if p.err == nil {
		p.err = failure.Parameter(name, format, a...)
	}
}

// text returns the parameter name without surrounding white space.
func (p *parameters) text(name string) string {
	switch v := p.values[name].(type) {
	case nil:
		return ""
	case string:
		return strings.TrimSpace(v)
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	p.fail(name, "%s must be text.", name)
	return ""
}

// flag returns a yes-or-no parameter; otherwise is what an empty one means.
func (p *parameters) flag(name string, otherwise bool) bool {
	switch strings.ToLower(p.text(name)) {
	case "":
		return otherwise
	case "true", "yes", "on", "1":
		return true
	case "false", "no", "off", "0":
		return false
	}
	p.fail(name, "%s must be true or false.", name)
	return otherwise
}

// credential returns the password member of a credentials parameter, or, where
// that is empty, the older parameter that it replaced.
func (p *parameters) credential(name, older string) secret.Text {
	_, password := p.pair(name)
	if password == "" && older != "" {
		_, password = p.pair(older)
	}
	return secret.New(password)
}

// pair returns both members of a credentials parameter. One given as plain text
// is its password.
func (p *parameters) pair(name string) (identifier, password string) {
	members, ok := p.values[name].(map[string]any)
	if !ok {
		return "", p.text(name)
	}
	inner := &parameters{values: members}
	identifier, password = inner.text("identifier"), inner.text("password")
	if inner.err != nil {
		p.fail(name, "%s must hold text for identifier and password.", name)
	}
	return identifier, password
}

// list returns the entries of a parameter that holds one a line. Entries have no
// white space in them, and a list with commas is what people write by habit.
func (p *parameters) list(name string) []string {
	text := ""
	if lines, ok := p.values[name].([]any); ok {
		for _, line := range lines {
			item, ok := line.(string)
			if !ok {
				p.fail(name, "%s must be text, one entry a line.", name)
			}
			text += item + "\n"
		}
	} else {
		text = p.text(name)
	}
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",; \t\r\n", r) })
}
