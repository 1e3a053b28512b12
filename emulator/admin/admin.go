// Package admin is the practice tenant's own controls, below /_emulator/: its
// clock, faults, snapshots, log and seed.
package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"msgraph-user/emulator/clock"
	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/faults"
	"msgraph-user/emulator/lag"
	"msgraph-user/emulator/pages"
	"msgraph-user/emulator/plainjson"
	"msgraph-user/emulator/requestlog"
	"msgraph-user/emulator/signin"
	"msgraph-user/emulator/throttling"
)

// Prefix is where the controls are.
const Prefix = "/_emulator/"

// Parts are what the controls show and move.
type Parts struct {
	Store      *directory.Store
	SignIn     *signin.Service
	Log        *requestlog.Log
	Clock      *clock.Clock
	Faults     *faults.Injector
	Throttling *throttling.Meter
	Copies     *lag.Copies
	Access     pages.Access // who may use them
	Reset      func() error // makes the tenant what it was at the start
	KeepGrants func() error // writes what people signed in with to its file
}

// Controls is an http.Handler, safe for concurrent use.
type Controls struct {
	parts     Parts
	snapshots savedSnapshots
}

// New returns the controls of a tenant.
func New(parts Parts) *Controls { return &Controls{parts: parts} }

// savedSnapshots are the snapshots that were taken, by name.
type savedSnapshots struct {
	mu     sync.Mutex
	byName map[string]savedSnapshot
}

// savedSnapshot is the tenant at one moment: its directory and its grants.
type savedSnapshot struct {
	directory directory.Snapshot
	grants    []byte
}

// controls are all controls, by method and name.
var controls = map[string]func(c *Controls, body []byte) (any, error){
	"GET requests":      func(c *Controls, _ []byte) (any, error) { return map[string]any{"value": c.parts.Log.Answered()}, nil },
	"GET permissions":   func(c *Controls, _ []byte) (any, error) { return c.permissions(), nil },
	"POST reset":        func(c *Controls, _ []byte) (any, error) { return map[string]any{"reset": true}, c.parts.Reset() },
	"GET snapshots":     func(c *Controls, _ []byte) (any, error) { return map[string]any{"value": c.Snapshots()}, nil },
	"GET clock":         func(c *Controls, _ []byte) (any, error) { return c.showClock(), nil },
	"POST clock":        (*Controls).moveClock,
	"POST snapshot":     (*Controls).takeSnapshot,
	"POST restore":      (*Controls).restoreSnapshot,
	"GET faults":        func(c *Controls, _ []byte) (any, error) { return c.showFaults(), nil },
	"POST faults":       (*Controls).setFaults,
	"GET throttling":    func(c *Controls, _ []byte) (any, error) { return c.showThrottling(), nil },
	"POST throttling":   (*Controls).setThrottling,
	"GET lag":           func(c *Controls, _ []byte) (any, error) { return c.showLag(), nil },
	"POST lag":          (*Controls).setLag,
	"GET license":       func(c *Controls, _ []byte) (any, error) { return c.showLicense(), nil },
	"POST license":      (*Controls).setLicense,
	"POST expire-delta": (*Controls).expireDelta,
	"POST rotate-keys": func(c *Controls, _ []byte) (any, error) {
		c.parts.SignIn.RotateKeys()
		return map[string]any{"rotated": true}, nil
	},
}

// maxAdminBody bounds what a control takes.
const maxAdminBody = 1 << 20

// ServeHTTP answers one request of a control, reads included, to no page of
// another site.
func (c *Controls) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !c.parts.Access.Controls(r) {
		writeJSON(w, http.StatusForbidden, map[string]any{"error": "The controls take no requests from pages of other sites, or under a name that is not the tenant's: allow one with --allow-host."})
		return
	}
	name := strings.TrimPrefix(r.URL.Path, Prefix)
	if r.Method == http.MethodGet && name == "seed" {
		c.serveSeed(w)
		return
	}
	control, ok := controls[r.Method+" "+name]
	if !ok {
		writeJSON(w, http.StatusNotFound, map[string]any{"error": "There is no such control. There are: " + strings.Join(slices.Sorted(maps.Keys(controls)), ", ") + ", GET seed."})
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAdminBody))
	var answer any
	if err == nil {
		answer, err = control(c, body)
	}
	if err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]any{"error": err.Error()})
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

func (c *Controls) serveSeed(w http.ResponseWriter) {
	seed, err := c.parts.Store.Export().Encode()
	if err != nil {
		writeJSON(w, http.StatusInternalServerError, map[string]any{"error": err.Error()})
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(seed) // a client that is gone needs no answer
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoded, _ := plainjson.Marshal(body) // what the controls show can always be written
	_, _ = w.Write(append(encoded, '\n')) // a client that is gone needs no answer
}

// read takes the members of a control's body; an empty body has none.
func read(body []byte, into any) error {
	if len(body) == 0 {
		return nil
	}
	return json.Unmarshal(body, into)
}

func (c *Controls) showClock() any { return map[string]any{"now": c.parts.Clock.Now()} }

// moveClock takes {"advance":"24h"} or {"set":"2026-01-31T08:00:00Z"}.
func (c *Controls) moveClock(body []byte) (any, error) {
	var move struct {
		Advance *string    `json:"advance"`
		Set     *time.Time `json:"set"`
	}
	err := read(body, &move)
	switch {
	case err != nil:
	case move.Set != nil:
		err = c.parts.Clock.Set(*move.Set)
	case move.Advance != nil:
		var d time.Duration
		if d, err = time.ParseDuration(*move.Advance); err == nil {
			err = c.parts.Clock.Advance(d)
		}
	default:
		err = errors.New(`nothing was moved`)
	}
	if err != nil {
		return nil, fmt.Errorf(`%w. Say {"advance":"24h"} or {"set":"2026-01-31T08:00:00Z"}; %s`, err, clock.Range())
	}
	return c.showClock(), nil
}

// named takes {"name":…}; without one the name is "default".
func named(body []byte) (string, error) {
	snapshot := struct {
		Name string `json:"name"`
	}{"default"}
	err := read(body, &snapshot)
	return snapshot.Name, err
}

func (c *Controls) takeSnapshot(body []byte) (any, error) {
	name, err := named(body)
	if err != nil {
		return nil, err
	}
	return map[string]any{"name": name}, c.TakeSnapshot(name)
}

// TakeSnapshot keeps the tenant as it is under a name.
func (c *Controls) TakeSnapshot(name string) error {
	grants, err := c.parts.SignIn.Snapshot()
	if err != nil {
		return err
	}
	c.snapshots.mu.Lock()
	defer c.snapshots.mu.Unlock()
	if c.snapshots.byName == nil {
		c.snapshots.byName = map[string]savedSnapshot{}
	}
	c.snapshots.byName[name] = savedSnapshot{c.parts.Store.Snapshot(), grants}
	return nil
}

func (c *Controls) restoreSnapshot(body []byte) (any, error) {
	name, err := named(body)
	if err != nil {
		return nil, err
	}
	return map[string]any{"name": name}, c.RestoreSnapshot(name)
}

// RestoreSnapshot makes the tenant what it was when the snapshot of a name was taken.
func (c *Controls) RestoreSnapshot(name string) error {
	c.snapshots.mu.Lock()
	snapshot, ok := c.snapshots.byName[name]
	c.snapshots.mu.Unlock()
	if !ok {
		return errors.New("no snapshot is called " + name)
	}
	if err := c.parts.Store.Restore(snapshot.directory); err != nil {
		return err
	}
	if err := c.parts.SignIn.Restore(snapshot.grants); err != nil {
		return err
	}
	return c.parts.KeepGrants()
}

// Snapshots are the names of those that were taken, sorted.
func (c *Controls) Snapshots() []string {
	c.snapshots.mu.Lock()
	defer c.snapshots.mu.Unlock()
	return slices.Sorted(maps.Keys(c.snapshots.byName))
}

func (c *Controls) showFaults() any { return map[string]any{"faults": c.parts.Faults.Spec().String()} }

// setFaults takes {"faults":"throttle=0.1,latency=5ms"}, as --faults does.
func (c *Controls) setFaults(body []byte) (any, error) {
	var set struct {
		Faults string `json:"faults"`
	}
	if err := read(body, &set); err != nil {
		return nil, err
	}
	spec, err := faults.Parse(set.Faults)
	if err != nil {
		return nil, err
	}
	return map[string]any{"faults": spec.String()}, c.parts.Faults.SetSpec(spec)
}
