package definition

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// What an argument's values mean follows from integration.yml where its form has
// a word for it (predefined, isArray, secret). The rest stands here, by name:
// the names mean the same in every command.

// IsBoolean reports whether the values are true and false.
func (a *Argument) IsBoolean() bool {
	return len(a.Predefined) == 2 && slices.Contains(a.Predefined, "true") && slices.Contains(a.Predefined, "false")
}

// IsNumber reports whether the value has to be a whole number.
func (a *Argument) IsNumber() bool {
	switch a.Name {
	case "limit", "lifetime_in_minutes", "timeout", "timeout_in_seconds", "confirm":
		return true
	}
	return false
}

// IsUser reports whether the value names one user.
func (a *Argument) IsUser() bool {
	switch a.Name {
	case "user", "user_id", "user_mail", "user_principal_name", "manager":
		return true
	}
	return false
}

// AcceptsObject reports whether the value may be a JSON object, of properties
// and their values.
func (a *Argument) AcceptsObject() bool {
	return a.Name == "updated_fields" || a.Name == "other_properties"
}

// IsSensitive reports whether the value must not be shown. A password is, even
// where the platform is told not to mask it.
func (a *Argument) IsSensitive() bool {
	return a.Secret || strings.HasSuffix(a.Name, "password")
}

// blankIsEmpty reports whether a value of blanks only is no value. Between the
// pairs of updated_fields a blank may stand on purpose.
func (a *Argument) blankIsEmpty() bool { return a.Name != "updated_fields_delimiter" }

// parseBoolean reads a boolean as the platform's argToBoolean does: true, false,
// yes and no in any letter case.
func parseBoolean(text string) (value, ok bool) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "true", "yes":
		return true, true
	case "false", "no":
		return false, true
	}
	return false, false
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
