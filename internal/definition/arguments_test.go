package definition_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"

	"msgraph-user/internal/definition"
	"msgraph-user/internal/failure"
)

type given = map[string]any

// check runs the argument check of the named command.
func check(t testing.TB, name string, args given) (definition.Arguments, error) {
	t.Helper()
	return command(t, name).Arguments(args)
}

// accept fails the test where the arguments are refused.
func accept(t testing.TB, name string, args given) definition.Arguments {
	t.Helper()
	arguments, err := check(t, name, args)
	if err != nil {
		t.Fatalf("%s %v: %v", name, args, err)
	}
	return arguments
}

func TestAcceptedValues(t *testing.T) {
	for _, test := range []struct {
		name, command string
		args          given
		argument      string
		want          string
	}{
		{"text stays as it came", "msgraph-user-list", given{"filter": " a%b=c#EXT#\u200b"}, "filter", " a%b=c#EXT#\u200b"},
		{"a name of any characters", "msgraph-user-get", given{"user": "a%b=c#EXT#"}, "user", "a%b=c#EXT#"},
		{"a name with a line end", "msgraph-user-get", given{"user": "ivy@b\r\n"}, "user", "ivy@b"},
		{"a name with no-break spaces", "msgraph-user-get", given{"user": "\u00a0ivy@b\u202f"}, "user", "ivy@b"},
		{"a name with a byte order mark", "msgraph-user-get", given{"user": "\ufeffivy@b"}, "user", "ivy@b"},
		{"a name with a zero-width space", "msgraph-user-get", given{"user": "ivy@b\u200b"}, "user", "ivy@b"},
		{"a name with direction marks", "msgraph-user-get", given{"user": "\u200eivy@b\u202c"}, "user", "ivy@b"},
		{"a name in a list", "msgraph-user-get", given{"user": []any{" ivy@b\u200b"}}, "user", "ivy@b"},
		{"several names", "msgraph-user-get", given{"user": "ivy@b, \u00a0ben@b\r\n,"}, "user", "ivy@b,ben@b"},
		{"several names in a list", "msgraph-user-get", given{"user": []any{" ivy@b", "\u200b", "ben@b\n"}}, "user", "ivy@b,ben@b"},
		{"a manager", "msgraph-user-assign-manager", given{"user": "u", "manager": "\tben@b "}, "manager", "ben@b"},
		{"the user of a pass", "msgraph-user-tap-policy-delete", given{"user_id": "u\n", "policy_id": "p"}, "user_id", "u"},
		{"the id of a pass", "msgraph-user-tap-policy-delete", given{"user_id": "u", "policy_id": "\u200bp "}, "policy_id", "p"},
		{"the id of a method", "msgraph-user-phone-method-delete", given{"user": "u", "method_id": " m\r"}, "method_id", "m"},
		{"the name of a new user", "msgraph-user-create", given{"display_name": "d", "mail_nickname": "m", "password": "p", "user_principal_name": "\ufeffa@b "}, "user_principal_name", "a@b"},
		{"the mail address of an MFA request", "msgraph-user-request-mfa", given{"user_mail": "a@b\u00a0", "access_token": "t"}, "user_mail", "a@b"},
		{"a link", "msgraph-user-list", given{"next_page": " https://graph.microsoft.com/v1.0/users?a=b\n"}, "next_page", "https://graph.microsoft.com/v1.0/users?a=b"},
		{"a password stays as it came", "msgraph-user-change-password", given{"user": "u", "password": " p\u200b"}, "password", " p\u200b"},
		{"a number as text", "msgraph-user-create", given{"display_name": json.Number("42"), "mail_nickname": 42.5, "password": "p", "user_principal_name": "a@b"}, "display_name", "42"},
		{"one user in a list", "msgraph-user-get", given{"user": []any{"a@b"}}, "user", "a@b"},
		{"one user in a list of Go", "msgraph-user-get", given{"user": []string{"a@b"}}, "user", "a@b"},
		{"one user in a list as text", "msgraph-user-get", given{"user": ` ["a@b"] `}, "user", "a@b"},
		{"blank elements do not count", "msgraph-user-get", given{"user": []any{"", nil, "a@b"}}, "user", "a@b"},
		{"a list joined", "msgraph-user-list", given{"properties": []any{"id", "displayName"}}, "properties", "id,displayName"},
		{"a list as text joined", "msgraph-user-list", given{"properties": `["id","displayName"]`}, "properties", "id,displayName"},
		{"true", "msgraph-user-change-password", given{"user": "u", "password": "p", "force_change_password_with_mfa": true}, "force_change_password_with_mfa", "true"},
		{"TRUE", "msgraph-user-change-password", given{"user": "u", "password": "p", "force_change_password_with_mfa": " TRUE "}, "force_change_password_with_mfa", "true"},
		{"Yes", "msgraph-user-change-password", given{"user": "u", "password": "p", "force_change_password_with_mfa": "Yes"}, "force_change_password_with_mfa", "true"},
		{"no", "msgraph-user-change-password", given{"user": "u", "password": "p", "force_change_password_next_sign_in": "no"}, "force_change_password_next_sign_in", "false"},
		{"default for absent", "msgraph-user-owned-devices-list", given{"user": "u"}, "limit", "50"},
		{"default for null", "msgraph-user-owned-devices-list", given{"user": "u", "limit": nil}, "limit", "50"},
		{"default for empty", "msgraph-user-owned-devices-list", given{"user": "u", "limit": " "}, "limit", "50"},
		{"default for an empty list", "msgraph-user-owned-devices-list", given{"user": "u", "limit": []any{}}, "limit", "50"},
		{"default for a required one", "msgraph-user-email-method-delete", given{"user": "u"}, "method_id", "3ddfcfc8-9383-446f-83cc-3ab9be4be18f"},
		{"a JSON number", "msgraph-user-owned-devices-list", given{"user": "u", "limit": json.Number("5")}, "limit", "5"},
		{"a floating number without a fraction", "msgraph-user-owned-devices-list", given{"user": "u", "limit": 5.0}, "limit", "5"},
		{"a number with spaces", "msgraph-user-owned-devices-list", given{"user": "u", "limit": " 5 "}, "limit", "5"},
		{"range is the command's business", "msgraph-user-owned-devices-list", given{"user": "u", "limit": "-1"}, "limit", "-1"},
		{"a blank can stand between pairs", "msgraph-user-update", given{"user": "u", "updated_fields": "a=b c=d", "updated_fields_delimiter": " "}, "updated_fields_delimiter", " "},
		{"no delimiter is the default one", "msgraph-user-update", given{"user": "u", "updated_fields": "a=b", "updated_fields_delimiter": ""}, "updated_fields_delimiter", ","},
		{"an absent one stays absent", "msgraph-user-get", given{"user": "u", "properties": ""}, "properties", ""},
	} {
		arguments := accept(t, test.command, test.args)
		if got := arguments.Text(test.argument); got != test.want {
			t.Errorf("%s: %s is %q, want %q", test.name, test.argument, got, test.want)
		}
		if has := arguments.Has(test.argument); has != (test.want != "") {
			t.Errorf("%s: Has says %t", test.name, has)
		}
	}
}

func TestRefusedValues(t *testing.T) {
	for _, test := range []struct {
		name, command string
		args          given
		argument      string // which the error names
		says          string
	}{
		{"two users for a command that takes one", "msgraph-user-update", given{"updated_fields": "a=b", "user": []any{"a@b", "c@d"}}, "user", "names one user; 2 were given"},
		{"two users as text", "msgraph-user-change-password", given{"password": "p", "user": `["a@b","c@d"]`}, "user", "names one user; 2 were given"},
		{"two managers", "msgraph-user-assign-manager", given{"user": "u", "manager": []any{"a@b", "c@d"}}, "manager", "names one user; 2 were given"},
		{"two managers as text", "msgraph-user-assign-manager", given{"user": "u", "manager": `["a@b","c@d"]`}, "manager", "names one user; 2 were given"},
		{"a list cut short", "msgraph-user-get", given{"user": `["a@b","c@d"`}, "user", `holds '[', which no user principal name and no object id does. Write several users as`},
		{"a list in other quotes", "msgraph-user-get", given{"user": `['a@b','c@d']`}, "user", "holds '['"},
		{"a list without brackets", "msgraph-user-get", given{"user": `"a@b","c@d"`}, "user", `holds '"'`},
		{"an object as text", "msgraph-user-get", given{"user": `{"user":"a@b"}`}, "user", "holds '{'"},
		{"a semicolon between users", "msgraph-user-get", given{"user": "a@b;c@d"}, "user", "holds ';'"},
		{"a comma in a list", "msgraph-user-get", given{"user": []any{"a@b,c@d"}}, "user", "holds ','"},
		{"an address in brackets", "msgraph-user-get", given{"user": "<a@b>"}, "user", "holds '<'"},
		{"a proxy address", "msgraph-user-get", given{"user": "smtp:a@b"}, "user", "holds ':'"},
		{"a name of Windows", "msgraph-user-assign-manager", given{"user": "u", "manager": `CONTOSO\\boss`}, "manager", "Write one user"},
		{"two users with a comma where one is meant", "msgraph-user-update", given{"user": "a@b,c@d", "updated_fields": "a=b"}, "user", "Write one user"},
		{"two values", "msgraph-user-list", given{"filter": []any{"a", "b"}}, "filter", "one value"},
		{"a list in a list", "msgraph-user-list", given{"properties": []any{[]any{"id"}}}, "properties", "not lists or objects"},
		{"an object", "msgraph-user-get", given{"user": map[string]any{"id": "x"}}, "user", "not an object"},
		{"an empty list", "msgraph-user-get", given{"user": []any{}}, "user", "needs the argument user"},
		{"a list of nothing, as text", "msgraph-user-get", given{"user": `[""]`}, "user", "needs the argument user"},
		{"an empty object", "msgraph-user-update", given{"user": "u", "updated_fields": map[string]any{}}, "updated_fields", "needs the argument"},
		{"an empty object as text", "msgraph-user-update", given{"user": "u", "updated_fields": "{}"}, "updated_fields", "needs the argument"},
		{"an object cut short", "msgraph-user-update", given{"user": "u", "updated_fields": `{"a":`}, "updated_fields", "JSON object"},
		{"an object and more", "msgraph-user-update", given{"user": "u", "updated_fields": `{"a":1}}`}, "updated_fields", "JSON object"},
		{"null", "msgraph-user-get", given{"user": nil}, "user", "needs the argument user"},
		{"nothing that can be seen", "msgraph-user-get", given{"user": "\u200b\ufeff\u00a0"}, "user", "needs the argument user"},
		{"a space inside a name", "msgraph-user-get", given{"user": "ivy chen@b"}, "user", "character 4 is U+0020 SPACE"},
		{"a zero-width space inside a name", "msgraph-user-delete", given{"user": " ivy\u200bchen@b"}, "user", "character 4 is U+200B ZERO WIDTH SPACE"},
		{"a line end between two names", "msgraph-user-delete", given{"user": "a@b\nc@d"}, "user", "character 4 is U+000A LINE FEED"},
		{"a no-break space inside a manager", "msgraph-user-assign-manager", given{"user": "u", "manager": "b\u00a0n"}, "manager", "character 2 is U+00A0 NO-BREAK SPACE"},
		{"a direction mark inside an id", "msgraph-user-phone-method-delete", given{"user": "u", "method_id": "m\u202e1"}, "method_id", "character 2 is U+202E RIGHT-TO-LEFT OVERRIDE"},
		{"tabs and line ends", "msgraph-user-get", given{"user": "\t\r\n"}, "user", "needs the argument user"},
		{"a fraction", "msgraph-user-owned-devices-list", given{"user": "u", "limit": 1.5}, "limit", `not "1.5"`},
		{"a huge number", "msgraph-user-owned-devices-list", given{"user": "u", "limit": "99999999999999999999"}, "limit", "whole number"},
		{"not a number", "msgraph-user-owned-devices-list", given{"user": "u", "limit": "NaN"}, "limit", "whole number"},
		{"a number to another base", "msgraph-user-owned-devices-list", given{"user": "u", "limit": "0x10p0"}, "limit", "whole number"},
		{"a boolean for a number", "msgraph-user-owned-devices-list", given{"user": "u", "limit": true}, "limit", "whole number"},
		{"a number for a boolean", "msgraph-user-change-password", given{"user": "u", "password": "p", "force_change_password_with_mfa": 2.0}, "force_change_password_with_mfa", "true or false"},
		{"a value that JSON has not", "msgraph-user-get", given{"user": make(chan int)}, "user", "unsupported type"},
		{"an argument of another command", "msgraph-user-list", given{"user": "u"}, "user", "It takes properties, next_page, filter, "},
		{"a slip", "msgraph-user-get", given{"user": "u", "propertys": "id"}, "propertys", "Did you mean properties?"},
		{"another command's name for it", "msgraph-user-get", given{"user_id": "u"}, "user_id", "Did you mean user?"},
		{"an unknown one without value", "msgraph-user-get", given{"user": "u", "zzz": nil}, "zzz", `no argument "zzz"`},
		{"test-module takes none", "test-module", given{"user": "u"}, "user", "It takes none."},
		{"letter case counts in names", "msgraph-user-get", given{"User": "u"}, "User", "Did you mean user?"},
	} {
		_, err := check(t, test.command, test.args)
		var refused *failure.Error
		switch {
		case !errors.As(err, &refused):
			t.Errorf("%s: got %v, want a failure", test.name, err)
		case refused.Kind != failure.BadArgument || refused.Argument != test.argument:
			t.Errorf("%s: kind %d, argument %q", test.name, refused.Kind, refused.Argument)
		case !strings.Contains(err.Error(), test.says):
			t.Errorf("%s: %q does not say %q", test.name, err, test.says)
		}
	}
}

// The rule that the contract's cases are examples of, for every command and
// every argument that it has.
func TestRuleForEveryArgument(t *testing.T) {
	for _, c := range integration(t).Commands {
		t.Run(c.Name, func(t *testing.T) {
			enough := given{}
			for n := range c.Args {
				if c.Args[n].Required {
					enough[c.Args[n].Name] = validValue(&c.Args[n])
				}
			}
			accept(t, c.Name, enough)
			refuse := func(argument string, value any) {
				t.Helper()
				args := given{}
				for name, v := range enough {
					args[name] = v
				}
				args[argument] = value
				_, err := check(t, c.Name, args)
				var refused *failure.Error
				if !errors.As(err, &refused) || refused.Kind != failure.BadArgument || refused.Argument != argument || !strings.Contains(err.Error(), argument) {
					t.Errorf("%s=%v: got %v", argument, value, err)
				}
			}
			refuse("no_such_argument", "x")
			for n := range c.Args {
				a := &c.Args[n]
				if a.Required && a.Default == "" {
					refuse(a.Name, nil)
					refuse(a.Name, "")
					refuse(a.Name, " \t")
				}
				if len(a.Predefined) > 0 {
					refuse(a.Name, "perhaps")
				}
				if a.IsNumber() {
					refuse(a.Name, "ten")
				}
				if a.IsUser() && !a.IsArray {
					refuse(a.Name, []any{"a@b", "c@d"})
				}
			}
		})
	}
}

// validValue returns a value that the argument accepts.
func validValue(a *definition.Argument) string {
	switch {
	case a.Default != "":
		return a.Default
	case len(a.Predefined) > 0:
		return a.Predefined[0]
	case a.IsNumber():
		return "1"
	}
	return "x-" + a.Name
}

// An empty value is no value: the default stands in for it.
func TestEmptyTakesTheDefaultOfEveryArgument(t *testing.T) {
	for _, c := range integration(t).Commands {
		args := given{}
		for n := range c.Args {
			args[c.Args[n].Name] = validValue(&c.Args[n])
		}
		for n := range c.Args {
			a := &c.Args[n]
			if a.Required && a.Default == "" {
				continue
			}
			args[a.Name] = ""
			if got := accept(t, c.Name, args).Text(a.Name); got != a.Default {
				t.Errorf("%s %s: got %q, want the default %q", c.Name, a.Name, got, a.Default)
			}
		}
	}
}

func TestAccessors(t *testing.T) {
	update := accept(t, "msgraph-user-update", given{"user": "u", "updated_fields": "a=1; b=2;;", "updated_fields_delimiter": ";"})
	if got := update.List("updated_fields", update.Text("updated_fields_delimiter")); !slices.Equal(got, []string{"a=1", "b=2"}) {
		t.Errorf("text is split at the delimiter: %q", got)
	}
	update = accept(t, "msgraph-user-update", given{"user": "u", "updated_fields": []any{"street=1 Main St, Flat 2", "b=2"}})
	if got := update.List("updated_fields", ","); !slices.Equal(got, []string{"street=1 Main St, Flat 2", "b=2"}) {
		t.Errorf("a list's values stay whole: %q", got)
	}
	if _, ok := update.JSON("updated_fields"); ok {
		t.Error("a list is no object")
	}
	for _, object := range []any{`{"n":1.10,"x":null}`, given{"n": json.Number("1.10"), "x": nil}} {
		got, ok := accept(t, "msgraph-user-update", given{"user": "u", "updated_fields": object}).JSON("updated_fields")
		if !ok || string(got) != `{"n":1.10,"x":null}` {
			t.Errorf("an object stays as it came: %s", got)
		}
	}
	devices := accept(t, "msgraph-user-owned-devices-list", given{"user": "u", "limit": "7"})
	if n, err := devices.Number("limit"); n != 7 || err != nil {
		t.Errorf("Number: %d, %v", n, err)
	}
	if n, err := devices.Number("next_page"); n != 0 || err != nil {
		t.Errorf("Number of an absent one: %d, %v", n, err)
	}
	if _, err := devices.Number("user"); failure.KindOf(err) != failure.BadArgument {
		t.Errorf("Number of a text: %v", err)
	}
	create := accept(t, "msgraph-user-create", given{"display_name": "d", "mail_nickname": "m", "password": "p", "user_principal_name": "a@b"})
	if !create.Bool("account_enabled") || create.Bool("other_properties") {
		t.Error("Bool: the default of account_enabled is true, an absent one is false")
	}
	if got := create.Secret("password").Reveal(); got != "p" {
		t.Errorf("Secret: %q", got)
	}
	if got := create.List("other_properties", ""); got != nil {
		t.Errorf("List of an absent one: %q", got)
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	const canary = "canary-5ebf"
	for name, args := range map[string]given{
		"msgraph-user-create":                         {"display_name": "d", "mail_nickname": "m", "user_principal_name": "a@b", "password": canary},
		"msgraph-user-change-password":                {"user": "u", "password": canary},
		"msgraph-user-change-password-on-premise":     {"user": "u", "nonsensitive_password": canary},
		"msgraph-user-tap-policy-create":              {"user_id": "u", "zip_password": canary},
		"msgraph-user-create-mfa-client-access-token": {"client_secret": canary},
		"msgraph-user-request-mfa":                    {"user_mail": "u", "access_token": canary},
	} {
		arguments := accept(t, name, args)
		var log strings.Builder
		slog.New(slog.NewTextHandler(&log, nil)).Info("asked", "arguments", arguments)
		for _, shown := range []string{fmt.Sprint(arguments), fmt.Sprintf("%+v %#v %q", arguments, arguments, arguments), fmt.Sprint(arguments.Redacted()), log.String()} {
			if strings.Contains(shown, canary) || !strings.Contains(shown, "***") {
				t.Errorf("%s: shown as %s", name, shown)
			}
		}
		if secrets := arguments.Secrets(); len(secrets) != 1 || secrets[0].Reveal() != canary {
			t.Errorf("%s: %d secrets", name, len(secrets))
		}
	}
	_, err := check(t, "msgraph-user-change-password", given{"user": "u", "password": []any{canary, canary + "2"}})
	if err == nil || strings.Contains(err.Error(), canary) {
		t.Errorf("the error shows the password: %v", err)
	}
}

func TestAllowedValuesAreMatchedInAnyLetterCase(t *testing.T) {
	c := definition.Command{Name: "c", Args: []definition.Argument{{Name: "risk", Predefined: []string{"Low", "Medium", "High"}}}}
	arguments, err := c.Arguments(given{"risk": " HIGH "})
	if err != nil || arguments.Text("risk") != "High" {
		t.Errorf("got %v, %v", arguments, err)
	}
	if _, err := c.Arguments(given{"risk": "none"}); err == nil || !strings.Contains(err.Error(), "Low or Medium or High") {
		t.Errorf("got %v", err)
	}
}

func TestLongValuesAreCutInMessages(t *testing.T) {
	_, err := check(t, "msgraph-user-get", given{"user": "u", strings.Repeat("ä", 10_000): "x"})
	if err == nil || len(err.Error()) > 400 {
		t.Errorf("a message of %d bytes", len(err.Error()))
	}
	_, err = check(t, "msgraph-user-owned-devices-list", given{"user": "u", "limit": strings.Repeat("9", 10_000)})
	if err == nil || len(err.Error()) > 400 {
		t.Errorf("a message of %d bytes", len(err.Error()))
	}
}

func TestGivenArgumentsAreNotChanged(t *testing.T) {
	args := given{"user": []any{"a@b"}, "properties": []any{"id", ""}}
	accept(t, "msgraph-user-get", args)
	if !reflect.DeepEqual(args, given{"user": []any{"a@b"}, "properties": []any{"id", ""}}) {
		t.Errorf("got %v", args)
	}
}

// The platform hands these to any command; its playbooks' lines hold them.
func TestWhatThePlatformAddsIsPassedOver(t *testing.T) {
	added := []string{"using", "using-brand", "using-category", "raw-response", "execution-timeout", "extend-context", "ignore-outputs",
		"debug-mode", "auto-extract", "retry-count", "retry-interval", "continue-on-error", "delay", "delay-by", "dbotScoreContext",
		"override-policy", "log-level"}
	for _, c := range integration(t).Commands {
		if len(c.Args) == 0 || c.Args[0].Name != "user" {
			continue
		}
		args := given{}
		for n := range c.Args {
			if c.Args[n].Required {
				args[c.Args[n].Name] = validValue(&c.Args[n])
			}
		}
		for _, name := range added {
			args[name] = "true"
		}
		arguments := accept(t, c.Name, args)
		for _, name := range added {
			if arguments.Has(name) || strings.Contains(arguments.String(), name) {
				t.Errorf("%s: %s reaches the command", c.Name, name)
			}
		}
	}
	for _, near := range []string{"Using", "raw_response", "executiontimeout", "retry"} {
		if _, err := check(t, "msgraph-user-get", given{"user": "u", near: "x"}); err == nil {
			t.Errorf("%s was accepted", near)
		}
	}
}
