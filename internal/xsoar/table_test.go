package xsoar_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

func rows(t testing.TB, texts ...string) []rawjson.Object {
	t.Helper()
	objects := make([]rawjson.Object, len(texts))
	for i, text := range texts {
		object, err := rawjson.ParseObject([]byte(text))
		if err != nil {
			t.Fatalf("row %d: %v", i, err)
		}
		objects[i] = object
	}
	return objects
}

func TestTable(t *testing.T) {
	for _, c := range []struct {
		name string
		rows []string
		want string
	}{
		{"the first row gives the columns, ordered by heading",
			[]string{`{"jobTitle":"A","id":"1"}`, `{"id":"2","mail":"m"}`},
			"| ID | Job Title |\n| --- | --- |\n| 1 | A |\n| 2 |  |\n"},
		{"a column that is nothing everywhere is left out",
			[]string{`{"a":null,"b":"","c":[],"d":{},"e":1}`, `{"a":"","b":null}`},
			"| E |\n| --- |\n| 1 |\n|  |\n"},
		{"a column that holds something in a later row stays",
			[]string{`{"a":null,"id":1}`, `{"a":"x","id":2}`},
			"| A | ID |\n| --- | --- |\n|  | 1 |\n| x | 2 |\n"},
		{"false and 0 are values", []string{`{"a":false,"b":0}`}, "| A | B |\n| --- | --- |\n| false | 0 |\n"},
		{"a cell keeps to its column and line", []string{`{"a":"x|y\nz\r\nw"}`}, "| A |\n| --- |\n| x\\|y<br>z<br>w |\n"},
		{"nothing else is escaped", []string{"{\"a\":\"a`b[c](d)_e_ \\\\ f\"}"}, "| A |\n| --- |\n| a\\`b[c](d)_e_ \\ f |\n"},
		{"a list is one element a line", []string{`{"a":["p","q",1]}`}, "| A |\n| --- |\n| p,<br>q,<br>1 |\n"},
		{"an object is one member a line", []string{`{"a":{"x":"1","y":null,"z":["p","q"]}}`}, "| A |\n| --- |\n| x: 1<br>y: null<br>z: p,<br>q |\n"},
		{"nothing to show", []string{`{"a":null}`}, "**No entries.**\n"},
		{"no rows", nil, "**No entries.**\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			given := rows(t, c.rows...)
			if got := xsoar.Table("T", given, xsoar.ColumnsOf(given)); got != "### T\n"+c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

func TestTableWithChosenColumns(t *testing.T) {
	given := rows(t, `{"id":"1","displayName":"D"}`)
	got := xsoar.Table("T", given, []xsoar.Column{{Heading: "The name", Member: "displayName"}, {Heading: "ID", Member: "id"}, {Heading: "Gone", Member: "gone"}})
	if want := "### T\n| The name | ID |\n| --- | --- |\n| D | 1 |\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestFullTableKeepsEmptyColumns(t *testing.T) {
	got := xsoar.FullTable("T", rows(t, `{"id":"1","reason":null}`), []xsoar.Column{{Heading: "ID", Member: "id"}, {Heading: "Why", Member: "reason"}})
	if want := "### T\n| ID | Why |\n| --- | --- |\n| 1 |  |\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// Whatever the values hold, a table of n rows has n+2 lines below its title, and
// each has the same number of columns.
func TestTableShape(t *testing.T) {
	bar := regexp.MustCompile(`(^|[^\\])\|`)
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.StringMatching(`[a-z|\n\r ]{1,9}`), 1, 6).Draw(t, "values")
		objects := make([]rawjson.Object, len(values))
		for i, value := range values {
			objects[i] = rawjson.Object{{Name: "a", Value: rawjson.Quote(value)}, {Name: "b", Value: rawjson.Quote("x")}}
		}
		lines := strings.Split(strings.TrimSuffix(xsoar.Table("T", objects, xsoar.ColumnsOf(objects)), "\n"), "\n")
		if len(lines) != len(values)+3 {
			t.Fatalf("%d lines for %d rows: %q", len(lines), len(values), lines)
		}
		for _, line := range lines[1:] {
			if n := len(bar.FindAllString(line, -1)); n != 3 {
				t.Fatalf("%d bars in %q", n, line)
			}
		}
	})
}

func FuzzTable(f *testing.F) {
	f.Add(`{"a":{"b":[1,{"c":null}]},"d":"e|f"}`)
	f.Add(`{"a":"\ud83d","":""}`)
	f.Fuzz(func(t *testing.T, text string) {
		object, err := rawjson.ParseObject([]byte(text))
		if err != nil {
			return
		}
		given := []rawjson.Object{object}
		lines := strings.Split(xsoar.Table("T", given, xsoar.ColumnsOf(given)), "\n")
		if len(lines) != 3 && len(lines) != 5 {
			t.Fatalf("%d lines: %q", len(lines), lines)
		}
	})
}

func BenchmarkTable(b *testing.B) {
	one := `{"id":"87d349ed-44d7-43e1-9a83-5f2406dee5bd","displayName":"Adele Vance","jobTitle":"Retail Manager","mobilePhone":null,"mail":"AdeleV@contoso.example"}`
	given := make([]rawjson.Object, 0, 100)
	for range 100 {
		given = append(given, rows(b, one)...)
	}
	for b.Loop() {
		xsoar.Table("T", given, xsoar.ColumnsOf(given))
	}
}
