package secret

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// passwordNotations are the ways in which people and services write a password;
// PASSWORD stands for it, and whatever else stands in them may be shown.
var passwordNotations = map[string]string{
	"JSON":                                `{"passwordProfile":{"forceChangePasswordNextSignIn":false,"password":"PASSWORD"}}`,
	"JSON with white space":               "{ \"passwordProfile\" :\n { \"password\" : \"PASSWORD\" } }",
	"JSON in JSON":                        `{\"passwordProfile\":{\"password\":\"PASSWORD\"}}`,
	"JSON in JSON in JSON":                `{\\\"passwordProfile\\\":{\\\"password\\\":\\\"PASSWORD\\\"}}`,
	"a Python literal":                    `{'passwordProfile': {'forceChangePasswordNextSignIn': False, 'password': 'PASSWORD'}}`,
	"a Python call":                       `dict(passwordProfile=dict(password='PASSWORD'))`,
	"no quotes":                           `{passwordProfile: {password: PASSWORD}}`,
	"no quotes, in pairs":                 `passwordProfile={password:PASSWORD}`,
	"pairs":                               `jobTitle=Analyst,passwordProfile={"password":"PASSWORD"},city=Oslo`,
	"straight in pairs":                   `jobTitle=Analyst,password=PASSWORD`,
	"straight in pairs, then another":     `password=PASSWORD,jobTitle=Analyst`,
	"straight in pairs, with white space": `jobTitle=Analyst, password = PASSWORD , city=Oslo`,
	"pairs in JSON":                       `{"updated_fields":"password=PASSWORD"}`,
	"nested deeper":                       `{"passwordProfile":{"a":[{"b":"PASSWORD"}]}}`,
	"a list":                              `passwordProfile=["PASSWORD"]`,
	"no object":                           `passwordProfile=PASSWORD`,
	"no object, in JSON":                  `{"passwordProfile":"PASSWORD"}`,
	"newPassword":                         `{"newPassword":"PASSWORD"}`,
	"current_password":                    `current_password: 'PASSWORD'`,
	"NewPassword in pairs":                `NewPassword=PASSWORD`,
	"YAML":                                "passwordProfile:\n  forceChangePasswordNextSignIn: false\n  password: PASSWORD\n",
	"a form":                              `grant_type=password&password=PASSWORD&scope=x`,
	"cut short in quotes":                 `{"passwordProfile":{"password":"PASSWORD`,
	"cut short without quotes":            `{passwordProfile:{password:PASSWORD`,
	"an arrow":                            `'password' => 'PASSWORD'`,
	"in an error":                         `"{\"passwordProfile\":{\"password\":\"PASSWORD\"" in updated_fields is no property=value.`,
}

// passwords hold what a reader could take for the end of a value.
var passwords = []string{"hunter2", "Sommer 2026!", "a{b}c", "a;b", "12345678", "x'y", "a|b c", "p=q", "ü€-pass"}

func TestPasswordsAreMaskedHoweverTheyAreWritten(t *testing.T) {
	for name, notation := range passwordNotations {
		for _, password := range passwords {
			text := strings.ReplaceAll(notation, "PASSWORD", password)
			got := withoutPasswords(text)
			if strings.Contains(got, password) || !strings.Contains(got, mask) {
				t.Errorf("%s: %s became %s", name, text, got)
			}
		}
	}
}

func TestWhatIsNoPasswordStays(t *testing.T) {
	for _, text := range []string{
		"The specified password does not comply with the policy.",
		"AADSTS50126: Invalid username or password. Trace ID: 1",
		"AADSTS50056: Invalid or null password: password does not exist in the directory.",
		`"password":null,"passwordPolicies":"None"`,
		"passwordPolicies=DisablePasswordExpiration",
		"lastPasswordChangeDateTime: 2026-01-01T00:00:00Z",
		"forceChangePasswordNextSignIn=true",
		"msgraph-user-change-password user=adele@contoso.example",
		"password=",
		"password",
	} {
		if got := withoutPasswords(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	const pairs = "jobTitle=Analyst,password=hunter2,city=Oslo"
	if got := withoutPasswords(pairs); got != `jobTitle=Analyst,password="***",city=Oslo` {
		t.Errorf("beside a password: %q", got)
	}
}

// What stands under passwordProfile is found as it was meant, so that it can be
// taken out of what others repeat.
func TestPasswordsAreFoundAsMeant(t *testing.T) {
	for _, c := range []struct{ text, delimiter, want string }{
		{`{"passwordProfile":{"password":"a\"b\u0026c"}}`, "", `a"b&c`},
		{`{\"password\":\"a\\\"b\"}`, "", `a"b`},
		{`{'password': 'abc def'}`, "", `abc def`},
		{`{passwordProfile: {password: abc def, force: true}}`, "", `abc def`},
		{`password=Ab,cd=1;jobTitle=x`, ";", `Ab,cd=1`},
		{`password="quoted" too,jobTitle=x`, ",", `"quoted" too`},
	} {
		found := ""
		for _, password := range PasswordsIn(c.text, c.delimiter) {
			if password.Reveal() == c.want {
				found = c.want
			}
		}
		if found == "" {
			t.Errorf("%s: %q is not found", c.text, c.want)
		}
	}
}

// Whatever surrounds it, a password of a user's properties is masked, and the rest
// of a valid text stays valid.
func TestPasswordsInAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		password := rapid.StringMatching(`[A-Za-z0-9!$%.~^*-]{8,20}`).Draw(t, "password")
		text := rapid.StringMatching(`[ -~]{0,20}`).Draw(t, "before") + ` "password":"` + password + `"` + rapid.String().Draw(t, "after")
		got := withoutPasswords(text)
		if strings.Contains(got, password) {
			t.Fatalf("%q became %q", text, got)
		}
		if utf8.ValidString(text) && !utf8.ValidString(got) {
			t.Fatalf("%q is no UTF-8 any more: %q", text, got)
		}
	})
}

func FuzzPasswords(f *testing.F) {
	for _, notation := range passwordNotations {
		f.Add(notation)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := &scan{text: text}
		end := 0
		for _, v := range s.passwordValues() {
			if v.start < end || v.end <= v.start || v.end > len(text) {
				t.Fatalf("%+v after %d in %q", v, end, text)
			}
			end = v.end
		}
		PasswordsIn(text, ",")
	})
}
