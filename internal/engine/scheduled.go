package engine

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"time"

	"github.com/google/uuid"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/xsoar"
)

const (
	// DefaultRunTime is how long a call that can go on later works at a time. The
	// platform stops a command after minutes: this leaves time for what is under way.
	DefaultRunTime = time.Minute
	// overtime is how long an answer may still come once a run's time is over. What has
	// none by then is looked up by the next run.
	overtime = 30 * time.Second
	// nextRun is after how many seconds the platform runs the command again.
	nextRun = 10
	// scheduleTime is for how many seconds the platform does so at most.
	scheduleTime = 24 * 60 * 60

	// runArgument names the record that a call goes on from, runRecords the member of
	// the integration context that holds the records, by name.
	runArgument = "polling_run"
	runRecords  = "scheduled_runs"
)

// errRunOver ends the sending of a run whose time is over. What is left is the next
// run's.
var errRunOver = errors.New("the time of this run is over")

// schedule is how a call that may take long goes on in later calls: each works for a
// bounded time, and leaves in the integration context what the next one goes on from.
// It is the Journal of a call of many.
//
// What a first run does is only kept in memory until its time is over: nobody is told
// of a record before, so that nobody could go on from it.
type schedule struct {
	inv      *Invocation
	ctx      context.Context // of the call
	writes   bool            // each batch is written down before it is sent
	identity string
	name     string // of the record
	kept     bool   // there is a record
	until    time.Time
	places   map[string]int // of the targets in the list, by their names
	now      progress
}

// mayGoOn gives the call a schedule where the caller runs what an entry schedules, and
// the call may take long. The error says that the call names a record that it cannot go
// on from.
func (inv *Invocation) mayGoOn(ctx context.Context) error {
	name := inv.Args.Text(runArgument)
	if !inv.takesLong() {
		if name == "" {
			return nil
		}
		return unusableRecord("This call cannot go on from a record.")
	}
	inv.schedule = &schedule{inv: inv, ctx: ctx, name: name, kept: name != "", until: inv.options.Now().Add(inv.options.RunTime)}
	return nil
}

// takesLong reports whether the call may end in a later one: that of a list that is read
// to its end, or of many users. What a change of many shows besides its records, no
// record can hold, and what has an entry for each user, no run can hand over in part.
func (inv *Invocation) takesLong() bool {
	call := &inv.call
	if !call.Scheduled || inv.command.Steps == nil || call.Emit != nil || call.Journal != nil || inv.rows != nil || inv.Args.Bool(dryRun) {
		return false
	}
	if len(inv.users) > 1 {
		return inv.command.Show == nil || !inv.changes() && !inv.command.ShowsEach
	}
	return !inv.changes() && inv.command.Long != nil && inv.command.Long(inv.Args)
}

// identity tells calls apart: the command, the instance's tenant and application, and
// what else belongs to it. It is a hash, so that a record shows nothing of them.
func (inv *Invocation) identity(rest any) string {
	config := inv.instance.config
	encoded, err := json.Marshal([]any{inv.Command, inv.call.Instance, config.GraphOrigin(), config.TenantID, config.ClientID, rest})
	if err != nil {
		return "" // texts can always be written
	}
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:])
}

// load reads the record that the call goes on from.
func (s *schedule) load(identity string) error {
	s.identity = identity
	if !s.kept {
		s.name = uuid.NewString()
		return nil
	}
	kept, err := s.inv.instance.source.ContextMember(s.ctx, runRecords)
	if err != nil {
		return err
	}
	byName, _ := kept.(map[string]any)
	found, ok := byName[s.name].(map[string]any)
	if !ok {
		return unusableRecord("There is no record of this run: it has ended, or is older than a day.")
	}
	if found["identity"] != identity {
		return unusableRecord("This is the record of another command, list or instance.")
	}
	if err := s.now.decode(found["progress"]); err != nil {
		return unusableRecord("The record of this run cannot be read.")
	}
	return nil
}

func unusableRecord(why string) error {
	e := failure.Argument(runArgument, "%s Nothing was sent.", why)
	e.Advice = "Only the platform sets " + runArgument + ". Run the command again without it: what is done already succeeds again."
	return e
}

// store writes the record.
func (s *schedule) store(ctx context.Context, p *progress) error {
	encoded, err := p.encode()
	if err != nil {
		return err
	}
	var full error
	now := s.inv.options.Now()
	err = s.inv.instance.source.ChangeContextMember(ctx, runRecords, func(member any) any {
		records := youngRecords(member, now)
		if full = nil; records[s.name] == nil && len(records) >= recordsKept {
			full = fmt.Errorf("%d runs of this instance go on already", len(records))
			return records
		}
		records[s.name] = map[string]any{"identity": s.identity, "time": strconv.FormatInt(now.Unix(), 10), "progress": encoded}
		return records
	})
	if err = cmp.Or(err, full); err != nil {
		return fmt.Errorf("the record of the run could not be kept: %w", err)
	}
	s.kept = true
	return nil
}

// remove removes the record of a run that has ended, and those that nobody goes on from
// any more.
func (s *schedule) remove(ctx context.Context) error {
	return s.inv.instance.source.ChangeContextMember(ctx, runRecords, func(member any) any {
		records := youngRecords(member, s.inv.options.Now())
		delete(records, s.name)
		if len(records) == 0 {
			return nil
		}
		return records
	})
}

// youngRecords copies the records, without those that are too old for a run to go on.
func youngRecords(member any, now time.Time) map[string]any {
	kept, _ := member.(map[string]any)
	records := maps.Clone(kept)
	if records == nil {
		records = map[string]any{}
	}
	maps.DeleteFunc(records, func(_ string, record any) bool {
		members, _ := record.(map[string]any)
		seconds, err := strconv.ParseInt(fmt.Sprint(members["time"]), 10, 64)
		return err != nil || now.Sub(time.Unix(seconds, 0)) > recordAge
	})
	return records
}

// Begin returns what earlier runs left.
func (s *schedule) Begin(identity string) ([]Note, error) {
	if err := s.load(identity); err != nil {
		return nil, err
	}
	names := make(map[int]string, len(s.places))
	for name, place := range s.places {
		names[place] = name
	}
	return s.now.expand(names), nil
}

// Write takes notes in, and writes them down where a later run may need them before
// this one ends.
func (s *schedule) Write(notes []Note) error {
	s.now.add(notes, s.places)
	if !s.writes || !s.kept {
		return nil
	}
	return s.store(s.ctx, &s.now)
}

// leave keeps the record for the next run, and has entries tell the platform to run the
// command again. What was read is handed over with the entries: the record says so
// only after, so that nothing is missed.
func (s *schedule) leave(entries []xsoar.Entry) ([]xsoar.Entry, error) {
	if s.writes {
		if err := s.store(context.WithoutCancel(s.ctx), &s.now); err != nil {
			return nil, err
		}
	} else {
		if !s.kept {
			if err := s.store(context.WithoutCancel(s.ctx), &progress{}); err != nil {
				return nil, err
			}
		}
		s.inv.After(func(ctx context.Context) error { return s.store(ctx, &s.now) })
	}
	again := map[string]any{}
	maps.Copy(again, s.inv.call.Args)
	again[runArgument] = s.name
	entries[0].PollingCommand = s.inv.Command
	entries[0].NextRun = strconv.Itoa(nextRun)
	entries[0].Timeout = strconv.Itoa(scheduleTime)
	entries[0].PollingArgs = again
	return entries, nil
}

// working returns ctx for the requests of a run: those that have no answer long after
// its time end with it.
func (s *schedule) working(ctx context.Context) (context.Context, context.CancelFunc) {
	if s == nil {
		return ctx, func() {}
	}
	// Guard rails may have taken the time that was there.
	if least := s.inv.options.Now().Add(s.inv.options.RunTime / 4); s.until.Before(least) {
		s.until = least
	}
	return context.WithTimeout(ctx, s.until.Sub(s.inv.options.Now())+overtime)
}

// end is when nothing more is sent in a run; zero: never.
func (s *schedule) end() time.Time {
	if s == nil {
		return time.Time{}
	}
	return s.until
}

// over reports whether the time of the run is over.
func (s *schedule) over() bool { return s != nil && !s.inv.options.Now().Before(s.until) }

// forget has the record removed once the caller has the last entries.
func (s *schedule) forget() {
	if s != nil && s.kept {
		s.inv.After(s.remove)
	}
}
