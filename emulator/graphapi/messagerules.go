package graphapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/schema"
)

func ruleType() *schema.Type { return schema.MustLookup("messageRule") }

// ruleProperties are those of a rule that a caller may set.
var ruleProperties = words("actions conditions displayName exceptions isEnabled sequence")

// mailbox finds the user of the path, who has a mailbox, and checks that the folder is
// the inbox: other folders have no rules. Who has a mailbox the tenant tells by the
// address.
func (c *call) mailbox() (*directory.Object, error) {
	u, err := c.user()
	if err != nil {
		return nil, &graphError{status: http.StatusNotFound, code: "ErrorInvalidUser", message: "The requested user '" + c.vars["user-id"] + "' is invalid."}
	}
	switch {
	case strings.EqualFold(u.Text("userType"), "Guest") || u.Text("mail") == "":
		return nil, &graphError{status: http.StatusNotFound, code: "MailboxNotEnabledForRESTAPI",
			message: "The mailbox is either inactive, soft-deleted, or is hosted on-premise."}
	case !strings.EqualFold(c.vars["mailFolder-id"], "inbox"):
		return nil, itemNotFound()
	}
	return u, nil
}

func itemNotFound() *graphError {
	return &graphError{status: http.StatusNotFound, code: "ErrorItemNotFound", message: "The specified object was not found in the store."}
}

func (c *call) rules(u *directory.Object) string {
	return "users('" + u.ID + "')/mailFolders('inbox')/messageRules"
}

// listRules is https://learn.microsoft.com/graph/api/mailfolder-list-messagerules.
func listRules(c *call) (reply, error) {
	u, err := c.mailbox()
	if err != nil {
		return reply{}, err
	}
	found := c.store.Owned(u.ID, "messageRule")
	slices.SortStableFunc(found, func(a, b *directory.Object) int { return sequence(a) - sequence(b) })
	return c.collectOwned(found, ruleType(), c.rules(u), false)
}

// sequence is a rule's place in the order in which rules run.
func sequence(o *directory.Object) int {
	n, _ := strconv.Atoi(o.Raw(o.Type.Must("sequence"))) // stored values are checked before
	return n
}

func getRule(c *call) (reply, error) {
	u, o, err := c.rule()
	if err != nil {
		return reply{}, err
	}
	return c.one(o, c.rules(u), false)
}

func (c *call) rule() (u, rule *directory.Object, err error) {
	if u, err = c.mailbox(); err != nil {
		return nil, nil, err
	}
	for _, o := range c.store.Owned(u.ID, "messageRule") {
		if o.ID == c.vars["messageRule-id"] {
			return u, o, nil
		}
	}
	return nil, nil, itemNotFound()
}

// createRule is https://learn.microsoft.com/graph/api/mailfolder-post-messagerules. A
// rule that does not say that it is enabled is not.
func createRule(c *call) (reply, error) {
	u, err := c.mailbox()
	if err != nil {
		return reply{}, err
	}
	members, err := c.body()
	if err != nil {
		return reply{}, err
	}
	pairs, err := c.pairs(ruleType(), members, ruleProperties...)
	if err != nil {
		return reply{}, err
	}
	pair := func(name, raw string) directory.Pair {
		return directory.Pair{Property: ruleType().Must(name), Raw: raw}
	}
	last := 0
	for _, o := range c.store.Owned(u.ID, "messageRule") {
		last = max(last, sequence(o))
	}
	o := directory.NewObject(ruleType(), "AQ"+newToken(6), pair("isEnabled", "false"), pair("isReadOnly", "false"), pair("hasError", "false"), pair("sequence", strconv.Itoa(last+1)))
	o = o.With(pairs...)
	err = c.update(func(tx *directory.Tx) error {
		if tx.User(u.ID) == nil {
			return &directory.NotFoundError{Ref: u.ID}
		}
		tx.Own(u.ID, o)
		return nil
	})
	if err != nil {
		return reply{}, err
	}
	return c.created(o, c.rules(u)), nil
}

// updateRule is https://learn.microsoft.com/graph/api/messagerule-update.
func updateRule(c *call) (reply, error) {
	u, _, err := c.rule()
	if err != nil {
		return reply{}, err
	}
	members, err := c.body()
	if err != nil {
		return reply{}, err
	}
	pairs, err := c.pairs(ruleType(), members, ruleProperties...)
	if err != nil {
		return reply{}, err
	}
	var after *directory.Object
	err = c.changeRule(u, func(tx *directory.Tx, rule *directory.Object) {
		after = rule.With(pairs...)
		tx.Own(u.ID, after)
	})
	if err != nil {
		return reply{}, err
	}
	return c.one(after, c.rules(u), false)
}

// deleteRule is https://learn.microsoft.com/graph/api/messagerule-delete.
func deleteRule(c *call) (reply, error) {
	u, _, err := c.rule()
	if err != nil {
		return reply{}, err
	}
	err = c.changeRule(u, func(tx *directory.Tx, rule *directory.Object) { tx.Disown(u.ID, rule.Type.Name, rule.ID) })
	if err != nil {
		return reply{}, err
	}
	return noContent(), nil
}

func (c *call) changeRule(u *directory.Object, change func(tx *directory.Tx, rule *directory.Object)) error {
	return c.update(func(tx *directory.Tx) error {
		rule := tx.Owned(u.ID, "messageRule", c.vars["messageRule-id"])
		switch {
		case rule == nil:
			return itemNotFound()
		case rule.Is("isReadOnly"):
			return &graphError{status: http.StatusForbidden, code: "ErrorAccessDenied", message: "The rule is read-only and cannot be changed."}
		}
		change(tx, rule)
		return nil
	})
}
