package investigation

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestFileName(t *testing.T) {
	for _, c := range []struct{ name, user, want string }{
		{"a user principal name", "ada.lovelace@contoso.example", "investigation-ada.lovelace_contoso.example.html"},
		{"a guest", "ann_fabrikam.example#EXT#@contoso.example", "investigation-ann_fabrikam.example_EXT__contoso.example.html"},
		{"a path", "../../etc/passwd", "investigation-.._.._etc_passwd.html"},
		{"other letters and marks", "zoë\u202e\n<script>", "investigation-zo____script_.html"},
		{"no name", "", "investigation-.html"},
		{"a long name", strings.Repeat("n", 200), "investigation-" + strings.Repeat("n", 81) + ".html"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := FileName(c.user)
			if got != c.want || len(got) > 100 || !regexp.MustCompile(`^[A-Za-z0-9._-]+$`).MatchString(got) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// hostile is a name that tries to be more than text.
const hostile = `<script>alert(1)</script></style></pre><img src=x onerror=alert(1)> https://evil.example "quoted" 'q' &amp; ` + "\u202eevil\u202c\u2066"

// hostileEvidence has a name that tries to be more than text wherever a name can be.
func hostileEvidence(t *testing.T) *Evidence {
	name := strings.NewReplacer(`"`, `\"`).Replace(hostile)
	e := evidence(t, map[string][]string{
		SignIns:    append(usual(), signedIn(time.Hour, "ip", attackIP, "country", "RO", "browser", name, "client", name, "os", name)),
		Methods:    {strings.Replace(phone(30*time.Minute), `+49 30`, name, 1)},
		Devices:    {`{"id":"o-1","displayName":"` + name + `","registrationDateTime":"` + ago(30*time.Minute) + `"}`},
		InboxRules: {rule(hostile, `{"subjectContains":["`+name+`"]}`, `{"forwardTo":[{"emailAddress":{"address":"`+name+`@evil.example"}}],"delete":true}`)},
		Consents:   {mail},
		Groups:     {`{"id":"gr","displayName":"` + name + `"}`},
		Audits:     {changed(30*time.Minute, name, userID, attackIP, userID), changed(25*time.Minute, "Consent to application", userID, attackIP, "c-1")},
		Risk:       {`{"id":"` + userID + `","riskState":"atRisk","riskLevel":"` + name + `","riskDetail":"` + name + `"}`},
		"apps":     {`{"id":"c-1","displayName":"` + name + `"}`},
	})
	e.User = object(t, `{"id":"`+userID+`","userPrincipalName":"`+name+`","displayName":"`+name+`","jobTitle":"`+name+`"}`)
	e.Sources[1].Gap = hostile
	e.Limits = []string{hostile}
	return e
}

// Names stay text, the page asks for nothing, and nothing in it turns writing around.
func TestPageKeepsNamesText(t *testing.T) {
	e := hostileEvidence(t)
	report := Judge(e)
	page := Page(e, &report)
	for _, forbidden := range []string{"<script", "<img", "onerror=alert(1)>", "\u202e", "\u202c", "\u2066", "<a ", "<link", "@import", "url(", " src=", " href="} {
		if bytes.Contains(page, []byte(forbidden)) && !strings.Contains(hostileEscaped, forbidden) {
			t.Errorf("the page holds %q", forbidden)
		}
	}
	for text, times := range map[string]int{"</style>": 1, "<style>": 1, `default-src &#39;none&#39;`: 0, `content="default-src 'none'; style-src 'unsafe-inline'"`: 1, "<h1>": 1} {
		if n := bytes.Count(page, []byte(text)); n != times {
			t.Errorf("%d times %s, want %d", n, text, times)
		}
	}
	for _, shown := range []string{"[U+202E]evil[U+202C][U+2066]", `\u202eevil\u202c\u2066`, "&lt;script&gt;alert(1)&lt;/script&gt;"} {
		if !bytes.Contains(page, []byte(shown)) {
			t.Errorf("the page does not show %s", shown)
		}
	}
}

// hostileEscaped is what is left of the name as text.
var hostileEscaped = visible(hostile)

// What was read is on the page as it came, so that it can be kept.
func TestPageKeepsTheAnswers(t *testing.T) {
	e := evidence(t, map[string][]string{SignIns: attacked(), Groups: {`{"id":"gr","displayName":"VPN","unknownMember":[1,2]}`}})
	report := Judge(e)
	page := string(Page(e, &report))
	for _, want := range []string{`&#34;unknownMember&#34;: [`, "Seen before: DE.", "1 suspicious finding.", `role="img"`, "<caption>", `scope="col"`, `<time datetime="2026-11-26T11:00:00Z">`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

func TestPageOfNothing(t *testing.T) {
	e := evidence(t, nil)
	report := Judge(e)
	if page := string(Page(e, &report)); !strings.Contains(page, "Nothing suspicious was found.") || strings.Contains(page, "<svg") {
		t.Error(page)
	}
}
