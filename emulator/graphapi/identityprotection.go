package graphapi

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/schema"
)

func riskyUserType() *schema.Type { return schema.MustLookup("riskyUser") }

// listRiskyUsers is https://learn.microsoft.com/graph/api/riskyuser-list.
func listRiskyUsers(c *call) (reply, error) {
	return c.collect(listed(c.belongings("riskyUser", "id")), riskyUserType(), "identityProtection/riskyUsers")
}

func getRiskyUser(c *call) (reply, error) {
	_, o := c.store.Belonging("riskyUser", strings.ToLower(c.vars["riskyUser-id"]))
	if o == nil {
		return reply{}, &graphError{status: http.StatusNotFound, code: "ResourceNotFound", message: "The requested risky user was not found."}
	}
	return c.one(o, "identityProtection/riskyUsers", false)
}

// listRiskDetections is https://learn.microsoft.com/graph/api/riskdetection-list. What
// a detection is about is for those with P2.
func listRiskDetections(c *call) (reply, error) {
	found := c.belongings("riskDetection", "userId")
	slices.SortStableFunc(found, func(a, b *directory.Object) int {
		return b.Time("detectedDateTime").Compare(a.Time("detectedDateTime"))
	})
	for i, o := range found {
		found[i] = c.licensedDetection(o)
	}
	return c.collect(listed(found), schema.MustLookup("riskDetection"), "identityProtection/riskDetections")
}

func getRiskDetection(c *call) (reply, error) {
	_, o := c.store.Belonging("riskDetection", c.vars["riskDetection-id"])
	if o == nil {
		return reply{}, &graphError{status: http.StatusNotFound, code: "ResourceNotFound", message: "The requested risk detection was not found."}
	}
	return c.one(c.licensedDetection(o), "identityProtection/riskDetections", false)
}

func (c *call) licensedDetection(o *directory.Object) *directory.Object {
	if c.api.store.Tenant().License.Has(directory.P2) {
		return o
	}
	pair := func(name, raw string) directory.Pair { return directory.Pair{Property: o.Type.Must(name), Raw: raw} }
	return o.With(pair("riskLevel", `"hidden"`), pair("riskDetail", `"hidden"`), pair("riskEventType", `"generic"`))
}

// maxRiskyUsers is how many users a request may treat
// (https://learn.microsoft.com/graph/api/riskyuser-dismiss).
const maxRiskyUsers = 60

// treatRisk sets what is known of the risk of users. Entra takes minutes for it, the
// tenant none.
func treatRisk(state, level, detail string) handler {
	return func(c *call) (reply, error) {
		ids, err := c.userIDs()
		if err != nil {
			return reply{}, err
		}
		err = c.update(func(tx *directory.Tx) error {
			for _, id := range ids {
				u := tx.Get(id)
				switch {
				case u == nil || u.Type.Name != "user":
					return &directory.NotFoundError{Ref: id}
				case strings.EqualFold(u.Text("userType"), "Guest"):
					return badRequest("The user '%s' is a guest, whose risk belongs to the home tenant.", id)
				}
				tx.Own(u.ID, riskOf(u, state, level, detail, stampNow(tx.Now())))
			}
			return nil
		})
		if err != nil {
			return reply{}, err
		}
		return noContent(), nil
	}
}

// userIDs reads the users that a request about risk is for.
func (c *call) userIDs() ([]string, error) {
	members, err := c.body()
	if err != nil {
		return nil, err
	}
	var ids []string
	if err := json.Unmarshal(members["userIds"], &ids); err != nil || len(ids) == 0 || len(members) > 1 {
		return nil, badRequest("The request needs userIds, a list of at least one user's id, and nothing else.")
	}
	if len(ids) > maxRiskyUsers {
		return nil, badRequest("The request names %d users; it may name %d.", len(ids), maxRiskyUsers)
	}
	return ids, nil
}

// riskOf is a user's risk as an administrator sets it; at is a JSON time.
func riskOf(u *directory.Object, state, level, detail, at string) *directory.Object {
	t := riskyUserType()
	pair := func(name, raw string) directory.Pair { return directory.Pair{Property: t.Must(name), Raw: raw} }
	return directory.NewObject(t, u.ID, pair("isDeleted", "false"), pair("isProcessing", "false"), pair("riskDetail", directory.Quote(detail)),
		pair("riskLastUpdatedDateTime", at), pair("riskLevel", directory.Quote(level)), pair("riskState", directory.Quote(state)),
		pair("userDisplayName", u.Raw(userType().Must("displayName"))), pair("userPrincipalName", u.Raw(userType().Must("userPrincipalName"))))
}

// afterReset is what a password that an administrator sets does to a user's risk
// (https://learn.microsoft.com/entra/id-protection/howto-identity-protection-remediate-unblock).
func afterReset(tx *directory.Tx, u *directory.Object) {
	risk := tx.Owned(u.ID, "riskyUser", u.ID)
	if risk == nil || !slices.Contains([]string{"atRisk", "confirmedCompromised"}, risk.Text("riskState")) {
		return
	}
	tx.Own(u.ID, riskOf(u, "remediated", "none", "adminGeneratedTemporaryPassword", stampNow(tx.Now())))
}
