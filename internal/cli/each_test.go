package cli

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"msgraph-user/internal/definition"
	"msgraph-user/internal/records"
)

// hostile draws what somebody might put into a cell to reach beyond it.
var hostile = rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune(`a,=;"'{}[]:.\@ -$null`))), rapid.SampledFrom([]string{
	`x,accountEnabled=false`, `","accountEnabled":false,"a":"`, `{{.Other}}`, `{{printf "%s" .Other}}`, `@/etc/passwd`, `-`, `env:HOME`,
	`["a@b.example","c@d.example"]`, `a@b.example,c@d.example`, `' or 1 eq 1 or displayName eq '`, "x\naccountEnabled=false", `null`, `"quoted"`,
}))

// rowWith is a row with one value, as a file has it.
func rowWith(t testing.TB, value string) (row records.Row, read string) {
	t.Helper()
	encoded, err := json.Marshal(map[string]string{"Cell": value})
	if err != nil {
		t.Fatal(err)
	}
	file, err := records.Read(encoded)
	if err != nil {
		t.Fatal(err)
	}
	read, err = file.Rows[0].Value("Cell") // what is no UTF-8 is replaced
	if err != nil {
		t.Fatal(err)
	}
	return file.Rows[0], read
}

// valueOf makes the value of an argument from its template.
func valueOf(t testing.TB, command, argument, template string, row records.Row) any {
	t.Helper()
	defined := definition.Load()
	described, _ := defined.Command(command)
	named, _ := described.Argument(argument)
	parsed, err := parseTemplate(template)
	if err != nil {
		t.Fatal(err)
	}
	value, err := rowValueOf(named, argument, parsed, "")
	if err != nil {
		t.Fatal(err)
	}
	made, err := value.of(row)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// A cell is the value of the one property that names its column, to the letter,
// however the properties are written.
func TestACellIsOneValue(t *testing.T) {
	for _, template := range []string{
		`department={{.Cell}},jobTitle=Analyst`,
		`jobTitle=Analyst,department="{{.Cell}}"`,
		`{"department":"{{.Cell}}","jobTitle":"Analyst"}`,
	} {
		rapid.Check(t, func(rt *rapid.T) {
			row, cell := rowWith(t, hostile.Draw(rt, "cell"))
			encoded, err := json.Marshal(valueOf(t, "msgraph-user-update", "updated_fields", template, row))
			if err != nil {
				rt.Fatal(err)
			}
			var fields map[string]any
			if err := json.Unmarshal(encoded, &fields); err != nil {
				rt.Fatal(err)
			}
			got, isText := fields["department"].(string)
			if !isText && fields["department"] == nil && strings.TrimSpace(cell) == "" {
				got = cell // an empty cell clears the property
			}
			if len(fields) != 2 || fields["jobTitle"] != "Analyst" || got != cell {
				rt.Fatalf("%q became %s", cell, encoded)
			}
		})
	}
}

// A cell in user is one name, and a cell between the quotes of a filter stays there.
func TestACellStaysWhereItIs(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		row, cell := rowWith(t, hostile.Draw(rt, "cell"))
		if names := valueOf(t, "msgraph-user-get", "user", "{{.Cell}}", row).([]any); len(names) != 1 || names[0] != cell {
			rt.Fatalf("%q became %q", cell, names)
		}
		filter := valueOf(t, "msgraph-user-list", "filter", "department eq '{{.Cell}}'", row).(string)
		inside := strings.TrimSuffix(strings.TrimPrefix(filter, "department eq '"), "'")
		if strings.ReplaceAll(inside, "''", "'") != cell || strings.Contains(strings.ReplaceAll(inside, "''", ""), "'") {
			rt.Fatalf("%q became %s", cell, filter)
		}
		if title := valueOf(t, "msgraph-user-create", "display_name", "{{.Cell}}!", row); title != cell+"!" {
			rt.Fatalf("%q became %q", cell, title)
		}
	})
}
