package engine

import (
	"testing"

	"msgraph-user/internal/definition"
	"msgraph-user/internal/failure"
)

const (
	adele   = "AdeleV@contoso.example"
	adeleID = "87d349ed-44d7-43e1-9a83-5f2406dee5bd"
)

// invocation returns an invocation of cmd with arguments as a caller gives them.
func invocation(t *testing.T, cmd Command, args map[string]any) *Invocation {
	t.Helper()
	described := &definition.Command{Name: "command"}
	for name := range args {
		described.Args = append(described.Args, definition.Argument{Name: name})
	}
	checked, err := described.Arguments(args)
	if err != nil {
		t.Fatal(err)
	}
	return &Invocation{Command: "command", Args: checked, command: cmd, options: &Options{}, told: &aftermath{}}
}

// Whose absence a 404 tells. What does not say that the target is unknown is an
// error: nothing was done, or nobody knows.
func TestWhatA404IsAbout(t *testing.T) {
	account := Command{Target: "user"}
	method := Command{Target: "user", Object: "method_id"}
	pass := Command{Target: "user", Object: "method_id", ObjectNotFound: ErrorAlways}
	user := map[string]any{"user": adele}
	withMethod := map[string]any{"user": adele, "method_id": "zzz"}
	for _, c := range []struct {
		name          string
		cmd           Command
		args          map[string]any
		code, message string
		unknown       bool
	}{
		{"the directory names the user", account, user, "Request_ResourceNotFound", "Resource 'AdeleV@contoso.example' does not exist or one of its queried reference-property objects are not present.", true},
		{"in another letter case", account, user, "Request_ResourceNotFound", "Resource 'adelev@CONTOSO.example' does not exist.", true},
		{"by the id that a guard rail saw", account, user, "Request_ResourceNotFound", "Resource '" + adeleID + "' does not exist.", true},
		{"without a name", account, user, "resourceNotFound", "The specified user could not be found.", true},
		{"in fewer words", account, user, "resourceNotFound", "User not found", true},
		{"somebody else", account, user, "Request_ResourceNotFound", "Resource 'other@contoso.example' does not exist.", false},
		{"a longer name that holds the user's", account, user, "Request_ResourceNotFound", "Resource 'xAdeleV@contoso.example.org' does not exist.", false},
		{"the manager", account, map[string]any{"user": adele, "manager": "boss@contoso.example"}, "Request_ResourceNotFound", "Resource 'boss@contoso.example' does not exist.", true},
		{"the method", method, withMethod, "resourceNotFound", "A key with identifier zzz was not found.", true},
		{"a method with a longer id", method, withMethod, "resourceNotFound", "A key with identifier zzz-1 was not found.", false},
		{"a pass that is unknown stays an error", pass, withMethod, "resourceNotFound", "A pass with identifier zzz was not found for user AdeleV@contoso.example.", false},
		{"the user of a pass", pass, withMethod, "resourceNotFound", "The specified user could not be found.", true},
		{"a web page", account, user, "", "with a web page in place of JSON", false},
		{"a back end's routing error", account, user, "", "No HTTP resource was found that matches the request.", false},
		{"a routing error that names the user in its address", account, user, "UnknownError", "No HTTP resource was found that matches the request URI 'https://mface.example/odata/users('AdeleV@contoso.example')'.", false},
		{"a missing mailbox", account, user, "MailboxNotEnabledForRESTAPI", "The mailbox of AdeleV@contoso.example is either inactive, soft-deleted, or is hosted on-premise.", false},
		{"an operation that is gone", account, user, "resourceNotFound", "The operation was not found for user AdeleV@contoso.example.", false},
		{"an unknown segment", account, user, "BadRequest", "Resource not found for the segment 'revokeSignInSession'.", false},
		{"the user in the form of a URL", account, user, "ResourceNotFound", "User 'AdeleV%40contoso.example' was not found.", true},
		{"a name with an apostrophe, doubled", account, map[string]any{"user": "pat.o'brien@contoso.example"}, "Request_ResourceNotFound", "Resource 'pat.o''brien@contoso.example' does not exist.", true},
		{"other words for nobody", account, user, "NotFound", "Could not find the user.", true},
		{"no user with that id", account, user, "NotFound", "User with the given id could not be found.", true},
		{"a service that is down", account, user, "NotFound", "Service endpoint for AdeleV@contoso.example not found: no healthy upstream", false},
		{"a partition that moves", account, user, "NotFound", "Partition for 'AdeleV@contoso.example' is moving", false},
		{"a missing licence", account, user, "NotFound", "License for AdeleV@contoso.example was not found", false},
		{"a proxy that repeats the address", account, user, "NotFound", "GET https://graph.microsoft.com/v1.0/users/AdeleV@contoso.example - not found on this server", false},
		{"a policy of the user", account, user, "NotFound", "The policy assigned to the user was not found", false},
		{"a user whose name is a word of ours", account, map[string]any{"user": "found"}, "NotFound", "Resource could not be discovered.", false},
		{"nothing in particular", account, user, "resourceNotFound", "Resource not found.", false},
		{"a user whose name holds such a word", account, map[string]any{"user": "mailbox.operations@contoso.example"}, "Request_ResourceNotFound", "Resource 'mailbox.operations@contoso.example' does not exist.", true},
		{"a command without a target", Command{}, user, "Request_ResourceNotFound", "Resource 'AdeleV@contoso.example' does not exist.", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			inv := invocation(t, c.cmd, c.args)
			inv.address = adeleID
			e := &failure.Error{Kind: failure.Refused, Status: 404, Code: c.code, Message: "graph.microsoft.com answered 404 Not Found, " + c.code + ": " + c.message}
			if got := c.cmd.Target != "" && inv.lacks(e); got != c.unknown {
				t.Errorf("unknown target: %v, want %v", got, c.unknown)
			}
		})
	}
}

// An error that stays one names who and what it is about.
func TestA404ThatStaysAnErrorNamesTheTarget(t *testing.T) {
	inv := invocation(t, Command{Target: "user", Object: "policy_id", ObjectNotFound: ErrorAlways}, map[string]any{"user": adele, "policy_id": "t-1"})
	_, err := inv.suppress(&failure.Error{Kind: failure.Refused, Status: 404, Code: "resourceNotFound", Message: "The requested resource does not exist."})
	if want := adele + ": t-1: The requested resource does not exist."; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// What fails after a part of a change was made is no absence: something was done.
func TestA404AfterAPartOfTheChange(t *testing.T) {
	inv := invocation(t, Command{Target: "user"}, map[string]any{"user": adele})
	e := &failure.Error{Kind: failure.Refused, Status: 404, Code: "Request_ResourceNotFound", Message: "Resource 'AdeleV@contoso.example' does not exist.", Changed: true}
	if inv.lacks(e) {
		t.Error("the user counts as unknown")
	}
}
