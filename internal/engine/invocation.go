package engine

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"msgraph-user/auth"
	"msgraph-user/graph"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/mfa"
)

// MFAApplicationID is the application of Entra's MFA client, for which a secret is
// made.
const MFAApplicationID = auth.MFAApplicationID

// Invocation is a command that runs: its arguments, and the instance it runs on.
// It belongs to one goroutine.
type Invocation struct {
	Command string
	Args    definition.Arguments

	command  Command
	call     Call
	users    []string // those that the call names; Args holds one of them
	rows     []row    // the runs of a call of rows, of which Args holds what belongs to all
	instance *instance
	options  *Options
	schedule *schedule // how the call goes on in later ones; nil: it does not

	address   string   // the object id of the target; empty where nobody looked
	names     []string // what Graph calls the target, where somebody looked
	synced    bool     // the target comes from a directory on premises, where somebody looked
	account   string   // the target's account there; empty where nobody knows it
	told      *aftermath
	recorded  bool   // the answer holds a record of each user
	outcome   Status // what the entries say; empty is Succeeded
	requestID string // Graph's, of the request that was answered last
}

// aftermath is what a call has to say and to do when it has succeeded. All users of a
// call share it.
type aftermath struct {
	advice []string
	after  []func(context.Context) error
}

// User returns the user that the command acts on, as the caller named it.
func (inv *Invocation) User() string { return inv.Args.Text(inv.command.Target) }

// Address returns what requests name the user by: the object id where a guard
// rail looked at the user, so that what was checked is what is changed, else the
// name that the caller gave.
func (inv *Invocation) Address() string {
	if inv.address != "" {
		return inv.address
	}
	return inv.User()
}

// Synced reports whether a look showed that the target comes from a directory on
// premises, and the name of the account there; empty where it is not known.
func (inv *Invocation) Synced() (account string, synced bool) { return inv.account, inv.synced }

// Cloud returns the name of the cloud that the instance belongs to, as the parameter
// azure_cloud has it.
func (inv *Invocation) Cloud() string { return inv.instance.config.Cloud.Name }

// Now returns the time.
func (inv *Invocation) Now() time.Time { return inv.options.Now() }

// MFA returns the client of the service that asks a person for a second factor.
func (inv *Invocation) MFA() *mfa.Client { return inv.instance.mfa }

// MFAToken signs in to that service as its client, with a secret of the
// application MFAApplicationID.
func (inv *Invocation) MFAToken(ctx context.Context, argument string) (auth.MFAToken, error) {
	return inv.instance.source.MFAToken(ctx, inv.Args.Secret(argument))
}

// UsesAuthorizationCode reports whether the instance signs in with an
// authorization code, which can be used once.
func (inv *Invocation) UsesAuthorizationCode() bool {
	return inv.instance.config.Method == auth.AuthorizationCode
}

// AuthorizeURL returns the address at which an administrator authorizes the
// instance. The error names the parameter that is missing.
func (inv *Invocation) AuthorizeURL() (string, error) { return auth.AuthorizeURL(inv.instance.config) }

// ResetAuthorization forgets the instance's tokens.
func (inv *Invocation) ResetAuthorization(ctx context.Context) error {
	return inv.instance.source.Reset(ctx)
}

// MayGenerateSecrets returns nil where the instance allows commands that print a
// secret, else the error that says who can allow it.
func (inv *Invocation) MayGenerateSecrets() error {
	if inv.instance.settings.AllowSecretGenerators {
		return nil
	}
	e := failure.Parameter("allow_secret_generators", "%s prints a secret into the War Room, which this instance does not allow.", inv.Command)
	e.Advice = "An administrator can switch the parameter allow_secret_generators on."
	return e
}

// NextPage returns the request for the page that the argument next_page names,
// else first. The page is one of the collection that first reads.
func (inv *Invocation) NextPage(first graph.Request) (graph.Request, error) {
	link := inv.Args.Text("next_page")
	if link == "" {
		return first, nil
	}
	return inv.instance.graph.NextPage(first, link, "next_page")
}

// Graph returns the client that the instance's requests are made with, for those
// that name the instance's own Graph in their body.
func (inv *Invocation) Graph() *graph.Client { return inv.instance.graph }

// Scrub removes the instance's secrets from a text that came from elsewhere.
func (inv *Invocation) Scrub(text string) string { return inv.instance.scrubber.Scrub(text) }

// Report tells the caller, where it wants to hear it, what the command waits for.
func (inv *Invocation) Report(format string, a ...any) {
	if inv.call.Progress != nil {
		inv.call.Progress(Progress{Message: fmt.Sprintf(format, a...)})
	}
}

// advise keeps a text for a person, to be handed over when the command succeeded.
func (inv *Invocation) advise(text string) {
	if text != "" && !slices.Contains(inv.told.advice, text) {
		inv.told.advice = append(inv.told.advice, text)
	}
}

// handAdvice hands over what was kept.
func (inv *Invocation) handAdvice() {
	if inv.call.Advise == nil {
		return
	}
	for _, text := range inv.told.advice {
		inv.call.Advise(inv.Scrub(text))
	}
}

// withCommand returns r with the command, so that its User-Agent names it: Microsoft's
// log of Graph activity shows that, and the practice tenant's page.
func (inv *Invocation) withCommand(r graph.Request) graph.Request {
	r.Command = inv.Command
	return r
}

// remember keeps the request id of an answer, or of the error in its place.
func (inv *Invocation) remember(header http.Header, err error) {
	if e, ok := errors.AsType[*failure.Error](err); ok && e.RequestID != "" {
		inv.requestID = e.RequestID
		return
	}
	if id := header.Get("Request-Id"); id != "" {
		inv.requestID = id
	}
}

// permissions returns what the instance's token is granted, as application
// permissions or, for a person's token, delegated ones; nil where the token does
// not say.
func (i *instance) permissions(ctx context.Context) (granted []string, delegated bool, err error) {
	token, err := i.source.Token(ctx)
	if err != nil {
		return nil, false, err
	}
	claims, err := auth.Claims(token)
	if err != nil {
		return nil, false, nil // a token that is no JSON Web Token shows nothing
	}
	if len(claims.Scopes) > 0 {
		return claims.Scopes, true, nil
	}
	return append([]string{}, claims.Roles...), false, nil
}

// knownAs returns every name of the target: the caller's, and those that Graph
// told, in lower case.
func (inv *Invocation) knownAs() []string {
	var known []string
	for _, name := range append([]string{inv.User(), inv.address}, inv.names...) {
		if name = strings.ToLower(strings.TrimSpace(name)); name != "" && !slices.Contains(known, name) {
			known = append(known, name)
		}
	}
	return known
}

// Users returns the users that the call names, as the caller named them.
func (inv *Invocation) Users() []string {
	if len(inv.users) == 0 && inv.User() != "" {
		return []string{inv.User()} // of a row
	}
	return inv.users
}
