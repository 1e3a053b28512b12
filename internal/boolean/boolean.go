// Package boolean reads a yes or no that a person or the platform wrote, the same
// way in arguments, parameters and the properties of a user.
package boolean

import "strings"

// Parse reads true, yes, on and 1, or false, no, off and 0, in any letter case and
// with white space around. ok is false for all else. The platform's argToBoolean
// takes the first two of each; YAML 1.1 and forms write the others.
func Parse(text string) (value, ok bool) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "true", "yes", "on", "1":
		return true, true
	case "false", "no", "off", "0":
		return false, true
	}
	return false, false
}
