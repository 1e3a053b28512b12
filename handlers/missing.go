package handlers

import (
	"errors"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/xsoar"
)

// suppress turns Graph's 404 into an answer where the instance wants it so
// (parameter handle_error): a playbook then goes on. It is the one rule for all
// commands; what the answer looks like is the command's missing.
func (cmd command) suppress(c *call, err error) ([]xsoar.Entry, error) {
	var e *failure.Error
	if cmd.target == "" || !c.instance.settings.HandleError || !failure.NotFound(err) || !errors.As(err, &e) {
		return nil, err
	}
	missing := cmd.missing
	if missing == nil {
		missing = objectMissing
	}
	return []xsoar.Entry{missing(c, e)}, nil
}

// objectMissing says that the user, or something of the user that the command
// names, does not exist, and what Graph said.
func objectMissing(c *call, e *failure.Error) xsoar.Entry {
	target := c.args.Text(c.target)
	if manager := c.args.Text("manager"); manager != "" {
		return said("The user %s or the manager %s was not found. %s", target, manager, e.Message)
	}
	return said("The user %s was not found. Check the spelling, or look the user up with msgraph-user-list. %s", target, e.Message)
}
