package warroom

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/transcript"
	"msgraph-user/internal/xsoar"
)

// writeSummary writes what the session was, and a timeline of its commands.
func (s *Session) writeSummary(b *strings.Builder, redactor *transcript.Redactor) {
	b.WriteString("# War Room\n\n")
	if s.Tenant != "" {
		fmt.Fprintf(b, "- Tenant: %s\n", xsoar.Plain(s.Tenant))
	}
	changes, unsuccessful := 0, 0
	for _, x := range s.run {
		if x.changes {
			changes++
		}
		if x.err != nil || x.status != engine.Succeeded {
			unsuccessful++
		}
	}
	if n := len(s.run); n > 0 {
		fmt.Fprintf(b, "- Time: %s to %s\n", utc(s.run[0].at), utc(s.run[n-1].at))
	}
	fmt.Fprintf(b, "- Commands: %d; of these, %d could change something, and %d did not succeed\n", len(s.run), changes, unsuccessful)
	if len(s.run) == 0 {
		return
	}
	b.WriteString("\n## Timeline\n\n| Time | Command | Changes | Outcome |\n| --- | --- | --- | --- |\n")
	for _, x := range s.run {
		change := ""
		if x.changes {
			change = "yes"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", utc(x.at), cell(x.line), change, cell(x.outcome(redactor)))
	}
}

// outcome is how the command ended, in a few words.
func (x ranCommand) outcome(redactor *transcript.Redactor) string {
	if x.err != nil {
		return "error: " + redactor.Text(x.err.Error())
	}
	return string(cmp.Or(x.status, engine.Succeeded))
}

func utc(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// cell keeps text within its cell of a Markdown table.
func cell(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(xsoar.Plain(text)), " "), "|", `\|`)
}
