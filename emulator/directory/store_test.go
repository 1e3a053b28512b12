package directory_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/schema"
)

const seedText = `{
 "tenant": {"id":"22222222-2222-2222-2222-222222222222","displayName":"Test","domains":["test.example"]},
 "users": [
  {"userPrincipalName":"ann@test.example","displayName":"Ann","accountEnabled":true,"password":"S3cret-pass","manager":"bob@test.example",
   "authentication":[{"@odata.type":"#microsoft.graph.phoneAuthenticationMethod","id":"p1","phoneNumber":"+1 555","phoneType":"mobile"}]},
  {"userPrincipalName":"bob@test.example","displayName":"Bob \"the\" Boss"}],
 "groups": [{"displayName":"Staff","members":["ann@test.example"]}]
}`

type testClock struct{ at time.Time }

func (c *testClock) now() time.Time { return c.at }

func seeded(t *testing.T) (*directory.Store, *testClock) {
	t.Helper()
	clock := &testClock{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	store := directory.New(clock.now)
	seed(t, store)
	return store, clock
}

func seed(t *testing.T, store *directory.Store) {
	t.Helper()
	seed, err := directory.ParseSeed([]byte(seedText))
	if err != nil {
		t.Fatal(err)
	}
	if err := store.LoadSeed(seed, 0); err != nil {
		t.Fatal(err)
	}
}

func TestUsersAreFoundByNameInAnyLetterCase(t *testing.T) {
	store, _ := seeded(t)
	ann := store.User("ANN@Test.example")
	if ann == nil || ann.Text("displayName") != "Ann" || !ann.PasswordIs("S3cret-pass") || ann.PasswordIs("other") {
		t.Fatalf("ann: %v", ann)
	}
	if store.User(ann.ID) != ann {
		t.Error("not found by id")
	}
	manager := store.Targets(directory.Manager, ann.ID)
	if len(manager) != 1 || manager[0].Text("displayName") != `Bob "the" Boss` {
		t.Errorf("manager: %v", manager)
	}
	if reports := store.Sources(directory.Manager, manager[0].ID); len(reports) != 1 || reports[0] != ann {
		t.Errorf("reports: %v", reports)
	}
}

func setName(t *testing.T, store *directory.Store, ref, name string) {
	t.Helper()
	err := store.Update(func(tx *directory.Tx) error {
		u := tx.User(ref)
		return tx.Put(u.With(directory.Pair{Property: u.Type.Must("displayName"), Raw: directory.Quote(name)}))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, store *directory.Store, ref string) string {
	t.Helper()
	id := store.User(ref).ID
	if err := store.Update(func(tx *directory.Tx) error { tx.Delete(tx.User(ref)); return nil }); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestAFailedUpdateChangesNothing(t *testing.T) {
	store, _ := seeded(t)
	refusal := errors.New("no")
	before := store.Mark()
	err := store.Update(func(tx *directory.Tx) error {
		tx.Delete(tx.User("ann@test.example"))
		return refusal
	})
	if !errors.Is(err, refusal) || store.User("ann@test.example") == nil || store.Mark() != before {
		t.Errorf("err %v, mark %v then %v", err, before, store.Mark())
	}
}

func TestDeletedUsersAreRestoredWithinThirtyDays(t *testing.T) {
	store, clock := seeded(t)
	id := remove(t, store, "ann@test.example")
	if store.User("ann@test.example") != nil || store.Deleted(id) == nil {
		t.Fatal("the user should be among the deleted items only")
	}
	err := store.Update(func(tx *directory.Tx) error { _, err := tx.Restore(id, ""); return err })
	if err != nil || store.User("ann@test.example") == nil {
		t.Fatalf("restore: %v", err)
	}
	remove(t, store, "ann@test.example")
	clock.at = clock.at.Add(directory.Retention)
	var missing *directory.NotFoundError
	err = store.Update(func(tx *directory.Tx) error { _, err := tx.Restore(id, ""); return err })
	if !errors.As(err, &missing) || store.Deleted(id) != nil {
		t.Errorf("after 30 days: %v", err)
	}
}

func TestPrincipalNamesAreUnique(t *testing.T) {
	store, _ := seeded(t)
	user := schema.MustLookup("user")
	var conflict *directory.ConflictError
	err := store.Update(func(tx *directory.Tx) error {
		return tx.Put(directory.NewObject(user, directory.NewID(), directory.Pair{Property: user.Must("userPrincipalName"), Raw: `"Bob@TEST.example"`}))
	})
	if !errors.As(err, &conflict) || conflict.Property != "userPrincipalName" {
		t.Errorf("got %v", err)
	}
}

func TestChangesNameEachObjectOnceWithAllThatChanged(t *testing.T) {
	store, _ := seeded(t)
	since := store.Mark()
	setName(t, store, "ann@test.example", "A")
	setName(t, store, "bob@test.example", "B")
	setName(t, store, "ann@test.example", "AA")
	changes, ok := store.Changes("user", since, store.Mark())
	if !ok || len(changes) != 2 || changes[1].ID != store.User("ann@test.example").ID {
		t.Fatalf("ok %v, changes %+v", ok, changes)
	}
	user := schema.MustLookup("user")
	if !changes[0].Fields.Has(user.Must("displayName").Index) || changes[0].Fields.Has(user.Must("city").Index) {
		t.Errorf("fields %v", changes[0].Fields)
	}
	seed(t, store)
	if _, ok := store.Changes("user", since, store.Mark()); ok {
		t.Error("a mark from before a reset should mean nothing")
	}
}

func TestStateFileSurvivesAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tenant")
	store, clock := seeded(t)
	if err := store.Keep(path); err != nil {
		t.Fatal(err)
	}
	since := store.Mark()
	setName(t, store, "ann@test.example", "Ann of the file")
	removed := remove(t, store, "bob@test.example")
	raw, err := os.ReadFile(path) // what a kill would leave
	if err != nil {
		t.Fatal(err)
	}
	torn := filepath.Join(t.TempDir(), "torn")
	if err := os.WriteFile(torn, append(raw, `{"at":"2026-`...), 0o600); err != nil {
		t.Fatal(err)
	}
	again := directory.New(clock.now)
	if err := again.Keep(torn); err != nil {
		t.Fatal(err)
	}
	ann := again.User("ann@test.example")
	if ann == nil || ann.Text("displayName") != "Ann of the file" || !ann.PasswordIs("S3cret-pass") || len(again.Owned(ann.ID, "")) != 1 {
		t.Fatalf("ann: %+v", ann)
	}
	if again.Deleted(removed) == nil || again.Mark() != store.Mark() {
		t.Errorf("deleted items or versions differ: %v, %v", again.Mark(), store.Mark())
	}
	if changes, ok := again.Changes("user", since, again.Mark()); !ok || len(changes) != 2 {
		t.Errorf("delta marks from before the kill: %v %v", changes, ok)
	}
	setName(t, again, "ann@test.example", "Ann goes on")
	if info, err := os.Stat(torn); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestAnExportedSeedMakesTheSameTenant(t *testing.T) {
	store, clock := seeded(t)
	other := directory.New(clock.now)
	if err := other.LoadSeed(store.Export(), 0); err != nil {
		t.Fatal(err)
	}
	ann := other.User("ann@test.example")
	if ann == nil || !ann.PasswordIs("S3cret-pass") || len(other.Owned(ann.ID, "")) != 1 ||
		len(other.Targets(directory.Manager, ann.ID)) != 1 || len(other.Sources(directory.Member, ann.ID)) != 1 {
		t.Errorf("ann: %+v", ann)
	}
}

func TestSnapshotsAreRestored(t *testing.T) {
	store, _ := seeded(t)
	snapshot := store.Snapshot()
	remove(t, store, "ann@test.example")
	setName(t, store, "bob@test.example", "Robert")
	if err := store.Restore(snapshot); err != nil {
		t.Fatal(err)
	}
	if store.User("ann@test.example") == nil || store.User("bob@test.example").Text("displayName") == "Robert" {
		t.Error("the tenant is not what it was")
	}
}

func TestPeopleAreMadeUpToFillATenant(t *testing.T) {
	store, _ := seeded(t)
	start := time.Now()
	if err := store.LoadSeed(store.Export(), 20_000); err != nil {
		t.Fatal(err)
	}
	t.Logf("20,000 users in %v", time.Since(start))
	if got := store.Count("user"); got != 20_000 {
		t.Errorf("%d users", got)
	}
}

func TestALongJournalIsWrittenAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tenant")
	store, clock := seeded(t)
	if err := store.Keep(path); err != nil {
		t.Fatal(err)
	}
	setName(t, store, "ann@test.example", "Ann of many changes")
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(raw, []byte("\n"))
	many := append(raw, bytes.Repeat(lines[2], 5_000)...) // the same change again and again
	if err := os.WriteFile(path, many, 0o600); err != nil {
		t.Fatal(err)
	}
	again := directory.New(clock.now)
	if err := again.Keep(path); err != nil {
		t.Fatal(err)
	}
	if got := again.User("ann@test.example").Text("displayName"); got != "Ann of many changes" {
		t.Errorf("%s", got)
	}
	if info, err := os.Stat(path); err != nil || info.Size() > 10_000 {
		t.Errorf("the file has %d bytes, %v", info.Size(), err)
	}
}
