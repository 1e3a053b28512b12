package graphapi

import (
	"encoding/json"
	"slices"
	"strings"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/schema"
)

// products are the licences that the tenant can describe, with their service plans
// (https://learn.microsoft.com/entra/identity/users/licensing-service-plan-reference).
var products = map[string]struct {
	name  string
	plans []string
}{
	"6fd2c87f-b296-42f0-b197-1e91e994b900": {"ENTERPRISEPACK", []string{"EXCHANGE_S_ENTERPRISE", "SHAREPOINTENTERPRISE", "TEAMS1"}},
	"c7df2760-2c81-4ef7-b578-5b5392b571df": {"ENTERPRISEPREMIUM", []string{"EXCHANGE_S_ENTERPRISE", "SHAREPOINTENTERPRISE", "TEAMS1", "THREAT_INTELLIGENCE"}},
	"05e9a617-0261-4cee-bb44-138d3ef5d965": {"SPE_E3", []string{"EXCHANGE_S_ENTERPRISE", "SHAREPOINTENTERPRISE", "TEAMS1", "AAD_PREMIUM"}},
	"06ebc4ee-1bb5-47dd-8120-11324bc54e06": {"SPE_E5", []string{"EXCHANGE_S_ENTERPRISE", "SHAREPOINTENTERPRISE", "TEAMS1", "AAD_PREMIUM", "AAD_PREMIUM_P2"}},
}

var planIDs = map[string]string{
	"EXCHANGE_S_ENTERPRISE": "efb87545-963c-4e0d-99df-69c6916d9eb0", "SHAREPOINTENTERPRISE": "5dbe027f-2339-4123-9542-606e4d348a72",
	"TEAMS1": "57ff2da0-773e-42df-b2af-ffb7a2317929", "THREAT_INTELLIGENCE": "8e0c0a52-6a6c-4d40-8370-dd62790dcd70",
	"AAD_PREMIUM": "41781fb2-bc02-4b7c-bd55-b576c07bb09d", "AAD_PREMIUM_P2": "eec0eb4f-6444-4f95-aba0-50c24d67f998",
}

// listLicenses is https://learn.microsoft.com/graph/api/user-list-licensedetails: what
// the seed says, or what follows from the user's licences.
func listLicenses(c *call) (reply, error) {
	u, err := c.user()
	if err != nil {
		return reply{}, err
	}
	found := c.store.Owned(u.ID, "licenseDetails")
	if len(found) == 0 {
		found = licensesOf(u)
	}
	return c.collectOwned(found, schema.MustLookup("licenseDetails"), "users('"+u.ID+"')/licenseDetails", false)
}

func licensesOf(u *directory.Object) []*directory.Object {
	var licenses []struct {
		SkuID    string   `json:"skuId"`
		Disabled []string `json:"disabledPlans"`
	}
	_ = json.Unmarshal([]byte(u.Raw(userType().Must("assignedLicenses"))), &licenses) // stored values are checked before
	t := schema.MustLookup("licenseDetails")
	var found []*directory.Object
	for _, license := range licenses {
		product := products[strings.ToLower(license.SkuID)]
		if product.name == "" {
			product.name = "UNKNOWN"
		}
		plans := []map[string]string{}
		for _, name := range product.plans {
			status := "Success"
			if slices.Contains(license.Disabled, planIDs[name]) {
				status = "Disabled"
			}
			plans = append(plans, map[string]string{"servicePlanId": planIDs[name], "servicePlanName": name, "provisioningStatus": status, "appliesTo": "User"})
		}
		raw, _ := json.Marshal(plans) // plain data: cannot fail
		found = append(found, directory.NewObject(t, directory.StableID("licenseDetails", u.ID+license.SkuID),
			directory.Pair{Property: t.Must("servicePlans"), Raw: string(raw)}, directory.Pair{Property: t.Must("skuId"), Raw: directory.Quote(license.SkuID)},
			directory.Pair{Property: t.Must("skuPartNumber"), Raw: directory.Quote(product.name)}))
	}
	return found
}
