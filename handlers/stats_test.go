package handlers_test

import (
	"fmt"
	"net/http"
	"reflect"
	"testing"
	"time"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/graphtest"
)

// The counters only grow, though instances that were not used for long are let go.
func TestStatsOutliveTheInstances(t *testing.T) {
	const instances = 300
	service := newService(t, &slowSide{body: `{"id":"1"}`}, engine.Options{Params: instanceParams()})
	for n := range instances {
		call := engine.Call{Command: "msgraph-user-get", Args: map[string]any{"user": "a@b.example"}, Instance: fmt.Sprint("instance-", n)}
		if _, err := service.Run(t.Context(), call); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := service.Run(t.Context(), engine.Call{Command: "msgraph-user-get", Args: map[string]any{"user": "."}}); err == nil {
		t.Error("a user called . was asked for")
	}
	got := service.Stats()
	if got.Calls != instances+1 || got.Requests != instances || got.TokenRenewals != instances || got.Instances >= instances || got.Instances == 0 || got.Running != 0 {
		t.Errorf("%+v", got)
	}
	if len(got.Errors) != len(failure.Kinds()) || got.Errors["argument"] != 1 || got.Errors["internal"] != 0 {
		t.Errorf("errors %v", got.Errors)
	}
}

// Calls are counted by command, with how long they took; a name that is no command's
// fills no memory.
func TestStatsCountByCommand(t *testing.T) {
	now := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	service := newService(t, graphtest.Transport(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodGet {
			now = now.Add(2 * time.Second)
		}
		return graphtest.Answer(r, http.StatusOK, `{"id":"1","access_token":"t","token_type":"Bearer","expires_in":3600}`), nil
	}), engine.Options{Params: instanceParams(), Now: func() time.Time { return now }})
	for _, call := range []engine.Call{
		{Command: "msgraph-user-get", Args: map[string]any{"user": "a@b.example"}},
		{Command: "msgraph-user-get", Args: map[string]any{"user": "."}},
		{Command: "msgraph-user-nobody-has-this"},
	} {
		_, _ = service.Run(t.Context(), call) // two of them fail, and are counted
	}
	want := map[string]engine.CommandStats{"msgraph-user-get": {Calls: 2, Failed: 1, Seconds: 2, Within: []int64{1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2}}}
	if got := service.Stats().Commands; !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// A far side whose transport panics stands for any defect.
type panicking struct{}

func (panicking) RoundTrip(*http.Request) (*http.Response, error) { panic("a defect") }

// A command that panics has ended, and is counted as a defect.
func TestACommandThatPanicsHasEnded(t *testing.T) {
	service := newService(t, panicking{}, engine.Options{Params: instanceParams()})
	func() {
		defer func() { _ = recover() }() // the one who serves the call deals with it
		_, _ = service.Run(t.Context(), engine.Call{Command: "msgraph-user-request-mfa", Args: map[string]any{"user_mail": "a@b.example", "access_token": "an-access-token"}})
	}()
	if got := service.Stats(); got.Running != 0 || got.Calls != 1 || got.Errors["internal"] != 1 {
		t.Errorf("%+v", got)
	}
}
