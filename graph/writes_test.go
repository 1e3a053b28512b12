package graph_test

import (
	"net/http"
	"os"
	"regexp"
	"testing"

	"msgraph-user/graph"
)

// TestWhatIsSentAgain says which requests are sent again when an answer was lost.
func TestWhatIsSentAgain(t *testing.T) {
	far := newFarSide(t)
	yes := true
	const id = "87d349ed-44d7-43e1-9a83-5f2406dee5bd"
	for name, test := range map[string]struct {
		request graph.Request
		want    bool
	}{
		"read":                               {graph.GetUser(adele, ""), true},
		"disable":                            {graph.SetAccountEnabled(adele, false), true},
		"enable":                             {graph.SetAccountEnabled(adele, true), true},
		"disable, and set something else":    {graph.UpdateUser(adele, map[string]any{"accountEnabled": false, "jobTitle": "x"}), false},
		"update":                             {graph.UpdateUser(adele, map[string]any{"jobTitle": "x"}), false},
		"password":                           {graph.SetPasswordProfile(adele, graph.PasswordProfile{Password: "x"}), false},
		"force a new password":               {graph.SetPasswordProfile(adele, graph.PasswordProfile{ForceChangePasswordNextSignIn: &yes}), false},
		"password by id":                     {graph.SetPasswordProfile(id, graph.PasswordProfile{Password: "x"}), false},
		"password on premises":               {graph.ResetPassword(adele, "b", "c"), false},
		"revoke":                             {graph.RevokeSignInSessions(adele), true},
		"assign a manager":                   {far.client.AssignManager(adele, "b"), true},
		"delete by name":                     {graph.DeleteUser(adele), false},
		"delete by id":                       {graph.DeleteUser(id), true},
		"delete a method by the user's name": {graph.DeleteMethod(graph.Phone, adele, id), false},
		"delete a method by the user's id":   {graph.DeleteMethod(graph.FIDO2, id, "m-1"), true},
		"create":                             {graph.CreateUser("a", 1), false},
		"create a pass":                      {graph.CreateTemporaryAccessPass(id, graph.TemporaryAccessPassSettings{}), false},
		"create a secret":                    {graph.AddPassword(id, "b"), false},
		"a write that the table has not got": {graph.Request{Method: http.MethodPost, Template: "/users/{user}/unknown"}, false},
	} {
		if test.request.Repeatable != test.want {
			t.Errorf("%s: sent again %t, want %t", name, test.request.Repeatable, test.want)
		}
		if test.request.Method != http.MethodGet && test.request.Path != "" && test.request.IfLost == "" {
			t.Errorf("%s: nothing says how to check a lost answer", name)
		}
	}
}

// TestOperationsShowsWhatIsSentAgain holds the documentation to the table.
func TestOperationsShowsWhatIsSentAgain(t *testing.T) {
	text, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile(`(?m)^\| ([^|]+) \| (yes|by id only|no) \|$`).FindAllStringSubmatch(string(text), -1)
	if len(rows) != len(graph.Writes) {
		t.Fatalf("docs/operations.md has %d rows, the code %d", len(rows), len(graph.Writes))
	}
	for i, w := range graph.Writes {
		if rows[i][1] != w.What || rows[i][2] != string(w.Again) {
			t.Errorf("docs/operations.md says %q, the code: %s, %s", rows[i][0], w.What, w.Again)
		}
	}
}

// TestTheUserOfARequest reads back the user that a path names.
func TestTheUserOfARequest(t *testing.T) {
	for _, name := range []string{adele, "$svc.o'neil@contoso.com", "ann_x.com#EXT#@contoso.com", "a/b", "%2F", "('x')"} {
		for _, r := range []graph.Request{graph.GetUser(name, ""), graph.GetManager(name), graph.DeleteMethod(graph.Phone, name, "m")} {
			if got := r.User(); got != name {
				t.Errorf("%s is about %q, want %q", r.Path, got, name)
			}
		}
	}
	for _, r := range []graph.Request{graph.ListUsers(graph.ListOptions{}), graph.UserDelta(""), graph.AddPassword("sp", "x"), graph.CreateUser("n", nil)} {
		if got := r.User(); got != "" {
			t.Errorf("%s is about %q", r.Path, got)
		}
	}
}
