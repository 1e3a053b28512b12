package warroom

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseLine(t *testing.T) {
	for text, want := range map[string]Line{
		`!msgraph-user-get user=a@b.c`:             {Command: "msgraph-user-get", Args: []Argument{{"user", "a@b.c"}}},
		`msgraph-user-get  user=a@b.c `:            {Command: "msgraph-user-get", Args: []Argument{{"user", "a@b.c"}}},
		`!c a="two words" b=x`:                     {Command: "c", Args: []Argument{{"a", "two words"}, {"b", "x"}}},
		"!c a=`say \"x\" and \\n`":                 {Command: "c", Args: []Argument{{"a", `say "x" and \n`}}},
		`!c a="say \"x\" \\ \n"`:                   {Command: "c", Args: []Argument{{"a", `say "x" \ \n`}}},
		`!c a="" b=`:                               {Command: "c", Args: []Argument{{"a", ""}, {"b", ""}}},
		`!c f="startswith(displayName,'A')" x=a=b`: {Command: "c", Args: []Argument{{"f", "startswith(displayName,'A')"}, {"x", "a=b"}}},
		`!c a=it"s`:                                {Command: "c", Args: []Argument{{"a", `it"s`}}},
		`export "my file.md"`:                      {Command: "export", Words: []string{"my file.md"}},
		`context MSGraphUser.ID`:                   {Command: "context", Words: []string{"MSGraphUser.ID"}},
		`  `:                                       {},
	} {
		got, err := ParseLine(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s\n got %+v, %v\nwant %+v", text, got, err, want)
		}
	}
	for text, says := range map[string]string{
		`!c a="open`: `closing " is missing`,
		"!c a=`open": "closing ` is missing",
		`!c a="x"y`:  `space is expected, not "y"`,
		`!c =x`:      "name is missing",
	} {
		if _, err := ParseLine(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
	}
}

// A value of any letters comes back from the line that it was quoted into.
func TestQuotedValuesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringOf(rapid.RuneFrom([]rune("ab \t\"`\\='|é@#"))).Draw(t, "value")
		line, err := ParseLine("!c a=" + Quote(value) + " b=1")
		if err != nil || len(line.Args) != 2 || line.Args[0].Value != value || line.Args[1].Value != "1" {
			t.Fatalf("%q quoted as %s reads as %+v, %v", value, Quote(value), line, err)
		}
	})
}

func FuzzParseLine(f *testing.F) {
	for _, text := range []string{`!c a="b\"c" d=` + "`e`", `"`, "`", `=`, `a="`, "a=\"\\", "!", "\t\x00é"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		line, err := ParseLine(text)
		if err != nil {
			return
		}
		rebuilt := line.Command
		if strings.ContainsAny(rebuilt, " \t\"`=\\") || rebuilt == "" || strings.HasPrefix(rebuilt, "!") {
			return // no command has such a name
		}
		for _, a := range line.Args {
			rebuilt += " " + a.Name + "=" + Quote(a.Value)
		}
		again, err := ParseLine(rebuilt)
		if err != nil || !reflect.DeepEqual(again.Args, line.Args) {
			t.Errorf("%q reads as %+v, and %q as %+v, %v", text, line.Args, rebuilt, again.Args, err)
		}
	})
}
