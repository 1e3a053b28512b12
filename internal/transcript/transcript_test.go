package transcript

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"msgraph-user/internal/definition"
	"msgraph-user/internal/rpc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func loadDefinition(t testing.TB) *definition.Integration {
	t.Helper()
	d := definition.Load()
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
