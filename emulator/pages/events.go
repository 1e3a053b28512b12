package pages

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"msgraph-user/emulator/directory"
)

// moment is how much a page has seen: so many requests, and the changes up to a
// turn, both since the tenant began or was last reset or restored.
type moment struct {
	era            string // changes when the tenant starts over; then: load the page again
	requests, turn uint64
}

// String writes the moment as an event's id.
func (m moment) String() string { return fmt.Sprintf("%s.%d.%d", m.era, m.requests, m.turn) }

func parseMoment(text string) (m moment, ok bool) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return m, false
	}
	requests, err := strconv.ParseUint(parts[1], 10, 64)
	if err != nil {
		return m, false
	}
	turn, err := strconv.ParseUint(parts[2], 10, 64)
	return moment{parts[0], requests, turn}, err == nil
}

// latest is all that ever happened, as a number of requests or turns.
const latest = ^uint64(0)

// now is the moment of a page that shows everything.
func (p *Page) now() moment {
	_, requests := p.options.Log.Since(latest)
	_, turn := p.options.Store.ChangedObjects(latest)
	return moment{p.era(), requests, turn}
}

func (p *Page) era() string {
	return fmt.Sprintf("%s-%d", p.run, p.options.Store.Mark().Epoch)
}

// gathering is how long a stream waits for more of the same before it tells, so
// that a burst of requests is told in a few events.
const gathering = 50 * time.Millisecond

// heartbeat is how often a stream says something when nothing happens, so that a
// connection that is dead is noticed.
const heartbeat = 15 * time.Second

// serveEvents streams what happens after the moment that the page names, or that
// its last event had (https://html.spec.whatwg.org/multipage/server-sent-events.html).
func (p *Page) serveEvents(w http.ResponseWriter, r *http.Request) {
	at, ok := parseMoment(r.Header.Get("Last-Event-ID"))
	if !ok {
		if at, ok = parseMoment(r.URL.Query().Get("from")); !ok {
			at = p.now()
		}
	}
	w.Header().Set("Content-Type", "text/event-stream")
	s := &stream{page: p, w: w, at: at, flusher: http.NewResponseController(w)}
	for s.next(r.Context()) {
		if err := s.catchUp(); err != nil {
			return // the browser is gone, and comes back by itself if it wants to
		}
	}
}

// stream is one browser that watches.
type stream struct {
	page    *Page
	w       http.ResponseWriter
	flusher *http.ResponseController
	at      moment

	begun             bool
	requests, changes <-chan struct{}
}

// next waits until there may be something new. It returns false when the browser
// or the tenant is gone.
func (s *stream) next(ctx context.Context) bool {
	if s.begun && !(s.wait(ctx, heartbeat, s.requests, s.changes) && s.wait(ctx, gathering, nil, nil)) {
		return false
	}
	s.begun = true
	// What comes from here on wakes the next round, so that nothing is missed
	// between looking and waiting.
	s.requests, s.changes = s.page.options.Log.Changed(), s.page.options.Store.Changed()
	return true
}

// wait waits for at most d until there is something to tell, and reports whether
// the browser and the tenant are still there.
func (s *stream) wait(ctx context.Context, d time.Duration, requests, changes <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-requests:
	case <-changes:
	case <-timer.C:
	case <-ctx.Done():
		return false
	case <-s.page.ended:
		return false
	}
	return true
}

// catchUp sends what is new.
func (s *stream) catchUp() error {
	if s.at.era != s.page.era() {
		s.at = s.page.now()
		return s.send([]byte("event: reload\ndata: the tenant started over\n\n"))
	}
	observations, requests := s.page.options.Log.Since(s.at.requests)
	objects, turn := s.page.options.Store.ChangedObjects(s.at.turn)
	changed := turn != s.at.turn
	s.at.requests, s.at.turn = requests, turn
	var out bytes.Buffer
	out.WriteString(": still here\n\n")
	if len(observations) > 0 {
		if err := s.event(&out, "requests", "request-rows", s.page.rows(observations)); err != nil {
			return err
		}
	}
	if changed {
		if err := s.event(&out, "people", "person-rows", s.page.changedPeople(objects)); err != nil {
			return err
		}
		if err := s.event(&out, "changes", "change-list", s.page.changes()); err != nil {
			return err
		}
	}
	if err := s.event(&out, "status", "status", s.page.status()); err != nil {
		return err
	}
	return s.send(out.Bytes())
}

func (s *stream) send(events []byte) error {
	if _, err := s.w.Write(events); err != nil {
		return err
	}
	return s.flusher.Flush()
}

// changedPeople are the rows of people who changed.
func (p *Page) changedPeople(objects []directory.ChangedObject) []person {
	var list []person
	for _, a := range objects {
		if o := a.After.Object; o != nil && o.Type.Name == "user" && len(list) < maxPeople {
			list = append(list, p.person(o))
		}
	}
	return list
}

// event writes one event whose data is the template called name.
func (s *stream) event(out *bytes.Buffer, event, name string, data any) error {
	part, err := templates.Execute(name, data)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "id: %s\nevent: %s\n", s.at, event)
	for line := range bytes.Lines(part) {
		out.WriteString("data: ")
		out.Write(bytes.TrimRight(line, "\r\n"))
		out.WriteByte('\n')
	}
	out.WriteByte('\n')
	return nil
}
