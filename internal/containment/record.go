package containment

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"msgraph-user/internal/rawjson"
)

// Record is a record that was read and found consistent.
type Record struct {
	Run      Run
	Users    []User
	Before   []Before
	Changes  []Change
	Answers  map[int]Answer // by Change.Number; the last one of each
	Proofs   map[int]Proof  // likewise
	Notes    []Note
	Attempts []Attempt
	// Seal is the seal line's; "" where the record is unfinished.
	Seal string

	lines int
	last  string // hash of the last line
}

// ErrChanged is wrapped by the errors about a record that is not as it was written.
var ErrChanged = errors.New("the record was changed")

// changed is an error about a line, from 1.
func changed(line int, format string, a ...any) error {
	return fmt.Errorf("%w: line %d %s", ErrChanged, line, fmt.Sprintf(format, a...))
}

// Parse reads a record, which must be consistent: each line holds the hash of the one
// before it, and the seal covers the last one. The error wraps ErrChanged and names
// the line. It does not prove the record unchanged: that takes a seal from elsewhere.
func Parse(content []byte) (*Record, error) {
	if len(content) == 0 {
		return nil, fmt.Errorf("%w: it is empty", ErrChanged)
	}
	if content[len(content)-1] != '\n' {
		return nil, changed(bytes.Count(content, []byte("\n"))+1, "has no line end")
	}
	r := &Record{Answers: map[int]Answer{}, Proofs: map[int]Proof{}}
	for line := range bytes.Lines(content) {
		if err := r.take(line[:len(line)-1]); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// take takes the next line in.
func (r *Record) take(line []byte) error {
	number := r.lines + 1
	if r.Seal != "" {
		return changed(number, "stands after the seal")
	}
	object, err := rawjson.ParseObject(line)
	if err != nil {
		return changed(number, "is no JSON object")
	}
	if previous, ok := rawjson.Text(object.Get("previous")); !ok || previous != r.last {
		return changed(number, "does not follow the line before it: one of the two was changed, or a line is missing, doubled or out of place")
	}
	kind := object.Text("kind")
	if (kind == Run{}.kind()) != (number == 1) {
		return changed(number, "is of the kind %q, and the first line alone says what run it is", kind)
	}
	if err := r.read(kind, line); err != nil {
		return err
	}
	r.lines, r.last = number, hash(line)
	return nil
}

// read reads a line of a kind into its place.
func (r *Record) read(kind string, line []byte) error {
	var err error
	switch kind {
	case Run{}.kind():
		if err = json.Unmarshal(line, &r.Run); err == nil && r.Run.Version != Version {
			return fmt.Errorf("the record has the form %d, and this program knows %d", r.Run.Version, Version)
		}
	case Before{}.kind():
		err = add(&r.Before, line)
	case Change{}.kind():
		if err = add(&r.Changes, line); err == nil && r.Changes[len(r.Changes)-1].Number != len(r.Changes) {
			return changed(r.lines+1, "is not the change that has to come next")
		}
	case User{}.kind():
		err = add(&r.Users, line)
	case Answer{}.kind():
		err = put(r.Answers, line, func(a Answer) int { return a.Change })
	case Proof{}.kind():
		err = put(r.Proofs, line, func(p Proof) int { return p.Change })
	case Note{}.kind():
		err = add(&r.Notes, line)
	case Attempt{}.kind():
		err = add(&r.Attempts, line)
	case Seal{}.kind():
		return r.readSeal(line)
	default:
		return changed(r.lines+1, "is of the unknown kind %q", kind)
	}
	if err != nil {
		return changed(r.lines+1, "cannot be read: %v", err)
	}
	return nil
}

func add[T Line](list *[]T, line []byte) error {
	var value T
	err := json.Unmarshal(line, &value)
	*list = append(*list, value)
	return err
}

func put[T Line](byChange map[int]T, line []byte, change func(T) int) error {
	var value T
	err := json.Unmarshal(line, &value)
	byChange[change(value)] = value
	return err
}

func (r *Record) readSeal(line []byte) error {
	number := r.lines + 1
	given, covered, ok := unseal(line)
	if !ok || given != hash(covered) {
		return changed(number, "does not hold the seal of what stands in it")
	}
	var last Seal
	if err := json.Unmarshal(line, &last); err != nil {
		return changed(number, "cannot be read: %v", err)
	}
	if last.RunID != r.Run.RunID || last.Lines != number || last.Changes != len(r.Changes) {
		return changed(number, "is the seal of another record")
	}
	r.Seal = given
	return nil
}

// Finished reports whether the record has its seal.
func (r *Record) Finished() bool { return r.Seal != "" }

// User returns the user of the run that name means: as the caller named the user, by
// id or by user principal name.
func (r *Record) User(name string) (User, bool) {
	at := slices.IndexFunc(r.Users, func(u User) bool { return u.is(name) })
	if at < 0 {
		return User{}, false
	}
	return r.Users[at], true
}

// is reports whether name means the user, in any letter case.
func (u User) is(name string) bool {
	for _, own := range []string{u.Given, u.ID, u.Name} {
		if own != "" && strings.EqualFold(own, name) {
			return true
		}
	}
	return false
}
