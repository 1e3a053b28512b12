package handlers_test

import (
	"fmt"
	"net/http"
	"testing"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
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
