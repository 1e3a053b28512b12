// Package doctor examines an instance: its configuration, the clock, the way to
// its hosts, the sign-in, and which commands the token's permissions allow.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"msgraph-user/auth"
	"msgraph-user/graph"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/httpclient"
)

// Report is what an examination found.
type Report struct {
	Identity *Identity `json:"identity,omitempty"` // nil where no token was had, or it cannot be read
	Checks   []Check   `json:"checks"`
	Missing  []Missing `json:"missing,omitempty"`  // the permissions to grant
	Grant    string    `json:"grant,omitempty"`    // where to grant them
	Page     string    `json:"page,omitempty"`     // the address of that place; empty where it is not known
	Commands []Command `json:"commands,omitempty"` // empty where the permissions could not be read
	// Healthy is false where a check failed or a command lacks a permission.
	Healthy bool `json:"healthy"`
}

// Check is one thing that was looked at.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"` // what was seen, and what to do where it is not well
}

// Options says what to examine.
type Options struct {
	// Connect returns the instance, or what is wrong with its configuration.
	Connect func() (engine.Connection, error)
	// Tenant says which tenant answers, for the first line; may be empty.
	Tenant string
	// Needs is what each command asks of Graph.
	Needs []engine.Need
	Now   func() time.Time
}

// Examine examines an instance. Nothing is changed, but that a token may be had.
func Examine(ctx context.Context, o Options) Report {
	e := &examination{options: o}
	e.run(ctx)
	e.report.Healthy = !slices.ContainsFunc(e.report.Checks, func(c Check) bool { return !c.OK }) &&
		!slices.ContainsFunc(e.report.Commands, func(c Command) bool { return c.State == Lacking })
	return e.report
}

type examination struct {
	options    Options
	connection engine.Connection
	report     Report
}

func (e *examination) add(name string, ok bool, format string, a ...any) {
	e.report.Checks = append(e.report.Checks, Check{name, ok, fmt.Sprintf(format, a...)})
}

func (e *examination) run(ctx context.Context) {
	if e.options.Tenant != "" {
		e.add("tenant", true, "%s", e.options.Tenant)
	}
	connection, err := e.options.Connect()
	if err != nil {
		e.add("configuration", false, "%v", err)
		return
	}
	e.connection = connection
	config := connection.Config
	e.add("configuration", true, "%s in the cloud %s, Graph at %s", config.Method, config.Cloud.Name, config.GraphOrigin())
	e.reach(ctx, "Graph", config.GraphOrigin()+"/v1.0/$metadata")
	if config.Method == auth.ClientCredentials || config.Method == auth.AuthorizationCode {
		e.reach(ctx, "sign-in", config.Cloud.SignIn+"/"+url.PathEscape(config.TenantID)+"/v2.0/.well-known/openid-configuration")
	}
	e.signIn(ctx)
	e.guardRails(ctx)
}

// guardRails looks each protected user up: an entry that names nobody protects
// nobody.
func (e *examination) guardRails(ctx context.Context) {
	settings := e.connection.Settings
	readOnly := "read-only off"
	if settings.ReadOnly {
		readOnly = "read-only on"
	}
	users := settings.ProtectedUsers
	if len(users) == 0 {
		e.add("guard rails", true, "%s; no protected users; a change of more than %d users needs confirm", readOnly, settings.MaxUsers)
		return
	}
	var missing, unseen []string
	for _, user := range users {
		_, err := e.connection.Graph.Do(ctx, graph.GetUser(user, "id"))
		switch {
		case failure.NotFound(err):
			missing = append(missing, user)
		case err != nil:
			unseen = append(unseen, fmt.Sprintf("%s (%v)", user, err))
		}
	}
	noun := "users"
	if len(users) == 1 {
		noun = "user"
	}
	detail := fmt.Sprintf("%s; %d protected %s, ", readOnly, len(users), noun)
	switch found := len(users) - len(missing) - len(unseen); {
	case found == len(users):
		detail += allFound(found)
	default:
		detail += fmt.Sprintf("%d found", found)
	}
	if len(missing) > 0 {
		detail += "; not found: " + strings.Join(missing, ", ") + " (an alias protects too, but cannot be looked up; otherwise correct the entry)"
	}
	if len(unseen) > 0 {
		detail += "; could not be looked up: " + strings.Join(unseen, ", ")
	}
	e.add("guard rails", len(missing)+len(unseen) == 0, "%s", detail)
}

// allFound says that each of n users was found.
func allFound(n int) string {
	switch n {
	case 1:
		return "found"
	case 2:
		return "both found"
	}
	return "all found"
}

// clockTolerance is what a clock may differ from Microsoft's: assertions and
// tokens are good for minutes around their time.
const clockTolerance = 5 * time.Minute

// reach asks a host for something public: any answer shows that the way there is
// open, and its Date whether the clocks agree.
func (e *examination) reach(ctx context.Context, name, address string) {
	answer, err := e.connection.HTTP.Send(ctx, httpclient.Request{Method: http.MethodGet, URL: address, Repeatable: true})
	if err != nil {
		e.add("reach "+name, false, "%v", err)
		return
	}
	e.add("reach "+name, true, "%s answers", hostOf(address))
	theirs, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil {
		return // a host that tells no time says nothing of ours
	}
	off := e.options.Now().Sub(theirs).Round(time.Second)
	if off.Abs() > clockTolerance {
		e.add("clock", false, "this machine's clock differs by %s from that of %s: set it, or signing in fails", off, hostOf(address))
		return
	}
	e.add("clock", true, "within %s of %s", max(off.Abs(), time.Second), hostOf(address))
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}

// signIn gets a token and reads what it allows.
func (e *examination) signIn(ctx context.Context) {
	token, err := e.connection.Source.Token(ctx)
	if err != nil {
		e.add("sign-in", false, "%v%s", err, numbers(err))
		return
	}
	claims, err := auth.Claims(token)
	if err != nil {
		e.add("sign-in", true, "a token was given; its permissions cannot be read: %v", err)
		return
	}
	who := IdentityOf(claims)
	e.report.Identity = &who
	e.add("sign-in", true, "as %s, until %s", who, who.Expires.Format(time.RFC3339))
	e.add("permissions", len(who.Permissions) > 0, "%s", granted(who.Permissions))
	for _, need := range e.options.Needs {
		e.report.Commands = append(e.report.Commands, judge(need, who))
	}
	if e.report.Missing = missing(e.report.Commands); len(e.report.Missing) > 0 {
		e.report.Grant, e.report.Page = whereToGrant(e.connection.Config, who), pageToGrant(e.connection.Config, who)
	}
}

// granted says how many permissions there are.
func granted(names []string) string {
	switch len(names) {
	case 0:
		return "none is granted: an administrator has to consent to the permissions of the app registration"
	case 1:
		return "1 is granted: " + names[0]
	}
	return fmt.Sprintf("%d are granted (whoami lists them)", len(names))
}

// numbers are Entra's, where the error's text does not show them.
func numbers(err error) string {
	var f *failure.Error
	if !errors.As(err, &f) || len(f.AADSTS) == 0 || strings.Contains(err.Error(), "AADSTS") {
		return ""
	}
	return fmt.Sprintf(" (AADSTS%d)", f.AADSTS[0])
}
