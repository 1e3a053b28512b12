package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"msgraph-user/internal/containment"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/failure"
)

// The arguments that name a record.
const (
	runArgumentName   = "run_id"
	entryArgumentName = "entry_id"
)

// records returns where the records of runs are kept for the call: the integration
// context of a caller that keeps one, else the folder beside the state file, else memory
// where the practice tenant is in the process. The error says that there is no such
// place, and what to do.
func (inv *Invocation) records() (containment.Store, error) {
	switch {
	case inv.call.Store != nil:
		return containment.NewContextStore(inv.instance.source), nil
	case inv.options.Records != nil:
		return inv.options.Records, nil
	}
	e := failure.Parameter("--state", "%s needs a place for its record, and there is none. Nothing was sent.", inv.Command)
	e.Advice = "Start the program with --state FILE, or run the command with record=file: then the file of the answer is the only record, so keep it."
	return nil, e
}

// Recorded is a record that the arguments of a command name.
type Recorded struct {
	*containment.Record
	Content  []byte // its lines
	Argument string // that named it
	Kept     bool   // it comes from where this program keeps records, and not from a file
	Proven   bool   // for the command: its seal was compared with one from elsewhere, or it is Kept
}

// Record reads the record that one of the arguments run_id, file and entry_id names. The
// error names that argument: there is no such record, it is another instance's, or it was
// changed.
func (inv *Invocation) Record(ctx context.Context) (*Recorded, error) {
	content, argument, err := inv.RecordContent(ctx)
	if err != nil {
		return nil, err
	}
	return inv.ReadRecord(content, argument)
}

// ReadRecord reads the content of a record that argument named.
func (inv *Invocation) ReadRecord(content []byte, argument string) (*Recorded, error) {
	record, err := containment.Parse(content)
	if err != nil {
		e := failure.Argument(argument, "The record is not as it was written, so nothing was sent: %v.", err)
		e.Advice, e.Cause = "Take the file from where it was kept first, or run the command with run_id.", err
		return nil, e
	}
	if err := inv.CheckOwn(record.Run.Instance, record.Run.Tenant, "The run "+record.Run.RunID, argument); err != nil {
		return nil, err
	}
	return &Recorded{Record: record, Content: content, Argument: argument, Kept: argument == runArgumentName}, nil
}

// RecordContent returns the content of the file or the record that one of the arguments
// run_id, file and entry_id names, and that argument.
func (inv *Invocation) RecordContent(ctx context.Context) (content []byte, argument string, err error) {
	var given []string
	for _, name := range []string{runArgumentName, definition.FileArgument, entryArgumentName} {
		if inv.Args.Has(name) {
			given = append(given, name)
		}
	}
	if len(given) != 1 {
		e := failure.Argument(runArgumentName, "%s takes one of run_id, file and entry_id, and the call has %d of them.", inv.Command, len(given))
		e.Advice = "run_id is in the answer of msgraph-user-contain. file is the file of that answer: file=@PATH in msgraph-user call."
		return nil, runArgumentName, e
	}
	switch argument = given[0]; argument {
	case runArgumentName:
		content, err = inv.keptRecord(ctx, inv.Args.Text(argument))
	case entryArgumentName:
		content, err = inv.fileOfEntry(ctx, inv.Args.Text(argument))
	default:
		content = []byte(inv.Args.Text(argument))
	}
	if err != nil || argument == runArgumentName {
		return content, argument, err
	}
	if content, err = containment.Open(content); err != nil {
		return nil, argument, failure.Argument(argument, "The file is no record, so nothing was sent: %v.", err)
	}
	return content, argument, nil
}

// keptRecord reads the record of a run from where this program keeps records.
func (inv *Invocation) keptRecord(ctx context.Context, run string) ([]byte, error) {
	store, err := inv.records()
	if err != nil {
		return nil, unknownRun(run, "This program keeps no records: it was started without --state.")
	}
	content, err := containment.ReadFrom(ctx, store, run)
	switch {
	case errors.Is(err, containment.ErrUnknownRun):
		return nil, unknownRun(run, fmt.Sprintf("Records are kept for %d days, those of an instance in the platform with its integration context.", int(containment.Retention.Hours()/24)))
	case errors.Is(err, containment.ErrOnlySeal):
		return nil, unknownRun(run, "It was run with record=file, so that the file of its answer is the only record.")
	case err != nil:
		return nil, unusableRun(run, err)
	}
	return content, nil
}

// unusableRun is the error of a record that cannot be used. Where the integration context
// cannot be read, or the call has ended, the record says nothing: that error stands.
func unusableRun(run string, err error) error {
	if failure.KindOf(err) != failure.Internal {
		return err
	}
	e := failure.Argument(runArgumentName, "The record of the run %s cannot be used, so nothing was sent: %v.", run, err)
	e.Cause = err
	return e
}

// unknownRun is the error of a run that nobody knows here.
func unknownRun(run, why string) error {
	e := failure.Argument(runArgumentName, "There is no record of the run %s. %s Nothing was sent.", run, why)
	e.Advice = "Check the id, or give the file that the run answered: file=@PATH in msgraph-user call, entry_id in the platform."
	return e
}

// fileOfEntry returns the bytes of a file entry of the War Room.
func (inv *Invocation) fileOfEntry(ctx context.Context, entry string) ([]byte, error) {
	if inv.call.File == nil {
		e := failure.Argument(entryArgumentName, "entry_id names a file of the platform's War Room, and this caller has none.")
		e.Advice = "Give the file itself: file=@PATH in msgraph-user call, its text or its base64 over JSON-RPC."
		return nil, e
	}
	content, err := inv.call.File(ctx, entry)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		e := failure.Argument(entryArgumentName, "The file of the entry %s cannot be read: %v. Nothing was sent.", entry, err)
		e.Cause = err
		return nil, e
	}
	return content, nil
}

// CheckOwn refuses what, a record or a journal, where it is another instance's. A file
// may come from an instance of another name, if it is of the same tenant.
func (inv *Invocation) CheckOwn(instance, tenant, what, argument string) error {
	own := inv.instance.config.TenantID
	sameName, sameTenant := instance == inv.call.Instance, strings.EqualFold(tenant, own)
	if sameTenant && (sameName || argument != runArgumentName && own != "") {
		return nil
	}
	e := failure.Argument(argument, "%s is one of another instance (%s, tenant %s). Nothing was sent.", what, orNone(instance), orNone(tenant))
	e.Advice = "Run the command on that instance."
	return e
}

// KnownSeal is the seal of a run that is known besides its record.
type KnownSeal struct {
	Seal string
	From string // for a person: where it is known from
}

// KnownSeals returns the seals of a run that are kept elsewhere than in the record: in
// the audit trail, and, of a file, with the records that are kept here.
func (inv *Invocation) KnownSeals(ctx context.Context, r *Recorded) ([]KnownSeal, error) {
	var known []KnownSeal
	if trail := inv.options.Trail; trail != nil {
		seal, err := trail.SealOf(r.Run.RunID)
		if err != nil {
			return nil, &failure.Error{Kind: failure.Internal, Message: "The audit trail cannot be read: " + err.Error() + ".", Cause: err}
		}
		known = append(known, KnownSeal{seal, "the audit trail"})
	}
	store, err := inv.records()
	if err == nil && !r.Kept {
		seal, err := containment.SealOf(ctx, store, r.Run.RunID)
		if err != nil && !errors.Is(err, containment.ErrUnknownRun) {
			return nil, failure.Of(err)
		}
		known = append(known, KnownSeal{seal, "the record that is kept here"})
	}
	return slices.DeleteFunc(known, func(k KnownSeal) bool { return k.Seal == "" }), nil
}

func orNone(text string) string {
	if text == "" {
		return "without a name"
	}
	return text
}
