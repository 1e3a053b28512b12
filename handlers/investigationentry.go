package handlers

import (
	"fmt"
	"strings"
	"time"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/investigation"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

// timelineShown is how many lines of the timeline an entry shows. The page has all.
const timelineShown = 100

// showInvestigation shows what the rules say of a user, and hands over the page with all
// that was read.
func showInvestigation(inv *engine.Invocation, outcomes []engine.Outcome) ([]xsoar.Entry, error) {
	evidence, err := evidenceOf(inv, outcomes)
	if err != nil {
		return nil, err
	}
	report := investigation.Judge(evidence)
	file := investigation.FileName(evidence.Name())
	findings, timeline := findingRows(report), timelineRows(report)
	object := rawjson.Object{
		{Name: "User", Value: rawjson.Quote(inv.User())},
		{Name: "ID", Value: valueOrNull(evidence.User, "id")},
		{Name: "UserPrincipalName", Value: valueOrNull(evidence.User, "userPrincipalName")},
		{Name: "Since", Value: moment(evidence.Since)},
		{Name: "Until", Value: moment(evidence.Now)},
		{Name: "Suspicious", Value: encoded(report.Suspicious())},
		{Name: "Began", Value: moment(report.Began)},
		{Name: "Complete", Value: encoded(len(evidence.Gaps()) == 0)},
		{Name: "Gaps", Value: encoded(append(evidence.Gaps(), evidence.Limits...))},
		{Name: "Findings", Value: encoded(findings)},
		{Name: "Timeline", Value: encoded(timeline)},
		{Name: "File", Value: rawjson.Quote(file)},
	}
	entries := shown(object, readableInvestigation(evidence, report, findings, timeline, file), map[string]any{
		xsoar.Keyed("MSGraphUser.Investigation", "User"): object,
	})
	return append(entries, xsoar.Entry{
		Type: xsoar.File, ContentsFormat: xsoar.FormatText, Contents: "", File: file, FileData: investigation.Page(evidence, &report),
	}), nil
}

// encoded is a value of our own as JSON.
func encoded(value any) []byte {
	data, err := rawjson.Marshal(value)
	if err != nil { // texts, numbers and times only
		return []byte("null")
	}
	return data
}

// moment is a time as JSON; null where there is none.
func moment(t time.Time) []byte {
	if t.IsZero() {
		return []byte("null")
	}
	return rawjson.Quote(t.UTC().Format(time.RFC3339))
}

func findingRows(report investigation.Report) []rawjson.Object {
	rows := make([]rawjson.Object, len(report.Findings))
	for i, f := range report.Findings {
		rows[i] = rawjson.Object{
			{Name: "Rule", Value: rawjson.Quote(f.Rule)},
			{Name: "Suspicious", Value: encoded(f.Suspicious)},
			{Name: "Time", Value: moment(f.At)},
			{Name: "Summary", Value: rawjson.Quote(f.What)},
			{Name: "Evidence", Value: rawjson.Quote(f.Evidence)},
			{Name: "Source", Value: rawjson.Quote(f.Source)},
			{Name: "IDs", Value: encoded(f.IDs)},
		}
	}
	return rows
}

// timelineRows are the latest lines of the timeline, and every suspicious one.
func timelineRows(report investigation.Report) []rawjson.Object {
	rows := []rawjson.Object{}
	left := timelineShown
	for _, event := range report.Timeline {
		if left--; left < 0 && !event.Suspicious {
			continue
		}
		rows = append(rows, rawjson.Object{
			{Name: "Time", Value: moment(event.At)},
			{Name: "Source", Value: rawjson.Quote(event.Source)},
			{Name: "Event", Value: rawjson.Quote(event.What)},
			{Name: "Suspicious", Value: encoded(event.Suspicious)},
			{Name: "Rule", Value: rawjson.Quote(event.Rule)},
			{Name: "ID", Value: rawjson.Quote(event.ID)},
		})
	}
	return rows
}

// readableInvestigation is the summary for a person.
func readableInvestigation(e *investigation.Evidence, report investigation.Report, findings, timeline []rawjson.Object, file string) string {
	var b strings.Builder
	title := fmt.Sprintf("Investigation of %s since %s: %s", e.Name(), e.Since.UTC().Format(time.RFC3339), verdict(report))
	b.WriteString(xsoar.Table(title, plainRows(findings, "Summary", "Evidence"), []xsoar.Column{
		{Heading: "Suspicious", Member: "Suspicious"}, {Heading: "Time", Member: "Time"}, {Heading: "Finding", Member: "Summary"}, {Heading: "Evidence", Member: "Evidence"}, {Heading: "Rule", Member: "Rule"},
	}))
	b.WriteString("\n" + xsoar.Table("Timeline", plainRows(timeline, "Event"), []xsoar.Column{
		{Heading: "Time", Member: "Time"}, {Heading: "Source", Member: "Source"}, {Heading: "Event", Member: "Event"}, {Heading: "Rule", Member: "Rule"},
	}))
	if len(timeline) < len(report.Timeline) {
		fmt.Fprintf(&b, "\n%d earlier events are in %s.\n", len(report.Timeline)-len(timeline), file)
	}
	b.WriteString("\n### The evidence is incomplete\n")
	for _, gap := range append(e.Gaps(), e.Limits...) {
		b.WriteString("- " + xsoar.Plain(gap) + "\n")
	}
	return b.String()
}

// verdict says in a few words what was found.
func verdict(report investigation.Report) string {
	suspicious := report.Suspicious()
	if suspicious == 0 {
		return fmt.Sprintf("nothing suspicious, %d worth knowing", len(report.Findings))
	}
	return fmt.Sprintf("%d suspicious, %d worth knowing", suspicious, len(report.Findings)-suspicious)
}

// plainRows returns rows whose members called names are plain text in Markdown.
func plainRows(rows []rawjson.Object, names ...string) []rawjson.Object {
	plain := make([]rawjson.Object, len(rows))
	for i, row := range rows {
		plain[i] = append(rawjson.Object{}, row...)
		for n, member := range plain[i] {
			for _, name := range names {
				if member.Name == name {
					plain[i][n].Value = rawjson.Quote(xsoar.Plain(row.Text(name)))
				}
			}
		}
	}
	return plain
}
