package terminal

import (
	"strings"
	"unicode"
)

// typePrefix begins the name of a type in Graph's answers.
const typePrefix = "#microsoft.graph."

// typeNames are the types whose name a person would not guess, as Microsoft's own pages
// for people call them.
var typeNames = map[string]string{
	"fido2AuthenticationMethod":                              "Passkey",
	"microsoftAuthenticatorAuthenticationMethod":             "Microsoft Authenticator",
	"passwordlessMicrosoftAuthenticatorAuthenticationMethod": "Microsoft Authenticator, passwordless",
	"softwareOathAuthenticationMethod":                       "Authenticator app (OATH)",
	"hardwareOathAuthenticationMethod":                       "Hardware token (OATH)",
	"windowsHelloForBusinessAuthenticationMethod":            "Windows Hello",
	"temporaryAccessPassAuthenticationMethod":                "Temporary Access Pass",
	"qrCodePinAuthenticationMethod":                          "QR code",
	"externalAuthenticationMethod":                           "External method",
	"servicePrincipal":                                       "Application",
	"directoryRole":                                          "Directory role",
}

// typeName returns a type of Graph as people say it.
func typeName(text string) string {
	name, ok := strings.CutPrefix(text, typePrefix)
	if !ok || name == "" {
		return text
	}
	if said, ok := typeNames[name]; ok {
		return said
	}
	return sentence(strings.TrimSuffix(name, "AuthenticationMethod"))
}

// sentence turns camelCase into words: platformCredential is Platform credential.
func sentence(name string) string {
	var b strings.Builder
	for n, r := range name {
		switch {
		case n == 0:
			b.WriteRune(unicode.ToUpper(r))
		case unicode.IsUpper(r):
			b.WriteString(" " + string(unicode.ToLower(r)))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// typeHeading is the heading of a column of types.
const typeHeading = "@Odata.Type"

// nameTypes replaces the cells that hold nothing but types, and the heading above them.
func (t Table) nameTypes() {
	for i, heading := range t.Headings {
		if heading == typeHeading {
			t.Headings[i] = "Type"
		}
	}
	for _, row := range t.Rows {
		for i, cell := range row {
			lines := strings.Split(cell, "\n")
			for n, line := range lines {
				lines[n] = typeName(line)
			}
			row[i] = strings.Join(lines, "\n")
		}
	}
}
