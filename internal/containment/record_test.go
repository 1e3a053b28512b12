package containment_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"msgraph-user/graph"
	"msgraph-user/internal/containment"
	"msgraph-user/internal/rawjson"
)

const adele = "7b0d7a36-5f0e-4a9c-9d39-6b7d3ce0a001"

func began() time.Time { return time.Date(2026, 11, 26, 1, 0, 0, 0, time.UTC) }

func run() containment.Run {
	return containment.Run{RunID: "run-1", Instance: "entra_prod", Command: "msgraph-user-contain", Users: []string{"adele@contoso.example"}, Steps: []string{"disable"}, Began: began()}
}

// disabling is the change that disables an account.
func disabling(t *testing.T, user string) containment.Change {
	t.Helper()
	request, err := containment.RequestOf(graph.SetAccountEnabled(user, false))
	undo, err2 := containment.RequestOf(graph.SetAccountEnabled(user, true))
	look, err3 := containment.RequestOf(graph.GetUser(user, "id,accountEnabled"))
	if err := errors.Join(err, err2, err3); err != nil {
		t.Fatal(err)
	}
	return containment.Change{
		User: "adele@contoso.example", UserID: user, Step: "disable", What: "the account", Request: request, Undo: []containment.Request{undo},
		Read: containment.Reading{Request: look}, Time: began(),
		Done: containment.State{Shows: object(`{"accountEnabled":false}`)}, Back: containment.State{Shows: object(`{"accountEnabled":true}`)},
	}
}

func object(text string) rawjson.Object {
	o, err := rawjson.ParseObject([]byte(text))
	if err != nil {
		panic(err)
	}
	return o
}

// written returns the record of a run with so many changes, finished or not.
func written(t *testing.T, store containment.Store, changes int, finished bool) *containment.Writer {
	t.Helper()
	w, err := containment.New(store, run())
	if err != nil {
		t.Fatal(err)
	}
	err = w.Add(
		containment.User{Given: "adele@contoso.example", ID: adele, Name: "AdeleV@contoso.example", Time: began()},
		containment.Before{User: "adele@contoso.example", UserID: adele, Step: "disable", What: "account", Values: []rawjson.Object{object(`{"accountEnabled":true}`)}, Time: began()},
	)
	for range changes {
		change, addErr := w.Change(disabling(t, adele))
		err = errors.Join(err, addErr, w.Add(
			containment.Answer{Change: change.Number, Status: "succeeded", HTTP: 204, RequestID: fmt.Sprintf("%016x", change.Number*7919), Time: began()},
			containment.Proof{Change: change.Number, Proven: containment.Yes, Time: began()},
		))
	}
	err = errors.Join(err, w.Flush(context.Background()))
	if finished {
		_, sealErr := w.Finish(context.Background(), containment.Seal{Ended: began()})
		err = errors.Join(err, sealErr)
	}
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestARecordIsReadAsItWasWritten(t *testing.T) {
	w := written(t, nil, 2, true)
	record, err := containment.Parse(w.Content())
	if err != nil {
		t.Fatal(err)
	}
	user, known := record.User("ADELEV@contoso.example")
	if !record.Finished() || record.Run.RunID != "run-1" || len(record.Changes) != 2 || record.Answers[2].HTTP != 204 ||
		record.Proofs[1].Proven != containment.Yes || !known || user.ID != adele {
		t.Errorf("%+v", record)
	}
	undo, err := record.Changes[0].Undo[0].Graph()
	if err != nil || undo.Target() != "/v1.0/users/"+adele || !undo.Repeatable {
		t.Errorf("%+v %v", undo, err)
	}
}

// One byte that is another is found, wherever it stands in a finished record.
func TestEveryFlippedByteIsFound(t *testing.T) {
	content := written(t, nil, 1, true).Content()
	for at := range content {
		for _, flip := range []byte{0x01, 0x20, 0x80} {
			if _, err := openAndParse(flipped(content, at, flip)); err == nil {
				t.Fatalf("byte %d of %d, xor %#x, is not found: line %d", at, len(content), flip, bytes.Count(content[:at], []byte("\n"))+1)
			}
		}
	}
}

func flipped(content []byte, at int, flip byte) []byte {
	changed := bytes.Clone(content)
	changed[at] ^= flip
	return changed
}

func openAndParse(file []byte) (*containment.Record, error) {
	content, err := containment.Open(file)
	if err != nil {
		return nil, err
	}
	return containment.Parse(content)
}

func TestFlippedBytesOfABigFileAreFound(t *testing.T) {
	w := written(t, nil, 4200, true)
	name, packed, err := w.File()
	if err != nil || name != "containment-run-1.jsonl.gz" {
		t.Fatalf("%s %v: %d bytes", name, err, len(w.Content()))
	}
	if record, err := openAndParse(packed); err != nil || len(record.Changes) != 4200 {
		t.Fatalf("the file as it was made: %v", err)
	}
	random := rand.New(rand.NewPCG(19, 1))
	for range 2 {
		plain, at := w.Content(), random.IntN(len(w.Content()))
		if _, err := containment.Parse(flipped(plain, at, 1<<random.IntN(8))); err == nil {
			t.Errorf("plain: byte %d is not found", at)
		}
	}
	positions := []int{0, 2, 3, 4, 8, 9, len(packed) - 9, len(packed) - 8, len(packed) - 1}
	for range 6 {
		positions = append(positions, random.IntN(len(packed)))
	}
	for _, at := range positions {
		if _, err := openAndParse(flipped(packed, at, 1<<random.IntN(8))); err == nil {
			t.Errorf("gz: byte %d is not found", at)
		}
	}
}

func TestChangedLinesAreFound(t *testing.T) {
	lines := bytes.SplitAfter(written(t, nil, 2, true).Content(), []byte("\n"))
	lines = lines[:len(lines)-1]
	cases := map[string]func([][]byte) [][]byte{
		"missing":         func(l [][]byte) [][]byte { return append(l[:3], l[4:]...) },
		"first missing":   func(l [][]byte) [][]byte { return l[1:] },
		"doubled":         func(l [][]byte) [][]byte { return append(l[:4], l[3:]...) },
		"exchanged":       func(l [][]byte) [][]byte { l[3], l[4] = l[4], l[3]; return l },
		"after the seal":  func(l [][]byte) [][]byte { return append(l, l[3]) },
		"sealed twice":    func(l [][]byte) [][]byte { return append(l, l[len(l)-1]) },
		"empty line":      func(l [][]byte) [][]byte { return append(l[:2], append([][]byte{[]byte("\n")}, l[2:]...)...) },
		"line end is two": func(l [][]byte) [][]byte { l[2] = bytes.Replace(l[2], []byte("\n"), []byte("\r\n"), 1); return l },
		"no last end":     func(l [][]byte) [][]byte { l[len(l)-1] = bytes.TrimSpace(l[len(l)-1]); return l },
		"nothing":         func([][]byte) [][]byte { return nil },
	}
	for name, change := range cases {
		var copied [][]byte
		for _, line := range lines {
			copied = append(copied, bytes.Clone(line))
		}
		if _, err := containment.Parse(bytes.Join(change(copied), nil)); !errors.Is(err, containment.ErrChanged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestARecordWithoutItsSealIsUnfinished(t *testing.T) {
	record, err := containment.Parse(written(t, nil, 1, false).Content())
	if err != nil || record.Finished() {
		t.Errorf("%+v %v", record, err)
	}
}

// No secret of a request's body reaches a record.
func TestNoSecretIsRecorded(t *testing.T) {
	yes := true
	for _, r := range []graph.Request{
		graph.SetPasswordProfile(adele, graph.PasswordProfile{ForceChangePasswordNextSignIn: &yes, Password: "Hunter2!hunter2"}),
	} {
		kept, err := containment.RequestOf(r)
		if err != nil || strings.Contains(string(kept.Body), "unter2") || !strings.Contains(string(kept.Body), "forceChangePasswordNextSignIn") {
			t.Errorf("%s %v", kept.Body, err)
		}
	}
}

// A record may be a file that somebody hands over. It holds no header but those that the
// program sends itself, and no read that changes something.
func TestARequestOfARecordIsBounded(t *testing.T) {
	kept, err := containment.RequestOf(graph.GetUser(adele, "id").WithHeader("ConsistencyLevel", "eventual"))
	if err != nil {
		t.Fatal(err)
	}
	kept.Headers["X-HTTP-Method"] = "DELETE"
	read, err := containment.Reading{Request: kept}.Graph()
	if err != nil || len(read.Header) != 1 || read.Header.Get("ConsistencyLevel") != "eventual" {
		t.Errorf("%v %v", read.Header, err)
	}
	deletion, err := containment.RequestOf(graph.DeleteUser(adele))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (containment.Reading{Request: deletion}).Graph(); err == nil {
		t.Error("a deletion is taken for a read")
	}
}
