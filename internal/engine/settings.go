package engine

import (
	"strconv"
	"strings"

	"msgraph-user/internal/definition"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/parameter"
)

// Settings are what an instance's parameters say about its commands: the guard
// rails, and how answers look. How the instance signs in is package auth's.
type Settings struct {
	HandleError           bool // a missing user is an answer, not an error
	AllowSecretGenerators bool // commands that print secrets may run
	ReadOnly              bool // no command may change anything

	// ProtectedUsers are the names and ids of users that no command may change.
	ProtectedUsers []string
	// MaxUsers is how many users a change of many may have without a confirmation.
	MaxUsers int
}

// DefaultMaxUsers is the MaxUsers of an instance that names none.
const DefaultMaxUsers = 100

// ReadSettings reads the settings from an instance's parameters, by their names in
// integration.yml with its defaults filled in. The error is a *failure.Error of
// kind BadConfiguration that names the parameter to correct.
func ReadSettings(params map[string]any) (Settings, error) {
	r := parameter.NewReader(params)
	s := Settings{
		HandleError:           r.Flag("handle_error", true),
		AllowSecretGenerators: r.Flag("allow_secret_generators", false),
		ReadOnly:              r.Flag("read_only", false),
	}
	var err error
	if s.ProtectedUsers, err = definition.ProtectedUsers(params["protected_users"]); err != nil {
		return s, err
	}
	if s.MaxUsers, err = maxUsers(r.Text("max_users")); err != nil {
		return s, err
	}
	return s, r.Err()
}

// maxUsers reads a number of users of 1 or more; "" is the default.
func maxUsers(text string) (int, error) {
	if text = strings.TrimSpace(text); text == "" {
		return DefaultMaxUsers, nil
	}
	number, err := strconv.Atoi(text)
	if err != nil || number < 1 {
		e := failure.Parameter("max_users", "max_users is %q: it must be a whole number of 1 or more.", text)
		e.Advice = "Leave it empty for 100."
		return 0, e
	}
	return number, nil
}
