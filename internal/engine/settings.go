package engine

import "msgraph-user/internal/parameter"

// Settings are what an instance's parameters say about its commands: the guard
// rails, and how answers look. How the instance signs in is package auth's.
type Settings struct {
	HandleError           bool // a missing user is an answer, not an error
	AllowSecretGenerators bool // commands that print secrets may run
	ReadOnly              bool // no command may change anything

	// ProtectedUsers are the names and ids of users that no command may change.
	ProtectedUsers []string
}

// ReadSettings reads the settings from an instance's parameters, by their names in
// integration.yml with its defaults filled in. The error is a *failure.Error of
// kind BadConfiguration that names the parameter to correct.
func ReadSettings(params map[string]any) (Settings, error) {
	r := parameter.NewReader(params)
	s := Settings{
		HandleError:           r.Flag("handle_error", true),
		AllowSecretGenerators: r.Flag("allow_secret_generators", false),
		ReadOnly:              r.Flag("read_only", false),
		ProtectedUsers:        r.List("protected_users"),
	}
	return s, r.Err()
}
