package containment_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"msgraph-user/internal/containment"
)

// aContext is an integration context with one member that is another's.
type aContext map[string]any

func (c aContext) ContextMember(_ context.Context, name string) (any, error) { return c[name], nil }

func (c aContext) ChangeContextMember(_ context.Context, name string, change func(any) any) error {
	c[name] = change(c[name])
	return nil
}

func stores(t *testing.T) map[string]containment.Store {
	return map[string]containment.Store{
		"memory": containment.NewMemory(),
		"folder": containment.NewFolder(filepath.Join(t.TempDir(), "state.runs")),
		"context": containment.NewContextStore(aContext{"access_token": "t", containment.Member: map[string]any{
			"theirs": map[string]any{"kind": "bulk", "began": "2020-01-01T00:00:00Z"}}}),
	}
}

// A run that is cut off after any flush goes on, and its record is one chain.
func TestARecordGoesOn(t *testing.T) {
	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			first := written(t, store, 3, false)
			again, record, err := containment.Continue(ctx, store, "run-1")
			if err != nil || len(record.Changes) != 3 {
				t.Fatalf("%v %v", record, err)
			}
			err = again.Add(containment.Attempt{Number: 2, Time: began()})
			change, err2 := again.Change(disabling(t, adele))
			seal, err3 := again.Finish(ctx, containment.Seal{Ended: began()})
			if err := errors.Join(err, err2, err3); err != nil || change.Number != 4 {
				t.Fatal(change.Number, err)
			}
			stored, err := store.Read(ctx, "run-1")
			if err != nil || !bytes.Equal(stored, again.Content()) || !bytes.HasPrefix(stored, first.Content()) {
				t.Fatalf("%v: %s", err, stored)
			}
			whole, err := containment.Parse(stored)
			if err != nil || whole.Seal != seal || len(whole.Attempts) != 1 || len(whole.Changes) != 4 {
				t.Fatalf("%+v %v", whole, err)
			}
			if _, _, err := containment.Continue(ctx, store, "run-1"); !errors.Is(err, containment.ErrFinished) {
				t.Errorf("a finished run: %v", err)
			}
			if kept, err := containment.SealOf(ctx, store, "run-1"); kept != seal || err != nil {
				t.Errorf("%s %v", kept, err)
			}
		})
	}
}

func TestRunsAreListedAndDropped(t *testing.T) {
	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			written(t, store, 1, true)
			if runs, err := store.List(ctx); err != nil || !slices.Equal(runs, []string{"run-1"}) {
				t.Fatal(runs, err)
			}
			lastDay := containment.Expired(began().Add(containment.Retention - time.Minute))
			if err := store.Drop(ctx, lastDay); err != nil {
				t.Fatal(err)
			}
			if _, err := store.Read(ctx, "run-1"); err != nil {
				t.Errorf("dropped within its retention: %v", err)
			}
			if err := store.Drop(ctx, containment.Expired(began().Add(containment.Retention+time.Minute))); err != nil {
				t.Fatal(err)
			}
			for _, run := range []string{"run-1", "theirs", "../run-1", ""} {
				if _, err := store.Read(ctx, run); !errors.Is(err, containment.ErrUnknownRun) {
					t.Errorf("%q: %v", run, err)
				}
			}
		})
	}
}

// A store that has only the seal of a run says so.
func TestOnlyASealIsKept(t *testing.T) {
	for name, store := range stores(t) {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			if err := containment.KeepSeal(ctx, store, run(), "5ea1"); err != nil {
				t.Fatal(err)
			}
			if _, err := containment.ReadFrom(ctx, store, "run-1"); !errors.Is(err, containment.ErrOnlySeal) {
				t.Error(err)
			}
			if seal, err := containment.SealOf(ctx, store, "run-1"); seal != "5ea1" || err != nil {
				t.Error(seal, err)
			}
		})
	}
}

// The file of a run is its owner's, holds no half line after a kill, and is no other run's.
func TestAFolderKeepsWholeLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.runs")
	folder := containment.NewFolder(path)
	written(t, folder, 1, false)
	file := filepath.Join(path, "run-1.jsonl")
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info.Mode(), err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o700 {
		t.Fatal(info.Mode(), err)
	}
	cut, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	_, err = cut.WriteString(`{"kind":"answer","cha`)
	if err := errors.Join(err, cut.Close()); err != nil {
		t.Fatal(err)
	}
	w, _, err := containment.Continue(context.Background(), folder, "run-1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Finish(context.Background(), containment.Seal{Ended: began()}); err != nil {
		t.Fatal(err)
	}
	stored, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(stored, w.Content()) {
		t.Errorf("%v\n%s", err, stored)
	}
	if _, err := containment.New(folder, run()); err != nil {
		t.Fatal(err)
	}
	second, err := containment.New(folder, run())
	if err == nil {
		err = second.Flush(context.Background())
	}
	if err == nil {
		t.Error("a second run with the same id takes the first one's file")
	}
}

// The integration context takes 64 KiB a run; what was stored before stays.
func TestTheContextIsBounded(t *testing.T) {
	members := aContext{}
	store := containment.NewContextStore(members)
	w := written(t, store, 5, false)
	if err := w.Reserve(1000); err != nil {
		t.Errorf("room for a small run: %v", err)
	}
	if err := w.Reserve(containment.ContextLimit); !errors.Is(err, containment.ErrFull) {
		t.Errorf("no room for a long one: %v", err)
	}
	before := bytes.Clone(w.Content())
	var err error
	for err == nil {
		for range 20 {
			if _, err := w.Change(disabling(t, adele)); err != nil {
				t.Fatal(err)
			}
		}
		err = w.Flush(context.Background())
	}
	if !errors.Is(err, containment.ErrFull) {
		t.Fatal(err)
	}
	stored, err := store.Read(context.Background(), "run-1")
	if err != nil || !bytes.HasPrefix(stored, before) || len(stored) >= len(w.Content()) {
		t.Errorf("%v: %d bytes of %d", err, len(stored), len(w.Content()))
	}
	if record, err := containment.Parse(stored); err != nil || len(record.Changes) < 50 {
		t.Errorf("%v: only %d changes have room", err, len(record.Changes))
	}
}
