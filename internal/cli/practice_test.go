package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"msgraph-user/emulator"
	"msgraph-user/handlers"
	"msgraph-user/internal/containment"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/graphtest"
)

// The people of the sample company that the commands are tried on.
const (
	plainUser   = "aiko.tanaka@larkspur.example"
	appUser     = "svc-soar@larkspur.onmicrosoft.com" // whose default method is the only one
	emailUser   = "hanna.lindqvist@larkspur.example"
	oathUser    = "tomas.brandt@larkspur.example"
	passUser    = "ivy.chen@larkspur.example"
	guestUser   = "ann.lee_fabrikam.example#EXT#@larkspur.onmicrosoft.com"
	nobody      = "nobody.here@larkspur.example"
	anAdmin     = "nadia.haddad@larkspur.example"
	practicePwd = "Practice-Pa55word"
)

// trial is how one command is tried: with which arguments, and what shows that it
// did what it says.
type trial struct {
	command string
	args    map[string]any
	shows   string         // in the answer's line
	person  bool           // works only signed in as a person
	graph   bool           // asks Graph, so that it can be forbidden
	basic   bool           // User.ReadBasic.All is enough to see names
	missing map[string]any // arguments that name a user who is not there; nil: none can
	// withheld is what the command says where Graph shows less instead of refusing; empty:
	// Graph refuses.
	withheld string
	// unlicensed is what a tenant without a licence says; empty: it needs none.
	unlicensed string
	first      *asked         // what makes the state that the command is tried in
	unknown    map[string]any // arguments that name a thing that is not there; nil: none can
	reads      *asked         // what shows the state afterwards: with now in it, and without not
	now        string
	not        string
}

func of(pairs ...string) map[string]any {
	args := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		args[pairs[i]] = pairs[i+1]
	}
	return args
}

func trials(p *practice, params map[string]any) []trial {
	all := append(takeoverTrials(p.ids(params)), []trial{
		{command: "test-module", shows: `"ok"`, graph: true, basic: true},
		{command: "msgraph-user-test", shows: `"ok"`, graph: true, basic: true},
		{command: "msgraph-user-get", args: of("user", plainUser), shows: "Chief Technology Officer", graph: true, basic: true},
		{command: "msgraph-user-list", args: of("filter", "startswith(displayName,'Aiko')"), shows: "Aiko Tanaka", graph: true, basic: true},
		{command: "msgraph-user-list-changes", args: of("properties", "displayName"), shows: "DeltaLink", graph: true},
		{command: "msgraph-user-get-delta", args: of("properties", "displayName"), shows: "Aiko Tanaka", graph: true},
		{command: "msgraph-user-create", args: of("display_name", "New Hire", "mail_nickname", "new.hire", "password", practicePwd, "user_principal_name", "new.hire@larkspur.example"), shows: "new.hire@larkspur.example", graph: true},
		{command: "msgraph-user-update", args: of("user", plainUser, "updated_fields", "jobTitle=Adviser"), shows: "Adviser", graph: true},
		{command: "msgraph-user-delete", args: of("user", oathUser), shows: oathUser, graph: true},
		{command: "msgraph-user-terminate-session", args: of("user", plainUser), shows: plainUser, graph: true},
		{command: "msgraph-user-account-disable", args: of("user", plainUser), shows: plainUser, graph: true},
		{command: "msgraph-user-unblock", args: of("user", plainUser), shows: plainUser, graph: true},
		{command: "msgraph-user-session-revoke", args: of("user", guestUser), shows: "home tenant", graph: true},
		{command: "msgraph-user-change-password", args: of("user", plainUser, "password", practicePwd), shows: plainUser, graph: true},
		{command: "msgraph-user-force-reset-password", args: of("user", plainUser), shows: plainUser, graph: true},
		{command: "msgraph-user-change-password-on-premise", args: of("user", plainUser, "password", practicePwd), shows: "PollingCommand", person: true, graph: true},
		{command: "msgraph-user-get-manager", args: of("user", plainUser), shows: "Mira Holt", graph: true},
		{command: "msgraph-user-assign-manager", args: of("user", emailUser, "manager", plainUser), shows: plainUser, graph: true},
		{command: "msgraph-direct-reports", args: of("user", "mira.holt@larkspur.example"), shows: "Aiko Tanaka", graph: true},
		{command: "msgraph-user-get-groups", args: of("user", plainUser), shows: "Engineering", graph: true},
		{command: "msgraph-user-owned-devices-list", args: of("user", plainUser), shows: "LAPTOP-", graph: true},
		{command: "msgraph-user-get-auth-methods", args: of("user", plainUser), shows: "fido2AuthenticationMethod", graph: true},
		{command: "msgraph-user-get-user-default-auth-method", args: of("user", plainUser), shows: "DefaultMethod", graph: true},
		{command: "msgraph-user-tap-policy-list", args: of("user_id", passUser), shows: "LifetimeInMinutes", graph: true},
		{command: "msgraph-user-tap-policy-create", args: of("user_id", plainUser, "zip_password", "zip-password", "lifetime_in_minutes", "30"), shows: "TAPPolicyInfo.zip", graph: true},
		{command: "msgraph-user-tap-policy-delete", args: of("user_id", passUser, "policy_id", p.ids(params)("msgraph-user-temp-access-pass-method-list", passUser, "", "id")), shows: passUser, graph: true},
		{command: "msgraph-user-devices-list", args: of("user", plainUser), shows: "LAPTOP-", graph: true},
		{command: "msgraph-user-list-deleted", shows: "Deleted users", graph: true},
		{command: "msgraph-user-containment-verify", args: of("file", record), shows: "not proven unchanged"},
		{command: "msgraph-user-create-mfa-client-secret", shows: "MFAClientSecret", graph: true},
		{command: "msgraph-user-generate-login-url", shows: "oauth2/v2.0/authorize"},
		{command: "msgraph-user-auth-reset", shows: "tokens are deleted"},
	}...)
	for kind, user := range map[string]string{
		"fido2": plainUser, "email": emailUser, "authenticator": appUser, "phone": plainUser,
		"software-oath": oathUser, "windows-hello": plainUser, "temp-access-pass": passUser,
	} {
		id := p.ids(params)("msgraph-user-"+kind+"-method-list", user, "", "id")
		all = append(all,
			trial{command: "msgraph-user-" + kind + "-method-list", args: of("user", user), shows: id, graph: true},
			trial{command: "msgraph-user-" + kind + "-method-list", args: of("user", user, "method_id", id), shows: id, graph: true},
			trial{command: "msgraph-user-" + kind + "-method-delete", args: of("user", user, "method_id", id), shows: id, graph: true})
	}
	for i := range all {
		if all[i].missing = naming(all[i].args, nobody); maps.Equal(all[i].missing, all[i].unknown) {
			all[i].missing = nil // a user who is not there is no more than another thing
		}
	}
	return all
}

// naming returns args with the user replaced; nil where they name none.
func naming(args map[string]any, user string) map[string]any {
	for _, argument := range []string{"user", "user_id"} {
		if _, ok := args[argument]; ok {
			other := map[string]any{}
			for name, value := range args {
				other[name] = value
			}
			other[argument] = user
			return other
		}
	}
	return nil
}

// practice is a practice tenant over HTTP with a program that works on it.
type practice struct {
	*graphtest.Session
	t      *testing.T
	tenant *emulator.Tenant
	base   string
}

func newPractice(t *testing.T) *practice { return newPracticeOf(t, emulator.Options{}) }

func newPracticeOf(t *testing.T, options emulator.Options) *practice {
	tenant, base := graphtest.Tenant(t, options)
	return &practice{start(t), t, tenant, base}
}

// reset undoes what was done, and throws the tokens away with it.
func (p *practice) reset() {
	p.t.Helper()
	if err := p.tenant.Reset(); err != nil {
		p.t.Fatal(err)
	}
}

// ids returns what finds the member of the first thing in a user's list whose name
// begins with name.
func (p *practice) ids(params map[string]any) func(command, user, name, member string) string {
	return func(command, user, name, member string) string {
		p.t.Helper()
		found := p.Call(command, of("user", user), params)
		if found.Error == nil {
			things, isList := found.Result.Entries[0].Contents.([]any)
			if !isList { // a page of Graph's
				things, _ = found.Result.Entries[0].Contents.(map[string]any)["value"].([]any)
			}
			for _, thing := range things {
				properties := thing.(map[string]any)
				if called, _ := properties["displayName"].(string); strings.HasPrefix(called, name) {
					return properties[member].(string)
				}
			}
		}
		p.t.Fatalf("%s of %s has no %q: %s", command, user, name, found.Text)
		return ""
	}
}

// prepare makes the state that a command is tried in.
func (p *practice) prepare(c trial, params map[string]any) {
	p.t.Helper()
	if c.first == nil {
		return
	}
	if got := p.Call(c.first.command, c.first.args, params); got.Error != nil {
		p.t.Fatalf("%s before: %s", c.first.command, got.Text)
	}
}

// as returns the parameters of an application of the tenant.
func (p *practice) as(application, secret string) map[string]any {
	params := emulator.Parameters(p.base)
	params["creds_auth_id"] = map[string]any{"password": application}
	params["creds_enc_key"] = map[string]any{"password": secret}
	return params
}

// asPerson signs a person in through the authorize page and returns the
// parameters of an instance that acts as that person.
func (p *practice) asPerson(upn string) map[string]any {
	p.t.Helper()
	params := p.as(emulator.ReadyApplication, emulator.ReadySecret)
	params["redirect_uri"] = "https://localhost/myapp"
	address := entryText(p.Call("msgraph-user-generate-login-url", nil, params))
	start := strings.Index(address, p.base)
	end := start + strings.IndexAny(address[start:], ") \n")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Get(address[start:end] + "&login_hint=" + url.QueryEscape(upn))
	if err != nil {
		p.t.Fatal(err)
	}
	response.Body.Close()
	location, err := response.Location()
	if err != nil {
		p.t.Fatalf("the authorize page answered %s: %v", response.Status, err)
	}
	params["creds_auth_code"] = map[string]any{"password": location.Query().Get("code")}
	return params
}

func entryText(a graphtest.Reply) string {
	if len(a.Result.Entries) == 0 {
		return ""
	}
	return a.Result.Entries[0].HumanReadable
}

// Every command works against the practice tenant, as the application or, where
// only that can work, as a person; names what is missing, and tells what is not
// allowed.
func TestEveryCommandOnThePracticeTenant(t *testing.T) {
	t.Parallel()
	p := newPractice(t)
	ready := p.as(emulator.ReadyApplication, emulator.ReadySecret)
	loginURL := p.as(emulator.ReadyApplication, emulator.ReadySecret)
	loginURL["redirect_uri"] = "https://localhost/myapp"
	tried := map[string]bool{}
	for _, c := range trials(p, ready) {
		tried[c.command] = true
		t.Run(c.command, func(t *testing.T) {
			p.t = t
			p.reset()
			params := ready
			switch {
			case c.person:
				params = p.asPerson(anAdmin)
			case c.command == "msgraph-user-generate-login-url":
				params = loginURL
			}
			p.prepare(c, ready)
			if got := p.Call(c.command, c.args, params); got.Error != nil || !strings.Contains(got.Text, c.shows) {
				t.Errorf("want %q, got %.600s", c.shows, got.Text)
			}
			if c.reads != nil {
				p.checkReads(c, params)
			}
			if c.unknown != nil {
				p.checkUnknown(c, params)
			}
			if c.missing != nil {
				p.checkMissing(c, params)
			}
			if c.graph {
				p.checkForbidden(c)
			}
		})
	}
	p.t = t
	tried["msgraph-user-create-mfa-client-access-token"], tried["msgraph-user-request-mfa"] = true, true // TestMFA
	for _, name := range commandNames(t) {
		if !tried[name] {
			t.Errorf("%s was not tried", name)
		}
	}
}

func commandNames(t *testing.T) []string {
	defined := definition.Load()
	return defined.CommandNames()
}

// checkMissing asks for somebody who is not there, with suppression and without.
// Which of the two answers a note is the command's policy.
func (p *practice) checkMissing(c trial, params map[string]any) {
	p.t.Helper()
	policy := handlers.Commands()[c.command].NotFound
	strict := maps.Clone(params)
	strict["handle_error"] = false
	for _, asked := range []struct {
		name   string
		params map[string]any
		note   bool
	}{
		{"suppressed", params, policy != engine.ErrorAlways},
		{"raised", strict, policy == engine.NoteAlways},
	} {
		got := p.Call(c.command, c.missing, asked.params)
		switch {
		case !strings.Contains(got.Text, nobody):
			p.t.Errorf("of nobody, %s: the name is not in %.400s", asked.name, got.Text)
		case asked.note && got.Error != nil:
			p.t.Errorf("of nobody, %s: %.400s", asked.name, got.Text)
		case !asked.note && (got.Error == nil || got.Error.Code != -32002 || got.Error.Data["status"] != float64(404)):
			p.t.Errorf("of nobody, %s: %.400s", asked.name, got.Text)
		}
	}
}

// checkForbidden asks as an application with too little.
func (p *practice) checkForbidden(c trial) {
	p.t.Helper()
	weak := p.as("33333333-3333-3333-3333-333333333333", "too-little-secret")
	got := p.Call(c.command, c.args, weak)
	if c.basic { // names are shown, and nothing of the rest
		if got.Error != nil || strings.Contains(got.Text, "Chief Technology Officer") {
			p.t.Errorf("with User.ReadBasic.All: %.400s", got.Text)
		}
		return
	}
	if c.withheld != "" && got.Error != nil && strings.Contains(got.Error.Message, c.withheld) {
		return
	}
	if got.Error == nil || got.Error.Code != -32002 || got.Error.Data["status"] != float64(403) {
		p.t.Errorf("with too little: %.400s", got.Text)
		return
	}
	if !strings.Contains(got.Error.Message, "needs") && !strings.Contains(got.Error.Message, "Only a signed-in person") {
		p.t.Errorf("the refusal does not say what is needed: %s", got.Error.Message)
	}
}

// A person is asked for a second factor and approves; a disabled account cannot.
func TestMFA(t *testing.T) {
	p := newPractice(t)
	ready := p.as(emulator.ReadyApplication, emulator.ReadySecret)
	made := p.Call("msgraph-user-create-mfa-client-secret", nil, ready)
	secret := member(t, made, "MSGraphUser.MFAClientSecret", "MFAClientSecret")
	had := p.Call("msgraph-user-create-mfa-client-access-token", of("client_secret", secret), ready)
	token := member(t, had, "MSGraphUser.MFAAccessToken", "AccessToken")
	if got := p.Call("msgraph-user-request-mfa", of("user_mail", plainUser, "access_token", token), ready); got.Error != nil {
		t.Errorf("approved: %s", got.Text)
	}
	for _, user := range []string{"elena.rossi@larkspur.example", nobody} {
		got := p.Call("msgraph-user-request-mfa", of("user_mail", user, "access_token", token), ready)
		if got.Error == nil || got.Error.Code != -32002 || !strings.Contains(got.Error.Message, user) {
			t.Errorf("%s: %s", user, got.Text)
		}
	}
	forbidden := p.as(emulator.ReadyApplication, emulator.ReadySecret)
	forbidden["allow_secret_generators"] = false
	if got := p.Call("msgraph-user-create-mfa-client-secret", nil, forbidden); got.Error == nil || got.Error.Data["parameter"] != "allow_secret_generators" {
		t.Errorf("where the instance does not allow it: %s", got.Text)
	}
}

func member(t *testing.T, a graphtest.Reply, path, name string) string {
	t.Helper()
	if a.Error != nil {
		t.Fatal(a.Text)
	}
	data, err := json.Marshal(a.Result.Entries[0].EntryContext[path])
	if err != nil {
		t.Fatal(err)
	}
	var object map[string]string
	if err := json.Unmarshal(data, &object); err != nil {
		t.Fatal(err)
	}
	return object[name]
}

// A reset that runs over several states is followed to its end through the
// platform's scheduling.
func TestPasswordResetIsFollowed(t *testing.T) {
	p := newPractice(t)
	person := p.asPerson(anAdmin)
	got := p.Call("msgraph-user-change-password-on-premise", of("user", plainUser, "password", practicePwd), person)
	for n := 0; ; n++ {
		if got.Error != nil || n > 10 {
			t.Fatalf("after %d polls: %s", n, got.Text)
		}
		next := got.Result.Entries[0].PollingArgs
		if next == nil {
			break
		}
		got = p.Call("msgraph-user-change-password-on-premise", next, person)
	}
	if !strings.Contains(fmt.Sprint(got.Result.Entries[0].EntryContext), "succeeded") {
		t.Errorf("the end is %s", got.Text)
	}
}

// record is that of an empty run of a containment on the practice tenant.
var record = func() string {
	w, err := containment.New(nil, containment.Run{RunID: "run-1", Tenant: emulator.ReadyTenant, Command: "msgraph-user-contain", Users: []string{plainUser}})
	if err == nil {
		_, err = w.Finish(context.Background(), containment.Seal{})
	}
	_, content, unread := w.File()
	if err := errors.Join(err, unread); err != nil {
		panic(err)
	}
	return string(content)
}()
