package endurance_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"msgraph-user/emulator"
)

func TestAStateFileIsForOneProcess(t *testing.T) {
	t.Parallel()
	n := newTenant(t, emulator.Options{})
	path := filepath.Join(t.TempDir(), "state.json")
	first := startProgram(t, "serve", "--state", path)
	if a := first.Call("msgraph-user-get", of("user", colleague), emulator.Parameters(n.base)); a.Error != nil {
		t.Fatal(a.Text)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	second := startProgram(t, "serve", "--state", path)
	if status := second.Exit(); status != 1 || !strings.Contains(second.Stderr.String(), "is in use by another process") {
		t.Errorf("exit status %d: %s", status, second.Stderr)
	}
	if err := first.Process.Kill(); err != nil { // a killed process leaves no lock behind
		t.Fatal(err)
	}
	first.Exit()
	third := startProgram(t, "serve", "--state", path)
	if a := third.Call("msgraph-user-get", of("user", colleague), emulator.Parameters(n.base)); a.Error != nil {
		t.Error(a.Text)
	}
	third.Send(map[string]any{"jsonrpc": "2.0", "id": 0, "method": "stats"})
	if stats := third.Line(); !strings.Contains(stats, `"tokenRenewals":0,`) {
		t.Errorf("the token of the first was not used: %s", stats)
	}
}

func TestADamagedStateFileIsSetAside(t *testing.T) {
	t.Parallel()
	const damaged = `{"version":1,"instances":{"a":{"access_tok`
	path := file(t, "state.json", damaged)
	p := startProgram(t, "serve", "--emulator", "--state", path)
	if a := p.Call("msgraph-user-get", of("user", colleague), nil); a.Error != nil {
		t.Error(a.Text)
	}
	aside, err := os.ReadFile(path + ".damaged")
	if err != nil || string(aside) != damaged || !strings.Contains(p.Stderr.String(), path+".damaged") {
		t.Errorf("%q, %v; %s", aside, err, p.Stderr)
	}
}

// A host that refuses connections is given up within ten seconds.
func TestAHostThatRefusesConnections(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	p := startProgram(t, "serve")
	began := time.Now()
	a := p.Call("msgraph-user-get", of("user", colleague), emulator.Parameters("http://"+address))
	if took := time.Since(began); a.Code() != -32004 || a.Error.Data["host"] != "127.0.0.1" || a.Error.Data["timeout"] != false || took > 10*time.Second {
		t.Errorf("after %v: %s", took, a.Text)
	}
}

func TestAnAnswerBeyondTheLimit(t *testing.T) {
	t.Parallel()
	far := newScripted(t)
	far.answer("GET /v1.0/users/"+colleague, says(`{"id":"`+strings.Repeat("x", 2000)+`"}`))
	p := startProgram(t, "serve", "--max-answer", "1000")
	a := p.Call("msgraph-user-get", of("user", colleague), emulator.Parameters(far.URL))
	if a.Code() != -32002 || !strings.Contains(a.Error.Message, "larger than") {
		t.Errorf("answered %s", a.Text)
	}
}
