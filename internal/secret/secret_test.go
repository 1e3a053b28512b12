package secret_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"

	"msgraph-user/internal/secret"
)

// Whichever way a program may print a value, a secret does not come out.
func TestTextIsNeverPrinted(t *testing.T) {
	const value = "canary-7f3a9"
	text := secret.New(value)
	holder := struct{ Key secret.Text }{text}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "key", text, "holder", holder)
	slog.New(slog.NewTextHandler(&log, nil)).Info("m", "key", text, "holder", holder)
	asJSON, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	asYAML, err := yaml.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	asXML, err := xml.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	printed := []string{log.String(), string(asJSON), string(asYAML), string(asXML), text.String(), text.GoString()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T %v"} {
		printed = append(printed, fmt.Sprintf(strings.ReplaceAll(verb, "%T ", ""), text), fmt.Sprintf(verb, holder, holder), fmt.Sprintf("%v", &holder))
	}
	for _, p := range printed {
		if strings.Contains(p, value) || strings.Contains(p, fmt.Sprintf("%x", value)) {
			t.Errorf("printed %s", p)
		}
	}
	if text.Reveal() != value || text.IsEmpty() || !secret.New("").IsEmpty() || secret.New("").String() != "" {
		t.Error("Reveal, IsEmpty and the empty text")
	}
}

func TestScrub(t *testing.T) {
	var s secret.Scrubber
	s.Add(secret.New("client-secret-1"), secret.New("short"), secret.New("p+q r/s=="), secret.New("client-secret-1-longer"), secret.New(`p&q "r<s"`))
	for text, want := range map[string]string{
		"the secret client-secret-1 is wrong":                            "the secret *** is wrong",
		"client-secret-1-longer":                                         "***",
		"a short word stays":                                             "a short word stays",
		"read as a form: p q r/s==":                                      "read as a form: ***",
		"as a form: p%2Bq+r%2Fs%3D%3D.":                                  "as a form: ***.",
		"Authorization: Bearer abcdefghijklmn":                           "Authorization: ***",
		"x eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl y":                         "x *** y",
		"grant_type=password&code=0.AX-y_z&state=1":                      "grant_type=password&***&state=1",
		"-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----":    "***",
		`{"you":"sent p\u0026q \"r\u003cs\""} or p&q \"r<s\"`:            `{"you":"sent ***"} or ***`,
		"<b>p&amp;q &#34;r&lt;s&#34;</b>":                                "<b>***</b>",
		"in JSON on a page: &#34;p\\u0026q \\&#34;r\\u003cs\\&#34;&#34;": "in JSON on a page: &#34;***&#34;",
		`passwordProfile={"Password" : "x\"y","a":1}`:                    `passwordProfile="***"`,
		"a=1,password=hunter2,b=2":                                       `a=1,password="***",b=2`,
		`"password":null,"passwordPolicies":"None"`:                      `"password":null,"passwordPolicies":"None"`,
		"nothing here": "nothing here",
	} {
		if got := s.Scrub(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestHoldEndsWithRelease(t *testing.T) {
	var s secret.Scrubber
	password := secret.New("N3w-Passw0rd!")
	first, second := s.Hold(password), s.Hold(password)
	first()
	first() // releasing twice counts once
	if got := s.Scrub("it was N3w-Passw0rd!"); got != "it was ***" {
		t.Errorf("while one call still holds it: %q", got)
	}
	second()
	if got := s.Scrub("it was N3w-Passw0rd!"); got != "it was N3w-Passw0rd!" {
		t.Errorf("after all released it: %q", got)
	}
}

func TestASecretCanComeAtAnyTime(t *testing.T) {
	var s secret.Scrubber
	for _, value := range []string{"first-secret", "second-secret", "first-secret"} {
		s.Add(secret.New(value))
		if got := s.Scrub("it was " + value); got != "it was ***" {
			t.Errorf("%q became %q", value, got)
		}
	}
}

func TestPasswordsIn(t *testing.T) {
	for text, want := range map[string]string{
		`{"passwordProfile":{"password":"a\"b\u0026c","x":true}}`: `a"b&c`,
		"jobTitle=x,password=hunter2":                             "hunter2",
		"jobTitle=x,passwordPolicies=None":                        "",
	} {
		var found []string
		for _, password := range secret.PasswordsIn(text) {
			found = append(found, password.Reveal())
		}
		if got := strings.Join(found, " "); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// Whatever surrounds it, a known secret of eight characters or more is gone.
func TestKnownSecretsAreGone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringMatching(`[A-Za-z0-9~_.-]{8,40}`).Draw(t, "secret")
		around := rapid.String()
		text := around.Draw(t, "before") + value + around.Draw(t, "after")
		var s secret.Scrubber
		s.Add(secret.New(value))
		if got := s.Scrub(text); strings.Contains(got, value) {
			t.Fatalf("%q still holds %q", got, value)
		}
	})
}
