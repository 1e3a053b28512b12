// Package xsoar speaks the SOAR platform's language: War Room entries, context
// keys and Markdown tables, and the call that every interface hands over.
package xsoar

// EntryType is the platform's number for what an entry is.
type EntryType int

// The entry types that this integration produces.
const (
	Note  EntryType = 1 // an answer
	File  EntryType = 3 // a file; FileData holds its bytes
	Error EntryType = 4 // a failure, text only
	// Warning is an answer that needs attention, such as a change that did not
	// succeed for all users.
	Warning EntryType = 11
)

// The values of Entry.ContentsFormat.
const (
	FormatJSON = "json"
	FormatText = "text"
)

// Entry is one War Room entry in the platform's own form. Type, Contents and
// ContentsFormat are always written; the other members only where they hold
// something.
type Entry struct {
	Type           EntryType      `json:"Type"`
	ContentsFormat string         `json:"ContentsFormat"`
	Contents       any            `json:"Contents"`
	HumanReadable  string         `json:"HumanReadable,omitempty"`
	EntryContext   map[string]any `json:"EntryContext,omitempty"`

	// A file entry: its name, the platform's id of it, and its bytes (base64 on
	// the wire).
	File     string `json:"File,omitempty"`
	FileID   string `json:"FileID,omitempty"`
	FileData []byte `json:"FileData,omitempty"`

	// A scheduled command: what the platform runs next, in how many seconds,
	// with which arguments, and for how many seconds in all.
	PollingCommand string         `json:"PollingCommand,omitempty"`
	NextRun        string         `json:"NextRun,omitempty"`
	Timeout        string         `json:"Timeout,omitempty"`
	PollingArgs    map[string]any `json:"PollingArgs,omitempty"`
}
