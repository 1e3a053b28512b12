package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
)

// checkGuards refuses a change that the instance's guard rails forbid, before
// anything is sent that would change something.
func (inv *Invocation) checkGuards(ctx context.Context) error {
	if err := inv.checkReadOnly(); err != nil {
		return err
	}
	if !inv.protectsTarget() {
		return nil
	}
	return inv.checkProtected(ctx)
}

// protectsTarget reports whether the command's target may be a protected user.
func (inv *Invocation) protectsTarget() bool {
	return inv.command.Target != "" && !inv.command.Things && len(inv.instance.settings.ProtectedUsers) > 0
}

// Recognize refuses the user that a step read where that is a protected user of the
// instance. It is for a command whose target no look can find.
func (inv *Invocation) Recognize(user rawjson.Object) error {
	if !inv.protectsTarget() {
		return nil
	}
	return inv.recognize(user)
}

// checkReadOnly refuses any change where the instance is read-only.
func (inv *Invocation) checkReadOnly() error {
	if !inv.instance.settings.ReadOnly {
		return nil
	}
	e := failure.Parameter("read_only", "%s changes something, and this instance is read-only (read_only).", inv.Command)
	e.Advice = "Use an instance that may change users, or ask an administrator to clear the parameter."
	return e
}

// checkProtected refuses a change of a protected user, under whichever of the
// user's names it was asked for. What is changed afterwards is the object that was
// looked at here. A user that Graph does not know is an error: nothing is sent.
func (inv *Invocation) checkProtected(ctx context.Context) error {
	target := inv.User()
	if protected, ok := inv.instance.protects(target); ok {
		return protectedUser(target, protected)
	}
	if inv.command.Recognizes {
		return nil
	}
	look := inv.ask(ctx, graph.GetUser(target, nameProperties), Object)
	if failure.NotFound(look.Err) {
		return look.Err
	}
	if look.Err != nil {
		return fmt.Errorf("cannot find out whether %s is a protected user: %w", target, look.Err)
	}
	return inv.recognize(look.Object)
}

// recognize takes in what Graph shows of the target. The error says that it is a
// protected user, or that this cannot be seen.
func (inv *Invocation) recognize(user rawjson.Object) error {
	if withheld := withheldNames(user); len(withheld) > 0 {
		return unseen(inv.User(), withheld)
	}
	inv.address, inv.names = user.Text("id"), namesOf(user)
	if string(user.Get("onPremisesSyncEnabled")) == "true" {
		inv.synced, inv.account = true, user.Text("onPremisesSamAccountName")
	}
	for _, name := range inv.names {
		if protected, ok := inv.instance.protects(name); ok {
			return protectedUser(inv.User(), protected)
		}
	}
	return nil
}

// withheldNames returns the names of user that Graph did not show. Whoever may
// read a user's addresses sees a list of them, which may be empty but is not null;
// mail and onPremisesUserPrincipalName are null for many users.
func withheldNames(user rawjson.Object) []string {
	var withheld []string
	for _, name := range []string{"id", "userPrincipalName"} {
		if user.Text(name) == "" {
			withheld = append(withheld, name)
		}
	}
	if !isListOfTexts(user.Get("proxyAddresses")) {
		withheld = append(withheld, "proxyAddresses")
	}
	if value := user.Get("otherMails"); value != nil && !isListOfTexts(value) {
		withheld = append(withheld, "otherMails")
	}
	return withheld
}

// isListOfTexts reports whether a value can be compared with names.
func isListOfTexts(value json.RawMessage) bool {
	elements, err := rawjson.ParseArray(value)
	return err == nil && !slices.ContainsFunc(elements, func(element json.RawMessage) bool {
		_, isText := rawjson.Text(element)
		return !isText
	})
}

// unseen refuses a change of a user whose names cannot be compared.
func unseen(target string, withheld []string) error {
	e := failure.Parameter("protected_users", "It is unknown whether %s is a protected user, because Graph does not show %s. Nothing was changed.",
		target, strings.Join(withheld, ", "))
	e.Advice = "Grant the permission User.Read.All, or clear protected_users."
	return e
}

func protectedUser(target, rule string) error {
	e := failure.Parameter("protected_users", "%s is a protected user of this instance (protected_users: %s): no command changes this user.", target, rule)
	e.Advice = "If you want this change, make it in the Entra admin center, or ask an administrator to remove the user from the list."
	return e
}

// nameProperties are the properties by which a user may be known, and what tells
// that the user comes from a directory on premises.
const nameProperties = "id,userPrincipalName,mail,otherMails,proxyAddresses,onPremisesUserPrincipalName,onPremisesSyncEnabled,onPremisesSamAccountName"

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
