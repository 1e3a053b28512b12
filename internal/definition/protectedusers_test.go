package definition_test

import (
	"slices"
	"strings"
	"testing"

	"msgraph-user/internal/definition"
	"msgraph-user/internal/failure"
)

const breakGlassID = "87d349ed-44d7-43e1-9a83-5f2406dee5bd"

func TestProtectedUsersAreUnderstoodInEveryForm(t *testing.T) {
	for name, test := range map[string]struct {
		value any
		want  []string
	}{
		"nothing":                     {nil, nil},
		"an empty text":               {" \r\n", nil},
		"one":                         {"root@contoso.com", []string{"root@contoso.com"}},
		"one a line":                  {"root@contoso.com\r\n" + breakGlassID + "\n", []string{"root@contoso.com", breakGlassID}},
		"commas and semicolons":       {"a@b.com, c@d.com;e@f.com", []string{"a@b.com", "c@d.com", "e@f.com"}},
		"a list":                      {[]any{"a@b.com", " c@d.com "}, []string{"a@b.com", "c@d.com"}},
		"a list as JSON":              {`["a@b.com", "c@d.com"]`, []string{"a@b.com", "c@d.com"}},
		"quotes":                      {`"a@b.com" 'c@d.com'`, []string{"a@b.com", "c@d.com"}},
		"a quote that belongs":        {"o'neil@b.com", []string{"o'neil@b.com"}},
		"angle brackets":              {"<a@b.com>", []string{"a@b.com"}},
		"braces":                      {"{" + strings.ToUpper(breakGlassID) + "}", []string{strings.ToUpper(breakGlassID)}},
		"a proxy address":             {"SMTP:a@b.com smtp:c@d.com", []string{"a@b.com", "c@d.com"}},
		"a mail link":                 {"mailto:a@b.com", []string{"a@b.com"}},
		"several at once":             {`"<smtp:a@b.com>"`, []string{"a@b.com"}},
		"backticks":                   {"`a@b.com`", []string{"a@b.com"}},
		"typographic quotes":          {"“a@b.com” ‘c@d.com’ „e@f.com“ «g@h.com»", []string{"a@b.com", "c@d.com", "e@f.com", "g@h.com"}},
		"a separator at the end":      {[]any{"a@b.com;", "c@d.com,"}, []string{"a@b.com", "c@d.com"}},
		"every sign of a name":        {"a.b_c-d'e#f!g^h~i+j&k$1@sub.b-c.com", []string{"a.b_c-d'e#f!g^h~i+j&k$1@sub.b-c.com"}},
		"letters of any script":       {"žofie@bücher.example", []string{"žofie@bücher.example"}},
		"a guest":                     {"ann_x.com#EXT#@contoso.com", []string{"ann_x.com#EXT#@contoso.com"}},
		"a name with a dollar":        {"$svc@contoso.com", []string{"$svc@contoso.com"}},
		"characters that nobody sees": {"\ufeffa@b.com\u200b\n\u200ec@d.com", []string{"a@b.com", "c@d.com"}},
	} {
		if got, err := definition.ProtectedUsers(test.value); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, %v, want %q", name, got, err, test.want)
		}
	}
}

func TestWhatWouldProtectNobodyIsRefused(t *testing.T) {
	for name, value := range map[string]any{
		"a name of the value":       "upn=ceo@contoso.com",
		"a name before a colon":     "upn:ceo@contoso.com",
		"an open backtick":          "`ceo@contoso.com",
		"an open typographic quote": "“ceo@contoso.com",
		"a typographic apostrophe":  "o’neil@contoso.com",
		"a slash at the end":        "ceo@contoso.com/",
		"a dot at the end":          "ceo@contoso.com.",
		"an encoded space":          "ceo@contoso.com%20",
		"an encoded space before":   "%20ceo@contoso.com",
		"an encoded at sign":        "ceo%40contoso.com",
		"a link":                    "https://portal.example/ceo@contoso.com",
		"no domain":                 "ceo@",
		"half a domain":             "ceo@contoso",
		"an empty label":            "ceo@contoso..com",
		"an item of a list":         "*ceo@contoso.com",
		"an exclamation after it":   "ceo@contoso.com!",
		"an id and more":            breakGlassID + ".",
		"a display name":            "Break Glass",
		"a name without a domain":   "root",
		"a pattern":                 "*@contoso.com",
		"a name of Windows":         `CONTOSO\root`,
		"an open quote":             `"root@contoso.com`,
		"an open bracket":           "<root@contoso.com",
		"a list that is no JSON":    "[root@contoso.com]",
		"braces around a name":      "{root@contoso.com}",
		"an id cut short":           breakGlassID[:30],
		"a zero-width space inside": "root\u200b@contoso.com",
		"another kind of address":   "x500:/o=x/cn=root",
		"two names without a space": "a@b.com|c@d.com@e",
		"a number":                  1.5,
		"a number in a list":        []any{"a@b.com", 7},
		"a list in a list":          []any{[]any{"a@b.com"}},
		"one bad among good ones":   "a@b.com root c@d.com",
	} {
		got, err := definition.ProtectedUsers(value)
		if e := failure.Of(err); err == nil || e.Kind != failure.BadConfiguration || e.Parameter != "protected_users" {
			t.Errorf("%s: %q, %v, want an error about protected_users", name, got, err)
		}
	}
}

func FuzzProtectedUsers(f *testing.F) {
	for _, seed := range []string{"a@b.com", `["a@b.com"]`, "{" + breakGlassID + "}", `"'<smtp:a@b>'"`, "[", "\xff@b", "smtp:"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		users, err := definition.ProtectedUsers(text)
		if err != nil {
			return
		}
		if len(users) == 0 && strings.ContainsFunc(text, func(r rune) bool { return r == '@' }) {
			t.Fatalf("%q protects nobody", text)
		}
		again, err := definition.ProtectedUsers(strings.Join(users, "\n"))
		if err != nil || !slices.Equal(again, users) {
			t.Fatalf("%q: first %q, then %q, %v", text, users, again, err)
		}
	})
}
