package definition

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"msgraph-user/internal/cleanname"
	"msgraph-user/internal/failure"
)

// Meaning is what the values of an argument stand for, where the form of
// integration.yml has no word for it.
type Meaning string

// The meanings.
const (
	Text          Meaning = ""              // text, as it came
	User          Meaning = "user"          // one user: object id or user principal name
	Identifier    Meaning = "identifier"    // the id or the name of one other thing
	Link          Meaning = "link"          // a URL that Graph gave out
	Number        Meaning = "number"        // a whole number
	Limit         Meaning = "limit"         // a whole number, or "all"
	PropertyNames Meaning = "propertyNames" // names of properties
	Properties    Meaning = "properties"    // properties and their values: pairs, or a JSON object
	Delimiter     Meaning = "delimiter"     // what stands between pairs, white space perhaps
	File          Meaning = "file"          // the content of a file: its text, or its base64
	Password      Meaning = "password"      // never shown, even where the platform is told not to mask it
)

// FileArgument is the name of the argument that holds the content of a file, in every
// command that takes one.
const FileArgument = "file"

// meanings give each argument its meaning. The platform's form has no key for it,
// so that it stands here: a name for all commands, or "COMMAND ARGUMENT" where one
// command means something else by it. A test asks for a row for every argument.
var meanings = []meaningRow{
	{User, []string{"user", "user_id", "user_mail", "user_principal_name", "manager"}},
	{Identifier, []string{"remember", "method_id", "password_method_id", "policy_id", "mail_nickname", "on_premises_immutable_id",
		"run_id", "entry_id", "seal", "group_id", "grant_id", "assignment_id", "device_id", "rule_id", "groups", "polling_run"}},
	{Link, []string{"next_page", "polling_url", "delta_link"}},
	{Limit, []string{
		"msgraph-user-list limit", "msgraph-user-owned-devices-list limit",
		"msgraph-user-sign-ins-list limit", "msgraph-user-audits-list limit", "msgraph-user-risk-detections-list limit",
		"msgraph-user-consents-list limit", "msgraph-user-app-roles-list limit", "msgraph-user-roles-list limit", "msgraph-user-devices-list limit",
		"msgraph-user-inbox-rules-list limit", "msgraph-user-list-deleted limit", "msgraph-user-licenses-list limit",
	}},
	{Number, []string{"limit", "lifetime_in_minutes", "timeout", "timeout_in_seconds", "confirm", "page_size"}},
	{PropertyNames, []string{"properties"}},
	{Properties, []string{"updated_fields", "other_properties"}},
	{Delimiter, []string{"updated_fields_delimiter"}},
	{File, []string{FileArgument}},
	{Password, []string{"password", "nonsensitive_password", "zip_password", "client_secret", "access_token"}},
	{Text, []string{"display_name", "filter", "start_time", "since", "role", "steps", "record"}},
}

type meaningRow struct {
	meaning   Meaning
	arguments []string
}

// meaningOf looks an argument of a command up; ok is false where no row has it.
func meaningOf(command, argument string) (m Meaning, ok bool) {
	for _, name := range []string{command + " " + argument, argument} {
		for _, row := range meanings {
			if slices.Contains(row.arguments, name) {
				return row.meaning, true
			}
		}
	}
	return Text, false
}

// giveMeanings sets the meaning of every argument.
func (i *Integration) giveMeanings() {
	for _, command := range i.Commands {
		for n := range command.Args {
			argument := &command.Args[n]
			argument.Meaning, _ = meaningOf(command.Name, argument.Name)
		}
	}
}

// IsBoolean reports whether the values are true and false.
func (a *Argument) IsBoolean() bool {
	return len(a.Predefined) == 2 && slices.Contains(a.Predefined, "true") && slices.Contains(a.Predefined, "false")
}

// IsNumber reports whether the value has to be a whole number.
func (a *Argument) IsNumber() bool { return a.Meaning == Number || a.Meaning == Limit }

// IsUser reports whether the value names one user.
func (a *Argument) IsUser() bool { return a.Meaning == User }

// AcceptsObject reports whether the value may be a JSON object, of properties
// and their values.
func (a *Argument) AcceptsObject() bool { return a.Meaning == Properties }

// AcceptsList reports whether the value may be a list.
func (a *Argument) AcceptsList() bool {
	return a.IsArray || a.Meaning == PropertyNames || a.Meaning == Properties
}

// IsSensitive reports whether the value must not be shown.
func (a *Argument) IsSensitive() bool { return a.Secret || a.Meaning == Password }

// blankIsEmpty reports whether a value of white space only is no value. Between the
// pairs of updated_fields a space may stand on purpose.
func (a *Argument) blankIsEmpty() bool { return a.Meaning != Delimiter }

// clean returns text as it counts: a name, an id or a link without what stands
// around it and nobody sees. Inside a name or an id, that is an error.
func (a *Argument) clean(text string) (string, error) {
	switch a.Meaning {
	case User, Identifier:
		name, err := cleanname.Clean(text)
		if err != nil {
			e := failure.Argument(a.Name, "%s is not a name or an id: %v.", a.Name, err)
			e.Advice = "Remove the character, or type the name."
			return "", e
		}
		return name, a.checkUser(name)
	case Link:
		return cleanname.Trim(text), nil
	}
	return text, nil
}

// notInUsers are characters that no user principal name and no object id holds
// (https://learn.microsoft.com/entra/identity/hybrid/connect/plan-connect-userprincipalname):
// they are left over from a list, an object or a mail address.
const notInUsers = "[]{}\"(),;:<>\\`"

// checkUser refuses a user whose name shows that it is none, or several.
func (a *Argument) checkUser(name string) error {
	at := strings.IndexAny(name, notInUsers)
	if !a.IsUser() || at < 0 {
		return nil
	}
	e := failure.Argument(a.Name, "%s holds '%c', which no user principal name and no object id does.", a.Name, name[at])
	e.Advice = "Write one user, as in a@contoso.com."
	if a.IsArray {
		e.Advice = `Write several users as a@contoso.com,b@contoso.com or as a JSON array, ["a@contoso.com","b@contoso.com"].`
	}
	return e
}

// parseWholeNumber reads a whole number, also one written with a fraction of
// zero (60.0), as JSON clients whose numbers are all floating do.
func parseWholeNumber(text string) (int, bool) {
	text = strings.TrimSpace(text)
	if number, err := strconv.Atoi(text); err == nil {
		return number, true
	}
	const exact = 1 << 53 // beyond it a floating number stands for several whole ones
	float, err := strconv.ParseFloat(text, 64)
	if err != nil || float != math.Trunc(float) || math.Abs(float) >= exact || strings.ContainsAny(text, "xX_") {
		return 0, false
	}
	return int(float), true
}
