package investigation

import (
	_ "embed"
	"fmt"
	"html"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/terminal"
)

//go:embed page.css
var style string

// FileName is the name of the page about a user: letters, digits, points, hyphens and
// underscores only, and at most 100 of them.
func FileName(user string) string {
	const before, after, most = "investigation-", ".html", 100
	name := strings.Map(func(r rune) rune {
		if r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._-", r)) {
			return r
		}
		return '_'
	}, user)
	return before + name[:min(len(name), most-len(before)-len(after))] + after
}

// page writes HTML. Everything that did not come from this program goes through text.
type page struct{ strings.Builder }

func (p *page) raw(parts ...string) {
	for _, part := range parts {
		p.WriteString(part)
	}
}

// text writes a text in a direction of its own, with what nobody sees made visible.
func (p *page) text(text string) { p.raw("<bdi>", visible(text), "</bdi>") }

// visible escapes a text, and shows the characters that turn writing around or that
// nobody sees.
func visible(text string) string {
	var b strings.Builder
	for _, r := range text {
		if unicode.Is(unicode.Cf, r) || unicode.IsControl(r) && r != '\n' && r != '\t' {
			fmt.Fprintf(&b, "[U+%04X]", r)
			continue
		}
		b.WriteRune(r)
	}
	return html.EscapeString(b.String())
}

// Page returns one HTML page that needs nothing else: the findings, the timeline drawn
// and as a table, the lists, and all that Graph answered. It runs no script and loads
// nothing.
func Page(e *Evidence, r *Report) []byte {
	p := &page{}
	title := "Investigation of " + visible(e.Name())
	p.raw(`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
		`<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer"><title>`, title, `</title><style>`, style, `</style></head><body><header><h1>Investigation of `)
	p.raw(`<bdi>`, strings.Replace(visible(e.Name()), "@", "<wbr>@", 1), `</bdi></h1><p>From `, clock(e.Since), ` to `, clock(e.Now), `, all times in UTC.</p></header><main>`)
	p.verdict(e, r)
	p.timeline(e, r)
	p.findings(r)
	p.events(r)
	p.lists(e)
	p.raw(`</main><footer><p>Written by msgraph-user. The page holds personal data: keep it with the incident.</p></footer></body></html>`)
	return []byte(p.String())
}

func clock(t time.Time) string {
	if t.IsZero() {
		return "no date"
	}
	t = t.UTC()
	return `<time datetime="` + t.Format(time.RFC3339) + `">` + t.Format("2006-01-02 15:04:05") + `</time>`
}

// verdict says what was found and what the evidence lacks.
func (p *page) verdict(e *Evidence, r *Report) {
	suspicious := r.Suspicious()
	class, text := "calm", "Nothing suspicious was found."
	if suspicious > 0 {
		class, text = "alarm", counted(suspicious, "suspicious finding")+"."
	}
	p.raw(`<section aria-labelledby="sum"><h2 id="sum">Summary</h2><p class="`, class, `"><strong>`, text, `</strong>`)
	if !r.Began.IsZero() {
		p.raw(` The first suspicious event was at `, clock(r.Began), `.`)
	}
	p.raw(`</p><dl>`)
	for _, fact := range []struct{ name, member string }{
		{"Name", "displayName"}, {"Object ID", "id"}, {"Job title", "jobTitle"}, {"Department", "department"}, {"Kind", "userType"}, {"Enabled", "accountEnabled"},
		{"From on premises", "onPremisesSyncEnabled"}, {"Password set", "lastPasswordChangeDateTime"}, {"Sessions valid from", "signInSessionsValidFromDateTime"},
	} {
		if value := shortText(e.User, fact.member); value != "" {
			p.raw(`<div><dt>`, fact.name, `</dt><dd>`)
			p.text(value)
			p.raw(`</dd></div>`)
		}
	}
	p.raw(`</dl><h3>The evidence is incomplete</h3><ul>`)
	for _, gap := range append(e.Gaps(), e.Limits...) {
		p.raw(`<li>`)
		p.text(gap)
		p.raw(`</li>`)
	}
	p.raw(`</ul></section>`)
}

// counted is a number of things.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}

// table writes a table that scrolls by itself where it is too wide. The class stack puts
// the cells of a row below each other on a phone: the roles keep it a table.
func (p *page) table(class, caption string, headings []string, rows int, row func(n int)) {
	p.raw(`<div class="scroll" role="region" tabindex="0" aria-label="`, visible(caption), `"><table role="table" class="`, class, `"><caption>`, visible(caption), `</caption><thead role="rowgroup"><tr role="row">`)
	for _, heading := range headings {
		p.raw(`<th role="columnheader" scope="col">`, heading, `</th>`)
	}
	p.raw(`</tr></thead><tbody role="rowgroup">`)
	for n := range rows {
		p.raw(`<tr role="row">`)
		row(n)
		p.raw(`</tr>`)
	}
	p.raw(`</tbody></table></div>`)
}

const (
	cell = `<td role="cell">`
	when = `<td role="cell" class="when">`
)

func (p *page) cell(text string) {
	p.raw(cell)
	p.text(text)
	p.raw(`</td>`)
}

func (p *page) findings(r *Report) {
	p.raw(`<section aria-labelledby="found"><h2 id="found">Findings</h2>`)
	if len(r.Findings) == 0 {
		p.raw(`<p>No rule found anything.</p>`)
	} else {
		p.table("stack", "What the rules found", []string{"Verdict", "Time", "Finding", "Evidence", "Rule"}, len(r.Findings), func(n int) {
			f := r.Findings[n]
			p.raw(cell, mark(f.Suspicious), `</td>`, when, clock(f.At), `</td>`)
			p.cell(f.What)
			p.cell(f.Evidence)
			p.cell(f.Rule)
		})
	}
	p.raw(`</section>`)
}

// mark tells suspicious from not, in a word and a colour.
func mark(suspicious bool) string {
	if suspicious {
		return `<strong class="alarm">suspicious</strong>`
	}
	return `worth knowing`
}

// lists writes what was read: each list as a table, and as Graph answered it.
func (p *page) lists(e *Evidence) {
	p.raw(`<section aria-labelledby="lists"><h2 id="lists">What was read</h2>`)
	sources := append([]Source{{Name: "user", Items: []rawjson.Object{e.User}}}, e.Sources...)
	var apps Source
	for _, id := range slices.Sorted(maps.Keys(e.Apps)) {
		apps.Items = append(apps.Items, e.Apps[id])
	}
	if apps.Name = "applications"; len(apps.Items) > 0 {
		sources = append(sources, apps)
	}
	for n, source := range sources {
		name := strings.ToUpper(source.Name[:1]) + source.Name[1:]
		p.raw(`<h3>`, name, `: `, strconv.Itoa(len(source.Items)), `</h3>`)
		if source.Gap != "" {
			p.raw(`<p>`)
			p.text(source.Gap)
			p.raw(`</p>`)
		}
		if len(source.Items) == 0 {
			continue
		}
		if columns := listColumns[source.Name]; columns != nil {
			p.table("list", name, headingsOf(columns), len(source.Items), func(n int) {
				for _, column := range columns {
					p.cell(shortText(source.Items[n], column))
				}
			})
		}
		p.raw(`<details><summary>`, name, ` as answered</summary>`)
		p.json(strconv.Itoa(n), name, source.Items)
		p.raw(`</details>`)
	}
	p.raw(`</section>`)
}

// json writes objects as they came, with an escape in the place of what turns writing
// around.
func (p *page) json(id, name string, objects []rawjson.Object) {
	encoded, err := rawjson.MarshalIndent(objects)
	if err != nil { // they were read as JSON
		encoded = []byte("[]")
	}
	p.raw(`<pre id="raw-`, id, `" tabindex="0" role="region" aria-label="`, name, ` as answered" dir="ltr">`, html.EscapeString(string(terminal.JSON(encoded))), `</pre>`)
}

// listColumns are what the lists show; the rest is in the answers.
var listColumns = map[string][]string{
	SignIns:    {"createdDateTime", "appDisplayName", "ipAddress", "location", "clientAppUsed", "deviceDetail", "status", "riskLevelDuringSignIn", "id"},
	Audits:     {"activityDateTime", "activityDisplayName", "result", "Relation", "initiatedBy", "targetResources", "id"},
	Risk:       {"riskState", "riskLevel", "riskDetail", "riskLastUpdatedDateTime"},
	Detections: {"activityDateTime", "riskEventType", "riskLevel", "riskState", "ipAddress", "location"},
	Methods:    {"createdDateTime", "@odata.type", "displayName", "phoneNumber", "emailAddress", "id"},
	Consents:   {"clientId", "scope", "consentType", "id"},
	AppRoles:   {"createdDateTime", "resourceDisplayName", "principalType", "principalDisplayName", "id"},
	Roles:      {"roleName", "assignment", "directoryScopeId", "assignmentType", "startDateTime", "endDateTime", "groupName", "id"},
	Groups:     {"displayName", "Relation", "isAssignableToRole", "id"},
	Devices:    {"registrationDateTime", "displayName", "operatingSystem", "trustType", "accountEnabled", "Relation", "id"},
	InboxRules: {"displayName", "isEnabled", "conditions", "actions", "id"},
}

// headingsOf writes names of properties as headings: createdDateTime as Created Date Time.
func headingsOf(columns []string) []string {
	headings := make([]string, len(columns))
	for i, column := range columns {
		var b strings.Builder
		for n, r := range strings.TrimPrefix(column, "@odata.") {
			switch {
			case n == 0:
				r = unicode.ToUpper(r)
			case unicode.IsUpper(r):
				b.WriteByte(' ')
			}
			b.WriteRune(r)
		}
		headings[i] = b.String()
	}
	return headings
}

// shortText is a member as a cell shows it: the texts of objects and lists, one after the
// other.
func shortText(o rawjson.Object, name string) string {
	value := o.Get(name)
	switch {
	case value == nil || rawjson.IsNull(value):
		return ""
	case value[0] == '"':
		return strings.TrimPrefix(o.Text(name), "#microsoft.graph.")
	case value[0] == '{':
		var texts []string
		inner := part(o, name)
		for _, member := range inner {
			texts = append(texts, shortText(inner, member.Name))
		}
		return joined(", ", texts...)
	case value[0] == '[':
		texts := rawjson.Texts(value)
		for _, element := range parts(o, name) {
			for _, word := range []string{element.Text("displayName"), element.Text("userPrincipalName"), part(element, "emailAddress").Text("address")} {
				if word != "" {
					texts = append(texts, word)
					break
				}
			}
		}
		return joined(", ", texts...)
	}
	return string(value)
}
