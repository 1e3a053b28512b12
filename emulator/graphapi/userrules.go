package graphapi

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/plainjson"
	"msgraph-user/emulator/schema"
)

// Rules for a user's properties, after
// https://learn.microsoft.com/graph/api/resources/user and .../api/user-update.
var (
	// readOnly are set by Entra alone.
	readOnly = words(`assignedLicenses assignedPlans authorizationInfo createdDateTime creationType deletedDateTime
 deviceEnrollmentLimit externalUserState externalUserStateChangeDateTime id imAddresses isManagementRestricted
 lastPasswordChangeDateTime legalAgeGroupClassification licenseAssignmentStates onPremisesDistinguishedName
 onPremisesDomainName onPremisesLastSyncDateTime onPremisesProvisioningErrors onPremisesSamAccountName
 onPremisesSecurityIdentifier onPremisesSyncEnabled onPremisesUserPrincipalName provisionedPlans proxyAddresses
 securityIdentifier serviceProvisioningErrors signInActivity signInSessionsValidFromDateTime print identityParentId`)

	// cloudOnly may be changed in the cloud even of a synced user: the rest comes
	// from on premises.
	cloudOnly = words(`accountEnabled ageGroup consentProvidedForMinor usageLocation passwordPolicies showInAddressList
 preferredDataLocation customSecurityAttributes aboutMe birthday hireDate interests mySite pastProjects preferredName
 responsibilities schools skills`)

	// sensitive may be changed of an administrator only by one who stands above.
	sensitive = words(`accountEnabled businessPhones mobilePhone onPremisesImmutableId otherMails passwordProfile userPrincipalName`)

	// ownProperties are those that people may change of themselves, without a role.
	ownProperties = words(`aboutMe birthday businessPhones interests mobilePhone mySite otherMails pastProjects preferredName responsibilities schools skills`)
)

// profile are the properties that another service keeps: a request that changes
// them changes nothing else (https://learn.microsoft.com/graph/api/user-update).
var profile = words(`aboutMe birthday hireDate interests mySite pastProjects preferredName responsibilities schools skills`)

func inProfile(name string) bool { return slices.Contains(profile, name) }

func words(text string) []string { return strings.Fields(text) }

// special are the properties that a permission of their own lets a token change,
// and whether the general ones do as well.
var special = map[string]struct {
	permissions []string
	general     bool
}{
	"accountEnabled":  {[]string{"User.EnableDisableAccount.All"}, true},
	"passwordProfile": {[]string{"User-PasswordProfile.ReadWrite.All", "Directory.AccessAsUser.All"}, false},
	"identities":      {[]string{"User.ManageIdentities.All"}, true},
	"otherMails":      {[]string{"User-Mail.ReadWrite.All"}, true},
	"businessPhones":  {[]string{"User-Phone.ReadWrite.All"}, true},
	"mobilePhone":     {[]string{"User-Phone.ReadWrite.All"}, true},
}

// generalWriters let a token change properties of users at large.
var generalWriters = []string{"User.ReadWrite.All", "Directory.ReadWrite.All", "Directory.AccessAsUser.All", "User.ReadWrite", "User.ReadWrite.CrossCloud"}

// mayWrite checks that the token's permissions cover a property.
func (c *call) mayWrite(property string) error {
	rule, has := special[property]
	if has && c.holds(rule.permissions...) {
		return nil
	}
	if (!has || rule.general) && c.holds(generalWriters...) {
		return nil
	}
	return denied(insufficient)
}

// values checks the members of a body against the user type and returns them as
// properties; the password is taken out of passwordProfile and returned apart.
func (c *call) values(members map[string]json.RawMessage) (pairs []directory.Pair, password string, err error) {
	names := sorted(members)
	if here := slices.IndexFunc(names, func(name string) bool { return !slices.Contains(profile, name) }); here >= 0 && slices.ContainsFunc(names, inProfile) {
		return nil, "", &graphError{status: http.StatusBadRequest, code: "BadRequest", message: "The request is currently not supported on the targeted entity set"}
	}
	for _, name := range names {
		p, ok := userType().Property(name)
		if !ok {
			if _, navigation := userType().Navigation[strings.TrimSuffix(name, "@odata.bind")]; navigation {
				return nil, "", notHere("the relation '%s' inside a body", name)
			}
			return nil, "", badRequest("Property '%s' does not exist as a declared property or extension property.", name)
		}
		if slices.Contains(readOnly, name) {
			return nil, "", badRequest("Property '%s' is read-only and cannot be set.", name)
		}
		raw := string(members[name])
		if err := schema.Check(p, raw); err != nil {
			return nil, "", err
		}
		if err := c.checkValue(p, raw); err != nil {
			return nil, "", err
		}
		if numbers, _ := schema.Items(raw); name == "businessPhones" && len(numbers) > 1 {
			return nil, "", badRequest("Only one number can be set for property 'businessPhones'.")
		}
		if name == "passwordProfile" {
			if raw, password, err = splitPassword(members[name]); err != nil {
				return nil, "", err
			}
		}
		pairs = append(pairs, directory.Pair{Property: p, Raw: compact(raw)})
	}
	return pairs, password, nil
}

// choices are the values that text properties take besides null.
var choices = map[string][]string{
	"ageGroup":                {"Minor", "NotAdult", "Adult"},
	"consentProvidedForMinor": {"Granted", "Denied", "NotRequired"},
	"passwordPolicies": {"None", "DisablePasswordExpiration", "DisableStrongPassword",
		"DisablePasswordExpiration, DisableStrongPassword", "DisableStrongPassword, DisablePasswordExpiration"},
	"usageLocation": countryCodes,
}

// countryCodes are the two-letter codes of ISO 3166.
var countryCodes = words(`AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
 CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI
 GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI
 LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF
 PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL
 TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW`)

// checkValue refuses a value of the right type that Graph does not take: an empty
// text where null clears a property, and what is none of a property's choices.
func (c *call) checkValue(p *schema.Property, raw string) error {
	items, collection := schema.Items(raw)
	empty := raw == `""` || collection && slices.Contains(items, `""`)
	if empty && p.Kind == schema.String && !inProfile(p.Name) {
		return invalidValue(p.Name, "User")
	}
	allowed, limited := choices[p.Name]
	text := directory.Unquote(raw)
	if limited && raw != "null" && !slices.ContainsFunc(allowed, func(choice string) bool { return strings.EqualFold(choice, text) }) {
		return invalidValue(p.Name, "User")
	}
	return nil
}

func sorted(members map[string]json.RawMessage) []string {
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// compact returns a JSON value without the space between its parts.
func compact(raw string) string {
	if len(raw) == 0 || raw[0] != '{' && raw[0] != '[' {
		return raw
	}
	var value any
	decoder := json.NewDecoder(strings.NewReader(raw))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil {
		return raw
	}
	written, err := plainjson.Marshal(value)
	if err != nil {
		return raw
	}
	return string(written)
}

// splitPassword returns a password profile without its password, and the password.
func splitPassword(raw json.RawMessage) (profile, password string, err error) {
	if string(raw) == "null" {
		return "null", "", nil
	}
	var p struct {
		Force    *bool   `json:"forceChangePasswordNextSignIn"`
		ForceMFA *bool   `json:"forceChangePasswordNextSignInWithMfa"`
		Password *string `json:"password"`
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		return "", "", invalidValue("passwordProfile", "User")
	}
	if p.Password != nil {
		password = *p.Password
		if password == "" {
			return "", "", invalidValue("password", "User")
		}
	}
	yes := func(b *bool, otherwise bool) string {
		if b != nil {
			otherwise = *b
		}
		if otherwise {
			return "true"
		}
		return "false"
	}
	return `{"forceChangePasswordNextSignIn":` + yes(p.Force, true) + `,"forceChangePasswordNextSignInWithMfa":` + yes(p.ForceMFA, false) + `,"password":null}`, password, nil
}

// strongPassword refuses a password that Entra's policy would: 8 to 256
// characters, of three of the four kinds, without the user's own name
// (https://learn.microsoft.com/entra/identity/authentication/concept-sspr-policy).
func strongPassword(password, upn string) error {
	var lower, upper, digit, sign int
	length := 0
	for _, r := range password {
		length++
		switch {
		case unicode.IsLower(r):
			lower = 1
		case unicode.IsUpper(r):
			upper = 1
		case unicode.IsDigit(r):
			digit = 1
		default:
			sign = 1
		}
	}
	local, _, _ := strings.Cut(strings.ToLower(upn), "@")
	named := len(local) > 3 && strings.Contains(strings.ToLower(password), local)
	if length < 8 || length > 256 || lower+upper+digit+sign < 3 || named {
		return &graphError{status: 400, code: "Request_BadRequest", target: "password",
			message: "The specified password does not comply with password complexity requirements. Please provide a different password.",
			details: []errorDetail{{Code: "PasswordComplexity", Message: "8 to 256 characters, of at least three of: small letters, capitals, digits, signs; without the user's name.", Target: "passwordProfile"}}}
	}
	return nil
}

// principalName refuses a user principal name that Entra would: its form, and a
// domain that the tenant has not verified.
func (c *call) principalName(upn string) error {
	local, domain, ok := strings.Cut(upn, "@")
	if !ok || local == "" || domain == "" || len(upn) > 113 || strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || !upnCharacters(local) {
		return badRequest("Property userPrincipalName is invalid.")
	}
	for _, verified := range c.store.Tenant().Domains {
		if strings.EqualFold(domain, verified) {
			return nil
		}
	}
	return badRequest("The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization.")
}

func upnCharacters(local string) bool {
	for _, r := range local {
		if !(r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("'.-_!#^~", r))) {
			return false
		}
	}
	return true
}
