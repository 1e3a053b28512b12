package engine

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"time"
)

const (
	// recordLimit is the size in bytes of the largest record of a run: the platform
	// keeps the integration context whole, and others live in it too.
	recordLimit = 64 << 10
	// recordTargets is how many targets a record has room for, whatever becomes of
	// them: two ids of 16 bytes for each, their outcome and a short reason.
	recordTargets = 1000
	// recordAge is how old a record may be; recordsKept, how many an instance has.
	recordAge   = 24 * time.Hour
	recordsKept = 8
)

// progress is how far the runs of a call have come.
type progress struct {
	Targets []reached `json:"targets,omitempty"` // of a call of many: those that were reached
	Link    string    `json:"link,omitempty"`    // of a list: the next page
	Count   int       `json:"count,omitempty"`   // of a list: the items before that page

	at    map[int]int // where the target with a place is in Targets
	tried int         // which of the lengths of reasons fits
}

// reached is a target that a run has come to: what a Journal has notes of, without what
// repeats.
type reached struct {
	Place     int      `json:"n"`
	ID        string   `json:"id,omitempty"`
	Steps     []Status `json:"steps"`
	Ended     bool     `json:"end,omitempty"`
	RequestID string   `json:"r,omitempty"`
	Last      *Note    `json:"last,omitempty"` // the note of the last step, where it holds more
}

// add takes notes in: of each step the last one counts.
func (p *progress) add(notes []Note, places map[string]int) {
	if p.at == nil {
		p.at = map[int]int{}
		for i, t := range p.Targets {
			p.at[t.Place] = i
		}
	}
	for _, note := range notes {
		place, known := places[note.Target]
		if !known {
			continue
		}
		i, known := p.at[place]
		if !known {
			i = len(p.Targets)
			p.at[place] = i
			p.Targets = append(p.Targets, reached{Place: place})
		}
		p.Targets[i].add(note)
	}
}

func (r *reached) add(note Note) {
	r.Steps = append(r.Steps[:min(note.Step, len(r.Steps))], note.Status)
	if note.ID != "" {
		r.ID = note.ID
	}
	r.Ended, r.RequestID = note.Ended, note.RequestID
	note.Target, note.ID, note.RequestID = "", "", ""
	if note.Status == Succeeded && note.Message == "" {
		r.Last = nil
		return
	}
	if note.Status != Sent {
		note.Time = time.Time{}
	}
	r.Last = &note
}

// expand returns the notes that say the same, for targets with these names by place.
func (p *progress) expand(names map[int]string) []Note {
	var notes []Note
	for _, t := range p.Targets {
		for step, status := range t.Steps {
			note := Note{Step: step, Status: status}
			if step == len(t.Steps)-1 {
				if t.Last != nil {
					note = *t.Last
				}
				note.Ended, note.RequestID = t.Ended, t.RequestID
			}
			note.Target, note.ID = names[t.Place], t.ID
			notes = append(notes, note)
		}
	}
	return notes
}

// encode writes p as a text of at most recordLimit bytes: JSON, compressed, in base64.
// Where the reasons of failures are too long for it, they are shortened.
func (p *progress) encode() (string, error) {
	for lengths := []int{-1, 300, 100, 0}; p.tried < len(lengths); p.tried++ {
		text, err := p.shortened(lengths[p.tried]).pack()
		if err != nil || len(text) <= recordLimit-recordFrame {
			return text, err
		}
	}
	return "", errors.New("it is larger than 64 KiB")
}

// recordFrame is what a record has besides its progress.
const recordFrame = 256

func (p *progress) pack() (string, error) {
	var packed bytes.Buffer
	into := base64.NewEncoder(base64.StdEncoding, &packed)
	compressed, err := flate.NewWriter(into, flate.DefaultCompression)
	if err == nil {
		err = json.NewEncoder(compressed).Encode(p)
	}
	if err == nil {
		err = compressed.Close()
	}
	err = errors.Join(err, into.Close())
	return packed.String(), err
}

// shortened cuts what the notes say to length letters; -1 leaves them.
func (p *progress) shortened(length int) *progress {
	if length < 0 {
		return p
	}
	short := &progress{Link: p.Link, Count: p.Count, Targets: slices.Clone(p.Targets)}
	for i, t := range short.Targets {
		if t.Last == nil {
			continue
		}
		last := *t.Last
		last.Message, last.Advice = cut(last.Message, length), cut(last.Advice, length)
		short.Targets[i].Last = &last
	}
	return short
}

func cut(text string, length int) string {
	if letters := []rune(text); len(letters) > length {
		return string(letters[:length]) + "…"
	}
	return text
}

// decode reads what encode wrote.
func (p *progress) decode(value any) error {
	text, _ := value.(string)
	compressed := flate.NewReader(base64.NewDecoder(base64.StdEncoding, bytes.NewReader([]byte(text))))
	// A text of this size cannot hold more than a thousand times as much.
	content, err := io.ReadAll(io.LimitReader(compressed, recordLimit<<10))
	if err != nil {
		return err
	}
	*p = progress{}
	return json.Unmarshal(content, p)
}
