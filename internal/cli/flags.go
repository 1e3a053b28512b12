package cli

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"msgraph-user/auth"
	"msgraph-user/emulator"
	"msgraph-user/handlers"
	"msgraph-user/internal/audit"
	"msgraph-user/internal/containment"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/supply"
	"msgraph-user/internal/terminal"
)

// flags are those of every subcommand that runs commands.
type flags struct {
	emulator  string
	tenant    tenantFlags
	params    string
	profile   string
	state     string
	audit     string
	logLevel  string
	logFormat string
	timeout   time.Duration
	runTime   time.Duration
	inFlight  int
	maxAnswer int64
	maxItems  int
	metrics   string
}

// builtInTenant is the value of --emulator without one: the tenant that the
// program carries in itself.
const builtInTenant = "built-in"

func (f *flags) register(set *pflag.FlagSet) {
	set.StringVar(&f.emulator, "emulator", "", "work on the practice tenant in the program; --emulator=`SEED.json`: on the one in that file; --emulator=attack:NAME: on what an attack left (see drill --help); --emulator=false: on the real one")
	set.Lookup("emulator").NoOptDefVal = builtInTenant
	f.tenant.register(set)
	set.StringVar(&f.params, "params", "", "the instance's parameters, a JSON or YAML `FILE`; env:NAME and file:PATH take a value from the environment or from a file")
	set.StringVar(&f.profile, "profile", "", "work on the instance that the configuration file keeps under `NAME` (msgraph-user profiles lists them)")
	set.StringVar(&f.state, "state", "", "keep tokens between runs in `FILE`")
	set.StringVar(&f.audit, "audit", "", "append a line to `FILE` before and after each change")
	set.StringVar(&f.logLevel, "log-level", "warning", "what is logged to standard error: debug, info, warning or error")
	set.StringVar(&f.logFormat, "log-format", "text", "how it is logged: text or json")
	durationVar(set, &f.timeout, "timeout", engine.DefaultTimeout, time.Millisecond, "how long a command may take if the call has no timeout; a number is seconds")
	durationVar(set, &f.runTime, "run-time", engine.DefaultRunTime, time.Millisecond, "how long a command works in the platform before it is scheduled to go on later")
	set.IntVar(&f.inFlight, "max-requests", 0, "how many requests an instance may have under way at once (0: 8)")
	set.StringVar(&f.metrics, "metrics", "", "serve numbers for Prometheus at http://`ADDRESS`/metrics; an address without a host is this machine's own")
	set.IntVar(&f.maxItems, "max-items", engine.DefaultMaxItems, "how many items are read of a list that is read completely")
	set.Int64Var(&f.maxAnswer, "max-answer", 0, "size in bytes from which an answer of Graph is refused (0: 64 MiB)")
}

// check refuses limits that would let nothing through.
func (f *flags) check() error {
	if f.inFlight < 0 || f.maxAnswer < 0 || f.maxItems < 1 {
		return usagef("--max-items is 1 or more, --max-requests and --max-answer not below 0")
	}
	return nil
}

// logger returns the log on standard error.
func (p *program) logger() (*slog.Logger, error) {
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warning": slog.LevelWarn, "warn": slog.LevelWarn, "error": slog.LevelError}
	level, ok := levels[p.flags.logLevel]
	if !ok {
		return nil, usagef("--log-level is debug, info, warning or error, not %q", p.flags.logLevel)
	}
	if p.flags.logFormat != "text" && p.flags.logFormat != "json" {
		return nil, usagef("--log-format is text or json, not %q", p.flags.logFormat)
	}
	return slog.New(newFewerWarnings(p.logHandler(p.streams.Stderr, level))), nil
}

// logHandler returns what writes records to out in the form of --log-format.
func (p *program) logHandler(out io.Writer, level slog.Level) slog.Handler {
	options := &slog.HandlerOptions{Level: level}
	if p.jsonOnly {
		options.ReplaceAttr = inJSONOnly
		return slog.NewJSONHandler(terminal.JSONWriter{Writer: out}, options).WithAttrs([]slog.Attr{slog.String("kind", "log")})
	}
	if p.flags.logFormat == "json" {
		return slog.NewJSONHandler(terminal.JSONWriter{Writer: out}, options)
	}
	return slog.NewTextHandler(out, options)
}

// inJSONOnly names what every record has as the other lines on standard error do.
func inJSONOnly(groups []string, a slog.Attr) slog.Attr {
	switch {
	case len(groups) > 0:
	case a.Key == slog.MessageKey:
		a.Key = "message"
	case a.Key == slog.LevelKey:
		if level, ok := a.Value.Any().(slog.Level); ok && level == slog.LevelWarn {
			return slog.String(slog.LevelKey, "warning")
		}
		return slog.String(slog.LevelKey, strings.ToLower(a.Value.String()))
	}
	return a
}

// running is a service with what it was made from.
type running struct {
	service    *engine.Service
	definition *definition.Integration
	log        *slog.Logger
	trail      *audit.Trail     // nil without --audit
	tenant     *emulator.Tenant // nil where a real one is used
	closers    []func() error
}

// closePatience is how long a sign-in that is under way is waited for at the end.
const closePatience = 5 * time.Second

// close lets sign-ins end, so that no token is lost, and gives files and locks back.
// The error is nil unless a refresh token is lost; it is logged already.
func (e *running) close() (lost error) {
	if e.service != nil {
		ctx, cancel := context.WithTimeout(context.Background(), closePatience)
		defer cancel()
		err := e.service.Close(ctx)
		switch {
		case errors.Is(err, auth.ErrGrantNotStored):
			e.log.Error("a refresh token is lost", "error", err.Error())
			lost = silentError{err}
		case err != nil:
			e.log.Warn("a sign-in was interrupted", "error", err.Error())
		}
	}
	for _, closer := range e.closers {
		if err := closer(); err != nil {
			e.log.Warn("not closed cleanly", "error", err.Error())
		}
	}
	return lost
}

// start makes the service that the flags describe.
func (p *program) start(ctx context.Context) (*running, error) {
	log, err := p.logger()
	if err != nil {
		return nil, err
	}
	defer spareCollections(p.streams.Getenv)()
	if err := errors.Join(p.flags.check(), p.useProfile(ctx)); err != nil {
		return nil, err
	}
	awaitTenant := p.beginTenant(ctx)
	definition := definition.Load()
	tenant, err := awaitTenant()
	if err != nil {
		return nil, err
	}
	e := &running{definition: definition, log: log}
	options := engine.Options{
		Commands:   handlers.Commands(),
		Definition: definition,
		Timeout:    p.flags.timeout,
		RunTime:    p.flags.runTime,
		InFlight:   p.flags.inFlight,
		MaxAnswer:  p.flags.maxAnswer,
		MaxItems:   p.flags.maxItems,
		UserAgent:  "msgraph-user/" + supply.Version,
		Log:        log,
	}
	e.useTenant(tenant, &options)
	if err := p.configure(ctx, e, &options); err != nil {
		e.close()
		return nil, err
	}
	e.service = engine.New(options)
	if err := p.serveMetrics(e); err != nil {
		e.close()
		return nil, err
	}
	return e, nil
}

// spareCollections lets the heap grow further before it is collected, until the
// returned function is called: what is made at the start is there to stay, and to
// look through it again and again is a tenth of the time to the first answer. GOGC
// has the last word.
func spareCollections(getenv func(string) string) (end func()) {
	if getenv("GOGC") != "" {
		return func() {}
	}
	usual := debug.SetGCPercent(400)
	return func() { debug.SetGCPercent(usual) }
}

// configure opens what the flags name.
func (p *program) configure(ctx context.Context, e *running, options *engine.Options) error {
	if err := p.configureInstance(ctx, e, options); err != nil {
		return err
	}
	if p.flags.state != "" {
		state, err := auth.OpenStateFile(ctx, p.flags.state, e.log)
		if err != nil {
			return err
		}
		e.closers = append(e.closers, state.Close)
		options.Store, options.Records = state, containment.NewFolder(state.Path()+".runs")
	}
	if p.flags.audit != "" {
		trail, err := audit.OpenFile(p.flags.audit, p.origin(), time.Now)
		if err != nil {
			return err
		}
		e.closers = append(e.closers, trail.Close)
		options.Trail, e.trail = trail, trail
	}
	return nil
}
