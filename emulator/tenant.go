// Package emulator is a practice tenant: an Entra with Microsoft Graph, sign-in,
// a managed-identity endpoint and the MFA service, all on one origin and told
// apart by path. It serves over HTTP, or answers in process through Transport.
package emulator

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"msgraph-user/emulator/admin"
	"msgraph-user/emulator/attack"
	"msgraph-user/emulator/clock"
	"msgraph-user/emulator/company"
	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/faults"
	"msgraph-user/emulator/graphapi"
	"msgraph-user/emulator/inprocess"
	"msgraph-user/emulator/lag"
	"msgraph-user/emulator/mfa"
	"msgraph-user/emulator/pages"
	"msgraph-user/emulator/principals"
	"msgraph-user/emulator/requestlog"
	"msgraph-user/emulator/signin"
	"msgraph-user/emulator/throttling"
)

// Options say what kind of tenant New makes. The zero Options are a sample
// company of some sixty people without faults, in memory.
type Options struct {
	// Seed is the JSON of a seed file; empty means the sample company.
	Seed []byte
	// Attack names an attack that the sample company has suffered, such as aitm; it
	// takes the place of a seed.
	Attack string
	// Users is how many users there are at least; those that the seed lacks
	// are made up.
	Users int
	// StateFile keeps the tenant in a file, which takes precedence over Seed once
	// it exists. Empty keeps it in memory.
	StateFile string

	// Now is the time that the tenant's own clock runs with; nil means time.Now.
	Now func() time.Time

	// Faults and FaultScript say what goes wrong.
	Faults      faults.Spec
	FaultScript faults.Script

	// Throttling limits what an application may ask, as Microsoft documents it.
	Throttling bool

	// Lag is how long an application may have to wait until it can read what was
	// written. People read it at once.
	Lag time.Duration

	// InProcess is for a tenant that is reached through Transport only: it
	// stands in for every host, and signs tokens the fast way.
	InProcess bool

	// NoPermissions switches the checks of permissions and roles off.
	NoPermissions bool

	// AllowedHosts are names, besides this machine's, under which the tenant's
	// page and controls answer, also to other machines.
	AllowedHosts []string

	// License is what the tenant has of Microsoft Entra ID: free, P1 or P2; "" leaves
	// it to the seed, and that to P2.
	License string

	// ArcKeyDirectory and AppServiceSecret are handed to the sign-in side.
	ArcKeyDirectory  string
	AppServiceSecret string
}

// Tenant is one practice tenant. It is an http.Handler, safe for concurrent use.
type Tenant struct {
	options  Options
	seed     *directory.Seed
	drill    drill
	clock    *clock.Clock
	store    *directory.Store
	graph    *graphapi.API
	signin   *signin.Service
	mfa      *mfa.Service
	faults   *faults.Injector
	throttle *throttling.Meter
	copies   *lag.Copies
	page     *pages.Page
	log      requestlog.Log
	bodies   requestlog.Exchanges
	controls *admin.Controls
	grants   grantFile
	handler  http.Handler
}

// New returns a tenant. Close it to let go of its state file.
func New(o Options) (*Tenant, error) {
	attacked, seed, err := readSeed(o)
	if err != nil {
		return nil, err
	}
	if o.Faults == (faults.Spec{}) {
		o.Faults.RetryAfter = faults.DefaultRetryAfter
	}
	if o.License != "" {
		if seed.Tenant.License, err = directory.ParseLicense(o.License); err != nil {
			return nil, err
		}
	}
	t := &Tenant{options: o, seed: seed, clock: clock.New(o.Now), drill: drill{attack: attacked}}
	t.store = directory.New(t.clock.Now)
	if err := t.load(); err != nil {
		return nil, err
	}
	if o.StateFile != "" {
		if err := t.store.Keep(o.StateFile); err != nil {
			return nil, fmt.Errorf("keeping the tenant in a file: %w", err)
		}
	}
	t.assemble()
	t.grants.path = grantsBeside(o.StateFile)
	if err := t.loadGrants(); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// readSeed reads a seed, the sample company where there is none, or that company after
// an attack.
func readSeed(o Options) (*attack.Attack, *directory.Seed, error) {
	var seed *directory.Seed
	attacked, err := (*attack.Attack)(nil), error(nil)
	switch {
	case o.Attack != "":
		if attacked, err = attack.Find(o.Attack); err == nil {
			seed, err = attacked.Seed()
		}
	case len(o.Seed) == 0:
		seed, err = directory.TrustSeed(company.Seed())
	default:
		seed, err = directory.ParseSeed(o.Seed)
	}
	return attacked, seed, err
}

// load makes the tenant what its seed says.
func (t *Tenant) load() error {
	if err := t.store.LoadSeed(t.seed, t.options.Users); err != nil {
		return err
	}
	t.drill.begin(t.store, t.clock.Now())
	return nil
}

// assemble puts the services around the directory.
func (t *Tenant) assemble() {
	o := t.options
	t.faults = faults.New(o.Faults, o.FaultScript, t.clock.Now)
	t.faults.Observe(t.observeFault)
	algorithm := signin.RS256
	if o.InProcess {
		algorithm = signin.ES256
	}
	tenant, people := t.store.Tenant(), principals.Of(t.store)
	t.throttle = throttling.New(tenant.ID, func() int { return t.store.Count("user") }, t.clock.Now)
	t.throttle.Switch(o.Throttling)
	t.copies = lag.New(t.store)
	t.copies.Set(o.Lag)
	t.signin = signin.New(signin.Options{
		TenantID: tenant.ID, Domains: tenant.Domains, Directory: people, Now: t.clock.Now,
		TokenLifetime: t.faults.TokenLifetime, Algorithm: algorithm, AnyOrigin: o.InProcess,
		AppServiceSecret: o.AppServiceSecret, ArcKeyDirectory: o.ArcKeyDirectory,
		HostedApplication: ReadyApplication, Registrations: []signin.Registration{hostedRegistration},
	})
	t.graph = graphapi.New(graphapi.Options{
		Store: t.store, Tokens: principals.Tokens{Service: t.signin}, Observe: t.log.Add, Throttling: t.throttle, Read: t.copies.Next, NoPermissions: o.NoPermissions,
	})
	t.mfa = mfa.New(mfa.Options{Person: people.Person, Verify: func(token string) error {
		_, err := t.signin.VerifyMFA(token)
		return err
	}})
	access := pages.Access{Names: o.AllowedHosts}
	t.controls = admin.New(admin.Parts{
		Store: t.store, SignIn: t.signin, Log: &t.log, Clock: t.clock, Faults: t.faults, Throttling: t.throttle, Copies: t.copies,
		Reset: t.Reset, KeepGrants: t.saveGrants, Access: access,
	})
	t.page = pages.New(pages.Options{
		Store: t.store, Log: &t.log, Clock: t.clock, Faults: t.faults, Throttling: t.throttle, Copies: t.copies, Reset: t.Reset, Access: access,
		Exchange: t.bodies.Find, Snapshots: t.controls.Snapshots, Take: t.controls.TakeSnapshot, Restore: t.controls.RestoreSnapshot,
	})
	t.handler = t.faults.Wrap(http.HandlerFunc(t.serve))
}

// ServeHTTP answers whatever the tenant is asked, by path.
func (t *Tenant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case path == healthPath:
		serveHealth(w)
	case (t.graph.Serves(path) || path == userInfoPath) && shareGraph(w, r):
	default:
		t.handler.ServeHTTP(w, r)
	}
}

func (t *Tenant) serve(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	switch {
	case t.graph.Serves(path):
		t.bodies.Serve(t.graph, w, r)
	case mfa.Serves(path):
		t.mfa.ServeHTTP(w, r)
	case t.page.Serves(path):
		t.page.ServeHTTP(w, r)
	case strings.HasPrefix(path, admin.Prefix):
		t.controls.ServeHTTP(w, r)
	case t.signin.Serves(path):
		t.serveSignIn(w, r)
	default:
		http.Error(w, "The practice tenant does not know "+path+". Graph is under /v1.0 and /beta, sign-in under /{tenant}/oauth2, the tenant's own controls under /_emulator.", http.StatusNotImplemented)
	}
}

// Reset makes the tenant what it was at the start: its people, its grants, its
// clock and its log.
func (t *Tenant) Reset() error {
	t.clock.Reset()
	if err := t.load(); err != nil {
		return err
	}
	t.signin.Reset()
	t.faults.Reset()
	t.throttle.Reset()
	t.copies.Reset()
	t.log.Clear()
	t.bodies.Clear()
	return t.saveGrants()
}

// EndStreams ends what would else keep a connection open for as long as somebody
// looks at the tenant's page. Register it with a server's shutdown.
func (t *Tenant) EndStreams() { t.page.End() }

// Transport returns an http.RoundTripper that answers every request, whatever
// its host, from the tenant in this process: nothing listens, nothing is sent.
func (t *Tenant) Transport() http.RoundTripper { return inprocess.Transport(t) }

// Requests returns what Graph was asked since the start or the last reset, with
// the permission that each request needed; the latest 10,000 of it. What faults
// kept from Graph is not among it.
func (t *Tenant) Requests() []graphapi.Observation { return t.log.Answered() }

// observeFault lets the tenant's page show what a request met on its way.
func (t *Tenant) observeFault(r *http.Request, kind faults.Kind, status int) {
	t.log.Add(graphapi.Observation{
		At: t.clock.Now(), Method: r.Method, URL: r.URL.RequestURI(), Status: status, UserAgent: r.UserAgent(), Fault: string(kind),
	})
}

// Clock is the tenant's time, which can be moved.
func (t *Tenant) Clock() *clock.Clock { return t.clock }

// Faults is what makes requests fail.
func (t *Tenant) Faults() *faults.Injector { return t.faults }

// Export returns the tenant as it is now as the JSON of a seed file.
func (t *Tenant) Export() ([]byte, error) { return t.store.Export().Encode() }

// Close lets go of the state file.
func (t *Tenant) Close() error { return t.store.Close() }
