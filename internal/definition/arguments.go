package definition

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"sort"
	"strings"

	"msgraph-user/internal/boolean"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/secret"
)

// Arguments are the checked arguments of one call: only those that the command
// has, every required one, defaults filled in. An argument that was not given
// and has no default is absent. Printing or logging them masks what is secret.
type Arguments struct{ values map[string]argumentValue }

// argumentValue is one value in the forms that a command may ask for.
type argumentValue struct {
	text      string
	items     []string        // where the caller gave a list
	object    json.RawMessage // where the caller gave a JSON object
	sensitive bool
}

// Has reports whether the argument has a value, given or by default.
func (a Arguments) Has(name string) bool {
	_, ok := a.values[name]
	return ok
}

// Text returns the value as text, "" where it is absent. A list's values stand
// with commas between them; an allowed value is spelled as integration.yml
// spells it.
func (a Arguments) Text(name string) string { return a.values[name].text }

// With returns the arguments with text as the only value of the argument name.
func (a Arguments) With(name, text string) Arguments {
	values := maps.Clone(a.values)
	values[name] = argumentValue{text: text, sensitive: values[name].sensitive}
	return Arguments{values}
}

// Bool returns whether the value is true; false where it is absent.
func (a Arguments) Bool(name string) bool {
	on, _ := boolean.Parse(a.values[name].text)
	return on
}

// Number returns the value as a whole number, 0 where it is absent. The error is
// a *failure.Error that names the argument.
func (a Arguments) Number(name string) (int, error) {
	value, ok := a.values[name]
	if !ok {
		return 0, nil
	}
	number, ok := parseWholeNumber(value.text)
	if !ok {
		return 0, failure.Argument(name, "%s must be a whole number, not %q.", name, shorten(value.text))
	}
	return number, nil
}

// List returns the values of a list: those of a caller who gave one as they are,
// else the parts of the text between delimiters, without spaces around them and
// without empty ones. An empty delimiter is taken for a comma.
func (a Arguments) List(name, delimiter string) []string {
	value := a.values[name]
	if value.items != nil {
		return append([]string(nil), value.items...)
	}
	if delimiter == "" {
		delimiter = ","
	}
	var list []string
	for part := range strings.SplitSeq(value.text, delimiter) {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// Secret returns the value in the type that cannot be printed.
func (a Arguments) Secret(name string) secret.Text { return secret.New(a.values[name].text) }

// JSON returns the JSON object that the caller gave, as such or as text, and
// whether there is one.
func (a Arguments) JSON(name string) (json.RawMessage, bool) {
	object := a.values[name].object
	return object, object != nil
}

// Secrets returns the values that no output may hold, for a Scrubber.
func (a Arguments) Secrets() []secret.Text {
	var secrets []secret.Text
	for _, value := range a.values {
		if value.sensitive {
			secrets = append(secrets, secret.New(value.text))
		}
	}
	return secrets
}

// Redacted returns all values by name as text, secret ones masked: what an audit
// line may say of a call.
func (a Arguments) Redacted() map[string]string {
	shown := make(map[string]string, len(a.values))
	for name, value := range a.values {
		shown[name] = value.text
		if name == FileArgument {
			shown[name] = fmt.Sprintf("(%d bytes)", len(value.text))
		}
		if value.sensitive {
			shown[name] = secret.New(value.text).String()
		}
	}
	return shown
}

// String returns what Redacted returns, as name=value pairs.
func (a Arguments) String() string {
	var pairs []string
	for name, value := range a.Redacted() {
		pairs = append(pairs, fmt.Sprintf("%s=%q", name, value))
	}
	sort.Strings(pairs)
	return strings.Join(pairs, " ")
}

// GoString returns what String returns, so that %#v shows no secret either.
func (a Arguments) GoString() string { return a.String() }

// LogValue logs what String returns.
func (a Arguments) LogValue() slog.Value { return slog.StringValue(a.String()) }

// HoldsPassword reports whether a password stands in the properties that an argument
// lists between delimiters: an error then repeats no part of it.
func (a Arguments) HoldsPassword(name, delimiter string) bool {
	return len(secret.PasswordsIn(a.Text(name), delimiter)) > 0
}
