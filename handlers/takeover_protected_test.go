package handlers_test

import (
	"errors"
	"strings"
	"testing"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
)

// A user who was deleted is protected by any name; nothing is restored then.
func TestWhoIsProtectedIsNotRestored(t *testing.T) {
	for _, name := range []string{victim, "ada@contoso.example", victimID} {
		params := instanceParams()
		params["protected_users"] = name
		far := &describedGraph{answers: []scripted{ok("GET /directory/deletedItems/microsoft.graph.user", page(
			`{"id":"`+victimID+`","userPrincipalName":"11111111000000000000000000000001`+victim+`","otherMails":["ada@contoso.example"],"proxyAddresses":[]}`))}}
		for _, user := range []string{victim, victimID + ",b@contoso.example"} {
			_, _, err := takeover(t, far, engine.Call{Command: "msgraph-user-restore", Args: map[string]any{"user": user}, Params: params})
			e, _ := errors.AsType[*failure.Error](err)
			if e == nil || len(far.changes()) > 0 || e.Results == nil && e.Parameter != "protected_users" {
				t.Errorf("%s, protected as %s: %q, %v", user, name, far.changes(), err)
			}
		}
	}
}

// Who looks at the names of a synchronized user is told what has to be done on
// premises.
func TestDisablingASynchronizedUserSaysWhatIsLeft(t *testing.T) {
	params := instanceParams()
	params["protected_users"] = "boss@contoso.example"
	seen := ok("GET /users/"+victim+"?$select=id,userPrincipalName", `{"id":"`+victimID+`","userPrincipalName":"`+victim+`","otherMails":[],"proxyAddresses":[],"onPremisesSyncEnabled":true,"onPremisesSamAccountName":"adele"}`)
	far := &describedGraph{answers: []scripted{seen, gone("PATCH /users/")}}
	far.t, far.command = t, "msgraph-user-account-disable"
	for _, user := range []any{victim, []any{victim, "boss@contoso.example"}} {
		var advice []string
		service := newService(t, unheld{far}, engine.Options{Now: atRecording})
		store := withToken(recordedNow + 3000)
		_, err := service.Run(t.Context(), engine.Call{Command: "msgraph-user-account-disable", Args: map[string]any{"user": user}, Params: params, Store: store, Advise: func(text string) { advice = append(advice, text) }})
		if err != nil || !strings.Contains(strings.Join(advice, " "), "Disable-ADAccount -Identity 'adele'") {
			t.Errorf("%v, %q", err, advice)
		}
	}
}
