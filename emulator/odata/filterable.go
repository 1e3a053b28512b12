package odata

import (
	"strings"

	"msgraph-user/emulator/schema"
)

// userFilters says which properties of a user can be filtered by, after
// https://learn.microsoft.com/graph/aad-advanced-queries#user-properties and the
// resource's own page. Those after a + can be filtered by in advanced queries only.
const userFilters = `accountEnabled ageGroup assignedLicenses assignedPlans businessPhones city
consentProvidedForMinor country createdDateTime creationType deletedDateTime department displayName
employeeId externalUserState externalUserStateChangeDateTime faxNumber givenName id identities imAddresses
isResourceAccount jobTitle legalAgeGroupClassification mail mailNickname onPremisesProvisioningErrors
onPremisesSecurityIdentifier onPremisesSyncEnabled onPremisesUserPrincipalName otherMails passwordProfile
provisionedPlans proxyAddresses securityIdentifier serviceProvisioningErrors signInActivity state surname
usageLocation userPrincipalName userType
+companyName +employeeHireDate +employeeLeaveDateTime +employeeOrgData +employeeType +mobilePhone
+officeLocation +onPremisesExtensionAttributes +onPremisesImmutableId +onPremisesLastSyncDateTime
+onPremisesSamAccountName +passwordPolicies +postalCode +preferredLanguage +showInAddressList
+streetAddress`

// filterable finds the property that a filter names, and notes whether filtering
// by it at all is an advanced query.
func (c *compiler) filterable(name string) (*schema.Property, error) {
	p, ok := c.root.Fold(name)
	if !ok {
		return nil, unsupported("Property '%s' does not exist as a declared property or extension property.", name)
	}
	c.used = append(c.used, p)
	if c.root.Name != "user" {
		return p, nil
	}
	for word := range strings.FieldsSeq(userFilters) {
		word, advanced := strings.CutPrefix(word, "+")
		if word == p.Name {
			if advanced {
				c.property(p)
			}
			return p, nil
		}
	}
	return nil, unsupported("Unsupported or invalid query filter clause specified for property '%s' of resource '%s'.", p.Name, resource(c.root))
}

// resource is how Graph's messages call a type.
func resource(t *schema.Type) string { return strings.ToUpper(t.Name[:1]) + t.Name[1:] }
