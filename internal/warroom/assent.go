package warroom

import (
	"errors"
	"fmt"
	"strings"

	"msgraph-user/internal/terminal"
)

// Assent is what a command needs that changes something.
type Assent int

// The kinds of assent.
const (
	NotNeeded Assent = iota // nothing real is changed, or the person agreed beforehand
	Asked                   // the person types yes
	Refused                 // nobody is there to be asked
)

// askForAssent returns nil where a command may change something.
func (s *Session) askForAssent(line string) error {
	switch s.Assent {
	case NotNeeded:
		return nil
	case Refused:
		return fmt.Errorf("%s changes a real tenant, and nobody is there to be asked: nothing was sent. Start the War Room with --yes to allow changes", terminal.Line(line))
	}
	fmt.Fprintf(s.Screen, "%s %s\n%s %s\n", s.Screen.Bold("Change:"), terminal.Line(line), s.Screen.Bold("Tenant:"), s.tenant())
	answer, err := s.Editor.Line("Type yes to go on: ")
	if err != nil || !strings.EqualFold(strings.TrimSpace(answer), "yes") {
		return errors.New("not confirmed: nothing was sent")
	}
	return nil
}

// tenant names the tenant that answers.
func (s *Session) tenant() string {
	if s.Tenant == "" {
		return "a real tenant"
	}
	return terminal.Line(s.Tenant)
}
