package transcript

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"msgraph-user/internal/definition"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/rpc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func loadDefinition(t testing.TB) *definition.Integration {
	t.Helper()
	d, err := definition.Load()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// clock stands at a time and moves by a second whenever it is looked at.
func clock() func() time.Time {
	at := time.Unix(1700000000, 0)
	return func() time.Time { at = at.Add(time.Second); return at }
}

// record writes a transcript of messages, each after "> " (client) or "< " (server).
func record(t testing.TB, messages ...string) string {
	t.Helper()
	var b strings.Builder
	r, err := NewRecorder(&b, loadDefinition(t), "1.0", clock())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range messages {
		if text, ok := strings.CutPrefix(m, "> "); ok {
			r.Observe(rpc.Received, []byte(text))
		} else {
			r.Observe(rpc.Sent, []byte(strings.TrimPrefix(m, "< ")))
		}
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTranscriptReads(t *testing.T) {
	got := record(t, `> {"jsonrpc":"2.0","id":1.50,"method":"x"}`, `< {"jsonrpc":"2.0","id":1.50,"result":null}`, `> {"broken secret`)
	want := strings.TrimLeft(`
{"transcript":1,"program":"msgraph-user","version":"1.0","started":"2023-11-14T22:13:21Z"}
{"from":"client","at":1,"message":{"jsonrpc":"2.0","id":1.50,"method":"x"}}
{"from":"server","at":2,"message":{"jsonrpc":"2.0","id":1.50,"result":null}}
{"from":"client","at":3,"unreadable":15}
`, "\n")
	if got != want {
		t.Errorf("written\n%s", got)
	}
}

// Secrets wherever they may stand. None of them is in the transcript, and what is
// no secret still is.
func TestSecretsAreRemoved(t *testing.T) {
	messages := []string{
		`> {"id":1,"method":"initialize","params":{"params":{"host":"https://graph.microsoft.com","creds_auth_id":{"identifier":"SECRET-01","password":"SECRET-02"},"enc_key":"SECRET-03","strange":"SECRET-04","self_deployed":true}}}`,
		`> {"id":2,"method":"msgraph-user-create","params":{"args":{"display_name":"Plain Name","password":"SECRET-05","mistyped":["SECRET-06"]},"params":{"private_key":"SECRET-07"},"progressToken":"plain-token"}}`,
		`< {"id":7,"method":"getIntegrationContext","params":{"instance":"plain-instance"}}`,
		`> {"id":7,"result":{"access_token":"SECRET-08","valid_until":1700000000,"whatever":"SECRET-09"}}`,
		`< {"id":8,"method":"setIntegrationContext","params":{"instance":"plain-instance","value":{"current_refresh_token":"SECRET-10"}}}`,
		`< {"id":2,"error":{"code":-32002,"message":"Graph repeats SECRET-05 and Bearer SECRET-11xyz.","data":{"code":"Request_BadRequest"}}}`,
		`< {"id":3,"result":{"entries":[{"HumanReadable":"made SECRET-12","EntryContext":{"MSGraphUser.MFAClientSecret(val.ID && val.ID == obj.ID)":{"Text":"SECRET-12"}},"FileData":"SECRET-13","PollingArgs":{"password":"SECRET-14","user":"plain-user"}}]}}`,
		`> [{"id":4,"method":"msgraph-user-change-password","params":{"args":{"user":"plain-user","password":"SECRET-15"}}},{"id":5,"method":"unknown","params":{"args":{"x":"SECRET-16"}}}]`,
		`> {"id":6,"method":"msgraph-user-get","params":[{"clientSecret":"SECRET-17"}]}`,
		`< {"method":"$/progress","params":{"token":"plain-token","value":{"done":1}}}`,
		`> SECRET-18 {`,
	}
	got := record(t, messages...)
	for n := range 18 {
		secret := fmt.Sprintf("SECRET-%02d", n+1)
		if !strings.Contains(strings.Join(messages, ""), secret) {
			t.Fatalf("the test has no %s", secret)
		}
		if strings.Contains(got, secret) {
			t.Errorf("%s is in the transcript", secret)
		}
	}
	for _, plain := range []string{"https://graph.microsoft.com", "Plain Name", "plain-instance", "plain-user", `"token":"plain-token"`, `"progressToken":"plain-token"`, "Request_BadRequest", `"self_deployed":true`, "-32002"} {
		if !strings.Contains(got, plain) {
			t.Errorf("%s is not in the transcript:\n%s", plain, got)
		}
	}
	for line := range strings.Lines(got) {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %s", line)
		}
	}
}

// Whatever the shape of a message, a secret in it is not in the transcript: neither
// where it stands nor where the server repeats it.
func TestSecretsInAnyShape(t *testing.T) {
	const secret = "SECRET-0123"
	for name, message := range map[string]string{
		"arguments as params":               `{"id":1,"method":"msgraph-user-change-password","params":{"user":"u","password":"SECRET-0123"}}`,
		"any arguments as params":           `{"id":1,"method":"msgraph-user-get","params":{"user":"SECRET-0123"}}`,
		"positional params":                 `{"id":1,"method":"msgraph-user-change-password","params":["u","SECRET-0123"]}`,
		"params as text":                    `{"id":1,"method":"msgraph-user-get","params":"SECRET-0123"}`,
		"at the top":                        `{"id":1,"method":"msgraph-user-get","hint":"SECRET-0123","params":{}}`,
		"at the top, deep":                  `{"id":1,"method":"msgraph-user-get","args":{"a":[{"b":"SECRET-0123"}]}}`,
		"beside args":                       `{"id":1,"method":"msgraph-user-get","params":{"args":{},"arguments":{"x":"SECRET-0123"}}}`,
		"args as a list":                    `{"id":1,"method":"msgraph-user-get","params":{"args":["SECRET-0123"]}}`,
		"args as text":                      `{"id":1,"method":"msgraph-user-get","params":{"args":"password=SECRET-0123"}}`,
		"an object where a text belongs":    `{"id":1,"method":"msgraph-user-get","params":{"args":{"user":{"x":"SECRET-0123"}}}}`,
		"objects in a list":                 `{"id":1,"method":"msgraph-user-get","params":{"args":{"user":[{"x":"SECRET-0123"}]}}}`,
		"an argument that is not known":     `{"id":1,"method":"msgraph-user-get","params":{"args":{"usr":"SECRET-0123"}}}`,
		"letter case":                       `{"id":1,"method":"msgraph-user-change-password","params":{"Args":{"Password":"SECRET-0123"}}}`,
		"in the context":                    `{"id":1,"method":"msgraph-user-get","params":{"args":{},"context":{"Inv":{"labels":["SECRET-0123"]},"notes":"SECRET-0123"}}}`,
		"a token that is an object":         `{"id":1,"method":"msgraph-user-get","params":{"args":{},"progressToken":{"x":"SECRET-0123"}}}`,
		"in initialize":                     `{"id":1,"method":"initialize","params":{"secret":"SECRET-0123"}}`,
		"in initialize, not known":          `{"id":1,"method":"initialize","params":{"args":{"x":"SECRET-0123"},"options":["SECRET-0123"]}}`,
		"in initialize, capabilities":       `{"id":1,"method":"initialize","params":{"capabilities":{"log":{"to":"SECRET-0123"}}}}`,
		"in initialize, clientInfo":         `{"id":1,"method":"initialize","params":{"clientInfo":{"name":"n","environment":{"KEY":"SECRET-0123"}}}}`,
		"in initialize, positional":         `{"id":1,"method":"initialize","params":["SECRET-0123"]}`,
		"an unknown method":                 `{"id":1,"method":"loginWith","params":{"args":{"user":"SECRET-0123"}}}`,
		"an unknown method, by position":    `{"id":1,"method":"loginWith","params":["SECRET-0123"]}`,
		"a method that takes none":          `{"id":1,"method":"stats","params":{"x":"SECRET-0123"}}`,
		"a whole line as the method":        `{"id":1,"method":"msgraph-user-change-password password=SECRET-0123"}`,
		"a method that is no text":          `{"id":1,"method":{"x":"SECRET-0123"}}`,
		"an id that is an object":           `{"id":{"x":"SECRET-0123"},"method":"stats"}`,
		"no object":                         `"SECRET-0123"`,
		"a batch in a batch":                `[["SECRET-0123"]]`,
		"an error of the client":            `{"id":1,"error":{"code":1,"message":"SECRET-0123","data":"SECRET-0123"}}`,
		"a parameter of another shape":      `{"id":1,"method":"msgraph-user-get","params":{"params":{"host":{"x":"SECRET-0123"}}}}`,
		"passwordProfile as an object":      `{"id":1,"method":"msgraph-user-update","params":{"args":{"updated_fields":{"passwordProfile":{"a":"SECRET-0123"}}}}}`,
		"passwordProfile as JSON":           `{"id":1,"method":"msgraph-user-update","params":{"args":{"updated_fields":"{\"passwordProfile\":{\"a\":\"SECRET-0123\"}}"}}}`,
		"passwordProfile in Python":         `{"id":1,"method":"msgraph-user-update","params":{"args":{"updated_fields":"{'passwordProfile': {'password': 'SECRET-0123'}}"}}}`,
		"passwordProfile without quotes":    `{"id":1,"method":"msgraph-user-update","params":{"args":{"updated_fields":"passwordProfile={password:SECRET-0123}"}}}`,
		"password= in updated_fields":       `{"id":1,"method":"msgraph-user-update","params":{"args":{"updated_fields":"jobTitle=x,password=SECRET-0123"}}}`,
		"password= after another delimiter": `{"id":1,"method":"msgraph-user-update","params":{"args":{"updated_fields":"password=a,b=SECRET-0123;c=d","updated_fields_delimiter":";"}}}`,
		"a name that is one":                `[{"id":1,"method":"initialize","params":{"params":{"enc_key":"SECRET-0123"}}},{"id":2,"method":"x","params":{"SECRET-0123":1}}]`,
	} {
		if !strings.Contains(message, secret) || !json.Valid([]byte(message)) {
			t.Fatalf("%s: the test is wrong: %s", name, message)
		}
		got := record(t, "> "+message, `< {"id":1,"error":{"code":-32602,"message":"SECRET-0123 is not known","data":{"argument":"a, SECRET-0123"}}}`)
		if first, _, _ := strings.Cut(strings.SplitAfterN(got, "\n", 2)[1], "\n"); strings.Contains(first, secret) {
			t.Errorf("%s: the transcript holds %s", name, first)
		}
		if _, repeated, _ := strings.Cut(got, `"error"`); strings.Contains(repeated, secret) && name != "in the context" && name != "password= after another delimiter" {
			t.Errorf("%s: the server's answer holds it: %s", name, got)
		}
	}
}

// A secret argument of any text is in no later message, whatever JSON makes of it.
func TestRemovedSecretsStayAway(t *testing.T) {
	d := loadDefinition(t)
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringMatching(`[A-Za-z0-9"\\<&é ]{8,20}`).Draw(t, "secret")
		if strings.TrimSpace(secret) == "" {
			t.Skip("white space is no secret")
		}
		quoted := string(rawjson.Quote(secret))
		var b bytes.Buffer
		r, err := NewRecorder(&b, d, "1", clock())
		if err != nil {
			t.Fatal(err)
		}
		r.Observe(rpc.Received, []byte(`{"id":1,"method":"msgraph-user-change-password","params":{"args":{"user":"u","password":`+quoted+`}}}`))
		r.Observe(rpc.Sent, []byte(`{"id":1,"error":{"message":`+string(rawjson.Quote("it was "+secret+"."))+`}}`))
		for line := range strings.Lines(b.String()) {
			mapTexts(json.RawMessage(line), func(text string) string {
				if strings.Contains(text, secret) {
					t.Fatalf("%q is in %s", secret, line)
				}
				return text
			})
		}
	})
}

func FuzzRecorder(f *testing.F) {
	for _, text := range []string{`{}`, `[]`, `[1,{"params":{}}]`, `{"method":1,"params":{"args":[]}}`, `{"params":{"params":"x"}}`, `"x"`, `{"a":{"token":[{"b":1}]}}`, "\xff"} {
		f.Add([]byte(text))
	}
	d := loadDefinition(f)
	f.Fuzz(func(t *testing.T, message []byte) {
		var b bytes.Buffer
		r, err := NewRecorder(&b, d, "1", clock())
		if err != nil {
			t.Fatal(err)
		}
		r.Observe(rpc.Received, message)
		r.Observe(rpc.Sent, message)
		if lines, err := read(&b); err != nil || len(lines) != 2 || r.Err() != nil {
			t.Errorf("%d lines, %v, %v", len(lines), err, r.Err())
		}
	})
}

type brokenDisk struct{ room int }

func (d *brokenDisk) Write(p []byte) (int, error) {
	if d.room -= len(p); d.room < 0 {
		return 0, errors.New("disk full")
	}
	return len(p), nil
}

func TestFullDiskIsTold(t *testing.T) {
	r, err := NewRecorder(&brokenDisk{room: 150}, loadDefinition(t), "1", clock())
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		r.Observe(rpc.Sent, []byte(`{"id":1,"result":"0123456789"}`))
	}
	if r.Err() == nil {
		t.Error("no error")
	}
	if _, err := NewRecorder(&brokenDisk{}, loadDefinition(t), "1", clock()); err == nil {
		t.Error("no error for a transcript that cannot begin")
	}
}

func TestWhatIsNoTranscript(t *testing.T) {
	for _, text := range []string{"", "{}", "hello", `{"transcript":2}`, "{\"transcript\":1}\n{", "{\"transcript\":1}\n{\"from\":\"nobody\"}"} {
		p := &Player{Definition: loadDefinition(t), Serve: func(context.Context, io.Reader, io.Writer) error { return nil }}
		if _, err := p.Play(t.Context(), strings.NewReader(text)); err == nil {
			t.Errorf("%q is played", text)
		}
	}
}

// echo is a server that answers each request through a function, in order.
func echo(answer func(request rawjson.Object) string) func(context.Context, io.Reader, io.Writer) error {
	return func(_ context.Context, in io.Reader, out io.Writer) error {
		lines := bufio.NewScanner(in)
		for lines.Scan() {
			var answers []string
			for _, m := range messagesOf(line{Message: bytes.Clone(lines.Bytes())}) {
				o, err := rawjson.ParseObject(m)
				if err != nil || o.Get("id") == nil || o.Get("method") == nil {
					continue
				}
				answers = append(answers, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":%s}`, o.Get("id"), answer(o)))
			}
			if len(answers) > 0 {
				if _, err := fmt.Fprintln(out, strings.Join(answers, "\n")); err != nil {
					return err
				}
			}
		}
		return lines.Err()
	}
}

func play(t *testing.T, transcript string, answer func(rawjson.Object) string) Report {
	t.Helper()
	p := &Player{Definition: loadDefinition(t), Serve: echo(answer)}
	report, err := p.Play(t.Context(), strings.NewReader(transcript))
	if err != nil {
		t.Fatal(err)
	}
	return report
}

const (
	guidA = "aaaaaaaa-0000-0000-0000-000000000001"
	guidB = "bbbbbbbb-0000-0000-0000-000000000001"
)

// What a server made when recorded is followed by what it makes now.
func TestIdsAreFollowed(t *testing.T) {
	transcript := record(t,
		`> {"id":"a","method":"msgraph-user-create","params":{"args":{"password":"Secret-123456"}}}`,
		`< {"id":"a","result":{"id":"`+guidA+`","at":"2026-01-01T00:00:00Z","text":"User `+guidA+` in 12 ms","link":"https://g/users?$skiptoken=old"}}`,
		`> {"id":"b","method":"msgraph-user-get","params":{"args":{"user":"`+guidA+`"}}}`,
		`< {"id":"b","result":"done"}`,
		`> {"id":"c","method":"msgraph-user-list","params":{"args":{"next_page":"https://g/users?$skiptoken=old"}}}`,
		`< {"id":"c","result":"done"}`)
	var asked []string
	report := play(t, transcript, func(o rawjson.Object) string {
		asked = append(asked, string(o.Get("params")))
		if o.Text("method") == "msgraph-user-create" {
			return `{"link":"https://g/users?$skiptoken=new","text":"User ` + guidB + ` in 7 ms","at":"2027-02-02T01:01:01Z","id":"` + guidB + `"}`
		}
		return `"done"`
	})
	if len(report.Differences) > 0 || report.Compared != 3 {
		t.Errorf("%+v", report)
	}
	if !strings.Contains(asked[0], PracticeSecret) || !strings.Contains(asked[1], guidB) || !strings.Contains(asked[2], "$skiptoken=new") || strings.Contains(asked[1], guidA) {
		t.Errorf("asked %q", asked)
	}
}

func TestDifferencesAreShown(t *testing.T) {
	transcript := record(t,
		`> {"id":1,"method":"msgraph-user-get","params":{}}`,
		`> not json`,
		`< {"id":1,"result":{"entries":[{"a":1,"gone":true,"list":[1,2]}]}}`,
		`< {"id":null,"error":{"code":-32700}}`,
		`> {"method":"notification"}`,
		`> {"id":9,"result":{"to":"a question of the server"}}`)
	report := play(t, transcript, func(rawjson.Object) string { return `{"entries":[{"a":2,"list":[1],"new":"x"}]}` })
	var got []string
	for _, d := range report.Differences {
		got = append(got, d.String())
	}
	want := `msgraph-user-get (id 1), result.entries[0].a
  recorded: 1
  now:      2
msgraph-user-get (id 1), result.entries[0].gone
  recorded: true
  now:      (nothing)
msgraph-user-get (id 1), result.entries[0].list[1]
  recorded: 2
  now:      (nothing)
msgraph-user-get (id 1), result.entries[0].new
  recorded: (nothing)
  now:      "x"`
	if strings.Join(got, "\n") != want || report.LeftOut != 1 || report.Compared != 1 {
		t.Errorf("%+v\n%s", report, strings.Join(got, "\n"))
	}
}

// Requests that ran at once are played in the order of their answers, each when the
// one before was answered; initialize is not put off.
func TestOrderIsThatOfTheAnswers(t *testing.T) {
	transcript := record(t,
		`> {"id":1,"method":"slow"}`,
		`> {"id":2,"method":"initialize"}`,
		`> {"id":3,"method":"fast"}`,
		`> {"id":4,"method":"never-answered"}`,
		`< {"id":3,"result":"fast"}`, `< {"id":1,"result":"slow"}`, `< {"id":2,"result":"initialize"}`)
	var asked []string
	report := play(t, transcript, func(o rawjson.Object) string {
		asked = append(asked, o.Text("method"))
		return string(o.Get("method"))
	})
	if strings.Join(asked, ", ") != "initialize, fast, slow, never-answered" || len(report.Differences) > 0 || report.Compared != 3 {
		t.Errorf("asked %q, %+v", asked, report)
	}
}

// Batches and repeated ids find their answers; a cancellation follows what it
// cancels, and names it.
func TestBatchesAndCancellations(t *testing.T) {
	transcript := record(t,
		`> [{"id":1,"method":"a"},{"id":1,"method":"b"}]`,
		`< [{"id":1,"result":"a"},{"id":1,"result":"b"}]`,
		`> {"id":1,"method":"c"}`,
		`> {"method":"$/cancelRequest","params":{"id":1}}`,
		`< {"id":1,"result":"c"}`,
		`> {"id":null,"method":"d"}`,
		`< {"id":null,"result":"d"}`)
	var asked []string
	report := play(t, transcript, func(o rawjson.Object) string {
		asked = append(asked, o.Text("method")+" "+string(o.Get("id")))
		return string(o.Get("method"))
	})
	if strings.Join(asked, ", ") != "a 1, b 2, c 3, d 4" || len(report.Differences) > 0 || report.Compared != 4 {
		t.Errorf("asked %q, %+v", asked, report)
	}
}

// What the server reads, line by line: a cancelled request stands before its
// cancellation, which names it under its number; answers to the recorded server's
// questions are left out.
func TestWhatThePlayerSends(t *testing.T) {
	transcript := record(t,
		`> {"id":"one","method":"a"}`,
		`> {"id":"two","method":"b"}`,
		`> {"method":"$/cancelRequest","params":{"id":"two"}}`,
		`> {"id":9,"result":{}}`,
		`> [{"id":8,"error":{}},{"id":"three","method":"c"}]`,
		`> {"method":"$/cancelRequest","params":{"id":"nobody"}}`,
		`> {"id":[4],"method":"d"}`,
		`< {"id":"two","result":0}`, `< {"id":"one","result":0}`, `< [{"id":"three","result":0}]`)
	var sent []string
	answering := echo(func(rawjson.Object) string { return "0" })
	p := &Player{Definition: loadDefinition(t), Serve: func(ctx context.Context, in io.Reader, out io.Writer) error {
		var read bytes.Buffer
		err := answering(ctx, io.TeeReader(in, &read), out)
		sent = strings.Split(strings.TrimSpace(read.String()), "\n")
		return err
	}}
	if report, err := p.Play(t.Context(), strings.NewReader(transcript)); err != nil || len(report.Differences) > 0 {
		t.Errorf("%+v, %v", report, err)
	}
	want := []string{
		`{"id":2,"method":"b"}`,
		`{"method":"$/cancelRequest","params":{"id":2}}`,
		`[{"id":3,"method":"c"}]`, // not only requests: it is sent where it stands
		`{"method":"$/cancelRequest","params":{"id":"nobody"}}`,
		`{"id":1,"method":"a"}`,
		`{"id":[4],"method":"d"}`,
	}
	if !slices.Equal(sent, want) {
		t.Errorf("sent\n%s\nwant\n%s", strings.Join(sent, "\n"), strings.Join(want, "\n"))
	}
}

// The player keeps the integration context that the server asks for.
func TestIntegrationContextIsKept(t *testing.T) {
	transcript := record(t, `> {"id":1,"method":"x"}`, `< {"id":1,"result":"{\"a\":1}"}`)
	p := &Player{Definition: loadDefinition(t), Serve: func(_ context.Context, in io.Reader, out io.Writer) error {
		lines := bufio.NewScanner(in)
		ask := func(message string) rawjson.Object {
			fmt.Fprintln(out, message)
			if !lines.Scan() {
				return nil
			}
			o, _ := rawjson.ParseObject(bytes.Clone(lines.Bytes()))
			return o
		}
		lines.Scan()
		empty := ask(`{"jsonrpc":"2.0","id":1,"method":"getIntegrationContext","params":{"instance":"i"}}`)
		ask(`{"jsonrpc":"2.0","id":2,"method":"setIntegrationContext","params":{"instance":"i","value":{"a":1}}}`)
		kept := ask(`{"jsonrpc":"2.0","id":3,"method":"getIntegrationContext","params":{"instance":"i"}}`)
		if string(empty.Get("result")) != "{}" {
			return errors.New("not empty at first")
		}
		fmt.Fprintf(out, `{"jsonrpc":"2.0","id":1,"result":%s}`+"\n", rawjson.Quote(string(kept.Get("result"))))
		_, err := io.Copy(io.Discard, in)
		return err
	}}
	if report, err := p.Play(t.Context(), strings.NewReader(transcript)); err != nil || len(report.Differences) > 0 || report.Compared != 1 {
		t.Errorf("%+v, %v", report, err)
	}
}

// A server that ends too early leaves differences, not a hang.
func TestServerThatEndsEarly(t *testing.T) {
	transcript := record(t, `> {"id":1,"method":"x"}`, `< {"id":1,"result":1}`)
	p := &Player{Definition: loadDefinition(t), Serve: func(_ context.Context, in io.Reader, _ io.Writer) error {
		_, err := bufio.NewReader(in).ReadString('\n')
		return err
	}}
	report, err := p.Play(t.Context(), strings.NewReader(transcript))
	if err != nil || len(report.Differences) != 1 || report.Differences[0].Path != "answer" {
		t.Errorf("%+v, %v", report, err)
	}
}

// Instance parameters that lost a secret give way to the server's own; others are
// played as they were.
func TestParametersWithoutSecretsArePlayed(t *testing.T) {
	transcript := record(t,
		`> {"id":1,"method":"msgraph-user-get","params":{"params":{"host":"https://a"}}}`,
		`> {"id":2,"method":"msgraph-user-get","params":{"params":{"host":"https://a","enc_key":"very-secret"}}}`,
		`< {"id":1,"result":0}`, `< {"id":2,"result":0}`)
	var asked []string
	play(t, transcript, func(o rawjson.Object) string {
		asked = append(asked, string(o.Get("params")))
		return "0"
	})
	if strings.Join(asked, " ") != `{"params":{"host":"https://a"}} {}` {
		t.Errorf("asked %q", asked)
	}
}
