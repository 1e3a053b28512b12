// Package handlers holds the commands. A Service runs them: it checks what the
// caller gave against integration.yml, finds the instance that is meant, and
// hands a call to the command's own function, which holds only what is
// particular to it. What all commands have in common (deadlines, guard rails,
// the audit trail, suppressed errors) is here, once.
package handlers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"msgraph-user/auth"
	"msgraph-user/internal/audit"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/secret"
	"msgraph-user/internal/xsoar"
)

// DefaultTimeout is the deadline of a call that names none.
const DefaultTimeout = 60 * time.Second

// Options configures a Service.
type Options struct {
	// Definition is what integration.yml says; required.
	Definition *definition.Integration
	// Params are the parameters of calls that bring none; may be nil.
	Params map[string]any
	// Store keeps the integration context of callers that keep none; nil keeps
	// it in memory.
	Store auth.ContextStore
	// Trail is where changes are written down; may be nil.
	Trail *audit.Trail
	// InProcess answers every request in place of the network; may be nil.
	InProcess http.RoundTripper
	// Timeout is the deadline of calls that name none; zero takes DefaultTimeout.
	Timeout time.Duration
	// InFlight is how many requests an instance may have under way; zero takes
	// the transport's default.
	InFlight int
	// MaxAnswer is the size in bytes from which an answer of Graph is refused;
	// zero takes the transport's default.
	MaxAnswer int64
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
	commands  map[string]command
	instances *instances
	tally     tally
}

// New returns a service.
func New(o Options) *Service {
	if o.Store == nil {
		o.Store = auth.NewMemoryStore()
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Log = slog.New(callerLog{o.Log.Handler()})
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Wait == nil {
		o.Wait = wait
	}
	return &Service{options: o, commands: registry(), instances: newInstances(o)}
}

// wait waits for d, or until ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Run runs one command and returns its War Room entries. The error is, or wraps,
// a *failure.Error, or is that of ctx.
func (s *Service) Run(ctx context.Context, asked engine.Call) (entries []xsoar.Entry, err error) {
	s.tally.begin()
	err = errPanicked // unless run returns
	defer func() { s.tally.end(err) }()
	entries, err = s.run(ctx, asked)
	return entries, err
}

// errPanicked stands for the outcome of a command that panicked, while the panic
// goes on to whoever called.
var errPanicked = errors.New("the command panicked")

func (s *Service) run(ctx context.Context, asked engine.Call) ([]xsoar.Entry, error) {
	cmd, c, err := s.prepare(asked)
	if err != nil {
		return nil, scrub(&secret.Scrubber{}, err)
	}
	defer c.instance.scrubber.Hold(c.secrets()...)()
	ctx, cancel := context.WithTimeout(telling(ctx, asked.Log), s.deadline(cmd, asked, c.args))
	defer cancel()
	entries, err := s.guarded(ctx, cmd, c, asked)
	if err != nil {
		return cmd.suppress(c, scrub(c.instance.scrubber, err))
	}
	return entries, nil
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
func (s *Service) prepare(asked engine.Call) (command, *call, error) {
	cmd, known := s.commands[asked.Command]
	definition, defined := s.options.Definition.Command(asked.Command)
	if !known || !defined {
		return command{}, nil, s.unknown(asked.Command)
	}
	args, err := definition.Arguments(asked.Args)
	if err != nil {
		return command{}, nil, err
	}
	if err := cmd.checkTarget(args); err != nil {
		return command{}, nil, err
	}
	instance, err := s.instances.of(asked)
	if err != nil {
		return command{}, nil, err
	}
	c := &call{
		command:  asked.Command,
		target:   cmd.target,
		args:     args,
		instance: instance,
		now:      s.options.Now,
		wait:     s.options.Wait,
		progress: asked.Progress,
	}
	return cmd, c, nil
}

func (s *Service) unknown(name string) error {
	return &failure.Error{
		Kind:        failure.UnknownCommand,
		Message:     fmt.Sprintf("There is no command %q.", name),
		Suggestions: s.options.Definition.Suggest(name),
	}
}

// deadline is how long the whole call may take: what the caller says, else the
// default, and longer than that where the command waits for a person.
func (s *Service) deadline(cmd command, asked engine.Call, args definition.Arguments) time.Duration {
	if asked.Timeout > 0 {
		return asked.Timeout
	}
	if cmd.patience != nil {
		return max(s.options.Timeout, cmd.patience(args))
	}
	return s.options.Timeout
}

// remember keeps the request id of an answer, or of the error in its place.
func (c *call) remember(header http.Header, err error) {
	var e *failure.Error
	if errors.As(err, &e) && e.RequestID != "" {
		c.requestID = e.RequestID
		return
	}
	if id := header.Get("Request-Id"); id != "" {
		c.requestID = id
	}
}
