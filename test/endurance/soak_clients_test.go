package endurance_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"

	"msgraph-user/internal/graphtest"
	"msgraph-user/internal/rpc"
)

// soakClient is one session.
type soakClient struct {
	*soak
	number int
	in     *io.PipeWriter
	writes sync.Mutex
	ids    atomic.Int64
	open   sync.Map // id → where its one answer goes
}

// connect starts a session with server.
func (s *soak) connect(server *rpc.Server, number int) *soakClient {
	inRead, inWrite := io.Pipe()
	outRead, outWrite := io.Pipe()
	c := &soakClient{soak: s, number: number, in: inWrite}
	s.served.Go(func() {
		if err := server.Serve(s.t.Context(), inRead, outWrite); err != nil {
			s.t.Errorf("session %d ended with %v", number, err)
		}
		outWrite.Close()
	})
	s.served.Go(func() { c.read(outRead) })
	return c
}

// read hands each answer to whoever asked. One that nobody asked for, or that
// comes a second time, is an error.
func (c *soakClient) read(out io.Reader) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		a, err := graphtest.ReadReply(lines.Bytes())
		if err != nil {
			c.t.Errorf("%v in %s", err, lines.Text())
			continue
		}
		waiting, ok := c.open.LoadAndDelete(a.ID.String())
		if !ok {
			c.t.Errorf("an answer that nobody waits for: %.300s", a.Text)
			continue
		}
		waiting.(chan graphtest.Reply) <- a
	}
}

func (c *soakClient) write(message any) {
	data, err := json.Marshal(message)
	if err != nil {
		c.t.Error(err)
		return
	}
	c.writes.Lock()
	defer c.writes.Unlock()
	if _, err := c.in.Write(append(data, '\n')); err != nil {
		c.t.Errorf("session %d: %v", c.number, err)
	}
}

// call runs a command in one of the client's instances, and cancels it at once
// where cancelled is set.
func (c *soakClient) call(instance, command string, args map[string]any, cancelled bool) graphtest.Reply {
	id := c.ids.Add(1)
	came := make(chan graphtest.Reply, 1)
	c.open.Store(fmt.Sprint(id), came)
	c.write(map[string]any{"jsonrpc": "2.0", "id": id, "method": command, "params": map[string]any{
		"args": args, "context": map[string]any{"IntegrationInstance": instance},
	}})
	if cancelled {
		c.write(map[string]any{"jsonrpc": "2.0", "method": "$/cancelRequest", "params": map[string]any{"id": id}})
	}
	return <-came
}

// soakWorker makes one call after another, and keeps account of the users that it
// alone makes and deletes.
type soakWorker struct {
	*soakClient
	name, instance string
	random         *rand.Rand
	made           int    // how many users so far
	user           string // the one that exists; empty: none
}

func newSoakWorker(c *soakClient, instance, number int) *soakWorker {
	name := fmt.Sprintf("soak-%d-%d-%d", c.number, instance, number)
	return &soakWorker{
		soakClient: c, name: name, instance: fmt.Sprintf("instance-%d-%d", c.number, instance),
		random: rand.New(rand.NewPCG(uint64(c.number), uint64(instance*100+number))),
	}
}

func (w *soakWorker) work() {
	for w.next() {
		switch {
		case w.user == "":
			w.create()
		case w.random.IntN(12) == 0:
			w.delete()
		default:
			w.other()
		}
	}
}

func (w *soakWorker) create() {
	w.made++
	alias := fmt.Sprintf("%s-%d", w.name, w.made)
	upn := alias + "@larkspur.example"
	a := w.call(w.instance, "msgraph-user-create", of("display_name", alias, "mail_nickname", alias, "password", "Practice-Pa55word", "user_principal_name", upn), false)
	switch {
	case a.Error == nil:
		w.log.expect(upn, made)
		w.user = upn
		w.count("created")
	case a.Code() == -32004 && strings.Contains(a.Error.Message, "may have been made"):
		w.log.expect(upn, inDoubt)
		w.count("create in doubt")
	default:
		w.t.Errorf("create %s: %s", upn, a.Text)
	}
}

func (w *soakWorker) delete() {
	a := w.call(w.instance, "msgraph-user-delete", of("user", w.user), false)
	if w.expect(a, "deleted") {
		w.log.expect(w.user, gone)
	} else {
		w.log.expect(w.user, inDoubt)
	}
	w.user = ""
}

// expect counts a call that has to succeed. What can be repeated is given up only
// when five attempts failed in a row, which hardly happens.
func (w *soakWorker) expect(a graphtest.Reply, outcome string) bool {
	switch a.Code() {
	case 0:
		w.count(outcome)
		return true
	case -32004:
		w.count("given up")
	default:
		w.t.Errorf("%s: %s", outcome, a.Text)
	}
	return false
}

// other makes one of the calls that leave the user in place.
func (w *soakWorker) other() {
	const colleague = "aiko.tanaka@larkspur.example"
	own := of("user", w.user)
	plain := []struct {
		command string
		args    map[string]any
	}{
		{"msgraph-user-get", own},
		{"msgraph-user-get", of("user", colleague, "properties", "id,displayName")},
		{"msgraph-user-update", of("user", w.user, "updated_fields", "jobTitle=Tester,officeLocation=9/1")},
		{"msgraph-user-account-disable", own},
		{"msgraph-user-unblock", own},
		{"msgraph-user-session-revoke", own},
		{"msgraph-user-force-reset-password", own},
		{"msgraph-user-change-password", of("user", w.user, "password", "An0ther-Pa55word")},
		{"msgraph-user-assign-manager", of("user", w.user, "manager", colleague)},
		{"msgraph-user-list", of("filter", "startswith(displayName,'A')")},
		{"msgraph-user-get-groups", of("user", colleague)},
		{"msgraph-direct-reports", of("user", "mira.holt@larkspur.example")},
		{"msgraph-user-get-manager", of("user", colleague)},
		{"msgraph-user-phone-method-list", of("user", colleague)},
		{"msgraph-user-get-auth-methods", of("user", colleague)},
		{"msgraph-user-owned-devices-list", of("user", colleague)},
	}
	switch n := w.random.IntN(len(plain) + 3); n {
	case len(plain):
		w.refused("msgraph-user-get", of("user", ""), -32602)
		w.count("bad argument")
	case len(plain) + 1:
		w.refused("msgraph-user-gett", nil, -32601)
		w.count("unknown")
	case len(plain) + 2:
		a := w.call(w.instance, "msgraph-user-list", of(), true)
		if a.Code() != 0 && a.Code() != -32800 {
			w.t.Errorf("cancelled: %s", a.Text)
		}
		w.count("cancelled")
	default:
		w.expect(w.call(w.instance, plain[n].command, plain[n].args, false), "done")
	}
}

func (w *soakWorker) refused(command string, args map[string]any, code int) {
	if a := w.call(w.instance, command, args, false); a.Code() != code {
		w.t.Errorf("%s: %s", command, a.Text)
	}
}
