// Package engine is what all commands have in common: the call that an interface hands
// over, and the way from there to War Room entries.
package engine

import (
	"context"
	"log/slog"
	"time"

	"msgraph-user/internal/xsoar"
)

// Call is one command as an interface hands it over: a JSON-RPC request, a line of
// the platform's container loop, or what a person typed.
type Call struct {
	Command string
	// Args are the command's arguments by name: text as the platform sends it,
	// or booleans, numbers (json.Number) and arrays from a JSON-RPC caller.
	Args map[string]any
	// Rows are many runs of the command in place of one with Args; Args then holds
	// what belongs to all, confirm and dry_run. Nil: one run.
	Rows []Row
	// Journal keeps how far a change of many has come; may be nil.
	Journal Journal
	// Scheduled is true where the caller runs the command again that an entry's
	// PollingCommand names: what takes long then works for the options' RunTime at a
	// time.
	Scheduled bool
	// Record is told how each user of a change ended, and each of a call of many;
	// may be nil.
	Record func(Record, Result)
	// Params are the instance's parameters by name; nil takes the process's own.
	Params map[string]any
	// Instance is the name of the integration instance, which keeps cached
	// tokens of instances apart; may be empty.
	Instance string
	// Incident is the id of the investigation the command was run in; may be empty.
	Incident string
	// Timeout is the deadline of the whole call; zero takes the process's own.
	Timeout time.Duration
	// Store keeps the integration context at the caller; nil keeps it in this process.
	Store ContextStore
	// File returns the bytes of a file that the caller keeps as an entry of the War Room;
	// nil where it has no entries.
	File func(ctx context.Context, entry string) ([]byte, error)
	// Log passes a diagnostic to the caller; may be nil.
	Log func(level slog.Level, message string)
	// Progress reports long work to the caller; may be nil.
	Progress func(Progress)
	// Notice tells the caller at once what has to be known whatever comes, such as the
	// id of a run; may be nil.
	Notice func(text string)
	// Advise passes a text for a person on to the caller: what to do next, what to
	// know. It is no part of the entries, which content compares; may be nil.
	Advise func(text string)
	// Emit hands entries over while the command still runs, page by page. It returns
	// when the caller has taken them; after an error, or once ctx is done, the
	// command must stop. Nil where the caller wants all entries in the answer.
	Emit func(ctx context.Context, entries []xsoar.Entry) error
	// After takes what has to be done once the caller has the entries, such as
	// remembering how far a list was read. Nil does it before the answer.
	After func(do func(context.Context) error)
	// Outcome tells the caller how a command ended that answers entries: Succeeded
	// also where there is nothing to show, else what kept a user from it. An error
	// speaks for itself; may be nil.
	Outcome func(Status)
}

// Row is one run of a call of rows.
type Row struct {
	Args map[string]any
	// Err says why the row cannot be run; nil for most.
	Err error
}

// ContextStore reads and replaces the integration context of an instance, as
// the platform's getIntegrationContext and setIntegrationContext do. Members
// that a writer does not know are to be written back as they were read.
type ContextStore interface {
	GetIntegrationContext(ctx context.Context, instance string) (map[string]any, error)
	SetIntegrationContext(ctx context.Context, instance string, value map[string]any) error
}

// Progress says how far long work has come.
type Progress struct {
	Done    int
	Total   int // 0 where the total is not known
	Message string
}

// Runner runs commands. The interfaces know no more of the program than this.
type Runner interface {
	// Run runs one command and returns its War Room entries. The error is, or
	// wraps, a *failure.Error.
	Run(ctx context.Context, call Call) ([]xsoar.Entry, error)
}
