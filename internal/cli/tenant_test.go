package cli

import (
	"strings"
	"testing"
)

// What the practice tenant is told to do to its callers goes with it, and is
// checked before anything runs.
func TestTenantFlags(t *testing.T) {
	get := []string{"msgraph-user-get", "user=" + plainUser}
	for _, c := range []struct {
		flags  []string
		status int
		says   string
	}{
		{[]string{"--emulator", "--throttling"}, exitDone, "Aiko Tanaka"},
		{[]string{"--emulator", "--lag", "2s"}, exitDone, "Aiko Tanaka"},
		{[]string{"--emulator", "--lag=-2s"}, exitUsage, "--lag"},
		{[]string{"--emulator", "--lag", "soon"}, exitUsage, "--lag"},
		{[]string{"--emulator", "--faults", "throttle=2"}, exitUsage, "--faults"},
		{[]string{"--throttling"}, exitUsage, "--emulator"},
		{[]string{"--lag", "2s"}, exitUsage, "--emulator"},
	} {
		args := append(append([]string{"call"}, c.flags...), get...)
		if status, out, errs := runProgram(t, "", args...); status != c.status || !strings.Contains(out+errs, c.says) {
			t.Errorf("%v: status %d, want %d; it says %s%s", c.flags, status, c.status, out, errs)
		}
	}
}
