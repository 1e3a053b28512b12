package endurance_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"msgraph-user/internal/graphtest"
)

// killedContained is how many users are contained in a run that is killed.
const killedContained = 60

// A containment is killed at random moments and goes on by its run id until it is done:
// by the tenant's own log each change was made once. The tenant is a process of its own.
func TestKilledContainmentsGoOn(t *testing.T) {
	want := kills
	if graphtest.Long() {
		want = killsLong
	}
	far := startProgram(t, "emulator", "--listen", "127.0.0.1:0", "--users", fmt.Sprint(killedUsers+100))
	run := &killedRun{t: t, base: strings.TrimSpace(far.Line()), random: rand.New(rand.NewPCG(19, 29))}
	run.prepare()
	k := &killedContainment{killedRun: run, ids: run.people()[:killedContained]}
	k.reset()
	k.goOn(nil)
	k.check()
	k.full = k.kept()
	for k.killed < want {
		k.reset()
		for !k.goOn(k.moment()) {
		}
		k.check()
	}
	t.Logf("%d kills of %d runs", k.killed, k.runs)
}

// killedSteps are all that can be taken back but risk, which takes a second a request.
const killedSteps = "disable,revoke-sessions,inbox-rules,consents,app-roles,roles,phone-email-methods,devices"

// killedContainment is a containment, and where it runs.
type killedContainment struct {
	*killedRun
	ids   []string
	state string
	runID string
	full  int64 // the bytes of the record of a run that nobody killed
}

func (k *killedContainment) reset() {
	k.killedRun.reset()
	k.state, k.runID = filepath.Join(k.folder, fmt.Sprintf("state-%d.json", k.runs)), ""
}

// kept is how many bytes the records have.
func (k *killedContainment) kept() (size int64) {
	files, _ := filepath.Glob(k.state + ".runs/*") // a fixed pattern
	for _, name := range files {
		if info, err := os.Stat(name); err == nil {
			size += info.Size()
		}
	}
	return size
}

// moment returns what ends when the next attempt is killed: when its record has grown by
// a random part of what a run writes.
func (k *killedContainment) moment() func(died <-chan struct{}) {
	size, after := k.kept()+k.random.Int64N(k.full/2), time.Duration(k.random.Int64N(int64(20*time.Millisecond)))
	return func(died <-chan struct{}) {
		for k.kept() <= size && !pause(died, time.Millisecond) {
		}
		pause(died, after)
	}
}

var toldRun = regexp.MustCompile(`The run is ([0-9a-f-]{36})\.`)

// goOn begins the containment, or goes on with it, and kills it when moment ends; nil
// kills nobody. It reports whether it came to its end.
func (k *killedContainment) goOn(moment func(died <-chan struct{})) bool {
	k.t.Helper()
	args := []string{"call", "--params", k.file("params.json"), "--state", k.state, "-o", "json", "--out", k.file("answer.json"), "msgraph-user-contain"}
	if k.runID != "" {
		args = append(args, "run_id="+k.runID)
	} else {
		args = append(args, "user="+strings.Join(k.ids, ","), fmt.Sprintf("confirm=%d", len(k.ids)), "steps="+killedSteps)
	}
	cmd := graphtest.Self(args...)
	var out, errs graphtest.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	died := make(chan struct{})
	go func() { defer close(died); _ = cmd.Wait() }() // the status says it
	killed := false
	if moment != nil {
		moment(died)
		killed = cmd.Process.Kill() == nil // an error: it has ended
	}
	<-died
	if told := toldRun.FindStringSubmatch(errs.String()); told != nil {
		k.runID = told[1]
	}
	if killed && cmd.ProcessState.ExitCode() == -1 {
		k.killed++
		return false
	}
	if cmd.ProcessState.ExitCode() != 0 && !strings.Contains(errs.String(), "has come to its end") {
		k.t.Fatalf("the run ended with %d: %.2000s", cmd.ProcessState.ExitCode(), errs.String())
	}
	return true
}

// check reads in the tenant's log that each change was made once.
func (k *killedContainment) check() {
	k.t.Helper()
	done := map[string]int{}
	for _, request := range k.log() {
		switch {
		case request.Method == http.MethodGet || request.Status >= http.StatusMultipleChoices || strings.HasSuffix(request.URL, "/$batch") || strings.Contains(request.URL, "/oauth2/"):
		default:
			done[request.Method+" "+request.URL]++
		}
	}
	for _, id := range k.ids {
		if n := done["PATCH /v1.0/users/"+id]; n != 1 {
			k.t.Errorf("%s was disabled %d times", id, n)
		}
	}
	for change, n := range done {
		want := 1
		if strings.HasSuffix(change, "/revokeSignInSessions") {
			want = 2
		}
		if n != want {
			k.t.Errorf("%s was sent %d times, want %d", change, n, want)
		}
	}
	if len(done) < 2*len(k.ids) {
		k.t.Errorf("%d changes were made of %d users", len(done), len(k.ids))
	}
}
