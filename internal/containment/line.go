package containment

import (
	"time"

	"msgraph-user/internal/rawjson"
)

// Version is the form of a record, which its first line names.
const Version = 1

// Line is one line of a record: a Run, User, Before, Change, Answer, Proof, Note, Attempt
// or Seal.
type Line interface{ kind() string }

// Run is the first line: what is done, and for what users.
type Run struct {
	Version  int        `json:"containment"` // filled in by New
	RunID    string     `json:"run"`
	Instance string     `json:"instance"`           // its name; may be empty
	Tenant   string     `json:"tenant,omitempty"`   // the tenant that the instance signs in to
	Command  string     `json:"command"`            // its full name
	Undoes   string     `json:"undoes,omitempty"`   // of an undo: the run that it takes back
	Operator string     `json:"operator,omitempty"` // who is signed in, where that is known
	Users    []string   `json:"users"`              // as the caller named them
	Steps    []string   `json:"steps,omitempty"`    // those that are asked for, in their order
	Groups   []string   `json:"groups,omitempty"`
	Since    *time.Time `json:"since,omitempty"`
	Began    time.Time  `json:"began"`
	// Identity tells the call apart from others: the same command with the same
	// arguments has the same. Empty where nobody asks.
	Identity string `json:"identity,omitempty"`
}

// User is one user of a run, as the look at the user showed.
type User struct {
	Given   string    `json:"user"`              // as the caller named the user
	ID      string    `json:"id,omitempty"`      // the object id; empty where it could not be read
	Name    string    `json:"name,omitempty"`    // the user principal name
	Status  string    `json:"status,omitempty"`  // the engine's word, where nothing is done for the user
	Message string    `json:"message,omitempty"` // why
	Time    time.Time `json:"time"`
}

// Before is what was read of a user before the first change: only the members that a
// later undo needs.
type Before struct {
	User   string           `json:"user"` // as in Run.Users
	UserID string           `json:"userId"`
	Step   string           `json:"step"`
	What   string           `json:"what"` // what was read, such as "roles"
	Values []rawjson.Object `json:"values"`
	Time   time.Time        `json:"time"`
}

// Change is one change that is about to be sent. It is kept before the batch that holds
// it goes out: one without an Answer may have been made. A thing that is changed in two
// attempts has two.
type Change struct {
	Number     int       `json:"change"` // its place among the changes of the record, from 1
	User       string    `json:"user"`
	UserID     string    `json:"userId"`
	Step       string    `json:"step"`
	What       string    `json:"what"`             // for a person, such as "the device LAPTOP-7"
	Object     string    `json:"object,omitempty"` // the id of what is changed, other than the user
	Request    Request   `json:"request"`
	Read       Reading   `json:"read"` // shows the present state; empty where no read can tell
	Done       State     `json:"done"` // what Read shows once the change is made
	Back       State     `json:"back"` // what Read shows once the change is taken back
	Undo       []Request `json:"undo,omitempty"`
	Undated    bool      `json:"undated,omitempty"`    // nobody knows when the thing was added
	AddedSince bool      `json:"addedSince,omitempty"` // it was added after the run's since
	// Left says what a person has to do where Undo is empty, or beside it.
	Left string    `json:"left,omitempty"`
	Time time.Time `json:"time"`
}

// Answer is how a change ended. The last one of a change counts.
type Answer struct {
	Change    int       `json:"change"` // Change.Number
	Status    string    `json:"status"` // the engine's word
	HTTP      int       `json:"http,omitempty"`
	RequestID string    `json:"requestId,omitempty"`
	Code      string    `json:"code,omitempty"`
	Message   string    `json:"message,omitempty"`
	Time      time.Time `json:"time"`
}

// Proof is what reading again showed of a change.
type Proof struct {
	Change int        `json:"change"`
	Proven Proven     `json:"proven"`
	Reason string     `json:"reason,omitempty"` // of unknown and false
	When   *time.Time `json:"when,omitempty"`   // when it can be known
	Time   time.Time  `json:"time"`
}

// Proven says whether a change was seen.
type Proven string

// The ways in which a proof ends.
const (
	Yes     Proven = "true"
	No      Proven = "false"
	Unknown Proven = "unknown"
)

// Note is how a step ended of which there is no change: nothing to do, refused, or
// not tried.
type Note struct {
	User    string    `json:"user"`
	UserID  string    `json:"userId,omitempty"`
	Step    string    `json:"step"`
	Status  string    `json:"status"`
	What    string    `json:"what,omitempty"`
	Message string    `json:"message,omitempty"`
	Time    time.Time `json:"time"`
}

// Attempt says that the run goes on after it was cut off.
type Attempt struct {
	Number   int       `json:"attempt"` // 2 for the first that goes on
	Operator string    `json:"operator,omitempty"`
	Time     time.Time `json:"time"`
}

// Seal is the last line. Its seal covers its other members, and through previous all
// lines.
type Seal struct {
	RunID   string    `json:"run"`
	Lines   int       `json:"lines"` // of the record, this one among them
	Changes int       `json:"changes"`
	Ended   time.Time `json:"ended"`
}

func (Run) kind() string     { return "run" }
func (User) kind() string    { return "user" }
func (Before) kind() string  { return "before" }
func (Change) kind() string  { return "change" }
func (Answer) kind() string  { return "answer" }
func (Proof) kind() string   { return "proof" }
func (Note) kind() string    { return "note" }
func (Attempt) kind() string { return "attempt" }
func (Seal) kind() string    { return "seal" }
