package definition

import "slices"

// platformArguments are what the platform adds to any command, and acts on itself.
var platformArguments = []string{
	"auto-extract", "continue-on-error", "dbotScoreContext", "debug-mode", "delay", "delay-by",
	"execution-timeout", "extend-context", "ignore-outputs", "log-level", "override-policy",
	"raw-response", "retry-count", "retry-interval", "using", "using-brand", "using-category",
}

// IsPlatformArgument reports whether name is an argument that the platform adds to
// any command. It means nothing here: whoever pastes a line from a playbook need not
// take it out.
func IsPlatformArgument(name string) bool { return slices.Contains(platformArguments, name) }
