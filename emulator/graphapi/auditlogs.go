package graphapi

import (
	"net/http"
	"slices"
	"time"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/odata"
	"msgraph-user/emulator/schema"
)

// kept returns since when the tenant's licence lets audits and sign-ins be read
// (https://learn.microsoft.com/entra/identity/monitoring-health/reference-reports-data-retention).
func (c *call) kept() time.Time {
	if c.api.store.Tenant().License == directory.Free {
		return c.at.AddDate(0, 0, -7)
	}
	return c.at.Add(-directory.AuditRetention)
}

// listSignIns is https://learn.microsoft.com/graph/api/signin-list: the latest first.
func listSignIns(c *call) (reply, error) {
	found := c.belongings("signIn", "userId")
	found = slices.DeleteFunc(found, func(o *directory.Object) bool { return o.Time("createdDateTime").Before(c.kept()) })
	slices.SortStableFunc(found, func(a, b *directory.Object) int { return b.Time("createdDateTime").Compare(a.Time("createdDateTime")) })
	return c.collect(listed(found), schema.MustLookup("signIn"), "auditLogs/signIns")
}

func getSignIn(c *call) (reply, error) {
	_, o := c.store.Belonging("signIn", c.vars["signIn-id"])
	if o == nil || o.Time("createdDateTime").Before(c.kept()) {
		return reply{}, notFound(c.vars["signIn-id"])
	}
	return c.one(o, "auditLogs/signIns", false)
}

// listAudits is https://learn.microsoft.com/graph/api/directoryaudit-list: the latest
// first.
func listAudits(c *call) (reply, error) {
	return c.collect(listed(c.store.Audits(c.kept())), schema.MustLookup("directoryAudit"), "auditLogs/directoryAudits")
}

func getAudit(c *call) (reply, error) {
	id := c.vars["directoryAudit-id"]
	for _, o := range c.store.Audits(c.kept()) {
		if o.ID == id {
			return c.one(o, "auditLogs/directoryAudits", false)
		}
	}
	return reply{}, notFound(id)
}

// belongings returns all belongings of a type, or those of the object that the query
// demands with the property called owner.
func (c *call) belongings(typeName, owner string) []*directory.Object {
	options, err := c.options()
	if err != nil {
		return nil // it is refused later
	}
	id := odata.Demanded(options.Filter, owner)
	if id == "" {
		return c.store.Belongings(typeName)
	}
	o := c.store.Get(id)
	if o == nil {
		return nil
	}
	return c.store.Owned(o.ID, typeName)
}

// unlicensed are the refusals of what the tenant has no licence for.
var unlicensed = map[area]graphError{
	auditLogArea: {status: http.StatusForbidden, code: "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
		message: "Neither tenant is B2C or tenant doesn't have premium license"},
	protectionArea: {status: http.StatusForbidden, code: "Forbidden", message: "Your tenant is not licensed for this feature."},
	roleArea: {status: http.StatusBadRequest, code: "AadPremiumLicenseRequired",
		message: "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license."},
}

// licensed refuses what the tenant has no licence for.
func (c *call) licensed() error {
	if c.route.license == "" || c.api.store.Tenant().License.Has(c.route.license) {
		return nil
	}
	refusal := unlicensed[c.route.area]
	return &refusal
}
