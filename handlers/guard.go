package handlers

import (
	"context"
	"fmt"
	"strings"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
)

// checkGuards refuses a change that the instance's guard rails forbid, before
// anything is sent that would change something.
func (c *call) checkGuards(ctx context.Context) error {
	if c.instance.settings.ReadOnly {
		e := failure.Parameter("read_only", "%s changes something, and this instance is read-only (read_only).", c.command)
		e.Advice = "Use an instance that may change users, or have an administrator clear the parameter."
		return e
	}
	if c.target == "" || len(c.instance.settings.ProtectedUsers) == 0 {
		return nil
	}
	return c.checkProtected(ctx, c.args.Text(c.target))
}

// checkProtected refuses a change of a protected user, under whichever of the
// user's names it was asked for.
func (c *call) checkProtected(ctx context.Context, target string) error {
	if protected, ok := c.instance.protects(target); ok {
		return protectedUser(target, protected)
	}
	user, err := c.do(ctx, graph.GetUser(target, nameProperties))
	if failure.NotFound(err) {
		return nil // there is nobody to protect; the change itself says so
	}
	if err != nil {
		return fmt.Errorf("whether %s is a protected user cannot be seen: %w", target, err)
	}
	for _, name := range namesOf(user) {
		if protected, ok := c.instance.protects(name); ok {
			return protectedUser(target, protected)
		}
	}
	return nil
}

func protectedUser(target, rule string) error {
	e := failure.Parameter("protected_users", "%s is a protected user of this instance (protected_users: %s), whom no command changes.", target, rule)
	e.Advice = "If the change is meant, make it in the Entra admin center, or have an administrator take the user off the list."
	return e
}

// nameProperties are the properties by which a user may be known.
const nameProperties = "id,userPrincipalName,mail,otherMails,proxyAddresses,onPremisesUserPrincipalName"

// namesOf returns all that a user is known by.
func namesOf(user rawjson.Object) []string {
	names := []string{user.Text("id"), user.Text("userPrincipalName"), user.Text("mail"), user.Text("onPremisesUserPrincipalName")}
	for _, list := range []string{"otherMails", "proxyAddresses"} {
		elements, err := rawjson.ParseArray(user.Get(list))
		if err != nil {
			continue // absent or null
		}
		for _, element := range elements {
			address, _ := rawjson.Text(element)
			if _, bare, found := strings.Cut(address, ":"); found { // SMTP:name@domain
				address = bare
			}
			names = append(names, address)
		}
	}
	return names
}

// protects returns the entry of protected_users that name stands for.
func (i *instance) protects(name string) (entry string, ok bool) {
	name = strings.TrimSpace(name)
	for _, protected := range i.settings.ProtectedUsers {
		if name != "" && strings.EqualFold(strings.TrimSpace(protected), name) {
			return protected, true
		}
	}
	return "", false
}
