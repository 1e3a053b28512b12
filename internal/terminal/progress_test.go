package terminal

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"msgraph-user/internal/engine"
)

// Long work shows a line that counts and goes away; short work shows none, and
// neither does a screen that is no window.
func TestProgressLine(t *testing.T) {
	for _, test := range []struct {
		name    string
		columns int
		want    string
		lasts   time.Duration
		shown   bool
	}{
		{"long", 40, "msgraph-user-list  2s  3 of 10", 3 * time.Second, true},
		{"wide", 160, "msgraph-user-list  2s  ██████░░░░░░░░░░░░░░  3 of 10, 1.0/s, 7s left", 3 * time.Second, true},
		{"short", 40, "", 100 * time.Millisecond, false},
		{"no window", 0, "", 3 * time.Second, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out strings.Builder
				p := Screen{Writer: &out, Width: func() int { return test.columns }}.StartProgress("msgraph-user-list")
				p.Report(engine.Progress{Total: 10})
				time.Sleep(test.lasts / 3)
				p.Report(engine.Progress{Done: 3, Total: 10, Message: "pages\x1b[31m of a rather long list of people"})
				time.Sleep(test.lasts * 2 / 3) // of the test's own clock
				p.Stop()
				if !test.shown {
					if out.Len() > 0 {
						t.Errorf("shown: %q", out.String())
					}
					return
				}
				if !strings.Contains(out.String(), test.want) || !strings.HasSuffix(out.String(), "\r\x1b[K") {
					t.Errorf("shown: %q", out.String())
				}
				for part := range strings.SplitSeq(out.String(), "\r\x1b[K") {
					if columns(part) >= test.columns {
						t.Errorf("%q does not fit", part)
					}
				}
			})
		})
	}
}
