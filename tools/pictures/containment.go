package main

import "fmt"

// containment is the order of the steps that contain an account, with the reason
// for each place. Steps that nothing takes back have a frame of their own.
func containment() (*canvas, error) {
	const width, row, gap = 700, 60, 18
	steps := []struct{ name, why, class string }{
		{"read and record", "what undo needs; a step that cannot be recorded is not sent", "end"},
		{"disable", "first: an enabled account signs in again at once", "box"},
		{"reset-password", "before the sessions end, so that the old password opens no new one", "final"},
		{"revoke-sessions", "disabling ends no session", "box"},
		{"inbox-rules", "they work without any session of the user", "box"},
		{"consents", "an application that the attacker let in keeps its access", "box"},
		{"app-roles", "rights of the account in applications", "box"},
		{"roles, groups", "active, then eligible: without them the next steps need lower rights", "box"},
		{"phone-email-methods", "undo can enter them again", "box"},
		{"other-methods", "passkeys and authenticators: only the user can register them again", "final"},
		{"devices", "they hold tokens of their own", "box"},
		{"revoke-sessions, again", "what was issued meanwhile ends; services read groups again", "box"},
		{"risk", "last: a reset of the password by an administrator clears the mark", "box"},
		{"read again", "contained: every step done, and none disproved", "end"},
	}
	c := newCanvas(width+40, len(steps)*(row+gap)+34, "The order of a containment, and the reason for each place")
	for i, step := range steps {
		y := 10 + i*(row+gap)
		number := "   "
		if step.class != "end" {
			number = fmt.Sprintf("%d  ", i)
		}
		c.boxOf(step.class, 20, y, width, row, number+step.name, step.why)
		if i > 0 {
			c.arrow(20+width/2, y-gap, 20+width/2, y)
		}
	}
	c.note(20, len(steps)*(row+gap)+18, "Dashed: cannot be undone. Runs only when it is named and allow_irreversible=true.")
	return c, nil
}
