package warroom

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/xsoar"
)

// ${Path} is what the context holds there; where it holds nothing, nothing is sent.
func TestArgumentsComeFromTheContext(t *testing.T) {
	stored := xsoar.Entry{EntryContext: map[string]any{"Case": map[string]any{
		"User": "adele@contoso.example", "Number": 7, "Empty": "", "Null": nil, "List": []any{},
		"People": []any{map[string]any{"ID": "1"}, map[string]any{"ID": "2"}},
		"Only":   []any{"3"},
		"Object": map[string]any{"a": "b"},
	}}}
	for value, c := range map[string]struct{ want, says string }{
		"${Case.User}":               {want: "adele@contoso.example"},
		"a${Case.Number}b":           {want: "a7b"},
		"${Case.Number}${Case.User}": {want: "7adele@contoso.example"},
		"${Case.People.ID}":          {want: `["1","2"]`},
		"x,${Case.People.ID}":        {want: "x,1,2"},
		"${Case.People.[1].ID}":      {want: "2"},
		"${Case.Only}":               {want: "3"},
		"${Case.Object}":             {want: `{"a":"b"}`},
		"$Case.User":                 {want: "$Case.User"},
		"${Case.Nobody}":             {says: "${Case.Nobody} holds nothing"},
		"${Case.Empty}":              {says: "holds nothing"},
		"${Case.Null}":               {says: "holds nothing"},
		"${Case.List}":               {says: "holds nothing"},
		"a${Case.Nobody}":            {says: "holds nothing"},
		"${}":                        {says: "not a path"},
		"${Case..User}":              {says: "not a path"},
	} {
		s := sit(t, "!msgraph-user-get user="+Quote(value))
		if err := s.context.Add(stored); err != nil {
			t.Fatal(err)
		}
		text := s.shown(t)
		switch {
		case c.says != "" && (len(s.runner.asked) != 0 || !strings.Contains(text, c.says)):
			t.Errorf("%s: %d commands ran\n%s", value, len(s.runner.asked), text)
		case c.says == "" && (len(s.runner.asked) != 1 || s.runner.asked[0].Args["user"] != c.want):
			t.Errorf("%s: asked %v, want %s\n%s", value, s.runner.asked, c.want, text)
		}
	}
}

// Several values are no single one.
func TestAListIsNoSingleValue(t *testing.T) {
	s := sit(t, "!msgraph-user-update user=a updated_fields=`jobTitle=x` ", "!msgraph-user-phone-method-delete user=a method_id=${M.ID}")
	if err := s.context.Add(xsoar.Entry{EntryContext: map[string]any{"M": []any{map[string]any{"ID": "1"}, map[string]any{"ID": "2"}}}}); err != nil {
		t.Fatal(err)
	}
	mention(t, s.shown(t), "method_id: ${M.ID} holds 2 values, and this argument takes one")
	if len(s.runner.asked) != 1 {
		t.Errorf("%d commands ran", len(s.runner.asked))
	}
}

// A change is sent where the person says yes, and never where nobody can be asked.
func TestChangesAreAgreedTo(t *testing.T) {
	const change, read = "!msgraph-user-account-disable user=a", "!msgraph-user-get user=a"
	for name, c := range map[string]struct {
		assent Assent
		lines  []string
		runs   int
		says   string
	}{
		"yes":                      {Asked, []string{change, "yes"}, 1, "Change: " + change},
		"Yes, with spaces":         {Asked, []string{change, " YES "}, 1, "the real tenant contoso"},
		"no":                       {Asked, []string{change, "y"}, 0, "Error: not confirmed: nothing was sent"},
		"an empty line":            {Asked, []string{change, ""}, 0, "not confirmed"},
		"the end of the input":     {Asked, []string{change}, 0, "not confirmed"},
		"an interrupt":             {Asked, []string{change, "^C"}, 0, "not confirmed"},
		"a read is not asked for":  {Asked, []string{read}, 1, "Adele"},
		"nobody is there":          {Refused, []string{change, read}, 1, "--yes"},
		"the practice tenant":      {NotNeeded, []string{change}, 1, "Adele"},
		"asked for at each change": {Asked, []string{change, "yes", change, "no"}, 1, "not confirmed"},
	} {
		t.Run(name, func(t *testing.T) {
			s := sit(t, c.lines...)
			s.Assent, s.Tenant = c.assent, "the real tenant contoso"
			s.Changes = func(call engine.Call) bool { return call.Command == "msgraph-user-account-disable" }
			mention(t, s.shown(t), c.says)
			if len(s.runner.asked) != c.runs {
				t.Errorf("%d commands ran, want %d", len(s.runner.asked), c.runs)
			}
		})
	}
}

// polling answers that a command is not over, so many times.
func polling(times int) func(context.Context, engine.Call) ([]xsoar.Entry, error) {
	return func(ctx context.Context, call engine.Call) ([]xsoar.Entry, error) {
		if times--; times < 0 {
			return oneUser(ctx, call)
		}
		return []xsoar.Entry{{HumanReadable: "running", PollingCommand: "msgraph-user-get", NextRun: "10", Timeout: "60",
			PollingArgs: map[string]any{"user": "a", "polling_url": "x y"}}}, nil
	}
}

// A scheduled command goes on by itself, at its own times, with its own arguments.
func TestScheduledCommandsGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sit(t, `!msgraph-user-get user=a`)
		s.Wait = func(_ context.Context, d time.Duration) error { time.Sleep(d); return nil } // of the test's own clock
		s.Now = time.Now
		s.runner.answer = polling(3)
		start := time.Now()
		text := s.shown(t)
		mention(t, text, "running", "Adele")
		if strings.Count(text, "running") != 1 || time.Since(start) != 30*time.Second || len(s.runner.asked) != 4 {
			t.Errorf("after %v, %d runs:\n%s", time.Since(start), len(s.runner.asked), text)
		}
		if last := s.runner.asked[3]; last.Args["polling_url"] != "x y" || last.Command != "msgraph-user-get" {
			t.Errorf("it goes on with %v", last)
		}
	})
}

// It ends with its time, an error, or an interrupt, and says how to go on.
func TestScheduledCommandsEnd(t *testing.T) {
	const how = `Again in 10 s: !msgraph-user-get polling_url="x y" user=a`
	synctest.Test(t, func(t *testing.T) {
		s := sit(t, `!msgraph-user-get user=a`)
		s.Wait = func(_ context.Context, d time.Duration) error { time.Sleep(d); return nil } // of the test's own clock
		s.Now = time.Now
		s.runner.answer = polling(1000)
		mention(t, s.shown(t), "is not over after its time", how)
		if len(s.runner.asked) != 7 {
			t.Errorf("%d runs in 60 s", len(s.runner.asked))
		}
	})
	synctest.Test(t, func(t *testing.T) {
		interrupts := make(chan os.Signal, 1)
		s := sit(t, `!msgraph-user-get user=a`)
		s.Interrupts, s.runner.answer = interrupts, polling(1000)
		s.Wait = func(ctx context.Context, _ time.Duration) error {
			interrupts <- os.Interrupt
			<-ctx.Done()
			return ctx.Err()
		}
		mention(t, s.shown(t), "no longer waited for", how)
	})
	s := sit(t, `!msgraph-user-get user=a`)
	first := polling(1)
	s.runner.answer = func(ctx context.Context, call engine.Call) ([]xsoar.Entry, error) {
		if len(s.runner.asked) > 1 {
			return nil, errors.New("it failed")
		}
		return first(ctx, call)
	}
	mention(t, s.shown(t), "Error: it failed")
}

func TestLeavingAndHelping(t *testing.T) {
	text := sit(t, "?", "quit", "help").shown(t)
	mention(t, text, "find TEXT", "Authentication methods", "msgraph-user-session-revoke")
	if strings.Count(text, "find TEXT") != 1 {
		t.Error("quit does not end the sitting")
	}
}

// help finds what a text is about, in any case and order of the words.
func TestHelpSearches(t *testing.T) {
	text := sit(t, "help SESSIONS revoke").shown(t)
	mention(t, text, "msgraph-user-session-revoke")
	if strings.Contains(text, "msgraph-user-get-manager") {
		t.Errorf("everything is found:\n%s", text)
	}
	mention(t, sit(t, "help timeline").shown(t), "export FILE")
	mention(t, sit(t, "help nowhere-to-be-found").shown(t), "there is no command")
}

// What is longer than the window is shown page by page.
func TestLongHelpIsShownInPages(t *testing.T) {
	for last, stops := range map[string]bool{"": false, "q": true} {
		s := sit(t, append([]string{"help setup", last}, make([]string, 100)...)...)
		s.Screen.Height = func() int { return 20 }
		text := s.shown(t)
		if lines := strings.Count(text, "\n"); stops != (lines == 19) {
			t.Errorf("after %q, %d lines", last, lines)
		}
	}
}

func TestFindAsksForBeginningsOfNames(t *testing.T) {
	s := sit(t, "find O'Neil", "find", "context MSGraphUser.ID")
	mention(t, s.shown(t), "find needs the beginning", "MSGraphUser.ID: 1")
	filter, _ := s.runner.asked[0].Args["filter"].(string)
	if s.runner.asked[0].Command != "msgraph-user-list" || !strings.Contains(filter, "startswith(displayName,'O''Neil') or ") {
		t.Errorf("asked %+v", s.runner.asked[0])
	}
}
