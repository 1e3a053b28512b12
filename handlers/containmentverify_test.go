package handlers_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"msgraph-user/emulator"
	"msgraph-user/graph"
	"msgraph-user/handlers"
	"msgraph-user/internal/containment"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
)

// nobodyAnswers is a network that must not be used.
type nobodyAnswers struct{}

func (nobodyAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, errors.New("a request was sent: " + r.URL.String())
}

// recordOf returns the record of a run of the practice tenant's instance, in store, and
// its seal; "" where it is cut off.
func recordOf(t *testing.T, store containment.Store, run string, finished bool) (content []byte, seal string) {
	t.Helper()
	began := time.Now().UTC()
	w, err := containment.New(store, containment.Run{RunID: run, Instance: "entra_prod", Tenant: emulator.ReadyTenant, Command: "msgraph-user-contain", Users: []string{"a@contoso.example"}, Began: began})
	if err != nil {
		t.Fatal(err)
	}
	request, err := containment.RequestOf(graph.SetAccountEnabled("a@contoso.example", false))
	if err != nil {
		t.Fatal(err)
	}
	change, err := w.Change(containment.Change{User: "a@contoso.example", Step: "disable", Request: request, Time: began})
	err = errors.Join(err, w.Add(containment.Answer{Change: change.Number, Status: "succeeded", HTTP: 204, Time: began}), w.Flush(context.Background()))
	if finished {
		seal, err = w.Finish(context.Background(), containment.Seal{Ended: began})
	}
	_, content, unread := w.File()
	if err := errors.Join(err, unread); err != nil {
		t.Fatal(err)
	}
	return content, seal
}

func TestRecordsAreVerified(t *testing.T) {
	store := containment.NewMemory()
	kept, seal := recordOf(t, store, "kept", true)
	cut, _ := recordOf(t, store, "cut", false)
	elsewhere, _ := recordOf(t, nil, "elsewhere", true)
	packed, err := containment.Compress(elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	text := func(content []byte) string { return string(content) }
	whole := base64.StdEncoding.EncodeToString
	changed := bytes.Replace(kept, []byte(`"http":204`), []byte(`"http":205`), 1)

	for name, c := range map[string]struct {
		args     map[string]any
		instance string
		verdict  string // "": an error
		argument string
		says     string
	}{
		"kept here":                     {args: map[string]any{"run_id": "kept"}, verdict: "consistent, not proven unchanged"},
		"kept here, with its seal":      {args: map[string]any{"run_id": "kept", "seal": seal}, verdict: "unchanged"},
		"kept here, with another seal":  {args: map[string]any{"run_id": "kept", "seal": strings.Repeat("0", 64)}, argument: "seal", says: "was changed"},
		"a file, known here":            {args: map[string]any{"file": text(kept)}, verdict: "unchanged"},
		"a file, from elsewhere":        {args: map[string]any{"file": text(elsewhere)}, verdict: "consistent, not proven unchanged"},
		"its base64":                    {args: map[string]any{"file": whole(elsewhere)}, verdict: "consistent, not proven unchanged"},
		"compressed":                    {args: map[string]any{"file": whole(packed)}, verdict: "consistent, not proven unchanged"},
		"cut off":                       {args: map[string]any{"run_id": "cut"}, verdict: "unfinished"},
		"cut off, with a seal":          {args: map[string]any{"file": text(cut), "seal": seal}, argument: "seal", says: "its end is missing"},
		"the end of a known run is cut": {args: map[string]any{"file": text(kept[:bytes.LastIndexByte(kept[:len(kept)-1], '\n')+1])}, argument: "seal", says: "its end is missing"},
		"changed":                       {args: map[string]any{"file": text(changed)}, argument: "file", says: "line 4"},
		"a path":                        {args: map[string]any{"file": "/etc/passwd"}, argument: "file", says: "is no record"},
		"an entry without a platform":   {args: map[string]any{"entry_id": "12@34"}, argument: "entry_id", says: "file=@PATH"},
		"an unknown run":                {args: map[string]any{"run_id": "no-such-run"}, argument: "run_id", says: "no-such-run"},
		"a run that is no name":         {args: map[string]any{"run_id": "../kept"}, argument: "run_id", says: "../kept"},
		"a run of another instance":     {args: map[string]any{"run_id": "kept"}, instance: "other", argument: "run_id", says: "entra_prod"},
		"none of the three":             {argument: "run_id", says: "0 of them"},
		"two of the three":              {args: map[string]any{"run_id": "kept", "file": text(kept)}, argument: "run_id", says: "2 of them"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.instance == "" {
				c.instance = "entra_prod"
			}
			service := engine.New(engine.Options{Commands: handlers.Commands(), Definition: loadDefinition(t), InProcess: nobodyAnswers{}, Records: store, Params: emulator.Parameters("")})
			entries, err := service.Run(t.Context(), engine.Call{Command: "msgraph-user-containment-verify", Args: c.args, Instance: c.instance})
			if c.verdict != "" {
				if err != nil || !strings.Contains(entries[0].HumanReadable, "is "+c.verdict) {
					t.Errorf("%v, %+v", err, entries)
				}
				return
			}
			e, ok := errors.AsType[*failure.Error](err)
			if !ok || e.Kind != failure.BadArgument || e.Argument != c.argument || !strings.Contains(e.Error(), c.says) {
				t.Errorf("%v, %+v", err, entries)
			}
		})
	}
}

// The folder of a state file keeps a record over a start; without one there is none.
func TestWhereRecordsAreLookedFor(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "state.json.runs")
	recordOf(t, containment.NewFolder(folder), "kept", true)
	options := engine.Options{Commands: handlers.Commands(), Definition: loadDefinition(t), Params: emulator.Parameters("")}
	call := engine.Call{Command: "msgraph-user-containment-verify", Args: map[string]any{"run_id": "kept"}, Instance: "entra_prod"}
	if _, err := engine.New(options).Run(t.Context(), call); err == nil || !strings.Contains(err.Error(), "--state") {
		t.Errorf("without a state file: %v", err)
	}
	options.Records = containment.NewFolder(folder)
	if _, err := engine.New(options).Run(t.Context(), call); err != nil {
		t.Error(err)
	}
}
