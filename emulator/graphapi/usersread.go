package graphapi

import (
	"net/http"
	"strings"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/schema"
)

func userType() *schema.Type { return schema.MustLookup("user") }

func listUsers(c *call) (reply, error) {
	return c.collect(stored{c.store, "user"}, userType(), "users")
}

func getUser(c *call) (reply, error) {
	options, err := c.options()
	if err != nil {
		return reply{}, err
	}
	v, err := c.view(userType(), options.Select, true)
	if err != nil {
		return reply{}, err
	}
	expand, err := c.expansion(options.Expand)
	if err != nil {
		return reply{}, err
	}
	u, err := c.user()
	if err != nil {
		return reply{}, err
	}
	if err := c.keeps(u, v); err != nil {
		return reply{}, err
	}
	if v.selects("signInActivity") && !strings.EqualFold(c.vars["user-id"], u.ID) {
		return reply{}, &graphError{status: http.StatusBadRequest, code: "BadRequest", message: "Get By Key only supports UserId and the key has to be a valid Guid"}
	}
	out := v.appendObject(make([]byte, 0, 1024), c.contextMember("users", options.Select), u)
	out = c.appendExpanded(out, u, expand)
	return jsonReply(http.StatusOK, append(out, '}')), nil
}

// contextMember returns the @odata.context of one entity of a set.
func (c *call) contextMember(set, selected string) string {
	if selected != "" {
		set += "(" + selected + ")"
	}
	return `"@odata.context":` + directory.Quote(c.context(set+"/$entity"))
}

// computed are a user's properties that other services work out for everybody: the
// tenant has them of those only whose seed says so.
var computed = strings.Fields("deviceEnrollmentLimit mailboxSettings")

// keeps refuses a property that Graph would have a value of and the tenant has not.
func (c *call) keeps(u *directory.Object, v view) error {
	for _, name := range computed {
		if v.selects(name) && u.Raw(userType().Must(name)) == "" {
			return notHere("the property '%s' of this user", name)
		}
	}
	return nil
}
