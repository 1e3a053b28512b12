package engine

import (
	"context"
	"time"

	"msgraph-user/graph"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/xsoar"
)

// Command is what one command does, as data. It has Steps, or a Run where a list
// of requests cannot say it. What arguments it takes and what it shows is in
// integration.yml.
type Command struct {
	// Steps returns what the command asks of Graph for one user, in order. It
	// sends nothing itself, so that the steps of many users can be sent together.
	Steps func(*Invocation) ([]Step, error)
	// Show turns the outcomes of all steps into entries; nil shows what the last
	// step says is Done.
	Show func(*Invocation, []Outcome) ([]xsoar.Entry, error)
	// Also are requests that the command makes for some arguments in place of
	// those that Steps returns for the required ones, with placeholders for ids:
	// what they need, the command needs.
	Also []graph.Request

	// Run does what steps cannot say: a question to a person, a sign-in.
	Run func(context.Context, *Invocation) ([]xsoar.Entry, error)

	// Containment is set instead of Steps and Run for a command that turns off many
	// things of each user.
	Containment *Containment

	// Target names the argument that holds the user that the command acts on;
	// empty where there is none.
	Target string
	// Things is true where the target names things that are no users, such as devices:
	// no guard rail about users applies to them, and letter case tells them apart.
	Things bool
	// Recognizes is true where the target is no user of the directory now, so that
	// nobody can look at the names before the steps: a step hands what it read to
	// Invocation.Recognize.
	Recognizes bool
	// Many lets the target be a list of users, each with an outcome of its own.
	Many bool
	// Most is how many users a call may name; 0: any number.
	Most int
	// ShowsEach has the entries of each user shown where a call names several, and not
	// only their records.
	ShowsEach bool
	// Object names the argument that holds the id of the user's thing that the
	// command acts on; empty where there is none.
	Object string
	// Absent are further words by which Graph names what may be missing, such as
	// "manager"; nil where there are none.
	Absent []string
	// Makes names the argument that holds the name of what the command creates;
	// empty where it acts on something that exists.
	Makes string
	// Changes reports whether a call changes something at Microsoft; nil means
	// that the command only reads.
	Changes func(definition.Arguments) bool

	// NotFound says how the command answers where Graph does not know the target.
	NotFound NotFoundPolicy
	// ObjectNotFound says the same of the Object: ErrorAlways, or as NotFound has it.
	ObjectNotFound NotFoundPolicy
	// Answers turns a refusal of another status into an answer; nil turns none.
	Answers func(*Invocation, *failure.Error) (entry xsoar.Entry, ok bool)
	// Missing is the answer about a target that Graph does not know; nil gives the
	// common one.
	Missing func(*Invocation, *failure.Error) xsoar.Entry

	// Long reports whether a call has no deadline of its own, because nobody knows
	// how long it takes; nil: never.
	Long func(definition.Arguments) bool
	// Patience is how long a call may take at least; nil: as long as others.
	Patience func(definition.Arguments) time.Duration
}

// Changing is the Changes of a command whose every call changes something.
func Changing(definition.Arguments) bool { return true }

// changes reports whether a call of cmd with args changes something.
func changes(cmd Command, args definition.Arguments) bool {
	return cmd.Changes != nil && cmd.Changes(args)
}

// execute runs the steps of a command, or its run.
func (cmd Command) execute(ctx context.Context, inv *Invocation) ([]xsoar.Entry, error) {
	if cmd.Run != nil {
		return cmd.Run(ctx, inv)
	}
	steps, err := cmd.Steps(inv)
	if err != nil {
		return nil, err
	}
	outcomes, err := inv.take(ctx, steps)
	if err != nil {
		return nil, err
	}
	if cmd.Show != nil {
		return cmd.Show(inv, outcomes)
	}
	return []xsoar.Entry{{
		Type:           xsoar.Note,
		ContentsFormat: xsoar.FormatJSON,
		HumanReadable:  outcomes[len(outcomes)-1].Done,
	}}, nil
}
