// Package pages is the practice tenant's own page: its people, the requests as
// they come in, what changed since the start, and the controls. It is for the
// person at this machine and answers nobody else.
//
// The page works without its script, which only keeps it up to date: rows come
// ready from here, over server-sent events, so that there is one place that
// writes and escapes them.
package pages

import (
	"bytes"
	"crypto/rand"
	"embed"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"msgraph-user/emulator/clock"
	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/faults"
	"msgraph-user/emulator/graphapi"
	"msgraph-user/emulator/html"
	"msgraph-user/emulator/lag"
	"msgraph-user/emulator/requestlog"
	"msgraph-user/emulator/throttling"
)

// Prefix is where the page's parts are; the page itself is at /.
const Prefix = "/_emulator/page/"

// Log is the tenant's log of requests to Graph.
type Log interface {
	// Since returns those of the remembered requests that came after the first
	// n, the oldest first, and how many there were in all.
	Since(n uint64) ([]graphapi.Observation, uint64)
	// Changed returns a channel that is closed when the next request comes.
	Changed() <-chan struct{}
}

// Options are what the page shows and moves.
type Options struct {
	Store      *directory.Store
	Log        Log
	Clock      *clock.Clock
	Faults     *faults.Injector
	Throttling *throttling.Meter
	Copies     *lag.Copies
	Reset      func() error
	// Exchange finds what the request with an id sent and was answered.
	Exchange func(requestID string) (requestlog.Exchange, bool)
	// Snapshots are the names of those that were taken; Take takes one and
	// Restore goes back to it.
	Snapshots     func() []string
	Take, Restore func(name string) error
	Access        Access
}

// Page is the tenant's own page. It is an http.Handler, safe for concurrent use.
type Page struct {
	options Options
	token   string // against requests that other sites make a browser send
	run     string // tells this tenant from the one that had the address before
	ended   chan struct{}
	end     func()
}

// New returns a page.
func New(o Options) *Page {
	p := &Page{options: o, token: rand.Text(), run: rand.Text()[:8], ended: make(chan struct{})}
	p.end = sync.OnceFunc(func() { close(p.ended) })
	return p
}

// End ends the streams of events, which would else hold a server's end up.
func (p *Page) End() { p.end() }

// Serves reports whether path is one of the page's.
func (p *Page) Serves(path string) bool {
	_, ok := parts[path]
	return ok
}

// parts are the page's paths.
var parts = map[string]func(*Page, http.ResponseWriter, *http.Request){
	"/":                   (*Page).serveWhole,
	Prefix + "events":     (*Page).serveEvents,
	Prefix + "style.css":  asset("style.css", "text/css; charset=utf-8"),
	Prefix + "live.js":    asset("live.js", "text/javascript; charset=utf-8"),
	Prefix + "exchange":   (*Page).serveExchange,
	Prefix + "snapshot":   control((*Page).takeSnapshot),
	Prefix + "restore":    control((*Page).restoreSnapshot),
	Prefix + "reset":      control((*Page).reset),
	Prefix + "clock":      control((*Page).moveClock),
	Prefix + "faults":     control((*Page).setFaults),
	Prefix + "throttling": control((*Page).setThrottling),
	Prefix + "lag":        control((*Page).setLag),
}

// ServeHTTP answers the person at this machine.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !p.options.Access.Page(r) {
		http.Error(w, "The practice tenant's page is for the machine that it runs on: open it by the name localhost or by a loopback address. In a container, allow the name that you use with --allow-host.", http.StatusForbidden)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin") // without one, the page's own forms would hide their origin
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	serve, ok := parts[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	serve(p, w, r)
}

//go:embed style.css live.js
var files embed.FS

//go:embed page.html
var source string

var templates = html.Parse(source)

func asset(name, mediaType string) func(*Page, http.ResponseWriter, *http.Request) {
	return func(_ *Page, w http.ResponseWriter, _ *http.Request) {
		content, err := files.ReadFile(name)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", mediaType)
		_, _ = w.Write(content) // a browser that is gone needs no file
	}
}

// whole is what the page shows at first.
type whole struct {
	Tenant    directory.Tenant
	People    people
	Requests  []request
	Changes   []change
	Status    status
	Token     string
	Done      string // what a control has just done
	Failed    string // why a control did nothing
	Events    string // where the page goes on
	Snapshots []string
}

// status is how the tenant behaves at the moment.
type status struct {
	Now        time.Time
	Faults     string
	Throttling bool
	Lag        time.Duration
}

func (p *Page) status() status {
	return status{p.options.Clock.Now(), p.options.Faults.Spec().String(), p.options.Throttling.On(), p.options.Copies.Lag()}
}

func (p *Page) serveWhole(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "The page is only looked at: its controls are under "+Prefix, http.StatusMethodNotAllowed)
		return
	}
	p.show(w, r, http.StatusOK, "")
}

// serveExchange writes what one request sent and was answered: for the script a
// part of the page, else a page.
func (p *Page) serveExchange(w http.ResponseWriter, r *http.Request) {
	x, ok := p.options.Exchange(r.URL.Query().Get("id"))
	name := "exchange-page"
	if r.URL.Query().Has("part") {
		name = "exchange"
	}
	part, err := templates.Execute(name, map[string]any{"Found": ok, "Body": legibleJSON(x.Body), "Answer": legibleJSON(x.Answer)})
	if err != nil {
		http.Error(w, err.Error(), html.StatusOf(err))
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(part) // a browser that is gone needs no page
}

// legibleJSON indents text that is JSON.
func legibleJSON(text string) string {
	var b bytes.Buffer
	if json.Indent(&b, []byte(text), "", "  ") != nil {
		return text
	}
	return b.String()
}

// show writes the whole page.
func (p *Page) show(w http.ResponseWriter, r *http.Request, code int, failed string) {
	at := p.now()
	page, err := templates.Execute("whole", whole{
		Tenant: p.options.Store.Tenant(), People: p.people(r.URL.Query().Get("q"), r.URL.Query().Get("state")), Requests: p.latestRequests(),
		Changes: p.changes(), Status: p.status(), Token: p.token,
		Snapshots: p.options.Snapshots(),
		Done:      done[r.URL.Query().Get("done")], Failed: failed, Events: Prefix + "events?from=" + at.String(),
	})
	if err != nil {
		http.Error(w, err.Error(), html.StatusOf(err))
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write(page) // a browser that is gone needs no page
}
