package handlers

import (
	"context"

	"msgraph-user/graph"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/xsoar"
)

// testModule is the Test button. It cannot try an authorization code: the
// platform keeps no integration context for it, so the code would be spent and
// the refresh token lost.
func testModule(inv *engine.Invocation) ([]engine.Step, error) {
	if inv.UsesAuthorizationCode() {
		e := failure.Parameter("creds_auth_code", "The Test button cannot check the sign-in with an authorization code: it would use up the code and keep no token.")
		e.Advice = "Save the instance and run !msgraph-user-test in the War Room."
		return nil, e
	}
	return testConnection(inv)
}

// testConnection asks Graph for as little as it gives.
func testConnection(*engine.Invocation) ([]engine.Step, error) {
	return []engine.Step{{Request: graph.ListUsers(graph.ListOptions{Select: "id", Top: "1"}), Read: engine.Page}}, nil
}

func showOK(*engine.Invocation, []engine.Outcome) ([]xsoar.Entry, error) {
	return []xsoar.Entry{said("ok")}, nil
}

func generateLoginURL(_ context.Context, inv *engine.Invocation) ([]xsoar.Entry, error) {
	address, err := inv.AuthorizeURL()
	if err != nil {
		return nil, err
	}
	return done(`### Authorize the instance
1. Open the [sign-in page](%s) and sign in as the administrator that the commands act for.
2. The browser ends at the redirect URI. Copy what stands between "code=" and "&session_state" in its address.
3. Enter it as the **Authorization code** of the instance and save.
4. Run !msgraph-user-test.

The page in full: %s
`, address, address), nil
}

func resetAuthorization(ctx context.Context, inv *engine.Invocation) ([]xsoar.Entry, error) {
	if err := inv.ResetAuthorization(ctx); err != nil {
		return nil, err
	}
	return done("The stored tokens are deleted. Enter a new authorization code in the instance (!msgraph-user-generate-login-url shows where to get it), save, and run !msgraph-user-test."), nil
}
