package xsoar_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"msgraph-user/internal/xsoar"
)

func TestNamesStayNames(t *testing.T) {
	for text, want := range map[string]string{
		"adele@contoso.com":                             "adele@contoso.com",
		"ann_fabrikam.com#EXT#@contoso.onmicrosoft.com": "ann_fabrikam.com#EXT#@contoso.onmicrosoft.com",
		"o'hara!$%&*+-/=?^_{|}~.x@contoso.com":          "o'hara!$%&*+-/=?^_{|}~.x@contoso.com",
		"Zoë (Sales) 陈":                                 "Zoë (Sales) 陈",
		"[click](https://evil.example)":                 `\[click\](https:\//evil.example)`,
		"![x](https://evil.example/p.png)":              `!\[x\](https:\//evil.example/p.png)`,
		"<img src=x onerror=alert(1)>":                  `\<img src=x onerror=alert(1)\>`,
		"<https://evil.example>":                        `\<https:\//evil.example\>`,
		"see WWW.evil.example":                          `see WWW\.evil.example`,
		`\[x](y)`:                                       `\\\[x\](y)`,
		"a`b":                                           "a&#96;b",
		"one\r\n# two":                                  "one # two",
		"87d349ed-44d7-43e1-9a83-5f2406dee5bd":          "87d349ed-44d7-43e1-9a83-5f2406dee5bd",
	} {
		if got := xsoar.Plain(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// No bracket of a name is one of Markdown's, whatever stands before it.
func TestNoNameIsMarkdown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := xsoar.Plain(rapid.StringMatching("[a\\\\\\[\\]<>`!(): /w.\n]{0,30}").Draw(t, "name"))
		for i, c := range []byte(text) {
			if strings.IndexByte("[]<>`", c) >= 0 {
				slashes := len(text[:i]) - len(strings.TrimRight(text[:i], `\`))
				if slashes%2 == 0 {
					t.Fatalf("%q has a mark at %d", text, i)
				}
			}
		}
		if strings.Contains(text, "://") || strings.Contains(text, "www.") || strings.Contains(text, "\n") {
			t.Fatalf("%q", text)
		}
	})
}

func TestTitlesHoldNoLinks(t *testing.T) {
	if got := xsoar.Table("[x](https://evil.example) - manager", nil, nil); !strings.HasPrefix(got, `### \[x\](https:\//evil.example) - manager`+"\n") {
		t.Error(got)
	}
}
