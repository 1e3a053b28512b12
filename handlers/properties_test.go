package handlers

import (
	"errors"
	"strings"
	"testing"

	"msgraph-user/internal/definition"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/graphtest"
)

// loadDefinition reads integration.yml.
func loadDefinition(t testing.TB) *definition.Integration {
	t.Helper()
	defined, err := definition.ParseYAML(graphtest.IntegrationYML(t))
	if err != nil {
		t.Fatal(err)
	}
	return defined
}

// updateArguments checks the arguments of msgraph-user-update.
func updateArguments(t testing.TB) func(given map[string]any) (definition.Arguments, error) {
	command, ok := loadDefinition(t).Command("msgraph-user-update")
	if !ok {
		t.Fatal("there is no msgraph-user-update")
	}
	return func(given map[string]any) (definition.Arguments, error) {
		given["user"] = "adele@contoso.example"
		return command.Arguments(given)
	}
}

func TestUpdatedFields(t *testing.T) {
	check := updateArguments(t)
	for _, c := range []struct {
		name      string
		fields    any
		delimiter string
		want      string
	}{
		{"one text", "jobTitle=Analyst", "", `{"jobTitle":"Analyst"}`},
		{"several, spaces around names go", "jobTitle=Analyst, officeLocation=9/1", "", `{"jobTitle":"Analyst","officeLocation":"9/1"}`},
		{"white space around a value is no part of it", "streetAddress= 1 Main St ,country=IL", "", `{"streetAddress":"1 Main St","country":"IL"}`},
		{"white space in quotes is", `streetAddress=" 1 Main St ",country=IL`, "", `{"streetAddress":" 1 Main St ","country":"IL"}`},
		{"names in any letter case", "BusinessPhones=+1 555 0100,AccountEnabled=false", "", `{"businessPhones":["+1 555 0100"],"accountEnabled":false}`},
		{"JSON names in any letter case", `{"JobTitle":"Analyst"}`, "", `{"jobTitle":"Analyst"}`},
		{"the value may hold =", "onPremisesImmutableId=abc==", "", `{"onPremisesImmutableId":"abc=="}`},
		{"nothing clears", "jobTitle=", "", `{"jobTitle":null}`},
		{"the last of two in one spelling counts", "jobTitle=a,city=x, jobTitle =b", "", `{"city":"x","jobTitle":"b"}`},
		{"what nobody sees around a name", "userPrincipalName=\u200bnew@x.y,mail=\ufeffm@x.y\u00a0,mailNickname=new\u200e", "", `{"userPrincipalName":"new@x.y","mail":"m@x.y","mailNickname":"new"}`},
		{"and around each of a list", "otherMails=[\"\u200ba@x.y\",\"b@x.y \"]", ";", `{"otherMails":["a@x.y","b@x.y"]}`},
		{"and in JSON", "{\"UserPrincipalName\":\"\u200bnew@x.y \",\"mail\":null}", "", `{"userPrincipalName":"new@x.y","mail":null}`},
		{"other texts stay as they are", "displayName=\u200bA", "", "{\"displayName\":\"\u200bA\"}"},
		{"another delimiter", "jobTitle=A, B;city=Haifa", ";", `{"jobTitle":"A, B","city":"Haifa"}`},
		{"a boolean", "accountEnabled=false", "", `{"accountEnabled":false}`},
		{"a list", `businessPhones=["+1 425"]`, "", `{"businessPhones":["+1 425"]}`},
		{"an extension passes as text", "extension_ab_skypeId=x", "", `{"extension_ab_skypeId":"x"}`},
		{"JSON as text", `{"businessPhones":["+1 425","+1 426"],"jobTitle":null}`, "", `{"businessPhones":["+1 425","+1 426"],"jobTitle":null}`},
		{"JSON as such", map[string]any{"jobTitle": "Analyst"}, "", `{"jobTitle":"Analyst"}`},
		{"the last of two wins", "city=A,city=B", "", `{"city":"B"}`},
		{"a list of pairs", []any{"jobTitle=Analyst", "city=Haifa"}, "", `{"jobTitle":"Analyst","city":"Haifa"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			given := map[string]any{"updated_fields": c.fields}
			if c.delimiter != "" {
				given["updated_fields_delimiter"] = c.delimiter
			}
			args, err := check(given)
			if err != nil {
				t.Fatal(err)
			}
			properties, err := parseProperties(args, "updated_fields", args.Text("updated_fields_delimiter"))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := properties.MarshalJSON(); err != nil || string(got) != c.want {
				t.Errorf("got %s (%v), want %s", got, err, c.want)
			}
		})
	}
}

func TestUpdatedFieldsRefused(t *testing.T) {
	check := updateArguments(t)
	for _, fields := range []string{"jobTitle", "=x", ",", "{}", `{"a":`, "accountEnabled=perhaps", "jobTitle=A,B", "manager=boss@contoso.example", `{"Manager":"boss@contoso.example"}`} {
		args, err := check(map[string]any{"updated_fields": fields})
		if err == nil {
			_, err = parseProperties(args, "updated_fields", args.Text("updated_fields_delimiter"))
		}
		var e *failure.Error
		if !errors.As(err, &e) || e.Kind != failure.BadArgument || e.Argument != "updated_fields" {
			t.Errorf("%q: %v", fields, err)
		}
	}
}

// What follows a delimiter within a password is a part of it, and is not repeated.
func TestUpdatedFieldsRefusedWithoutAPassword(t *testing.T) {
	args, err := updateArguments(t)(map[string]any{"updated_fields": "password=Part-One,Part-Two"})
	if err == nil {
		_, err = parseProperties(args, "updated_fields", "")
	}
	if err == nil || strings.Contains(err.Error(), "Part-Two") {
		t.Errorf("%v", err)
	}
}

func FuzzUpdatedFields(f *testing.F) {
	f.Add("jobTitle=Analyst,officeLocation=9/1", ",")
	f.Add(`{"businessPhones":["+1"]}`, ",")
	f.Add("accountEnabled=TRUE;x=", ";")
	check := updateArguments(f)
	f.Fuzz(func(t *testing.T, fields, delimiter string) {
		args, err := check(map[string]any{"updated_fields": fields, "updated_fields_delimiter": delimiter})
		if err != nil {
			return
		}
		properties, err := parseProperties(args, "updated_fields", args.Text("updated_fields_delimiter"))
		if err != nil {
			var e *failure.Error
			if !errors.As(err, &e) || e.Argument != "updated_fields" {
				t.Fatalf("%q: %v does not name the argument", fields, err)
			}
			return
		}
		if _, err := properties.MarshalJSON(); err != nil || len(properties) == 0 {
			t.Fatalf("%q gave %v (%v)", fields, properties, err)
		}
	})
}

// A property in two spellings, and a name that hides a character, are refused, the
// same way in pairs and in JSON.
func TestUpdatedFieldsThatContradictThemselves(t *testing.T) {
	check := updateArguments(t)
	for fields, says := range map[string]string{
		"jobTitle=a,JOBTITLE=b":                        "jobTitle is given twice",
		"jobtitle=a,city=x,JobTitle=a":                 "jobTitle is given twice",
		`{"jobTitle":"a","JOBTITLE":"b"}`:              "jobTitle is given twice",
		"userPrincipalName=new\u200b@x.y":              "U+200B",
		"mail=a b@x.y":                                 "U+0020",
		`otherMails=["b\u200b@x.y"]`:                   "U+200B",
		"{\"mailNickname\":\"n\u00adew\"}":             "U+00AD",
		`{"userPrincipalName":"\u200b"}`:               "nothing that can be seen",
		`{"otherMails":["a@x.y","new\u2060name@x.y"]}`: "U+2060",
	} {
		args, err := check(map[string]any{"updated_fields": fields})
		if err == nil {
			_, err = parseProperties(args, "updated_fields", "")
		}
		if e := failure.Of(err); err == nil || e.Argument != "updated_fields" || !strings.Contains(e.Error(), says) {
			t.Errorf("%q: %v, want an error that says %q", fields, err, says)
		}
	}
}
