package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"msgraph-user/auth"
	"msgraph-user/internal/audit"
	"msgraph-user/internal/containment"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/httpclient"
	"msgraph-user/internal/secret"
	"msgraph-user/internal/xsoar"
)

// DefaultTimeout is the deadline of a call that names none.
const DefaultTimeout = 60 * time.Second

// Options configures a Service.
type Options struct {
	// Commands are the commands by name; required.
	Commands map[string]Command
	// Definition is what integration.yml says; required.
	Definition *definition.Integration
	// Params are the parameters of calls that bring none; may be nil.
	Params map[string]any
	// Store keeps the integration context of callers that keep none; nil keeps
	// it in memory.
	Store auth.ContextStore
	// Records keeps the records of runs of callers that keep no integration context; nil
	// keeps them in memory where InProcess answers, else nowhere.
	Records containment.Store
	// Trail is where changes are written down; may be nil.
	Trail *audit.Trail
	// InProcess answers every request in place of the network; may be nil.
	InProcess http.RoundTripper
	// Timeout is the deadline of calls that name none; zero takes DefaultTimeout.
	Timeout time.Duration
	// RunTime is how long a call works at a time that goes on in later calls; zero takes
	// DefaultRunTime.
	RunTime time.Duration
	// InFlight is how many requests an instance may have under way; zero takes
	// the transport's default.
	InFlight int
	// MaxAnswer is the size in bytes from which an answer of Graph is refused;
	// zero takes the transport's default.
	MaxAnswer int64
	// MaxItems is how many items of a collection are read; zero takes
	// DefaultMaxItems.
	MaxItems int
	// UserAgent is sent with each request to Graph.
	UserAgent string
	// Log gets diagnostics; may be nil.
	Log *slog.Logger
	// Now and Wait are the clock; nil takes the system's.
	Now  func() time.Time
	Wait func(context.Context, time.Duration) error
}

// Service runs commands. It is safe for concurrent use.
type Service struct {
	options   Options
	instances *instances
	tally     tally
}

// New returns a service.
func New(o Options) *Service {
	if o.Store == nil {
		o.Store = auth.NewMemoryStore()
	}
	if o.Records == nil && o.InProcess != nil {
		o.Records = containment.NewMemory() // the tenant ends with it
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.RunTime <= 0 {
		o.RunTime = DefaultRunTime
	}
	if o.MaxItems <= 0 {
		o.MaxItems = DefaultMaxItems
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Log = slog.New(callerLog{o.Log.Handler()})
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Wait == nil {
		o.Wait = httpclient.Wait
	}
	return &Service{options: o, instances: newInstances(o)}
}

// Run runs one command and returns its War Room entries. The error is, or wraps,
// a *failure.Error, or is that of ctx.
func (s *Service) Run(ctx context.Context, asked Call) (entries []xsoar.Entry, err error) {
	s.tally.begin()
	counted := asked.Command
	if _, known := s.options.Commands[counted]; !known {
		counted = ""
	}
	start := s.options.Now()
	err = errPanicked // unless run returns
	defer func() { s.tally.end(counted, s.options.Now().Sub(start), err) }()
	entries, err = s.run(ctx, asked)
	return entries, err
}

// errPanicked stands for the outcome of a command that panicked, while the panic
// goes on to whoever called.
var errPanicked = errors.New("the command panicked")

func (s *Service) run(ctx context.Context, asked Call) ([]xsoar.Entry, error) {
	inv, err := s.prepare(asked)
	if err != nil {
		return nil, scrub(&secret.Scrubber{}, err)
	}
	defer inv.instance.scrubber.Hold(inv.secrets()...)()
	ctx = telling(ctx, asked.Log)
	if deadline := s.deadline(inv); deadline > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, deadline)
		defer cancel()
	}
	entries, err := s.runFor(ctx, inv)
	if err == nil {
		err = inv.handOver(ctx)
	}
	if err == nil {
		inv.handAdvice()
	} else {
		entries, err = inv.suppress(scrub(inv.instance.scrubber, err))
	}
	if err == nil && asked.Outcome != nil {
		asked.Outcome(cmp.Or(inv.outcome, Succeeded))
	}
	return entries, err
}

// runFor runs a command for the users that the call names.
func (s *Service) runFor(ctx context.Context, inv *Invocation) ([]xsoar.Entry, error) {
	if err := inv.mayGoOn(ctx); err != nil {
		return nil, err
	}
	if inv.rows != nil && !inv.canBatchRows() {
		return s.runRows(ctx, inv)
	}
	if len(inv.users) == 1 && inv.Args.Has(confirmArgument) {
		if err := inv.checkConfirmed(1); err != nil {
			return nil, err
		}
	}
	if inv.command.Containment != nil && inv.rows == nil {
		return s.contain(ctx, inv)
	}
	if inv.rows != nil || len(inv.users) > 1 || inv.Args.Bool(dryRun) || inv.call.Journal != nil && inv.changes() {
		return s.runMany(ctx, inv)
	}
	return s.runOne(ctx, inv)
}

// runInstead runs another command in place of the one that was called, for the same
// caller.
func (s *Service) runInstead(ctx context.Context, inv *Invocation, other Instead) ([]xsoar.Entry, error) {
	call := inv.call
	call.Command, call.Args, call.Rows, call.Journal = other.Command, other.Args, other.Rows, nil
	own, err := s.prepare(call)
	if err != nil {
		return nil, err
	}
	own.told = inv.told
	inv.advise(other.Advice)
	entries, err := s.runFor(ctx, own)
	inv.outcome = own.outcome
	return entries, err
}

// runOne runs a command for one user, or for none, and answers what is shown of it.
func (s *Service) runOne(ctx context.Context, inv *Invocation) ([]xsoar.Entry, error) {
	entries, err := s.runGuarded(ctx, inv)
	if err == nil && inv.schedule != nil {
		entries, err = inv.schedule.endList(entries)
	}
	if inv.call.Record != nil && changes(inv.command, inv.Args) && inv.subject() != "" {
		inv.call.Record(inv.record(err), Result{Change: true, Entries: entries, Err: err})
	}
	return entries, err
}

// scrub takes secrets out of what an error tells: an argument that was not
// understood is quoted, and may hold one.
func scrub(scrubber *secret.Scrubber, err error) error {
	e, ok := errors.AsType[*failure.Error](err)
	if !ok {
		return err
	}
	clean := *e
	clean.Message, clean.Advice = scrubber.Scrub(e.Message), scrubber.Scrub(e.Advice)
	if clean.Message == e.Message && clean.Advice == e.Advice {
		return err
	}
	return &clean
}

// Settle waits for sign-ins that are under way, so that no token which was
// obtained is lost, until ctx ends. Connections stay open for the next command.
func (s *Service) Settle(ctx context.Context) error { return s.instances.sources.Settle(ctx) }

// Close is Settle at the end: it also closes connections that no request uses. The
// error wraps auth.ErrGrantNotStored where a refresh token is lost.
func (s *Service) Close(ctx context.Context) error {
	defer s.instances.close()
	return s.instances.sources.Close(ctx)
}

// prepare finds the command, checks its arguments and finds the instance.
// Nothing is sent.
func (s *Service) prepare(asked Call) (*Invocation, error) {
	cmd, known := s.options.Commands[asked.Command]
	described, defined := s.options.Definition.Command(asked.Command)
	if !known || !defined {
		return nil, s.unknown(asked.Command)
	}
	inv := &Invocation{Command: asked.Command, command: cmd, call: asked, options: &s.options, told: &aftermath{}}
	if err := inv.takeArguments(described); err != nil {
		return nil, err
	}
	var err error
	inv.instance, err = s.instances.of(asked)
	return inv, err
}

// takeArguments checks the arguments of the call, and of its rows.
func (inv *Invocation) takeArguments(described *definition.Command) (err error) {
	if inv.call.Rows != nil {
		inv.rows = checkRows(inv.command, described, inv.call.Rows)
		inv.Args, err = ofAllRows(inv.Command, inv.command).Arguments(inv.call.Args)
		return err
	}
	if inv.Args, err = described.Arguments(inv.call.Args); err != nil {
		return err
	}
	if inv.users, err = targets(inv.command, inv.Args); err != nil {
		return err
	}
	if most := inv.command.Most; most > 0 && len(inv.users) > most {
		return failure.Argument(inv.command.Target, "%s takes at most %d users at once, and the call names %d.", inv.Command, most, len(inv.users))
	}
	if len(inv.users) > 1 && inv.Args.Has("next_page") {
		return failure.Argument("next_page", "next_page is a page of one user's list, and the call names %d users.", len(inv.users))
	}
	if len(inv.users) == 1 && inv.users[0] != inv.Args.Text(inv.command.Target) {
		inv.Args = inv.Args.With(inv.command.Target, inv.users[0])
	}
	return nil
}

func (s *Service) unknown(name string) error {
	return &failure.Error{
		Kind:        failure.UnknownCommand,
		Message:     fmt.Sprintf("There is no command %q.", name),
		Suggestions: s.options.Definition.Suggest(name),
	}
}

// deadline is how long the whole call may take: what the caller says, else the
// default, and longer than that where the command waits for a person. A call of
// many users, or one that reads to the end, has none of its own: 0.
func (s *Service) deadline(inv *Invocation) time.Duration {
	if inv.call.Timeout > 0 {
		return inv.call.Timeout
	}
	if len(inv.users) > 1 || inv.rows != nil || inv.command.Long != nil && inv.command.Long(inv.Args) {
		return 0
	}
	if inv.command.Patience != nil {
		return max(s.options.Timeout, inv.command.Patience(inv.Args))
	}
	return s.options.Timeout
}

// Changes reports whether a call would change something at Microsoft: those that
// read_only refuses, without dry runs. A call that cannot run changes nothing.
func (s *Service) Changes(asked Call) bool {
	inv, err := s.prepare(asked)
	return err == nil && inv.changes() && !inv.Args.Bool(dryRun)
}
