package warroom

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"msgraph-user/internal/definition"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/terminal"
	"msgraph-user/internal/xsoar"
)

func loadDefinition(t *testing.T) *definition.Integration {
	t.Helper()
	d := definition.Load()
	return d
}

// typist is an Editor whose lines are known beforehand.
type typist struct {
	lines    []string
	secrets  map[string]string // by prompt
	kept     []string
	complete func(string, int) (string, []string, string)
}

func (e *typist) Line(string) (string, error) {
	if len(e.lines) == 0 {
		return "", io.EOF
	}
	line := e.lines[0]
	e.lines = e.lines[1:]
	if line == "^C" {
		return "", ErrInterrupted
	}
	return line, nil
}

func (e *typist) Secret(prompt string) (string, error) {
	if value, ok := e.secrets[prompt]; ok {
		return value, nil
	}
	return "", ErrInterrupted
}

func (e *typist) Remember(line string) { e.kept = append(e.kept, line) }

func (e *typist) CompleteWith(complete func(string, int) (string, []string, string)) {
	e.complete = complete
}

// runner answers from a function and keeps what it was asked.
type runner struct {
	asked  []engine.Call
	answer func(context.Context, engine.Call) ([]xsoar.Entry, error)
}

func (r *runner) Run(ctx context.Context, call engine.Call) ([]xsoar.Entry, error) {
	r.asked = append(r.asked, call)
	return r.answer(ctx, call)
}

func oneUser(context.Context, engine.Call) ([]xsoar.Entry, error) {
	user := map[string]any{"id": "1", "userPrincipalName": "adele@contoso.example"}
	return []xsoar.Entry{{
		Type: xsoar.Note, ContentsFormat: xsoar.FormatJSON, Contents: user,
		HumanReadable: "### Users\n| ID | Name |\n| --- | --- |\n| 1 | Adele |\n",
		EntryContext:  map[string]any{xsoar.Keyed("MSGraphUser", "ID"): map[string]any{"ID": "1", "Name": "Adele"}},
	}}, nil
}

// sitting is a session with what it reads from and writes to.
type sitting struct {
	*Session
	typist *typist
	runner *runner
	screen strings.Builder
}

func sit(t *testing.T, lines ...string) *sitting {
	s := &sitting{typist: &typist{lines: lines}, runner: &runner{answer: oneUser}}
	s.Session = &Session{
		Runner: s.runner, Definition: loadDefinition(t), Editor: s.typist,
		Screen:   terminal.Screen{Writer: &s.screen, Width: func() int { return 80 }},
		Status:   terminal.Screen{Writer: io.Discard, Width: func() int { return 0 }},
		SaveFile: func(e xsoar.Entry) (string, error) { return "kept " + e.File, nil },
		Wait:     func(context.Context, time.Duration) error { return nil },
		Prompt:   "> ", Version: "1.0", Now: func() time.Time { return time.Unix(1700000000, 0) },
	}
	return s
}

// shown runs the session and returns what the person saw.
func (s *sitting) shown(t *testing.T) string {
	t.Helper()
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s.screen.String()
}

func mention(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in\n%s", part, text)
		}
	}
}

func TestCommandsFillTheContext(t *testing.T) {
	s := sit(t, `!msgraph-user-get user=adele@contoso.example`, `context`, `context MSGraphUser.ID`, `context Nothing`, `raw`)
	mention(t, s.shown(t), "Adele", "└─ MSGraphUser\n", "├─ ID: 1\n", "MSGraphUser.ID: 1\n", "Nothing is stored there.", `"userPrincipalName": "adele@contoso.example"`)
	if raw := s.screen.String(); strings.Contains(raw, `"Contents"`) {
		t.Errorf("raw shows more than Graph's answer:\n%s", raw)
	}
	if got := s.runner.asked[0].Args["user"]; got != "adele@contoso.example" {
		t.Errorf("asked for %v", got)
	}
}

func TestMistakesAreToldAndTheSittingGoesOn(t *testing.T) {
	s := sit(t, `!msgraph-user-gte user=x`, `gibberish`, `!msgraph-user-get x`, `!msgraph-user-get user="x`, `!msgraph-user-get user=a user=b`,
		`help balderdash`, `export x.doc`, `export`, `raw`, "^C", "", `!msgraph-user-get user=x`)
	s.runner.answer = func(context.Context, engine.Call) ([]xsoar.Entry, error) {
		return nil, &failure.Error{Kind: failure.Refused, Message: "No.\x1b[2J", Advice: "Ask."}
	}
	text := s.shown(t)
	mention(t, text, "did you mean msgraph-user-get", `no command "gibberish"`, `"x" has no name`, `closing " is missing`, "user is given twice",
		`no command "balderdash"`, `FILE.md`, "export needs the name", "no command has run yet", "Error: No.�[2J Ask.")
	if len(s.runner.asked) != 1 {
		t.Errorf("%d commands ran", len(s.runner.asked))
	}
}

func TestHelp(t *testing.T) {
	text := sit(t, `help`, `help msgraph-user-list`, `help !msgraph-user-get`, `help export`, `help setup`).shown(t)
	mention(t, text, "msgraph-user-session-revoke", "export FILE", "next_page", "required", "Way 1: the hosted app")
}

// A secret that is missing, or for which a dash stands, is asked for, and is kept
// nowhere.
func TestSecretsAreAskedForAndNotKept(t *testing.T) {
	s := sit(t,
		`!msgraph-user-change-password user=a password=-`,
		`!msgraph-user-change-password user=a`,
		`!msgraph-user-change-password user=a password="typed Secret 1"`,
		`msgraph-user-change-password user=a password="typed Secret 2`,
		`!msgraph-user-change-password user=a pasword=typed-secret-3 password=-`,
		`export out.md`, `export out.jsonl`)
	t.Chdir(t.TempDir())
	s.typist.secrets = map[string]string{"password: ": "asked Secret"}
	text := s.shown(t)
	for i, want := range []string{"asked Secret", "asked Secret", "typed Secret 1"} {
		if got := s.runner.asked[i].Args["password"]; got != want {
			t.Errorf("call %d has the password %v", i, got)
		}
	}
	for _, name := range []string{"out.md", "out.jsonl"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
		text += string(data)
	}
	mention(t, text, "user=a password=-\n", `"password":"***"`)
	text += strings.Join(s.typist.kept, "\n")
	if strings.Contains(strings.ToLower(text), "secret 1") || strings.Contains(text, "Secret 2") || strings.Contains(text, "typed-secret-3") || strings.Contains(text, "asked Secret") {
		t.Errorf("a secret is in\n%s", text)
	}
	if got := s.typist.kept[2]; got != "!msgraph-user-change-password user=a password=-" {
		t.Errorf("kept %q", got)
	}
}

func TestSecretThatIsNotGivenRunsNothing(t *testing.T) {
	s := sit(t, `!msgraph-user-change-password user=a`)
	mention(t, s.shown(t), "password: given up")
	if len(s.runner.asked) > 0 {
		t.Error("the command ran")
	}
}

// An interrupt cancels the command that runs; the sitting goes on.
func TestInterruptCancelsTheCommandOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		interrupts := make(chan os.Signal, 1)
		s := sit(t, `!msgraph-user-list`, `!msgraph-user-get user=x`)
		s.Interrupts = interrupts
		s.runner.answer = func(ctx context.Context, call engine.Call) ([]xsoar.Entry, error) {
			if call.Command != "msgraph-user-list" {
				return oneUser(ctx, call)
			}
			go func() {
				time.Sleep(time.Second) // of the test's own clock
				interrupts <- os.Interrupt
			}()
			<-ctx.Done()
			return nil, ctx.Err()
		}
		mention(t, s.shown(t), "cancel", "Adele")
	})
}

// An interrupt that came too late for one command does not cancel the next.
func TestLateInterruptCancelsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		interrupts := make(chan os.Signal, 1)
		interrupts <- os.Interrupt
		s := sit(t, `!msgraph-user-get user=x`)
		s.Interrupts = interrupts
		s.runner.answer = func(ctx context.Context, call engine.Call) ([]xsoar.Entry, error) {
			time.Sleep(time.Second) // of the test's own clock
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return oneUser(ctx, call)
		}
		mention(t, s.shown(t), "Adele")
	})
}

func TestExportOverwritesNothing(t *testing.T) {
	s := sit(t, `export case.md`)
	t.Chdir(t.TempDir())
	if err := os.WriteFile("case.md", []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	mention(t, s.shown(t), "case.md", "exist")
	if data, err := os.ReadFile("case.md"); err != nil || string(data) != "mine" {
		t.Errorf("%s %v", data, err)
	}
}

func TestExportAsMarkdown(t *testing.T) {
	s := sit(t, `!msgraph-user-get user=a`, `!msgraph-user-tap-policy-create user_id=a zip_password=-`, `!msgraph-user-list`, `export case.md`)
	t.Chdir(t.TempDir())
	s.typist.secrets = map[string]string{"zip_password: ": "zip zap zup"}
	s.runner.answer = func(ctx context.Context, call engine.Call) ([]xsoar.Entry, error) {
		switch call.Command {
		case "msgraph-user-list":
			return nil, errors.New("refused")
		case "msgraph-user-tap-policy-create":
			return []xsoar.Entry{{Type: xsoar.File, File: "TAP.zip", FileData: []byte("bytes")}}, nil
		}
		return oneUser(ctx, call)
	}
	mention(t, s.shown(t), "kept TAP.zip", "Saved case.md.")
	data, err := os.ReadFile("case.md")
	if err != nil {
		t.Fatal(err)
	}
	mention(t, string(data), "2023-11-14T22:13:20Z", "!msgraph-user-get user=a\n", "| 1 | Adele |", "File: TAP.zip (5 bytes)", "**Error:** refused",
		"- Commands: 3; of these, 0 could change something, and 1 did not succeed\n", "| 2023-11-14T22:13:20Z | !msgraph-user-list |  | error: refused |\n")
}

func TestHistoryIsForItsOwner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "history")
	h := OpenHistory(path)
	if lines := h.Lines(); len(lines) != 0 {
		t.Errorf("lines %q", lines)
	}
	h.Append("one")
	h.Append("two")
	if lines := OpenHistory(path).Lines(); len(lines) != 2 || lines[1] != "two" || h.Err() != nil {
		t.Errorf("lines %q, %v", lines, h.Err())
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	blocked := OpenHistory(filepath.Join(path, "under-a-file"))
	blocked.Append("x")
	if blocked.Err() == nil {
		t.Error("no error for a history that cannot be written")
	}
}

func TestHistoryPath(t *testing.T) {
	for want, variables := range map[string]map[string]string{
		"/s/msgraph-user/warroom-history":              {"XDG_STATE_HOME": "/s", "HOME": "/h"},
		"/h/.local/state/msgraph-user/warroom-history": {"HOME": "/h"},
	} {
		got, err := HistoryPath(func(name string) string { return variables[name] })
		if err != nil || filepath.ToSlash(got) != want {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	}
}

// A command that found nobody is marked, and advice stands below the answer.
func TestTheWarRoomMarksWhatWasNotDone(t *testing.T) {
	for status, want := range map[engine.Status]string{
		engine.Succeeded: "",
		engine.NotFound:  "Warning: nothing was found to act on.\n",
		engine.Failed:    "Warning: not done for all users (failed).\n",
		engine.InDoubt:   "Warning: not done for all users (inDoubt).\n",
	} {
		s := sit(t, `!msgraph-user-get user=a`)
		s.runner.answer = func(ctx context.Context, call engine.Call) ([]xsoar.Entry, error) {
			call.Outcome(status)
			call.Advise("Look \x1b[2Jelsewhere.")
			return oneUser(ctx, call)
		}
		text := s.shown(t)
		mention(t, text, "Adele", "Look �[2Jelsewhere.\n")
		if !strings.HasPrefix(text, want) || want == "" && strings.Contains(text, "Warning") {
			t.Errorf("%s: the War Room shows\n%s", status, text)
		}
	}
}

// What the platform adds to a line is no secret, and is kept with it.
func TestALineFromAPlaybookIsKeptWhole(t *testing.T) {
	const line = `!msgraph-user-get user=a using=entra_prod raw-response=true`
	s := sit(t, line)
	s.shown(t)
	if len(s.typist.kept) != 1 || s.typist.kept[0] != line {
		t.Errorf("kept %q", s.typist.kept)
	}
}

// The history keeps lines of known commands, without any secret of theirs.
func TestHistoryKeepsNoSecret(t *testing.T) {
	d := loadDefinition(t)
	for text, want := range map[string]string{
		"!msgraph-user-get user=a@b":                          "!msgraph-user-get user=a@b",
		"msgraph-user-get user=a@b":                           "!msgraph-user-get user=a@b",
		"help setup":                                          "help setup",
		"context MSGraphUser.ID":                              "context MSGraphUser.ID",
		"help password=SECRET":                                "",
		"!msgraph-user-change-pasword user=a password=SECRET": "",
		"SECRET":                          "",
		"export SECRET password=\"SECRET": "",
		"!msgraph-user-change-password user=a password=SECRET":                                            "!msgraph-user-change-password user=a password=-",
		"!msgraph-user-change-password user=a passwrd=SECRET":                                             "!msgraph-user-change-password user=a passwrd=-",
		"!msgraph-user-change-password user=a password=a SECRET":                                          "!msgraph-user-change-password user=a password=- -",
		"!msgraph-user-update user=a updated_fields=`jobTitle=x,password=SECRET`":                         "!msgraph-user-update user=a updated_fields=`jobTitle=x,password=\"***\"`",
		"!msgraph-user-update user=a updated_fields=`{'passwordProfile': {'password': 'SECRET'}}`":        "!msgraph-user-update user=a updated_fields=`{'passwordProfile': \"***\"}`",
		"!msgraph-user-update user=a updated_fields=`password=a,b=SECRET;c=d` updated_fields_delimiter=;": "!msgraph-user-update user=a updated_fields=`password=\"***\";c=d` updated_fields_delimiter=;",
	} {
		if got := (&Session{Definition: d}).withoutSecrets(text); got != want {
			t.Errorf("%s\nis kept as %s\nwant       %s", text, got, want)
		}
	}
}

// A history that grew for years is read from its end.
func TestHistoryIsReadFromItsEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	if err := os.WriteFile(path, []byte(strings.Repeat(strings.Repeat("x", 9999)+"\n", 300)+"last\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	lines := OpenHistory(path).Lines()
	if n := len(lines); n < 50 || n > 105 || lines[n-1] != "last" || len(lines[0]) != 9999 {
		t.Errorf("%d lines", n)
	}
}
