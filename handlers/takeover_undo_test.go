package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"msgraph-user/handlers"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
)

// Each change says how it is undone and proven, as requests that Graph has.
func TestEveryWriteSaysHowItIsUndone(t *testing.T) {
	for _, c := range writes() {
		t.Run(c.name, func(t *testing.T) {
			var taken []engine.Step
			commands := handlers.Commands()
			command := commands["msgraph-user-"+c.command]
			steps := command.Steps
			command.Steps = func(inv *engine.Invocation) ([]engine.Step, error) {
				made, err := steps(inv)
				return watched(made, &taken), err
			}
			commands["msgraph-user-"+c.command] = command
			far := &describedGraph{t: t, command: "msgraph-user-" + c.command, answers: c.answers}
			service := newService(t, far, engine.Options{Commands: commands, Now: atRecording, Wait: noWait})
			store := withToken(recordedNow + 3000)
			if _, err := service.Run(t.Context(), engine.Call{Command: "msgraph-user-" + c.command, Args: c.args, Params: instanceParams(), Store: store}); err != nil {
				t.Fatal(err)
			}
			changes := 0
			for _, step := range taken {
				if step.Request.Method == http.MethodGet {
					continue
				}
				changes++
				if len(step.Undo) == 0 || step.Prove == nil {
					t.Errorf("%s %s has no undo or no proof", step.Request.Method, step.Request.Path)
				}
				for _, undo := range step.Undo {
					body, _ := json.Marshal(undo.Body)
					if undo.Body == nil {
						body = nil
					}
					if err := fitsDescription(undo.Method, requestURL(t, undo.Version+undo.Path), body); err != nil {
						t.Errorf("undone by %s %s %s: %v", undo.Method, undo.Path, body, err)
					}
					if undo.Method == step.Request.Method && undo.Path == step.Request.Path && fmt.Sprint(undo.Body) == fmt.Sprint(step.Request.Body) {
						t.Errorf("%s %s is undone by itself", undo.Method, undo.Path)
					}
				}
			}
			if changes != len(c.sends) {
				t.Errorf("%d changes, want %d", changes, len(c.sends))
			}
		})
	}
}

// watched keeps a copy of each step, and of those that follow from it.
func watched(steps []engine.Step, taken *[]engine.Step) []engine.Step {
	for i := range steps {
		step := &steps[i]
		*taken = append(*taken, *step)
		if then := step.Then; then != nil {
			step.Then = func(before []engine.Outcome) ([]engine.Step, error) {
				made, err := then(before)
				return watched(made, taken), err
			}
		}
		if instead := step.Instead; instead != nil {
			step.Instead = func(e *failure.Error) []engine.Step { return watched(instead(e), taken) }
		}
	}
	return steps
}
