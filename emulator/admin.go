package emulator

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/faults"
)

// adminPrefix is where the tenant's own controls are.
const adminPrefix = "/_emulator/"

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

// admin are the controls by method and path.
var admin = map[string]func(t *Tenant, body []byte) (any, error){
	"GET requests":      func(t *Tenant, _ []byte) (any, error) { return map[string]any{"value": t.Requests()}, nil },
	"GET permissions":   func(t *Tenant, _ []byte) (any, error) { return t.permissions(), nil },
	"POST reset":        func(t *Tenant, _ []byte) (any, error) { return map[string]any{"reset": true}, t.Reset() },
	"GET clock":         func(t *Tenant, _ []byte) (any, error) { return t.showClock(), nil },
	"POST clock":        (*Tenant).moveClock,
	"POST snapshot":     (*Tenant).takeSnapshot,
	"POST restore":      (*Tenant).restoreSnapshot,
	"GET faults":        func(t *Tenant, _ []byte) (any, error) { return t.showFaults(), nil },
	"POST faults":       (*Tenant).setFaults,
	"GET throttling":    func(t *Tenant, _ []byte) (any, error) { return t.showThrottling(), nil },
	"POST throttling":   (*Tenant).setThrottling,
	"GET lag":           func(t *Tenant, _ []byte) (any, error) { return t.showLag(), nil },
	"POST lag":          (*Tenant).setLag,
	"POST expire-delta": (*Tenant).expireDelta,
	"POST rotate-keys": func(t *Tenant, _ []byte) (any, error) {
		t.signin.RotateKeys()
		return map[string]any{"rotated": true}, nil
	},
}

// maxAdminBody bounds what a control takes.
const maxAdminBody = 1 << 20

// serveAdmin answers the tenant's own controls. A browser page of another site
// cannot use them: it would have to send a header that it may not.
func (t *Tenant) serveAdmin(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, adminPrefix)
	if r.Method == http.MethodGet && name == "seed" {
		t.serveSeed(w)
		return
	}
	control, ok := admin[r.Method+" "+name]
	if !ok {
		writeJSON(w, http.StatusNotFound, map[string]any{"error": "There is no such control. There are: " + strings.Join(slices.Sorted(maps.Keys(admin)), ", ") + ", GET seed."})
		return
	}
	if foreign(r) {
		writeJSON(w, http.StatusForbidden, map[string]any{"error": "The controls take no requests from pages of other sites."})
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAdminBody))
	var answer any
	if err == nil {
		answer, err = control(t, body)
	}
	if err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]any{"error": err.Error()})
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

func (t *Tenant) serveSeed(w http.ResponseWriter) {
	seed, err := t.Export()
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
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(body) // a client that is gone needs no answer
}

// read takes the members of a control's body; an empty body has none.
func read(body []byte, into any) error {
	if len(body) == 0 {
		return nil
	}
	return json.Unmarshal(body, into)
}

func (t *Tenant) showClock() any { return map[string]any{"now": t.clock.Now()} }

// moveClock takes {"advance":"24h"} or {"set":"2026-01-31T08:00:00Z"}.
func (t *Tenant) moveClock(body []byte) (any, error) {
	var move struct {
		Advance string    `json:"advance"`
		Set     time.Time `json:"set"`
	}
	if err := read(body, &move); err != nil {
		return nil, err
	}
	switch {
	case !move.Set.IsZero():
		t.clock.Set(move.Set)
	case move.Advance != "":
		d, err := time.ParseDuration(move.Advance)
		if err != nil {
			return nil, err
		}
		t.clock.Advance(d)
	default:
		return nil, errors.New(`say {"advance":"24h"} or {"set":"2026-01-31T08:00:00Z"}`)
	}
	return t.showClock(), nil
}

// named takes {"name":…}; without one the name is "default".
func named(body []byte) (string, error) {
	snapshot := struct {
		Name string `json:"name"`
	}{"default"}
	err := read(body, &snapshot)
	return snapshot.Name, err
}

func (t *Tenant) takeSnapshot(body []byte) (any, error) {
	name, err := named(body)
	if err != nil {
		return nil, err
	}
	grants, err := t.signin.Snapshot()
	if err != nil {
		return nil, err
	}
	t.snapshot.mu.Lock()
	defer t.snapshot.mu.Unlock()
	if t.snapshot.byName == nil {
		t.snapshot.byName = map[string]savedSnapshot{}
	}
	t.snapshot.byName[name] = savedSnapshot{t.store.Snapshot(), grants}
	return map[string]any{"name": name}, nil
}

func (t *Tenant) restoreSnapshot(body []byte) (any, error) {
	name, err := named(body)
	if err != nil {
		return nil, err
	}
	t.snapshot.mu.Lock()
	snapshot, ok := t.snapshot.byName[name]
	t.snapshot.mu.Unlock()
	if !ok {
		return nil, errors.New("no snapshot is called " + name)
	}
	if err := t.store.Restore(snapshot.directory); err != nil {
		return nil, err
	}
	if err := t.signin.Restore(snapshot.grants); err != nil {
		return nil, err
	}
	return map[string]any{"name": name}, t.saveGrants()
}

func (t *Tenant) showFaults() any { return map[string]any{"faults": t.faults.Spec().String()} }

// setFaults takes {"faults":"throttle=0.1,latency=5ms"}, as --faults does.
func (t *Tenant) setFaults(body []byte) (any, error) {
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
	return map[string]any{"faults": spec.String()}, t.faults.SetSpec(spec)
}
