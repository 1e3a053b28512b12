package container

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/xsoar"
)

// commandRunner runs each command as the function of that name.
type commandRunner map[string]func(context.Context, engine.Call) ([]xsoar.Entry, error)

func (r commandRunner) Run(ctx context.Context, call engine.Call) ([]xsoar.Entry, error) {
	return r[call.Command](ctx, call)
}

func text(format string, a ...any) []xsoar.Entry {
	return []xsoar.Entry{{Type: xsoar.Note, ContentsFormat: xsoar.FormatText, Contents: fmt.Sprintf(format, a...)}}
}

var loopCommands = commandRunner{
	"echo": func(_ context.Context, call engine.Call) ([]xsoar.Entry, error) {
		params := "nil"
		if call.Params != nil {
			params = fmt.Sprint(call.Params)
		}
		return text("args=%v params=%s instance=%s incident=%s", call.Args, params, call.Instance, call.Incident), nil
	},
	"advise": func(_ context.Context, call engine.Call) ([]xsoar.Entry, error) {
		call.Advise("What to do next.")
		return text("done"), nil
	},
	"panic": func(context.Context, engine.Call) ([]xsoar.Entry, error) { panic("a secret that a panic holds") },
	"refuse": func(context.Context, engine.Call) ([]xsoar.Entry, error) {
		return nil, fmt.Errorf("user 3: %w", &failure.Error{Kind: failure.Refused, Message: "Not allowed.", Advice: "Ask for less."})
	},
	"defect": func(context.Context, engine.Call) ([]xsoar.Entry, error) {
		return nil, errors.New("an internal with a secret")
	},
	"unsendable": func(context.Context, engine.Call) ([]xsoar.Entry, error) {
		return []xsoar.Entry{{Contents: func() {}}}, nil
	},
	"html": func(context.Context, engine.Call) ([]xsoar.Entry, error) {
		return []xsoar.Entry{{Type: xsoar.Note, ContentsFormat: xsoar.FormatJSON, Contents: json.RawMessage(`{"z":1.0, "a":"<é&>"}`)}}, nil
	},
	"remember": func(ctx context.Context, call engine.Call) ([]xsoar.Entry, error) {
		value, err := call.Store.GetIntegrationContext(ctx, call.Instance)
		if err != nil {
			return nil, &failure.Error{Message: err.Error()}
		}
		value["count"] = 2
		if err := call.Store.SetIntegrationContext(ctx, call.Instance, value); err != nil {
			return nil, &failure.Error{Message: err.Error()}
		}
		return text("remembered"), nil
	},
	"remember later": func(_ context.Context, call engine.Call) ([]xsoar.Entry, error) {
		call.After(func(ctx context.Context) error {
			if err := call.Store.SetIntegrationContext(ctx, call.Instance, map[string]any{"count": 3}); err != nil {
				return &failure.Error{Message: err.Error()}
			}
			return nil
		})
		return text("handed over"), nil
	},
	"say": func(_ context.Context, call engine.Call) ([]xsoar.Entry, error) {
		for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
			call.Log(level, "a line & more")
		}
		return text("said"), nil
	},
	"pass": func(context.Context, engine.Call) ([]xsoar.Entry, error) {
		return []xsoar.Entry{{Type: xsoar.File, ContentsFormat: xsoar.FormatText, File: "TAPPolicyInfo.zip", FileData: []byte("PK\x03\x04")}}, nil
	},
}

func serveLoop(t *testing.T, l *Loop, input string) string {
	t.Helper()
	if l.Runner == nil {
		l.Runner = loopCommands
	}
	var out strings.Builder
	if err := l.Serve(t.Context(), strings.NewReader(input), &out); err != nil {
		t.Errorf("Serve: %v", err)
	}
	return out.String()
}

// Each case is a conversation: what the platform sends, and what it is answered.
// The answers to questions stand among what it sends, since one follows the other.
func TestLoopConversations(t *testing.T) {
	const (
		completed = `{"type":"completed"}`
		getting   = `{"type":"executeCommand","command":"getIntegrationContext","args":{}}`
		done      = `{"type":"result","results":[{"Type":1,"ContentsFormat":"text","Contents":"remembered"}]}`
		remember  = `{"command":"remember","context":{"IntegrationInstance":"i"}}`
	)
	failed := func(message string) string {
		return `{"type":"result","results":[{"Type":4,"ContentsFormat":"text","Contents":` + message + `}]}`
	}
	echoed := func(text string) string {
		return `{"type":"result","results":[{"Type":1,"ContentsFormat":"text","Contents":"` + text + `"}]}`
	}
	for _, c := range []struct {
		name       string
		sent, want []string
	}{
		{"a ping", []string{"ping", "ping"}, []string{`{"type":"pong"}`, `{"type":"pong"}`}},
		{"a ping with a carriage return, and blank lines", []string{"", "ping\r", " "}, []string{`{"type":"pong"}`}},
		{"the call as the runner gets it, without the script",
			[]string{`{"script":"raise SystemExit","integration":true,"native":false,"command":"echo","args":{"n":1.50},"params":{"host":"h"},"context":{"Inv":{"id":"42"},"Incidents":[{"id":"9"}],"ParentEntry":null,"ExecutionContext":{"a":1},"IntegrationInstance":"i1","IntegrationBrand":"b"}}`},
			[]string{echoed("args=map[n:1.50] params=map[host:h] instance=i1 incident=42"), completed}},
		{"a call that holds nothing but its command", []string{`{"command":"echo"}`},
			[]string{echoed("args=map[] params=nil instance= incident="), completed}},
		{"empty parameters leave it to the process, a number names the investigation",
			[]string{`{"command":"echo","params":{},"context":{"Inv":{"id":7}}}`},
			[]string{echoed("args=map[] params=nil instance= incident=7"), completed}},
		{"advice goes to the platform's log, and an entry stays alone",
			[]string{`{"command":"advise"}`, `{}`},
			[]string{`{"type":"log","command":"info","args":{"args":["What to do next."]}}`, echoed("done"), completed}},
		{"several commands", []string{`{"command":"echo"}`, `{"command":"echo"}`},
			[]string{echoed("args=map[] params=nil instance= incident="), completed, echoed("args=map[] params=nil instance= incident="), completed}},
		{"native ends the loop", []string{`{"command":"echo","native":true}`, `{"command":"echo"}`},
			[]string{echoed("args=map[] params=nil instance= incident="), completed}},
		{"raw contents stay as they are", []string{`{"command":"html"}`},
			[]string{`{"type":"result","results":[{"Type":1,"ContentsFormat":"json","Contents":{"z":1.0,"a":"<é&>"}}]}`, completed}},
		{"a refusal is one entry with its advice", []string{`{"command":"refuse"}`},
			[]string{failed(`"Not allowed. Ask for less."`), completed}},
		{"a defect shows nothing of itself", []string{`{"command":"defect"}`},
			[]string{failed(`"The command failed through a defect of this program. Its log on stderr says more; please report it."`), completed}},
		{"nor does a panic", []string{`{"command":"panic"}`, "ping"},
			[]string{failed(`"The command failed through a defect of this program. Its log on stderr says more; please report it."`), completed, `{"type":"pong"}`}},
		{"entries that cannot be sent", []string{`{"command":"unsendable"}`},
			[]string{failed(`"The command failed through a defect of this program. Its log on stderr says more; please report it."`), completed}},
		{"what is no JSON does not end the loop", []string{"garbage", "ping"},
			[]string{failed(`"The platform sent a line that is not a command: invalid character 'g' looking for beginning of value. Nothing was run."`), completed, `{"type":"pong"}`}},
		{"nor does JSON that is no call", []string{`[1]`, `{"command":"echo"} x`, `{"args":{}}`, `{"command":"echo","args":[],"native":true}`},
			[]string{
				failed(`"The platform sent a line that is not a command: it is not an object. Nothing was run."`), completed,
				failed(`"The platform sent a line that is not a command: something follows the object. Nothing was run."`), completed,
				failed(`"The platform sent a line that is not a command: it names no command. Nothing was run."`), completed,
				failed(`"The platform sent a line that is not a command: its member args has the wrong type. Nothing was run."`), completed}},
		{"the integration context is read and written", []string{remember, `{"a":12345678901234567890}`, `{}`},
			[]string{getting, `{"type":"executeCommand","command":"setIntegrationContext","args":{"value":{"a":12345678901234567890,"count":2}}}`, done, completed}},
		{"what is noted once the entries are handed over",
			[]string{`{"command":"remember later","context":{"IntegrationInstance":"i"}}`, `{}`},
			[]string{`{"type":"result","results":[{"Type":1,"ContentsFormat":"text","Contents":"handed over"}]}`, `{"type":"executeCommand","command":"setIntegrationContext","args":{"value":{"count":3}}}`, completed}},
		{"what could not be noted is in the platform's log",
			[]string{`{"command":"remember later","context":{"IntegrationInstance":"i"}}`, `$$##it is full`, `{}`},
			[]string{`{"type":"result","results":[{"Type":1,"ContentsFormat":"text","Contents":"handed over"}]}`, `{"type":"executeCommand","command":"setIntegrationContext","args":{"value":{"count":3}}}`,
				`{"type":"log","command":"info","args":{"args":["remember later answered, but what was to be kept for its next call could not be stored: the platform refused: it is full"]}}`, completed}},
		{"an instance that has none yet", []string{remember, `null`, `null`},
			[]string{getting, `{"type":"executeCommand","command":"setIntegrationContext","args":{"value":{"count":2}}}`, done, completed}},
		{"a platform that keeps versions", []string{remember, `{"context":{"a":1},"version":{"version":3}}`, `{}`},
			[]string{getting, `{"type":"executeCommand","command":"setIntegrationContext","args":{"value":{"a":1,"count":2},"version":{"version":-1,"sequenceNumber":-1,"primaryTerm":-1}}}`, done, completed}},
		{"a ping in place of an answer", []string{remember, "ping", `{}`, `{}`},
			[]string{getting, `{"type":"pong"}`, `{"type":"executeCommand","command":"setIntegrationContext","args":{"value":{"count":2}}}`, done, completed}},
		{"the platform refuses", []string{remember, `$$##no such instance`, "ping"},
			[]string{getting, failed(`"the platform refused: no such instance"`), completed, `{"type":"pong"}`}},
		{"a newer platform refuses", []string{remember, `[ERROR-fd5a7750-7182-4b38-90ba-091824478903]no`},
			[]string{getting, failed(`"the platform refused: no"`), completed}},
		{"the platform answers nonsense", []string{remember, `[]`},
			[]string{getting, failed(`"the integration context from the platform is not a JSON object"`), completed}},
		{"the platform leaves in the midst of it", []string{remember},
			[]string{getting, failed(`"the platform closed the connection and sent no answer"`), completed}},
		{"log lines, each with an answer that says nothing", []string{`{"command":"say"}`, `{}`, `null`, `x`, `$$##`, "ping"},
			[]string{
				`{"type":"log","command":"debug","args":{"args":["a line & more"]}}`,
				`{"type":"log","command":"info","args":{"args":["a line & more"]}}`,
				`{"type":"log","command":"info","args":{"args":["a line & more"]}}`,
				`{"type":"log","command":"error","args":{"args":["a line & more"]}}`,
				echoed("said"), completed, `{"type":"pong"}`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := serveLoop(t, &Loop{}, strings.Join(c.sent, "\n")+"\n")
			if diff := cmp.Diff(c.want, strings.Split(strings.TrimSuffix(got, "\n"), "\n")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestLoopTakesALastLineWithoutAnEnd(t *testing.T) {
	if got := serveLoop(t, &Loop{}, "ping"); got != `{"type":"pong"}`+"\n" {
		t.Errorf("got %q", got)
	}
}

func TestLoopReadsPastALineOverTheLimit(t *testing.T) {
	long := `{"command":"echo","args":{"a":"` + strings.Repeat("x", 3<<20) + `"}}`
	lines := strings.Split(serveLoop(t, &Loop{MaxLine: 1 << 20}, long+"\nping\n"), "\n")
	if !strings.Contains(lines[0], `"Type":4`) || !strings.Contains(lines[0], "more than 1 MiB") {
		t.Errorf("the long line is answered %s", lines[0])
	}
	if want := []string{`{"type":"completed"}`, `{"type":"pong"}`, ""}; !cmp.Equal(lines[1:], want) {
		t.Errorf("then come %q", lines[1:])
	}
}

// A file's bytes stand in the working directory under the name that the platform
// makes of its entry.
func TestLoopHandsFilesOver(t *testing.T) {
	dir := t.TempDir()
	line, _, _ := strings.Cut(serveLoop(t, &Loop{Dir: dir}, `{"command":"pass","context":{"Inv":{"id":"42"}}}`), "\n")
	id := regexp.MustCompile(`"FileID":"([0-9a-f-]{36})"`).FindStringSubmatch(line)
	if id == nil {
		t.Fatalf("no FileID in %s", line)
	}
	want := `{"type":"result","results":[{"Type":3,"ContentsFormat":"text","Contents":"","File":"TAPPolicyInfo.zip","FileID":"` + id[1] + `"}]}`
	if line != want {
		t.Errorf("got  %s\nwant %s", line, want)
	}
	data, err := os.ReadFile(filepath.Join(dir, "42_"+id[1]))
	if err != nil || string(data) != "PK\x03\x04" {
		t.Errorf("the file holds %q, %v", data, err)
	}
}

func TestLoopSaysWhereAFileCouldNotBeHandedOver(t *testing.T) {
	for name, c := range map[string]struct{ dir, incident string }{
		"no such directory":                       {filepath.Join(t.TempDir(), "absent"), "42"},
		"an investigation that is no file's name": {t.TempDir(), "../42"},
	} {
		t.Run(name, func(t *testing.T) {
			got := serveLoop(t, &Loop{Dir: c.dir}, `{"command":"pass","context":{"Inv":{"id":"`+c.incident+`"}}}`+"\nping\n")
			lines := strings.Split(got, "\n")
			for _, part := range []string{`"Type":4`, "TAPPolicyInfo.zip", "was carried out", "working directory"} {
				if !strings.Contains(lines[0], part) {
					t.Errorf("%q is not in %s", part, lines[0])
				}
			}
			if len(lines) != 4 || lines[1] != `{"type":"completed"}` {
				t.Errorf("then come %q", lines[1:])
			}
		})
	}
}

func TestLoopReportsStreamsThatFail(t *testing.T) {
	broken := errors.New("broken")
	l := &Loop{Runner: loopCommands}
	if err := l.Serve(t.Context(), io.MultiReader(strings.NewReader("ping\n"), failingReader{broken}), io.Discard); !errors.Is(err, broken) {
		t.Errorf("reading: %v", err)
	}
	if err := l.Serve(t.Context(), strings.NewReader(`{"command":"echo"}`), failingWriter{broken}); !errors.Is(err, broken) {
		t.Errorf("writing: %v", err)
	}
}

type failingReader struct{ err error }

func (f failingReader) Read([]byte) (int, error) { return 0, f.err }

type failingWriter struct{ err error }

func (f failingWriter) Write([]byte) (int, error) { return 0, f.err }

// Between commands nobody answers, and another instance's context is not the
// platform's to give.
func TestLoopAsksOnlyForTheCommandUnderWay(t *testing.T) {
	var kept engine.ContextStore
	l := &Loop{Runner: commandRunner{"keep": func(ctx context.Context, call engine.Call) ([]xsoar.Entry, error) {
		kept = call.Store
		_, err := kept.GetIntegrationContext(ctx, "other")
		return text("%v", err), nil
	}}}
	got := serveLoop(t, l, `{"command":"keep","context":{"IntegrationInstance":"mine"}}`)
	if !strings.Contains(got, "an instance other than") || strings.Contains(got, "executeCommand") {
		t.Errorf("got %s", got)
	}
	if err := kept.SetIntegrationContext(t.Context(), "mine", nil); err == nil || !strings.Contains(err.Error(), "no command is running") {
		t.Errorf("after the command: %v", err)
	}
}

// What a command leaves under way may still talk to the platform: the command is
// completed after that.
func TestLoopCompletesACommandWhenAllIsSettled(t *testing.T) {
	stored := make(chan error, 1)
	l := &Loop{
		Runner: commandRunner{"renew": func(ctx context.Context, call engine.Call) ([]xsoar.Entry, error) {
			go func() {
				stored <- call.Store.SetIntegrationContext(context.WithoutCancel(ctx), "", map[string]any{"token": "renewed"})
			}()
			return text("read"), nil
		}},
		Settle: func(context.Context) error { return <-stored },
	}
	got := serveLoop(t, l, `{"command":"renew"}`+"\n{}\n")
	for _, line := range []string{
		`{"type":"result","results":[{"Type":1,"ContentsFormat":"text","Contents":"read"}]}`,
		`{"type":"executeCommand","command":"setIntegrationContext","args":{"value":{"token":"renewed"}}}`,
	} {
		before, _, found := strings.Cut(got, `{"type":"completed"}`)
		if !found || !strings.Contains(before, line) {
			t.Errorf("before completed there is no %s in\n%s", line, got)
		}
	}
}

func FuzzLoop(f *testing.F) {
	f.Add([]byte("ping\n{\"command\":\"echo\"}\n"))
	f.Add([]byte(`{"command":"remember","context":{"Inv":{"id":1e9}}}` + "\n{\"context\":1,\"version\":null}\n$$##\n"))
	f.Add([]byte("\x00\n{\"command\":\"say\",\"native\":true}\n[]\n\"\n"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, input []byte) {
		runner := commandRunner{}
		for name, command := range loopCommands {
			runner[name] = command
		}
		var out strings.Builder
		l := &Loop{Runner: fallback{runner}, Dir: dir, MaxLine: 4096}
		if err := l.Serve(t.Context(), strings.NewReader(string(input)), &out); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if !json.Valid([]byte(line)) {
				t.Errorf("no JSON: %q", line)
			}
		}
	})
}

// fallback runs commands that its runner does not have as an empty answer.
type fallback struct{ commandRunner }

func (f fallback) Run(ctx context.Context, call engine.Call) ([]xsoar.Entry, error) {
	if run := f.commandRunner[call.Command]; run != nil {
		return run(ctx, call)
	}
	return nil, nil
}
