package transcript

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"msgraph-user/internal/rawjson"
)

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
