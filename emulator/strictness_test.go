package emulator_test

import (
	"bytes"
	"compress/gzip"
	"net/url"
	"strings"
	"testing"

	"msgraph-user/emulator"
)

// Values that are of the right type and yet are none that Graph takes.
func TestValuesThatGraphDoesNotTake(t *testing.T) {
	x := start(t, emulator.Options{})
	const invalid = "Invalid value specified for property '%s' of resource 'User'."
	for _, c := range []struct {
		name, property, value string
		status                int
	}{
		{"an empty text where null clears", "jobTitle", `""`, 400},
		{"null", "jobTitle", `null`, 204},
		{"an empty phone", "mobilePhone", `""`, 400},
		{"an empty text in a list", "otherMails", `[""]`, 400},
		{"an empty list", "otherMails", `[]`, 204},
		{"a country by its code", "usageLocation", `"DE"`, 204},
		{"a country by its name", "usageLocation", `"Germany"`, 400},
		{"a country of three letters", "usageLocation", `"DEU"`, 400},
		{"a country that there is not", "usageLocation", `"QQ"`, 400},
		{"no country", "usageLocation", `null`, 204},
		{"an age group", "ageGroup", `"NotAdult"`, 204},
		{"no age group", "ageGroup", `null`, 204},
		{"an age group that there is not", "ageGroup", `"Senior"`, 400},
		{"an empty age group", "ageGroup", `""`, 400},
		{"a consent that there is not", "consentProvidedForMinor", `"Maybe"`, 400},
		{"a consent", "consentProvidedForMinor", `"Granted"`, 204},
		{"a password policy that there is not", "passwordPolicies", `"Weak"`, 400},
		{"two password policies", "passwordPolicies", `"DisablePasswordExpiration, DisableStrongPassword"`, 204},
	} {
		t.Run(c.name, func(t *testing.T) {
			x.t = t
			a := x.want(x.do("PATCH", "/v1.0/users/"+plain, `{"`+c.property+`":`+c.value+`}`), c.status)
			if want := strings.Replace(invalid, "%s", c.property, 1); c.status == 400 && (a.message() != want || a.code() != "Request_BadRequest") {
				t.Errorf("%s %q, want %q", a.code(), a.message(), want)
			}
		})
	}
	x.t = t
	x.want(x.do("POST", "/v1.0/users", newHire(map[string]any{"usageLocation": "Germany"})), 400)
}

// What another service keeps of a user is changed in a request of its own.
func TestPropertiesOfOtherServicesAreNotMixed(t *testing.T) {
	x := start(t, emulator.Options{})
	for _, c := range []struct {
		body   string
		status int
	}{
		{`{"aboutMe":"Likes maps"}`, 204},
		{`{"aboutMe":"Likes maps","skills":["Go"],"birthday":"1990-01-31T00:00:00Z"}`, 204},
		{`{"aboutMe":"Likes maps","jobTitle":"Lead"}`, 400},
		{`{"hireDate":"2020-01-31T00:00:00Z","employeeHireDate":"2020-01-31T00:00:00Z"}`, 400},
	} {
		a := x.want(x.do("PATCH", "/v1.0/users/"+plain, c.body), c.status)
		if c.status == 400 && (a.code() != "BadRequest" || a.message() != "The request is currently not supported on the targeted entity set") {
			t.Errorf("%s: %s", c.body, a.text)
		}
	}
	for _, property := range strings.Fields("aboutMe birthday hireDate interests mySite pastProjects responsibilities schools skills") {
		value := `"2020-01-31T00:00:00Z"`
		if strings.HasSuffix(property, "s") {
			value = `["x"]`
		}
		x.want(x.do("PATCH", "/v1.0/users/"+plain, `{"`+property+`":`+value+`,"department":"x"}`), 400)
	}
}

func TestSignInActivityIsReadByIdOnly(t *testing.T) {
	x := start(t, emulator.Options{})
	id, _ := x.get("/v1.0/users/" + plain).json["id"].(string)
	x.want(x.get("/v1.0/users/"+id+"?$select=signInActivity"), 200)
	x.want(x.get("/v1.0/users?$filter=userPrincipalName eq '"+plain+"'&$select=signInActivity"), 200)
	for _, path := range []string{"/v1.0/users/" + plain, "/v1.0/users('" + plain + "')"} {
		a := x.want(x.get(path+"?$select=displayName,signInActivity"), 400)
		if a.message() != "Get By Key only supports UserId and the key has to be a valid Guid" {
			t.Errorf("%s", a.text)
		}
	}
}

// A filter that cannot be read is refused in the words of the library that Graph
// reads it with.
func TestFiltersThatCannotBeRead(t *testing.T) {
	x := start(t, emulator.Options{})
	for filter, says := range map[string]string{
		"displayName eq 'O'Brien'":                 "There is an unterminated string literal at position 24 in 'displayName eq 'O'Brien''.",
		"displayName eq 'Ann":                      "There is an unterminated string literal at position 19 in 'displayName eq 'Ann'.",
		"jobTitle ge '!' , accountEnabled eq true": "Syntax error at position 17 in 'jobTitle ge '!' , accountEnabled eq true'.",
		"displayName eq":                           "Expression expected at position 14 in 'displayName eq'.",
		"displayName eq 'a' and":                   "Expression expected at position 22 in 'displayName eq 'a' and'.",
		"(displayName eq 'a'":                      "')' or operator expected at position 19 in '(displayName eq 'a''.",
		"displayName eq \"Ann\"":                   "Syntax error: character '\"' is not valid at position 15 in 'displayName eq \"Ann\"'.",
		"accountEnabled eq 'true'":                 "A binary operator with incompatible types was detected. Found operand types 'Edm.Boolean' and 'Edm.String' for operator kind 'Equal'.",
		"displayName equals 'a'":                   "Syntax error at position 18 in 'displayName equals 'a''.",
		"displayName eq 'a' displayName eq 'b'":    "Syntax error at position 30 in 'displayName eq 'a' displayName eq 'b''.",
	} {
		a := x.want(x.get("/v1.0/users?$filter="+url.QueryEscape(filter)), 400)
		if want := "Invalid filter clause: " + says; a.message() != want || a.code() != "BadRequest" {
			t.Errorf("%s: %s %q, want %q", filter, a.code(), a.message(), want)
		}
	}
}

func TestTheDefaultMethodStaysWhileOthersAreLeft(t *testing.T) {
	x := start(t, emulator.Options{})
	methods := func(segment string) (paths []string) {
		for _, method := range x.want(x.get(auth(plain)+"/"+segment), 200).value() {
			paths = append(paths, auth(plain)+"/"+segment+"/"+method["id"].(string))
		}
		return paths
	}
	authenticator, phone := methods("microsoftAuthenticatorMethods")[0], methods("phoneMethods")[0]
	if a := x.want(x.do("DELETE", authenticator, ""), 400); a.code() != "badRequest" || !strings.Contains(a.message(), "matches the user's current default authentication method") {
		t.Errorf("%s", a.text)
	}
	x.want(x.do("PATCH", "/beta/users/"+plain+"/authentication/signInPreferences", `{"userPreferredMethodForSecondaryAuthentication":"sms"}`), 204)
	x.want(x.do("DELETE", phone, ""), 400)
	x.want(x.do("DELETE", authenticator, ""), 204)
	x.want(x.do("DELETE", phone, ""), 204) // the last one
}

func TestThePolicyForPassesCoversSome(t *testing.T) {
	company := string(withUser(t, `{"userPrincipalName":"new@larkspur.example","displayName":"New"}`))
	for _, c := range []struct {
		name, policy string
		status       int
	}{
		{"everybody", `"defaultLifetimeInMinutes":60`, 201},
		{"a group that the user is in", `"defaultLifetimeInMinutes":60,"includeTargets":["pass holders"]`, 201},
		{"another group", `"defaultLifetimeInMinutes":60,"includeTargets":["Empty"]`, 403},
		{"all but a group that the user is in", `"defaultLifetimeInMinutes":60,"includeTargets":["all_users"],"excludeTargets":["Pass holders"]`, 403},
		{"nobody", `"defaultLifetimeInMinutes":60,"disabled":true`, 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			seed := strings.Replace(company, `"defaultLifetimeInMinutes":60`, c.policy, 1)
			seed = strings.Replace(seed, `"groups": [`, `"groups": [
  {"displayName":"Inner","members":["`+plain+`"]},{"displayName":"Pass holders","members":["Inner"]},{"displayName":"Empty"},`, 1)
			x := start(t, emulator.Options{Seed: []byte(seed)})
			a := x.want(x.do("POST", auth(plain)+"/temporaryAccessPassMethods", `{}`), c.status)
			if c.status == 403 && (a.code() != "accessDenied" || !strings.Contains(a.message(), "UserCredentialPolicy does not allow creating or updating")) {
				t.Errorf("%s", a.text)
			}
		})
	}
}

func packed(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(text))
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Microsoft's Go SDK packs all bodies.
func TestBodiesMayBePacked(t *testing.T) {
	x := start(t, emulator.Options{})
	user := "/v1.0/users/" + plain
	send := func(method, path, body, encoding string, status int) answer {
		t.Helper()
		return x.want(x.do(method, path, body, "Content-Encoding", encoding, "Content-Type", "application/json"), status)
	}
	x.unchecked = true // the bodies are no JSON as they are sent
	send("PATCH", user, packed(t, `{"jobTitle":"Packed"}`), "gzip", 204)
	if a := x.get(user); a.json["jobTitle"] != "Packed" {
		t.Errorf("%s", a.text)
	}
	a := send("POST", "/v1.0/$batch", packed(t, `{"requests":[{"id":"1","method":"GET","url":"/users/`+plain+`"}]}`), "GZIP", 200)
	if !strings.Contains(a.text, "Packed") {
		t.Errorf("%s", a.text)
	}
	send("PATCH", user, `{"jobTitle":"As it is"}`, "identity", 204)
	send("PATCH", user, `{"jobTitle":"x"}`, "gzip", 400)
	send("PATCH", user, packed(t, `{"jobTitle":"x"}`)[:15], "gzip", 400)
	send("PATCH", user, packed(t, `{"jobTitle":"`+strings.Repeat("x", 5<<20)+`"}`), "gzip", 413)
	for _, encoding := range []string{"br", "deflate", "gzip, gzip"} {
		if a := send("PATCH", user, `{"jobTitle":"x"}`, encoding, 415); !strings.Contains(a.message(), encoding) {
			t.Errorf("%s", a.text)
		}
	}
}
