package graphapi

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/schema"
)

// passType is the type of a temporary access pass.
func passType() *schema.Type { return schema.MustLookup("temporaryAccessPassAuthenticationMethod") }

// passes returns a user's temporary access pass with what it is good for now.
func (c *call) passes(u *directory.Object) []*directory.Object {
	var found []*directory.Object
	for _, pass := range c.store.Owned(u.ID, passType().Name) {
		found = append(found, c.usability(pass))
	}
	return found
}

// usability works out isUsable and methodUsabilityReason
// (https://learn.microsoft.com/graph/api/resources/temporaryaccesspassauthenticationmethod).
func (c *call) usability(pass *directory.Object) *directory.Object {
	start := pass.Time("startDateTime")
	minutes, _ := strconv.Atoi(pass.Raw(passType().Must("lifetimeInMinutes")))
	usable, reason := "true", "EnabledByPolicy"
	switch {
	case c.at.Before(start):
		usable, reason = "false", "NotYetValid"
	case !c.at.Before(start.Add(time.Duration(minutes) * time.Minute)):
		usable, reason = "false", "Expired"
	}
	return pass.With(
		directory.Pair{Property: passType().Must("isUsable"), Raw: usable},
		directory.Pair{Property: passType().Must("methodUsabilityReason"), Raw: directory.Quote(reason)},
	)
}

// createPass is https://learn.microsoft.com/graph/api/authentication-post-temporaryaccesspassmethods.
// The pass itself is in this answer and in no other.
func createPass(c *call, u *directory.Object) (reply, error) {
	pairs, err := c.methodValues(passType().Name, "startDateTime", "lifetimeInMinutes", "isUsableOnce")
	if err != nil {
		return reply{}, err
	}
	if strings.EqualFold(u.Text("userType"), "Guest") {
		return reply{}, methodBadRequest("A Temporary Access Pass cannot be added to an external guest user.")
	}
	if !c.passAllowed(u) {
		return reply{}, &graphError{status: http.StatusForbidden, code: "accessDenied", message: "Converged UserCredentialPolicy does not allow creating or updating this authentication method. AuthMethodType [TemporaryAccessPass]."}
	}
	pass, err := c.newPass(pairs)
	if err != nil {
		return reply{}, err
	}
	err = c.update(func(tx *directory.Tx) error {
		for _, old := range tx.AllOwned(u.ID, passType().Name) {
			if c.usability(old).Text("methodUsabilityReason") != "Expired" {
				return methodBadRequest("Failed to create: the user has a Temporary Access Pass already. Delete it first.")
			}
			tx.Disown(u.ID, passType().Name, old.ID)
		}
		tx.Own(u.ID, pass)
		return nil
	})
	if err != nil {
		return reply{}, err
	}
	shown := c.usability(pass).With(directory.Pair{Property: passType().Must("temporaryAccessPass"), Raw: directory.Quote(newPassText())})
	return c.created(shown, "users/"+u.ID+"/authentication/temporaryAccessPassMethods"), nil
}

// passAllowed reports whether the tenant's policy covers a user: everybody, or
// who is in a group that it includes, and never who is in one that it excludes.
func (c *call) passAllowed(u *directory.Object) bool {
	policy := c.store.Tenant().TemporaryAccessPass
	groups := c.transitive(u.ID)
	among := func(targets []string) bool {
		return slices.ContainsFunc(groups, func(group *directory.Object) bool {
			return slices.ContainsFunc(targets, func(target string) bool {
				return strings.EqualFold(target, group.ID) || strings.EqualFold(target, group.Text("displayName"))
			})
		})
	}
	everybody := len(policy.Included) == 0 || slices.Contains(policy.Included, "all_users")
	return !policy.Disabled && (everybody || among(policy.Included)) && !among(policy.Excluded)
}

func (c *call) newPass(pairs []directory.Pair) (*directory.Object, error) {
	t, policy := passType(), c.store.Tenant().TemporaryAccessPass
	pass := directory.NewObject(t, directory.NewID(),
		directory.Pair{Property: t.Must("createdDateTime"), Raw: stampNow(c.at)},
		directory.Pair{Property: t.Must("startDateTime"), Raw: stampNow(c.at)},
		directory.Pair{Property: t.Must("lifetimeInMinutes"), Raw: strconv.Itoa(policy.DefaultLifetime)},
		directory.Pair{Property: t.Must("isUsableOnce"), Raw: "false"},
	)
	for _, pair := range pairs {
		if pair.Raw != "null" {
			pass = pass.With(pair)
		}
	}
	minutes, err := strconv.Atoi(pass.Raw(t.Must("lifetimeInMinutes")))
	if err != nil || minutes < policy.MinimumLifetime || minutes > policy.MaximumLifetime {
		return nil, methodBadRequest("lifetimeInMinutes must be between %d and %d.", policy.MinimumLifetime, policy.MaximumLifetime)
	}
	start := pass.Time("startDateTime")
	if start.Before(c.at.Add(-startGrace)) {
		return nil, methodBadRequest("startDateTime must not be in the past.")
	}
	return pass.With(directory.Pair{Property: t.Must("startDateTime"), Raw: stampNow(start)}), nil
}

// startGrace is how far a pass may begin in the past: clocks differ.
const startGrace = 5 * time.Minute

// newPassText makes a pass of eight characters, as the default policy does.
func newPassText() string {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789+&%#"
	text := make([]byte, 8)
	rand.Read(text) // never fails: crypto/rand ends the program instead
	for i, b := range text {
		text[i] = letters[int(b)%len(letters)]
	}
	return string(text)
}
