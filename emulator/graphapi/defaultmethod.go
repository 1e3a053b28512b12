package graphapi

import (
	"strings"

	"msgraph-user/emulator/directory"
)

// secondFactors are the types of method that can be a user's default, with what
// the preference calls them.
var secondFactors = map[string][]string{
	"microsoftAuthenticatorAuthenticationMethod": {"push"},
	"softwareOathAuthenticationMethod":           {"oath"},
	"phoneAuthenticationMethod":                  {"sms", "voiceMobile", "voiceAlternateMobile", "voiceOffice"},
}

// preferredPhone is the type of phone that a preference means.
var preferredPhone = map[string]string{"sms": "mobile", "voiceMobile": "mobile", "voiceAlternateMobile": "alternateMobile", "voiceOffice": "office"}

// isDefault reports whether a method is the one that a preference names.
func isDefault(method *directory.Object, preference string) bool {
	for _, name := range secondFactors[method.Type.Name] {
		if name == preference {
			phone, ofPhone := preferredPhone[preference]
			return !ofPhone || strings.EqualFold(method.Text("phoneType"), phone)
		}
	}
	return false
}

// keepDefault refuses to delete a user's default method for the second factor
// while others are left: the user has to choose another first
// (https://learn.microsoft.com/graph/api/phoneauthenticationmethod-delete).
func keepDefault(tx *directory.Tx, userID string, method *directory.Object) error {
	preferences := tx.Owned(userID, preferencesType().Name, "")
	if preferences == nil {
		return nil
	}
	preference := preferences.Text("userPreferredMethodForSecondaryAuthentication")
	if !isDefault(method, preference) {
		return nil
	}
	left := false
	for typeName := range secondFactors {
		for _, other := range tx.AllOwned(userID, typeName) {
			switch {
			case other.ID == method.ID:
			case isDefault(other, preference):
				return nil // it takes the place
			default:
				left = true
			}
		}
	}
	if left {
		return methodBadRequest("The requested authentication method id of [%s] matches the user's current default authentication method, and cannot be deleted until the default authentication method is changed", method.ID)
	}
	return nil
}
