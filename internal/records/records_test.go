package records_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"

	"msgraph-user/internal/records"
)

// written writes records in a form.
func written(t testing.TB, form records.Form, columns []string, list ...string) string {
	t.Helper()
	var out strings.Builder
	w := records.NewWriter(&out, form, columns)
	for _, record := range list {
		if err := w.Write(json.RawMessage(record)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestForms(t *testing.T) {
	const first, second = `{"z":1.0,"a":"é \"<&>","n":null,"l":["x",{"y":true}]}`, `{"a":"b","b":12345678901234567890}`
	for _, c := range []struct {
		name    string
		form    records.Form
		columns []string
		want    string
	}{
		{"lines as they came", records.Lines, nil, first + "\n" + second + "\n"},
		{"lines with columns", records.Lines, []string{"A", "b"}, `{"A":"é \"<&>","b":null}` + "\n" + `{"A":"b","b":12345678901234567890}` + "\n"},
		{"CSV with all members", records.CSV, nil, "z,a,n,l,b\n1.0,\"é \"\"<&>\",,\"[\"\"x\"\",{\"\"y\"\":true}]\",\n,b,,,12345678901234567890\n"},
		{"CSV with columns", records.CSV, []string{"b", "a"}, "b,a\n,\"é \"\"<&>\"\n12345678901234567890,b\n"},
		{"JSON", records.JSON, []string{"a"}, "[\n  {\n    \"a\": \"é \\\"<&>\"\n  },\n  {\n    \"a\": \"b\"\n  }\n]\n"},
		{"YAML", records.YAML, nil, "- z: 1.0\n  a: é \"<&>\n  n: null\n  l:\n    - x\n    - y: true\n- a: b\n  b: 12345678901234567890\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, written(t, c.form, c.columns, first, second)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What a spreadsheet would take for a formula is text in every place of a CSV, its
// header too.
func TestFormulasAreText(t *testing.T) {
	got := written(t, records.CSV, nil, `{"@odata.type":"=1+1","b":"+49","c":"-2","d":"@SUM(A1)","e":"\t=1","f":"'=1","g":-5,"h":"a=1"}`)
	want := "'@odata.type,b,c,d,e,f,g,h\n'=1+1,'+49,'-2,'@SUM(A1),'\t=1,''=1,'-5,a=1\n"
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// A terminal gets nothing that steers it.
func TestTextsAreCleaned(t *testing.T) {
	for _, form := range []records.Form{records.CSV, records.YAML} {
		var out strings.Builder
		w := records.NewWriter(&out, form, nil)
		w.Clean = func(text string) string { return strings.ReplaceAll(text, "\u009b", "?") }
		if err := errors.Join(w.Write(json.RawMessage(`{"a\u009b":"\u009b31m"}`)), w.Close()); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); strings.Contains(got, "\u009b") || !strings.Contains(got, "?31m") {
			t.Errorf("%s: %q", form, got)
		}
	}
}

// Whatever is written as CSV, JSON lines or JSON is read again as it was.
func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("a=+-@'\",;\t\n {}[]é\u2028\x7f")))
		values := rapid.SliceOfN(text.Filter(func(s string) bool { return strings.TrimSpace(s) != "" }), 1, 4).Draw(rt, "values")
		form := rapid.SampledFrom([]records.Form{records.CSV, records.Lines, records.JSON}).Draw(rt, "form")
		list := make([]string, len(values))
		for n, value := range values {
			encoded, err := json.Marshal(map[string]string{"v": value, "other": "x"})
			if err != nil {
				rt.Fatal(err)
			}
			list[n] = string(encoded)
		}
		file, err := records.Read([]byte(written(t, form, []string{"other", "v"}, list...)))
		if err != nil || len(file.Rows) != len(values) {
			rt.Fatalf("%d of %d rows, %v", len(file.Rows), len(values), err)
		}
		for n, row := range file.Rows {
			if got, err := row.Value("v"); err != nil || got != values[n] {
				rt.Fatalf("got %q, want %q, %v", got, values[n], err)
			}
		}
	})
}

func TestYAMLMeansTheSame(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		value := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"true", "null", "1e3", "0x1", "~", "- a", "a: b", "\n", "\n\n", "a\n\n", " \n", "\t", "\u0085", "\u2028", "\U0001F600\n", "2026-01-01", ""})).Draw(rt, "value")
		encoded, err := json.Marshal(map[string]any{"v": value})
		if err != nil || !utf8.ValidString(value) {
			rt.Skip("no text of JSON")
		}
		var got []map[string]any
		if err := yaml.Unmarshal([]byte(written(t, records.YAML, nil, string(encoded))), &got); err != nil || got[0]["v"] != value {
			rt.Fatalf("%q became %q, %v", value, got, err)
		}
	})
}

func TestFilesOfRows(t *testing.T) {
	for _, c := range []struct {
		name, content string
		want          string // the values of the columns A and B, row by row, or the error
	}{
		{"a spreadsheet's CSV", "\xef\xbb\xbfA,B\r\n1,\"x, \"\"y\"\"\"\r\n\r\n,\r\n2,\r\n", `1|x, "y"; 2|`},
		{"semicolons", "A;B\n1;x,y\n", "1|x,y"},
		{"tabs", "A\tB\n1\tx\n", "1|x"},
		{"a comma in a quoted name", "\"A\";\"B\"\n1;2\n", "1|2"},
		{"a row that is short", "A,B\n1\n2,b\n", "row: the header names 2 columns, and the row has 1; 2|b"},
		{"a cell that is not UTF-8", "A,B\n1,\xe4\n", `row: the column "B" is not UTF-8; save the file as UTF-8`},
		{"JSON lines", `{"A":1.50,"B":null}` + "\n\n" + `{"A":true,"B":"x"}` + "\n", "1.50|; true|x"},
		{"a list", `[{"A":"1","B":[2]}]`, `row: the column "B" holds a list or an object, not one value`},
		{"a column that is missing", `{"A":"1","C":"2"}`, `row: there is no column "B"; there are A, C`},
		{"no objects", `[1]`, "row: it is no JSON object"},
		{"nothing", "", "it is empty; its first line has to name the columns"},
		{"two columns of a name", "A,A\n", `two columns are called "A"`},
		{"UTF-16", "\xff\xfeA\x00", `it is UTF-16; save it as UTF-8, such as "CSV UTF-8"`},
		{"a quote that does not end", "A,B\n1,2\n\"3,4\n", "row 2 cannot be read: parse error on line 3, column 6: extraneous or missing \" in quoted-field"},
		{"JSON that does not end", `{"A":1}{"A":`, "row 2 cannot be read: unexpected EOF"},
		{"a list that does not end", `[{"A":1}`, "the list has no end after row 1: EOF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var told []string
			file, err := records.Read([]byte(c.content))
			if err != nil {
				told = append(told, err.Error())
			}
			for _, row := range file.Rows {
				told = append(told, tellRow(row))
			}
			if got := strings.Join(told, "; "); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func tellRow(row records.Row) string {
	if row.Err != nil {
		return "row: " + row.Err.Error()
	}
	values := make([]string, 2)
	for n, column := range []string{"A", "B"} {
		var err error
		if values[n], err = row.Value(column); err != nil {
			return "row: " + err.Error()
		}
	}
	return strings.Join(values, "|")
}

func TestQuery(t *testing.T) {
	for expression, want := range map[string]string{
		"[].a":            `["<1>"]`,
		"[?b==`2`].b|[0]": "2",
		"nothing":         "null",
		"length(@)":       "2",
	} {
		q, err := records.ParseQuery(expression)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := q.Of(json.RawMessage(`[{"a":"<1>"},{"b":2,"a":null}]`)); err != nil || string(got) != want {
			t.Errorf("%s: got %s, want %s, %v", expression, got, want, err)
		}
	}
	if _, err := records.ParseQuery("["); err == nil {
		t.Error("an expression that has no end is taken")
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{"A,B\n1,2\n", `[{"A":1}]`, "\xef\xbb\xbf\"A\";\r\n", "\xff\xfe"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := records.Read(data)
		if err != nil && len(file.Rows) > 0 {
			t.Error("rows of a file that cannot be trusted")
		}
		for _, row := range file.Rows {
			if value, err := row.Value("A"); row.Err == nil && err == nil && !utf8.ValidString(value) {
				t.Errorf("%q", value)
			}
		}
	})
}
