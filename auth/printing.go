package auth

import (
	"fmt"
	"io"
	"log/slog"
)

// fmt does not ask the unexported members of a struct how they want to be
// printed, so the types that hold secrets in them say it as a whole.

// String names the method, the cloud and the ids, and no secret.
func (c Configuration) String() string {
	return fmt.Sprintf("%s of application %q in tenant %q at %s", c.Method, c.ClientID, c.TenantID, c.Cloud.Graph)
}

// Format prints what String returns, whatever the verb.
func (c Configuration) Format(f fmt.State, _ rune) { printText(f, c.String()) }

// LogValue logs what String returns.
func (c Configuration) LogValue() slog.Value { return slog.StringValue(c.String()) }

// String names the configuration and the instance.
func (s *Source) String() string { return fmt.Sprintf("instance %q: %s", s.instance, s.cfg) }

// Format prints what String returns, whatever the verb.
func (s *Source) Format(f fmt.State, _ rune) { printText(f, s.String()) }

// LogValue logs what String returns.
func (s *Source) LogValue() slog.Value { return slog.StringValue(s.String()) }

// String says that it is a login; its URL is for one person.
func (l *Login) String() string { return "a login in progress" }

// Format prints what String returns, whatever the verb.
func (l *Login) Format(f fmt.State, _ rune) { printText(f, l.String()) }

// printText writes to a fmt.State, which reports failed writes to its own caller.
func printText(f fmt.State, text string) { _, _ = io.WriteString(f, text) }
