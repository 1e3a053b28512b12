package cli

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"msgraph-user/internal/rpc"
	"msgraph-user/internal/supply"
)

// sessionFlags are those of serve: what a session may ask for, and what becomes of
// it.
type sessionFlags struct {
	record      string
	maxLine     int
	maxCommands int
	maxWaiting  int
	grace       time.Duration
}

func (f *sessionFlags) register(set *pflag.FlagSet) {
	set.StringVar(&f.record, "record", "", "record requests and answers in `FILE`, without secrets, for msgraph-user replay")
	set.IntVar(&f.maxLine, "max-line", rpc.DefaultMaxLine, "size in bytes of the longest message that is read")
	set.IntVar(&f.maxCommands, "max-commands", rpc.DefaultMaxInFlight, "how many commands run at once")
	set.IntVar(&f.maxWaiting, "max-waiting", rpc.DefaultMaxWaiting, "how many commands may wait; further ones are refused")
	durationVar(set, &f.grace, "grace", rpc.DefaultGrace, 0, "how long running commands may take to finish after the end of input or SIGTERM")
}

// check refuses limits that would let nothing through.
func (f *sessionFlags) check() error {
	if f.maxLine < 1 || f.maxCommands < 1 || f.maxWaiting < 0 {
		return usagef("--max-line and --max-commands are 1 or more, --max-waiting not below 0")
	}
	return nil
}

func (p *program) serveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve JSON-RPC 2.0 on standard input and output",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return p.serve(cmd.Context()) },
	}
	p.session.register(cmd.Flags())
	return cmd
}

// noArguments refuses arguments as wrong usage.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no argument, but %q is given", cmd.CommandPath(), args[0])
	}
	return nil
}

func (p *program) serve(ctx context.Context) (err error) {
	if err := p.session.check(); err != nil {
		return err
	}
	p.leaveStderr()
	hangups := catchHangups()
	e, err := p.start(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if lost := e.close(); err == nil {
			err = lost
		}
	}()
	outliveThePeer()
	spareMemory(p.streams.Getenv)
	defer e.reopenOn(hangups)()
	server := p.rpcServer(e)
	if p.session.record != "" {
		if err := p.record(e, server, p.session.record); err != nil {
			return err
		}
	}
	return server.Serve(ctx, p.streams.Stdin, p.streams.Stdout)
}

// outliveThePeer makes a peer that is gone an error of writing, after which what
// runs is brought to an end; the signal would end the process in the middle of it.
func outliveThePeer() { signal.Ignore(syscall.SIGPIPE) }

// softMemoryLimit is from how many bytes on the garbage collector works harder
// rather than let the heap grow: below what docs/operations.md promises.
const softMemoryLimit = 768 << 20

// spareMemory sets softMemoryLimit. GOMEMLIMIT has the last word.
func spareMemory(getenv func(string) string) {
	if getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softMemoryLimit)
	}
}

// catchHangups keeps SIGHUP from ending the process, from its start on and also
// where there is no audit trail.
func catchHangups() chan os.Signal {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	return hangups
}

// reopenOn has each hangup open the audit trail again where it should be, as log
// rotation asks for, until the returned function is called.
func (e *running) reopenOn(hangups chan os.Signal) (stop func()) {
	go func() {
		for range hangups {
			if e.trail == nil {
				continue
			}
			if err := e.trail.Reopen(); err != nil {
				e.log.Error("the audit trail cannot be opened again; changes are refused until it can be", "error", err.Error())
			}
		}
	}()
	return func() {
		signal.Stop(hangups)
		close(hangups)
	}
}

// rpcServer returns the JSON-RPC server over an engine.
func (p *program) rpcServer(e *running) *rpc.Server {
	waiting := p.session.maxWaiting
	if waiting == 0 {
		waiting = -1 // none; zero would be the default
	}
	return &rpc.Server{
		Runner:   e.service,
		Commands: e.definition.CommandNames(),
		Suggest:  e.definition.Suggest,
		Discover: func() any { return e.definition.OpenRPC(supply.Version) },
		Stats:    func() any { return e.service.Stats() },
		Name:     "msgraph-user",
		Version:  supply.Version,
		Log:      e.log,

		MaxLine:     p.session.maxLine,
		MaxInFlight: p.session.maxCommands,
		MaxWaiting:  waiting,
		Grace:       p.session.grace,
	}
}
