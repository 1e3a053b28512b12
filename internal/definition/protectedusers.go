package definition

import (
	"encoding/json"
	"regexp"
	"strings"
	"sync"
	"unicode"

	"msgraph-user/internal/cleanname"
	"msgraph-user/internal/failure"
)

const protectedUsers = "protected_users"

// ProtectedUsers reads the parameter protected_users: one user a line, or several
// with commas, semicolons or spaces between them, or a list. An entry is an object
// id, a user principal name or a mail address. Forms that other places write are
// understood: quotes around it, <…>, the prefix of a proxy address or of a mail
// link, braces around an id. What could protect nobody is an error, a
// *failure.Error about the parameter.
func ProtectedUsers(value any) ([]string, error) {
	var users []string
	for _, entry := range splitEntries(value) {
		text, isText := entry.(string)
		if !isText {
			return nil, failure.Parameter(protectedUsers, "%s must be text, one user a line.", protectedUsers)
		}
		user, err := protectedUser(text)
		if err != nil {
			return nil, err
		}
		if user != "" {
			users = append(users, user)
		}
	}
	return users, nil
}

// splitEntries returns the entries of a text, of a list, or of a list as JSON.
func splitEntries(value any) []any {
	list := []any{value}
	switch v := value.(type) {
	case nil:
		return nil
	case []any:
		list = v
	case string:
		if strings.HasPrefix(strings.TrimSpace(v), "[") && json.Unmarshal([]byte(v), &list) != nil {
			list = []any{v}
		}
	}
	var entries []any
	for _, element := range list {
		text, isText := element.(string)
		if !isText {
			entries = append(entries, element)
			continue
		}
		for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ';' || unicode.IsSpace(r) }) {
			entries = append(entries, part)
		}
	}
	return entries
}

var (
	// wrapped are the marks that other places put around a name or an id.
	wrapped = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile("^(?:" + `"(.*)"|'(.*)'|[“”„](.*)[“”]|[‘’‚](.*)[‘’]|«(.*)»|<(.*)>|\{([^@]*)\}|(?i:smtp|mailto|sip):(.*)` + "|`(.*)`)$")
	})
	// userForm is what user principal names and mail addresses look like
	// (https://learn.microsoft.com/entra/identity/hybrid/connect/plan-connect-userprincipalname):
	// an address may hold + & $ and letters of any script besides.
	userForm = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^[\pL\pM\pN._'#!^~+&$-]+@[\pL\pM\pN_-]+(?:\.[\pL\pM\pN_-]+)+$`)
	})
	idForm = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$`)
	})
)

// protectedUser returns the user that an entry names; "" for an entry of nothing.
func protectedUser(entry string) (string, error) {
	user := cleanname.Trim(entry)
	for match := wrapped().FindStringSubmatch(user); match != nil; match = wrapped().FindStringSubmatch(user) {
		user = cleanname.Trim(strings.Join(match[1:], ""))
	}
	if user == "" {
		return "", nil
	}
	user, err := cleanname.Clean(user)
	if err != nil {
		return "", failure.Parameter(protectedUsers, "An entry in %s is not a user: %v.", protectedUsers, err)
	}
	if !userForm().MatchString(user) && !idForm().MatchString(user) {
		e := failure.Parameter(protectedUsers, "The entry %q in %s does not name a user, so it would protect nobody.", shorten(entry), protectedUsers)
		e.Advice = "Write the user's object id, user principal name or mail address, one a line."
		return "", e
	}
	return user, nil
}
