package emulator_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"msgraph-user/emulator"
)

// What a request reads or writes decides what is least, not only its path.
func TestLeastPermissions(t *testing.T) {
	const user = "/v1.0/users/dele.okafor@larkspur.example"
	for _, c := range []struct {
		method, path, body string
		want               []string
	}{
		{"GET", user + "?$select=displayName,mail", "", []string{"User.ReadBasic.All"}},
		{"GET", user + "?$select=displayName,jobTitle", "", []string{"User.Read.All"}},
		{"GET", user + "?$select=signInActivity", "", []string{"User.Read.All", "AuditLog.Read.All"}},
		{"PATCH", user, `{"accountEnabled":false}`, []string{"User.EnableDisableAccount.All", "User.Read.All"}},
		{"PATCH", user, `{"passwordProfile":{"password":"Practice-5678"}}`, []string{"User-PasswordProfile.ReadWrite.All"}},
		{"PATCH", user, `{"jobTitle":"Adviser","mobilePhone":"+1 503 555 0199"}`, []string{"User.ReadWrite.All", "User-Phone.ReadWrite.All"}},
		{"POST", user + "/revokeSignInSessions", "", []string{"User.RevokeSessions.All"}},
		{"DELETE", user, "", []string{"User.DeleteRestore.All"}},
	} {
		t.Run(c.method+" "+c.path+" "+c.body, func(t *testing.T) {
			x := start(t, emulator.Options{})
			x.do(c.method, c.path, c.body)
			log := x.Requests()
			if got := log[len(log)-1].Least; !slices.Equal(got, c.want) {
				t.Errorf("least is %v, want %v", got, c.want)
			}
		})
	}
}

func TestPermissionsSumUp(t *testing.T) {
	x := start(t, emulator.Options{})
	x.do("PATCH", "/v1.0/users/dele.okafor@larkspur.example", `{"accountEnabled":false}`)
	x.token = x.signIn("33333333-3333-3333-3333-333333333333", "too-little-secret")
	if got := x.do("PATCH", "/v1.0/users/dele.okafor@larkspur.example", `{"accountEnabled":true}`); got.status != http.StatusForbidden {
		t.Fatalf("%d", got.status)
	}
	sums := x.do("GET", "/_emulator/permissions", "").value()
	if len(sums) != 2 {
		t.Fatalf("%v", sums)
	}
	for i, want := range []map[string]any{
		{"displayName": "SOAR practice", "requests": 1.0, "needed": "[User.EnableDisableAccount.All User.Read.All]", "missing": "[]"},
		{"displayName": "SOAR with too little", "requests": 1.0, "needed": "[User.EnableDisableAccount.All User.Read.All]", "missing": "[User.EnableDisableAccount.All User.Read.All]", "excess": "[User.ReadBasic.All]"},
	} {
		for name, value := range want {
			if got := fmt.Sprint(sums[i][name]); got != fmt.Sprint(value) {
				t.Errorf("%s of application %d is %s, want %v", name, i+1, got, value)
			}
		}
	}
	if excess := fmt.Sprint(sums[0]["excess"]); len(excess) < 100 {
		t.Errorf("the excess of an application with forty permissions is %s", excess)
	}
}
