// Package secret keeps keys, tokens, passwords and codes from being printed.
package secret

import (
	"fmt"
	"io"
	"log/slog"
)

// mask stands wherever a secret would have been printed.
const mask = "***"

// Text is a secret string. Every way of printing, logging or encoding it gives
// "***"; only Reveal gives the value. The zero Text is empty.
type Text struct{ value string }

// New wraps value.
func New(value string) Text { return Text{value} }

// Reveal returns the value, for the one place that sends it.
func (t Text) Reveal() string { return t.value }

// IsEmpty reports whether there is no value.
func (t Text) IsEmpty() bool { return t.value == "" }

// String returns "***", or "" for an empty Text.
func (t Text) String() string {
	if t.value == "" {
		return ""
	}
	return mask
}

// GoString returns what String returns, so that %#v shows nothing either.
func (t Text) GoString() string { return t.String() }

// Format prints what String returns, whatever the verb.
func (t Text) Format(f fmt.State, _ rune) {
	// A fmt.State reports failed writes to its own caller.
	_, _ = io.WriteString(f, t.String())
}

// LogValue logs what String returns.
func (t Text) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalJSON encodes what String returns.
func (t Text) MarshalJSON() ([]byte, error) { return []byte(`"` + t.String() + `"`), nil }

// MarshalText encodes what String returns (YAML, XML and flag packages use it).
func (t Text) MarshalText() ([]byte, error) { return []byte(t.String()), nil }
