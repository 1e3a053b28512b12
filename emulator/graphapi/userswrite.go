package graphapi

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"msgraph-user/emulator/directory"
)

func stampNow(at time.Time) string { return directory.Quote(at.UTC().Format(time.RFC3339)) }

// createUser is https://learn.microsoft.com/graph/api/user-post-users.
func createUser(c *call) (reply, error) {
	members, err := c.body()
	if err != nil {
		return reply{}, err
	}
	for _, name := range []string{"accountEnabled", "displayName", "mailNickname", "passwordProfile", "userPrincipalName"} {
		if raw := string(members[name]); raw == "" || raw == "null" || raw == `""` {
			return reply{}, missingValue(name, "User")
		}
	}
	pairs, password, err := c.values(members)
	if err != nil {
		return reply{}, err
	}
	if password == "" {
		return reply{}, missingValue("passwordProfile/password", "User")
	}
	upn := directory.Unquote(string(members["userPrincipalName"]))
	if err := c.principalName(upn); err != nil {
		return reply{}, err
	}
	if err := nickname(directory.Unquote(string(members["mailNickname"]))); err != nil {
		return reply{}, err
	}
	if err := strongPassword(password, upn); err != nil {
		return reply{}, err
	}
	u := c.newUser(pairs, password)
	if err := c.update(func(tx *directory.Tx) error { return tx.Put(u) }); err != nil {
		return reply{}, err
	}
	v := c.newView(defaultsOf(userType()))
	response := jsonReply(http.StatusCreated, append(v.appendObject(nil, c.contextMember("users", ""), u), '}'))
	response.header["Location"] = []string{c.link("/users('" + u.ID + "')")}
	return response, nil
}

func nickname(name string) error {
	if len(name) > 64 || strings.ContainsAny(name, `@()\[]";:<>, `) {
		return badRequest("Invalid value specified for property 'mailNickname' of resource 'User'.")
	}
	return nil
}

// newUser returns a user with what Entra adds to what was asked for.
func (c *call) newUser(asked []directory.Pair, password string) *directory.Object {
	t, now := userType(), stampNow(c.at)
	u := directory.NewObject(t, directory.NewID(),
		directory.Pair{Property: t.Must("createdDateTime"), Raw: now},
		directory.Pair{Property: t.Must("lastPasswordChangeDateTime"), Raw: now},
		directory.Pair{Property: t.Must("signInSessionsValidFromDateTime"), Raw: now},
		directory.Pair{Property: t.Must("userType"), Raw: `"Member"`},
	)
	u = u.With(asked...)
	identity, _ := json.Marshal([]map[string]string{{
		"signInType": "userPrincipalName", "issuer": c.store.Tenant().Domains[0], "issuerAssignedId": u.Text("userPrincipalName"),
	}}) // plain text: cannot fail
	if u.Raw(t.Must("identities")) == "" {
		u = u.With(directory.Pair{Property: t.Must("identities"), Raw: string(identity)})
	}
	return u.WithPrivate(&directory.Private{PasswordHash: directory.Hash(password)})
}

// updateUser is https://learn.microsoft.com/graph/api/user-update.
func updateUser(c *call) (reply, error) {
	u, err := c.user()
	if err != nil {
		return reply{}, err
	}
	members, err := c.body()
	if err != nil {
		return reply{}, err
	}
	pairs, password, err := c.values(members)
	if err != nil {
		return reply{}, err
	}
	if err := c.mayUpdate(u, sorted(members)); err != nil {
		return reply{}, err
	}
	if err := c.checkUpdate(u, pairs, password); err != nil {
		return reply{}, err
	}
	err = c.update(func(tx *directory.Tx) error {
		current := tx.User(u.ID)
		if current == nil {
			return &directory.NotFoundError{Ref: c.vars["user-id"]}
		}
		if password != "" && u.ID != c.principal.UserID {
			afterReset(tx, current)
		}
		return tx.Put(updated(current, pairs, password, tx.Now()))
	})
	if err != nil {
		return reply{}, err
	}
	return noContent(), nil
}

// updated returns the user with the new values, and the new password if there is one.
func updated(u *directory.Object, pairs []directory.Pair, password string, at time.Time) *directory.Object {
	u = u.With(pairs...)
	if password == "" {
		return u
	}
	private := directory.Private{}
	if u.Private != nil {
		private = *u.Private
	}
	private.PasswordHash = directory.Hash(password)
	now := stampNow(at)
	return u.WithPrivate(&private).With(
		directory.Pair{Property: userType().Must("lastPasswordChangeDateTime"), Raw: now},
		directory.Pair{Property: userType().Must("signInSessionsValidFromDateTime"), Raw: now},
	)
}

// mayUpdate checks permissions and roles for the properties that are to change.
func (c *call) mayUpdate(u *directory.Object, names []string) error {
	c.needsToWrite(names)
	if c.api.options.NoPermissions {
		return nil
	}
	for _, name := range names {
		if err := c.mayWrite(name); err != nil {
			return err
		}
		if err := c.personMayWrite(name); err != nil {
			return err
		}
	}
	if !c.ofSelf() && slices.ContainsFunc(names, func(name string) bool { return slices.Contains(sensitive, name) }) {
		return c.mayActOn(u)
	}
	return nil
}

// checkUpdate checks what the values mean for this user.
func (c *call) checkUpdate(u *directory.Object, pairs []directory.Pair, password string) error {
	for _, pair := range pairs {
		name := pair.Property.Name
		if u.Is("onPremisesSyncEnabled") && !slices.Contains(cloudOnly, name) {
			return badRequest("Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.")
		}
		switch name {
		case "userPrincipalName":
			if err := c.principalName(directory.Unquote(pair.Raw)); err != nil {
				return err
			}
		case "mailNickname":
			if err := nickname(directory.Unquote(pair.Raw)); err != nil {
				return err
			}
		case "displayName", "accountEnabled":
			if pair.Raw == "null" || pair.Raw == `""` {
				return invalidValue(name, "User")
			}
		}
	}
	if password == "" {
		return nil
	}
	return strongPassword(password, u.Text("userPrincipalName"))
}

// deleteUser is https://learn.microsoft.com/graph/api/user-delete: the user goes
// to the deleted items.
func deleteUser(c *call) (reply, error) {
	u, err := c.user()
	if err != nil {
		return reply{}, err
	}
	if err := c.mayActOn(u); err != nil {
		return reply{}, err
	}
	if u.ID == c.principal.UserID {
		return reply{}, denied("You cannot delete your own account.")
	}
	err = c.update(func(tx *directory.Tx) error {
		current := tx.User(u.ID)
		if current == nil {
			return &directory.NotFoundError{Ref: c.vars["user-id"]}
		}
		tx.Delete(current)
		return nil
	})
	if err != nil {
		return reply{}, err
	}
	return noContent(), nil
}

// revokeSessions is https://learn.microsoft.com/graph/api/user-revokesigninsessions.
// Sign-in compares its grants with the time that moves here; a guest's sessions
// belong to the home tenant and stay.
func revokeSessions(c *call) (reply, error) {
	u, err := c.user()
	if err != nil {
		return reply{}, err
	}
	err = c.update(func(tx *directory.Tx) error {
		current := tx.User(u.ID)
		if current == nil {
			return &directory.NotFoundError{Ref: c.vars["user-id"]}
		}
		return tx.Put(current.With(directory.Pair{Property: userType().Must("signInSessionsValidFromDateTime"), Raw: stampNow(tx.Now())}))
	})
	if err != nil {
		return reply{}, err
	}
	return jsonReply(http.StatusOK, []byte(`{"@odata.context":`+directory.Quote(c.context("Edm.Boolean"))+`,"value":true}`)), nil
}
