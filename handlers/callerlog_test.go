package handlers_test

import (
	"log/slog"
	"strings"
	"testing"

	"msgraph-user/internal/engine"
)

// A caller that takes diagnostics hears of its own call, at the level that the
// program was started with.
func TestCallerHearsOfItsCall(t *testing.T) {
	for _, c := range []struct {
		level slog.Level
		hears bool
	}{{slog.LevelDebug, true}, {slog.LevelWarn, false}} {
		far := &farSide{exchanges: []exchange{{On: "GET https://graph.microsoft.com/v1.0/users/*", Status: 200, JSON: []byte(`{"id":"u-1"}`)}}}
		var stderr strings.Builder
		service := newService(t, far, engine.Options{Log: slog.New(slog.NewTextHandler(&stderr, &slog.HandlerOptions{Level: c.level}))})
		var told []string
		_, err := service.Run(t.Context(), engine.Call{
			Command: "msgraph-user-get", Args: map[string]any{"user": "adele@contoso.example"}, Params: instanceParams(),
			Store: withToken(4e9),
			Log:   func(level slog.Level, message string) { told = append(told, level.String()+" "+message) },
		})
		if err != nil {
			t.Fatal(err)
		}
		heard := len(told) == 1 && strings.HasPrefix(told[0], "DEBUG graph request method=GET path=/v1.0/users/{user}")
		if heard != c.hears || strings.Contains(strings.Join(told, ""), "adele") || strings.Contains(stderr.String(), "graph request") != c.hears {
			t.Errorf("at %v: told %q, wrote %q", c.level, told, stderr.String())
		}
	}
}

// A caller that asked for progress hears what a command waits for.
func TestCallerHearsWhatIsWaitedFor(t *testing.T) {
	answer := `<R><Result><Value>Success</Value></Result><AuthenticationResult>true</AuthenticationResult></R>`
	far := &farSide{exchanges: []exchange{{On: "POST https://strongauthenticationservice.auth.microsoft.com/*", Status: 200, Body: answer}}}
	service := newService(t, far, engine.Options{})
	var heard []string
	_, err := service.Run(t.Context(), engine.Call{
		Command: "msgraph-user-request-mfa", Params: instanceParams(),
		Args:     map[string]any{"user_mail": "adele@contoso.example", "access_token": "mfa-token"},
		Progress: func(p engine.Progress) { heard = append(heard, p.Message) },
	})
	if err != nil || len(heard) != 1 || !strings.Contains(heard[0], "adele@contoso.example") {
		t.Errorf("heard %q (%v)", heard, err)
	}
}
