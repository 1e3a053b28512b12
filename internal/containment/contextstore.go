package containment

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"msgraph-user/internal/rawjson"
)

const (
	// Member is the member of the integration context that keeps records of runs, by
	// their ids.
	Member = "runs"
	// ContextLimit is how many bytes the record of one run takes there at most.
	ContextLimit = 64 << 10
	// contextRuns is how many records are kept there at most: the oldest goes first.
	contextRuns = 20
)

// contextKind is what tells these records from others in the member.
const contextKind = "containment"

// entry is the record of a run in the integration context.
type entry struct {
	Kind   string    `json:"kind"`
	Began  time.Time `json:"began"`
	Record string    `json:"record"` // the lines, as base64 of gzip
}

// Context is the integration context of an instance, as far as a ContextStore needs it.
type Context interface {
	// ContextMember returns a member; nil where there is none.
	ContextMember(ctx context.Context, name string) (any, error)
	// ChangeContextMember replaces a member by what change makes of it; nil removes it.
	ChangeContextMember(ctx context.Context, name string, change func(any) any) error
}

// ContextStore is a Store in the integration context of one instance, at most
// ContextLimit a run.
type ContextStore struct{ context Context }

// NewContextStore returns the store in an integration context.
func NewContextStore(c Context) *ContextStore { return &ContextStore{c} }

// Append adds lines to the record of a run.
func (s *ContextStore) Append(ctx context.Context, run string, have int, lines []byte) error {
	var failed error
	err := s.context.ChangeContextMember(ctx, Member, func(member any) any {
		runs := runsOf(member)
		var content []byte
		kept := entry{Kind: contextKind}
		if have > 0 {
			kept, content, failed = read(runs, run)
		}
		if failed == nil && have > len(content) {
			failed = fmt.Errorf("%q: %w", run, ErrUnknownRun)
		}
		if failed != nil {
			return member
		}
		content = append(content[:have], lines...)
		if kept.Record, failed = pack(content); failed != nil {
			return member
		}
		if len(kept.Record) > ContextLimit {
			failed = ErrFull
			return member
		}
		if have == 0 {
			kept.Began = began(content)
		}
		changed := maps.Clone(runs)
		changed[run] = kept.plain()
		makeRoom(changed, run)
		return changed
	})
	return cmp.Or(failed, err)
}

// plain returns the entry in the form that every store of contexts takes.
func (e entry) plain() map[string]any {
	return map[string]any{"kind": e.Kind, "began": e.Began.Format(time.RFC3339Nano), "record": e.Record}
}

// began is when the run of a record began, as its first line says.
func began(content []byte) time.Time {
	var first Run
	if json.NewDecoder(bytes.NewReader(content)).Decode(&first) != nil {
		return time.Time{}
	}
	return first.Began
}

// makeRoom drops the oldest records, but not that of run, where they are too many.
func makeRoom(runs map[string]any, run string) {
	var own []string
	for id, value := range runs {
		if e, ok := entryOf(value); ok && e.Kind == contextKind && id != run {
			own = append(own, id)
		}
	}
	slices.SortFunc(own, func(a, b string) int {
		first, _ := entryOf(runs[a])
		second, _ := entryOf(runs[b])
		return first.Began.Compare(second.Began)
	})
	for len(own) >= contextRuns {
		delete(runs, own[0])
		own = own[1:]
	}
}

// runsOf reads the member; nothing that can be used is as none.
func runsOf(member any) map[string]any {
	runs, _ := member.(map[string]any)
	if runs == nil {
		return map[string]any{}
	}
	return runs
}

// entryOf reads what a store of contexts gives back for an entry.
func entryOf(value any) (entry, bool) {
	encoded, err := rawjson.Marshal(value)
	if err != nil {
		return entry{}, false
	}
	var e entry
	return e, json.Unmarshal(encoded, &e) == nil
}

// read returns the entry of a run and its lines.
func read(runs map[string]any, run string) (entry, []byte, error) {
	e, ok := entryOf(runs[run])
	if runs[run] == nil || !ok || e.Kind != contextKind {
		return e, nil, fmt.Errorf("%q: %w", run, ErrUnknownRun)
	}
	content, err := unpack(e.Record)
	return e, content, err
}

// pack is how lines stand in an entry.
func pack(content []byte) (string, error) {
	packed, err := Compress(content)
	return base64.StdEncoding.EncodeToString(packed), err
}

func unpack(record string) ([]byte, error) {
	packed, err := base64.StdEncoding.DecodeString(record)
	if err != nil {
		return nil, fmt.Errorf("%w: the integration context holds no base64", ErrChanged)
	}
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("%w: it cannot be decompressed: %v", ErrChanged, err)
	}
	content, err := io.ReadAll(io.LimitReader(reader, contentLimit))
	if err != nil {
		return nil, fmt.Errorf("%w: it cannot be decompressed: %v", ErrChanged, err)
	}
	return content, nil
}

// Read returns the record of a run.
func (s *ContextStore) Read(ctx context.Context, run string) ([]byte, error) {
	member, err := s.context.ContextMember(ctx, Member)
	if err != nil {
		return nil, err
	}
	_, content, err := read(runsOf(member), run)
	return content, err
}

// List returns the ids of the runs.
func (s *ContextStore) List(ctx context.Context) ([]string, error) {
	member, err := s.context.ContextMember(ctx, Member)
	if err != nil {
		return nil, err
	}
	var own []string
	for id, value := range runsOf(member) {
		if e, ok := entryOf(value); ok && e.Kind == contextKind {
			own = append(own, id)
		}
	}
	return own, nil
}

// Drop drops the records of the runs that drop reports true for. Where there is
// nothing to drop, nothing is written.
func (s *ContextStore) Drop(ctx context.Context, drop func(string, time.Time) bool) error {
	dropped := func(id string, value any) bool {
		e, ok := entryOf(value)
		return ok && e.Kind == contextKind && drop(id, e.Began)
	}
	member, err := s.context.ContextMember(ctx, Member)
	if err != nil {
		return err
	}
	some := false
	for id, value := range runsOf(member) {
		some = some || dropped(id, value)
	}
	if !some {
		return nil
	}
	return s.context.ChangeContextMember(ctx, Member, func(member any) any {
		changed := maps.Clone(runsOf(member))
		maps.DeleteFunc(changed, dropped)
		if len(changed) == 0 {
			return nil
		}
		return changed
	})
}

// Fits reports whether lines, and more of about as many bytes that do not repeat, take
// no more than ContextLimit.
func (s *ContextStore) Fits(lines []byte, more int) bool {
	packed, err := Compress(lines)
	return err == nil && base64.StdEncoding.EncodedLen(len(packed)+more) <= ContextLimit
}
