package container

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"msgraph-user/internal/graphtest"
	"msgraph-user/internal/xsoar"
)

// verdict is what a caller concludes.
type verdict string

const (
	done    verdict = "done"
	missing verdict = "not found"
	failed  verdict = "failed"
)

// caller is content of the platform that runs a command and decides by its entries.
type caller struct {
	name      string
	command   string
	args      args // besides the user
	concludes func(user string, entries []map[string]any) verdict
	// coarse callers tell done from not done, and do not say why.
	coarse bool
	// changes is the method of the request that is the change; empty for one that reads.
	changes string
}

// brand is what public content looks an instance of this integration up by.
const brand = "Microsoft Graph User"

// callers decide as the platform's public scripts and playbooks do.
var callers = []caller{
	{name: "disable a user", command: "msgraph-user-account-disable", coarse: true, changes: "PATCH",
		concludes: comparing(func(user string) string { return fmt.Sprintf("user: %q account has been disabled successfully.", user) })},
	{name: "disable a user, older", command: "msgraph-user-terminate-session", coarse: true, changes: "PATCH",
		concludes: comparing(func(user string) string { return fmt.Sprintf("user: %q account has been disabled successfully.", user) })},
	{name: "expire a password", command: "msgraph-user-force-reset-password", coarse: true, changes: "PATCH",
		concludes: comparing(func(user string) string {
			return fmt.Sprintf("User %s will be required to change his password.", user)
		})},
	{name: "clear sessions", command: "msgraph-user-session-revoke", changes: "POST", concludes: readingContents},
	{name: "clear sessions, older", command: "msgraph-user-session-revoke", coarse: true, changes: "POST", concludes: lookingForSuccess},
	{name: "get user data", command: "msgraph-user-get", concludes: reading("Account", "ID", "Username", "DisplayName", "Email.Address")},
	{name: "get the status", command: "msgraph-user-get", args: args{"properties": "id,accountEnabled"}, concludes: reading("MSGraphUser", "ID", "AccountEnabled")},
	{name: "get the manager", command: "msgraph-user-get-manager", concludes: reading("MSGraphUserManager", "Manager.DisplayName", "Manager.Mail")},
	{name: "list the groups", command: "msgraph-user-get-groups", concludes: reading("MSGraphUserGroups", "ID", "Groups")},
	{name: "list the reports", command: "msgraph-direct-reports", concludes: reading("MSGraphUserDirectReports", "Manager", "Reports")},
}

// counted returns the entries that callers look at: notes and errors.
func counted(entries []map[string]any) (counted []map[string]any) {
	for _, entry := range entries {
		if kind := typeOf(entry); kind == xsoar.Note || kind == xsoar.Error {
			counted = append(counted, entry)
		}
	}
	return counted
}

func typeOf(entry map[string]any) xsoar.EntryType {
	kind, _ := entry["Type"].(float64)
	return xsoar.EntryType(kind)
}

// comparing concludes by the one text of success, in every entry.
func comparing(success func(user string) string) func(string, []map[string]any) verdict {
	return func(user string, entries []map[string]any) verdict {
		counted := counted(entries)
		for _, entry := range counted {
			if entry["HumanReadable"] != success(user) {
				return failed
			}
		}
		if len(counted) == 0 {
			return failed
		}
		return done
	}
}

// notFoundTexts are how callers recognize an unknown user in an entry's Contents.
var notFoundTexts = regexp.MustCompile(`404|resource\s+not\s+found|user\s+.*?\s+(does\s+not\s+exist|not\s+found|is\s+invalid)|could\s+not\s+find\s+user|no\s+user\s+found|account\s+.*\s+not\s+found`)

// refusalTexts are how they recognize other failures there.
var refusalTexts = regexp.MustCompile(`access denied|permission denied|unauthorized|authentication failed|forbidden|error\s*:|failed\s*:|exception\s*:|bad request|invalid request`)

// readingContents concludes by an entry's type and by patterns in its Contents.
func readingContents(_ string, entries []map[string]any) verdict {
	for _, entry := range entries {
		contents, _ := entry["Contents"].(string)
		contents = strings.ToLower(contents)
		switch {
		case notFoundTexts.MatchString(contents):
			return missing
		case typeOf(entry) == xsoar.Error, refusalTexts.MatchString(contents):
			return failed
		}
	}
	return done
}

// lookingForSuccess concludes by the word, as the older script did.
func lookingForSuccess(_ string, entries []map[string]any) verdict {
	for _, entry := range counted(entries) {
		if readable, _ := entry["HumanReadable"].(string); strings.Contains(readable, "successfully") {
			return done
		}
	}
	return failed
}

// reading concludes by the values that are read next from the context: all are
// there, or none is and the user does not exist.
func reading(key string, paths ...string) func(string, []map[string]any) verdict {
	return func(_ string, entries []map[string]any) verdict {
		entries = counted(entries)
		if len(entries) != 1 || typeOf(entries[0]) == xsoar.Error {
			return failed
		}
		outputs := output(entries[0], key)
		if outputs == nil {
			return missing
		}
		for _, path := range paths {
			if member(outputs, strings.Split(path, ".")...) == nil {
				return failed
			}
		}
		return done
	}
}

// output returns what an entry has for a context key, which may carry a condition.
func output(entry map[string]any, key string) map[string]any {
	stored, _ := entry["EntryContext"].(map[string]any)
	for name, value := range stored {
		if name == key || strings.HasPrefix(name, key+"(") {
			if list, ok := value.([]any); ok && len(list) == 1 {
				value = list[0]
			}
			object, _ := value.(map[string]any)
			return object
		}
	}
	return nil
}

// situation is what a caller meets.
type situation struct {
	name   string
	user   string
	app    string // the application that the instance signs in as
	secret string
	faults string
}

var situations = []situation{
	{name: "success", user: "carlos.vega@larkspur.example"},
	{name: "unknown user (404)", user: "nobody.here@larkspur.example"},
	{name: "synchronized user", user: "ingrid.berg@larkspur.example"},
	{name: "no permission (403)", user: "carlos.vega@larkspur.example", app: "33333333-3333-3333-3333-333333333333", secret: "too-little-secret"},
	{name: "throttled (429)", user: "carlos.vega@larkspur.example", faults: "throttle=1,retry-after=100"},
}

// What every caller concludes is what happened: its verdict is compared with the
// log of the practice tenant, in both containers.
func TestCallersConcludeWhatHappened(t *testing.T) {
	for loop, start := range loops {
		t.Run(loop, func(t *testing.T) {
			tenant := servePractice(t)
			matrix := make([]string, len(callers))
			heading := fmt.Sprintf("%-21s", "")
			for _, s := range situations {
				heading += fmt.Sprintf(" | %-22s", s.name)
				c := start(t, "MSGRAPH_USER_FLAGS=--timeout 20s") // a new one: throttling is remembered
				for n, who := range callers {
					entries, logged := tenant.run(c, who, s)
					got, want := who.concludes(s.user, entries), happened(logged)
					matrix[n] += fmt.Sprintf(" | %-22s", fmt.Sprintf("%s %v", got, statuses(logged)))
					if who.coarse && want == missing {
						want = failed
					}
					if s.name == situations[0].name && want != done {
						t.Errorf("%s: nothing succeeds: %v", who.name, logged)
					}
					if got != want {
						t.Errorf("%s, %s: concludes %q, the log shows %q: %v %v", who.name, s.name, got, want, logged, entries)
					}
				}
			}
			for n, who := range callers {
				matrix[n] = fmt.Sprintf("%-21s", who.name) + matrix[n]
			}
			t.Logf("verdicts, and in brackets what the practice tenant answered\n%s\n%s", heading, strings.Join(matrix, "\n"))
		})
	}
}

// happened is what the log shows of a call. A read that lacked a permission gave
// null in place of what was asked for.
func happened(logged []loggedRequest) verdict {
	outcome := failed
	for _, request := range logged {
		switch {
		case request.Status < 300 && !request.withheld():
			outcome = done
		case request.Status == http.StatusNotFound:
			outcome = missing
		}
	}
	return outcome
}

func statuses(logged []loggedRequest) (statuses []int) {
	for _, request := range logged {
		statuses = append(statuses, request.Status)
	}
	return statuses
}

// practiceTenant is a practice tenant served over HTTP.
type practiceTenant struct {
	t    *testing.T
	base string
}

func servePractice(t *testing.T) practiceTenant {
	t.Helper()
	process := exec.Command(program, "emulator", "--listen", "127.0.0.1:0")
	out, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = process.Process.Kill()
		_ = process.Wait()
	})
	base, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(base, "404") { // callers take that in a text for "not found"
		return servePractice(t)
	}
	return practiceTenant{t, strings.TrimSpace(base)}
}

// run has a caller run its command in a situation. It returns the entries, and the
// requests that matter to the caller, as the tenant logged them.
func (p practiceTenant) run(c *container, who caller, s situation) (entries []map[string]any, logged []loggedRequest) {
	p.t.Helper()
	p.control("POST", "faults", `{"faults":"`+s.faults+`"}`, nil)
	before := len(p.requests())
	asked := newCall(who.command, args{"user": s.user, "using": "entra_practice"})
	for name, value := range who.args {
		asked.Args[name] = value
	}
	asked.Params = p.params(s)
	asked.Context["IntegrationInstance"] = "entra_" + s.app
	entries = c.run(asked)
	for _, request := range p.requests()[before:] {
		if who.changes == "" || request.Method == who.changes {
			logged = append(logged, request)
		}
	}
	return entries, logged
}

// params are those of an instance that signs in as the situation's application.
func (p practiceTenant) params(s situation) map[string]any {
	app, secret := "11111111-1111-1111-1111-111111111111", "emulator-secret"
	if s.app != "" {
		app, secret = s.app, s.secret
	}
	password := func(text string) map[string]any { return map[string]any{"identifier": "", "password": text} }
	return map[string]any{
		"host": p.base, "self_deployed": true, "handle_error": true, "creds_auth_id": password(app),
		"creds_tenant_id": password("22222222-2222-2222-2222-222222222222"), "creds_enc_key": password(secret)}
}

// loggedRequest is what is read of the practice tenant's log.
type loggedRequest struct {
	Method         string
	URL            string
	Status         int
	Least, Granted []string // permissions
}

// withheld reports whether a named property needed a permission that the
// application lacks.
func (r loggedRequest) withheld() bool {
	return strings.Contains(r.URL, "select=") && !strings.Contains(r.URL, "select=%2A") &&
		slices.ContainsFunc(r.Least, func(permission string) bool { return !slices.Contains(r.Granted, permission) })
}

func (p practiceTenant) requests() []loggedRequest {
	p.t.Helper()
	var log struct{ Value []loggedRequest }
	p.control("GET", "requests", "", &log)
	return log.Value
}

// control uses one of the tenant's own controls.
func (p practiceTenant) control(method, name, body string, into any) {
	p.t.Helper()
	to, err := url.JoinPath(p.base, "_emulator", name)
	if err != nil {
		p.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(p.t.Context(), method, to, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		p.t.Fatalf("%s %s: %s", method, to, answer.Status)
	}
	if into != nil {
		if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
			p.t.Fatal(err)
		}
	}
}

// Content looks up which instances to ask by the brand, word for word. The
// platform takes it from the name and the id of the integration.
func TestContentFindsTheBrand(t *testing.T) {
	yml := graphtest.IntegrationYML(t)
	var integration struct {
		Name   string
		Fields struct{ ID string } `yaml:"commonfields"`
		Script struct {
			Commands []struct{ Name string }
		}
	}
	if err := yaml.Unmarshal(yml, &integration); err != nil {
		t.Fatal(err)
	}
	if integration.Name != brand || integration.Fields.ID != brand {
		t.Errorf("the name is %q and the id %q, content looks for %q", integration.Name, integration.Fields.ID, brand)
	}
	commands := map[string]bool{}
	for _, command := range integration.Script.Commands {
		commands[command.Name] = true
	}
	for _, who := range callers {
		if !commands[who.command] {
			t.Errorf("%s: no command %s", who.name, who.command)
		}
	}
}
