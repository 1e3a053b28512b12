package terminal

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

var update = flag.Bool("update", false, "write what is drawn into the golden files")

// window is a screen of some columns that keeps what is drawn.
func window(columns int) Screen {
	return Screen{Writer: &strings.Builder{}, Width: func() int { return columns }}
}

// golden compares with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: drawn\n%s\nwant\n%s", name, got, want)
	}
}

// The same answer in a wide window, in one that makes cells wrap, and in one too
// narrow for columns.
func TestAnswerIsDrawnToTheWindow(t *testing.T) {
	people := []rawjson.Object{
		{{Name: "displayName", Value: rawjson.Quote("Zoë Größe")}, {Name: "mail", Value: rawjson.Quote("zoe.groesse@larkspur.example")}, {Name: "jobTitle", Value: rawjson.Quote("Head of *Things* | <b>Doors</b>")}},
		{{Name: "displayName", Value: rawjson.Quote("李小梅 🦊")}, {Name: "mail", Value: rawjson.Quote("xiaomei.li@larkspur.example")}, {Name: "jobTitle", Value: rawjson.Quote("")}},
		{{Name: "displayName", Value: rawjson.Quote("نועה כהן")}, {Name: "mail", Value: rawjson.Quote("a-mail-address-of-considerable-length-for-one-person@larkspur.example")}, {Name: "jobTitle", Value: rawjson.Quote("Analyst\nof two lines")}},
	}
	entry := xsoar.Entry{Type: xsoar.Note, HumanReadable: xsoar.Table("People", people, xsoar.ColumnsOf(people)) + "\nThere is more. The next page: https://graph.microsoft.com/v1.0/users?$skiptoken=abc\n"}
	for _, width := range []int{0, 120, 60, 30} {
		golden(t, fmt.Sprintf("people-%d.txt", width), window(width).Draw(entry))
	}
}

// No line of a table is wider than the window, but for an id that is itself; no id is
// broken, and no letter of a cell is lost.
func TestTableFitsAndLosesNothing(t *testing.T) {
	cell := rapid.StringOf(rapid.SampledFrom([]rune("abcXYZ 0129-_.@|`*<>#äöü李小梅🦊éא")))
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,9}`), 1, 7, rapid.ID[string]).Draw(t, "names")
		var rows []rawjson.Object
		for range rapid.IntRange(1, 4).Draw(t, "rows") {
			var row rawjson.Object
			for _, name := range names {
				row = append(row, rawjson.Member{Name: name, Value: rawjson.Quote(cell.Draw(t, name))})
			}
			rows = append(rows, row)
		}
		width := rapid.IntRange(8, 160).Draw(t, "width")
		drawn := window(width).Draw(xsoar.Entry{HumanReadable: xsoar.Table("t", rows, xsoar.ColumnsOf(rows))})
		for line := range strings.Lines(drawn) {
			line = strings.TrimRight(line, "\n")
			if got := columns(line); got > width && columns(strings.TrimSpace(line)) > longestWhole(line) {
				t.Fatalf("a line of %d columns in a window of %d: %q", got, width, line)
			}
		}
		letters := func(text string) map[rune]int {
			count := map[rune]int{}
			for _, r := range text {
				if !strings.ContainsRune(" \n─", r) {
					count[r]++
				}
			}
			return count
		}
		seen := letters(drawn)
		for _, row := range rows {
			for _, member := range row {
				text, _ := rawjson.Text(member.Value)
				for word := range strings.FieldsSeq(text) {
					if isWhole(word) && !strings.Contains(drawn, word) {
						t.Fatalf("%q is broken in\n%s", word, drawn)
					}
				}
				for r, n := range letters(text) {
					if seen[r] -= n; seen[r] < 0 {
						t.Fatalf("%q of %q is not in\n%s", r, text, drawn)
					}
				}
			}
		}
	})
}

// What xsoar.Table escapes reads again as it was.
func TestCellsReadAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringOf(rapid.SampledFrom([]rune("ab|`\\*_<>é"))).Filter(func(s string) bool {
			return !strings.Contains(s, "<br>") && s != "" && !strings.HasSuffix(s, `\`)
		}).Draw(t, "value")
		rows := []rawjson.Object{{{Name: "a", Value: rawjson.Quote(value)}, {Name: "b", Value: rawjson.Quote("end")}}}
		lines := strings.Split(xsoar.Table("t", rows, xsoar.ColumnsOf(rows)), "\n")
		table, length := parseTable(lines[1:])
		if length != 3 || len(table.Rows) != 1 {
			t.Fatalf("%d lines of table, %d rows", length, len(table.Rows))
		}
		want := strings.ReplaceAll(value, "\\`", "`")
		want = strings.ReplaceAll(want, `\|`, "|")
		got := strings.ReplaceAll(strings.ReplaceAll(table.Rows[0][0], "\\`", "`"), `\|`, "|")
		if got != want || table.Rows[0][1] != "end" {
			t.Fatalf("%q became %q", value, table.Rows[0])
		}
	})
}

// A directory's values cannot steer the terminal.
func TestValuesCannotSteerTheTerminal(t *testing.T) {
	evil := "a\x1b[2Jb\u202ec\x07d\u009be\r"
	rows := []rawjson.Object{{{Name: "n", Value: rawjson.Quote(evil)}}}
	texts := []string{
		window(80).Draw(xsoar.Entry{HumanReadable: xsoar.Table("t", rows, xsoar.ColumnsOf(rows))}),
		window(80).Draw(xsoar.Entry{Contents: evil}),
		window(80).Draw(xsoar.Entry{Contents: json.RawMessage(rawjson.Quote(evil))}),
	}
	for _, text := range texts {
		if strings.ContainsAny(text, "\x1b\u202e\x07\u009b\r") {
			t.Errorf("drawn as %q", text)
		}
	}
}

// An entry without a text for people shows its contents.
func TestContentsStandInForText(t *testing.T) {
	for want, entry := range map[string]xsoar.Entry{
		"ok\n":                 {Contents: "ok", ContentsFormat: xsoar.FormatText},
		"{\n  \"a\": 1\n}\n":   {Contents: json.RawMessage(`{"a":1}`)},
		"null\n":               {},
		"shown\n":              {Contents: "raw", HumanReadable: "shown"},
		"Title\nNo entries.\n": {HumanReadable: "### Title\n**No entries.**\n"},
	} {
		if got := window(0).Draw(entry); got != want {
			t.Errorf("drawn %q, want %q", got, want)
		}
	}
}

func TestStylesOnlyWhereWanted(t *testing.T) {
	s := window(80)
	s.Styled = true
	if got := s.Draw(xsoar.Entry{HumanReadable: "### T\n"}); got != "\x1b[1mT\x1b[0m\n" {
		t.Errorf("drawn %q", got)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "f"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if s := ScreenOn(file, func(string) string { return "" }); s.IsWindow() || s.Styled {
		t.Error("a file is taken for a window")
	}
}

func TestFollowUp(t *testing.T) {
	entry := xsoar.Entry{PollingCommand: "again", NextRun: "10", PollingArgs: map[string]any{"b": 2, "a": "x\x1b"}}
	quote := func(value string) string { return "<" + value + ">" }
	if got := FollowUp(entry, "run ", quote); got != "Not over yet. Again in 10 s: run again a=<x�> b=<2>" {
		t.Errorf("%q", got)
	}
	if got := FollowUp(xsoar.Entry{}, "run ", quote); got != "" {
		t.Errorf("%q for an entry that asks for no other run", got)
	}
}

// A single object is a record at once, in a pipe too; a list of one is a table.
func TestASingleObjectIsARecord(t *testing.T) {
	const text = "### T\n| Display Name | ID |\n| --- | --- |\n| Ada | 1 |\n"
	for _, width := range []int{0, 120} {
		if got := window(width).Draw(xsoar.Entry{HumanReadable: text, Contents: map[string]any{"id": "1"}}); got != "T\nDisplay Name  Ada\nID            1\n" {
			t.Errorf("%d columns: an object is drawn\n%s", width, got)
		}
		if got := window(width).Draw(xsoar.Entry{HumanReadable: text, Contents: []any{"x"}}); !strings.Contains(got, "────") {
			t.Errorf("%d columns: a list is drawn\n%s", width, got)
		}
	}
}

// On a window types are said as people say them; a pipe and the entry keep them.
func TestTypesAreNamed(t *testing.T) {
	for name, want := range map[string]string{
		"#microsoft.graph.phoneAuthenticationMethod":              "Phone",
		"#microsoft.graph.fido2AuthenticationMethod":              "Passkey",
		"#microsoft.graph.platformCredentialAuthenticationMethod": "Platform credential",
		"#microsoft.graph.group":                                  "Group",
		"#microsoft.graph.":                                       "#microsoft.graph.",
		"phoneAuthenticationMethod":                               "phoneAuthenticationMethod",
		"see #microsoft.graph.group":                              "see #microsoft.graph.group",
	} {
		entry := xsoar.Entry{HumanReadable: "| @Odata.Type | N |\n| --- | --- |\n| " + name + " | 1 |\n| x | 2 |\n"}
		before := entry.HumanReadable
		if got := window(120).Draw(entry); !strings.Contains(got, "\n"+want+" ") || !strings.HasPrefix(got, "Type ") || entry.HumanReadable != before {
			t.Errorf("%s is drawn\n%s", name, got)
		}
		if got := window(0).Draw(entry); !strings.Contains(got, "\n"+name+" ") || !strings.HasPrefix(got, "@Odata.Type ") {
			t.Errorf("in a pipe %s is drawn\n%s", name, got)
		}
	}
}

// The least important column gives way first, and prose breaks between words.
func TestColumnsGiveWayByImportance(t *testing.T) {
	const id = "93087a4a-a769-4cf6-8ef2-5785b365be13"
	text := "| Display Name | ID | Why |\n| --- | --- | --- |\n| Ivy Chen of Larkspur | " + id + " | because the account was signed in to from two places at once |\n| Ada | 1 | - |\n"
	got := window(90).Draw(xsoar.Entry{HumanReadable: text})
	mention := []string{"Ivy Chen of Larkspur  " + id + "  because the account was signed\n", "in to from two places at once\n"}
	for _, part := range mention {
		if !strings.Contains(got, part) {
			t.Errorf("%q is not in\n%s", part, got)
		}
	}
	if got := window(60).Draw(xsoar.Entry{HumanReadable: text}); !strings.Contains(got, "ID            "+id+"\n") {
		t.Errorf("at 60 columns it is drawn\n%s", got)
	}
}
