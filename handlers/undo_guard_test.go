package handlers_test

import (
	"testing"

	"msgraph-user/emulator"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
)

// The users of an undo are in its record, and the guard rails hold for them: nothing
// is sent for one who is protected since, nor in an instance that may change nothing.
func TestUndoRefusesAProtectedUser(t *testing.T) {
	for rail, value := range map[string]any{"protected_users": sam, "read_only": true} {
		t.Run(rail, func(t *testing.T) {
			practise(t, func(p *practising) {
				contained, _ := p.must("contain", "user", sam, "steps", "disable")
				before := len(p.changes())
				params := emulator.Parameters("")
				params[rail] = value
				undo := engine.Call{Command: "msgraph-user-undo", Args: map[string]any{"run_id": contained.RunID}, Params: params}
				if _, err := p.service.Run(p.Context(), undo); err == nil || failure.Of(err).Parameter != rail {
					p.Errorf("the undo ended with %v, want a refusal by %s", err, rail)
				}
				p.nothingSent(rail, before)
				if _, err := p.service.Run(p.Context(), engine.Call{Command: "msgraph-user-undo", Args: undo.Args}); err != nil || len(p.changes()) == before {
					p.Errorf("without the guard rail: %v", err)
				}
			})
		})
	}
}
