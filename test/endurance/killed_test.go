package endurance_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"msgraph-user/emulator"
	"msgraph-user/emulator/graphapi"
	"msgraph-user/internal/graphtest"
)

const (
	killedUsers = 1_000
	kills       = 30
	killsLong   = 200
)

// A change of a thousand users is killed at random moments and run again with its
// journal until it is done: by the tenant's own log each user was changed once. The
// tenant is a process of its own.
func TestKilledRunsGoOn(t *testing.T) {
	want := kills
	if graphtest.Long() {
		want = killsLong
	}
	far := startProgram(t, "emulator", "--listen", "127.0.0.1:0", "--users", fmt.Sprint(killedUsers+100))
	run := &killedRun{t: t, base: strings.TrimSpace(far.Line()), random: rand.New(rand.NewPCG(17, 23))}
	run.prepare()
	began := time.Now()
	if !run.start(nil) {
		t.Fatal("a run that nobody kills was killed")
	}
	whole := time.Since(began)
	run.full = run.written()
	run.check()
	for run.killed < want {
		run.reset()
		for !run.start(run.moment(whole)) {
			run.age()
		}
		run.check()
	}
	t.Logf("%d kills of %d runs, one of which takes %v; %d kills in the middle", run.killed, run.runs, whole.Round(time.Millisecond), run.midway)
	if run.midway < want/2 {
		t.Errorf("%d kills in the middle of a run: too few to show anything", run.midway)
	}
}

// killedRun is the change, and where it runs.
type killedRun struct {
	t       testing.TB
	base    string
	random  *rand.Rand
	folder  string
	journal string
	full    int64 // the bytes of the journal of a run that nobody killed
	runs    int
	killed  int
	midway  int // of them, after the first change and before the last
}

// prepare writes the files that the command line names.
func (k *killedRun) prepare() {
	k.folder = k.t.TempDir()
	params, err := json.Marshal(emulator.Parameters(k.base))
	if err != nil {
		k.t.Fatal(err)
	}
	people := "id,userPrincipalName\n"
	for _, id := range k.people() {
		people += id + ",x\n"
	}
	for name, content := range map[string]string{"params.json": string(params), "users.csv": people} {
		if err := os.WriteFile(k.file(name), []byte(content), 0o600); err != nil {
			k.t.Fatal(err)
		}
	}
	k.reset()
}

// people are the ids of accounts that are enabled, hold no role and are not
// synchronized.
func (k *killedRun) people() []string {
	tenant, err := emulator.New(emulator.Options{Users: killedUsers + 100, InProcess: true})
	if err != nil {
		k.t.Fatal(err)
	}
	defer tenant.Close()
	var ids []string
	for _, id := range madeUp(k.t, serviceOn(k.t, tenant.Transport()), "accountEnabled eq true")[:killedUsers] {
		ids = append(ids, id.(string))
	}
	return ids
}

// reset begins with the tenant as it was, and no journal.
func (k *killedRun) reset() {
	answer, err := http.Post(k.base+"/_emulator/reset", "application/json", strings.NewReader("{}"))
	if err != nil || answer.StatusCode != http.StatusOK {
		k.t.Fatalf("reset: %v, %v", answer, err)
	}
	answer.Body.Close()
	k.runs++
	k.journal = k.file(fmt.Sprintf("journal-%d", k.runs))
}

func (k *killedRun) file(name string) string { return filepath.Join(k.folder, name) }

// moment returns what ends when the next run is killed: mostly when its journal has
// grown by a random part of what a run writes, and a little later, so that the kills
// lie all over the changes however fast the machine is; at times after a random time,
// so that a start is met too.
func (k *killedRun) moment(whole time.Duration) func(died <-chan struct{}) {
	if k.random.IntN(8) == 0 {
		after := time.Duration(k.random.Int64N(int64(whole)))
		return func(died <-chan struct{}) { pause(died, after) }
	}
	size, after := k.written()+k.random.Int64N(k.full/2), time.Duration(k.random.Int64N(int64(20*time.Millisecond)))
	return func(died <-chan struct{}) {
		for k.written() <= size && !pause(died, time.Millisecond) {
		}
		pause(died, after)
	}
}

// pause waits for a time, and reports whether the run died before.
func pause(died <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-died:
		return true
	case <-timer.C:
		return false
	}
}

// yearOfNote matches when a note of the journal was written.
var yearOfNote = regexp.MustCompile(`"time":"\d{4}-`)

// age makes the journal one of years ago, so that no run waits for what the killed one
// may have left under way: nothing is, since the tenant answers at once.
func (k *killedRun) age() {
	content, err := os.ReadFile(k.journal)
	if err == nil {
		err = os.WriteFile(k.journal, yearOfNote.ReplaceAll(content, []byte(`"time":"2020-`)), 0o600)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		k.t.Fatal(err)
	}
}

// written is how many bytes the journal has.
func (k *killedRun) written() int64 {
	info, err := os.Stat(k.journal)
	if err != nil {
		return 0
	}
	return info.Size()
}

// start runs the change, kills it when moment ends, and reports whether it ended
// before; nil kills nobody.
func (k *killedRun) start(moment func(died <-chan struct{})) (ended bool) {
	k.t.Helper()
	cmd := graphtest.Self("call", "--params", k.file("params.json"), "--journal", k.journal, "--each", k.file("users.csv"), "-o", "csv", "--columns", "Status",
		"msgraph-user-account-disable", "user={{.id}}", fmt.Sprintf("confirm=%d", killedUsers))
	var out, errs graphtest.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	died := make(chan struct{})
	var end error
	go func() { defer close(died); end = cmd.Wait() }()
	killed := false
	if moment != nil {
		moment(died)
		killed = cmd.Process.Kill() == nil // an error: it has ended
	}
	<-died
	if killed && cmd.ProcessState.ExitCode() == -1 {
		k.killed++
		if done := len(k.changed()); done > 0 && done < killedUsers {
			k.midway++
		}
		return false
	}
	if done := strings.Count(out.String(), "succeeded\n"); end != nil || done != killedUsers {
		k.t.Fatalf("the run ended with %v, %d of %d succeeded: %s", end, done, killedUsers, errs.String())
	}
	return true
}

// check reads in the tenant's log that each user was changed once, and that one more
// run sends nothing.
func (k *killedRun) check() {
	k.t.Helper()
	changed, asked := k.changed(), len(k.log())
	for url, times := range changed {
		if times != 1 {
			k.t.Errorf("%s was changed %d times", url, times)
		}
	}
	if len(changed) != killedUsers {
		k.t.Errorf("%d users were changed, want %d", len(changed), killedUsers)
	}
	if !k.start(nil) || len(k.log()) != asked {
		k.t.Error("a run of which all is done sends something")
	}
}

// changed is how often the tenant changed each user.
func (k *killedRun) changed() map[string]int {
	changed := map[string]int{}
	for _, request := range k.log() {
		if request.Method == http.MethodPatch && request.Status == http.StatusNoContent {
			changed[request.URL]++
		}
	}
	return changed
}

func (k *killedRun) log() []graphapi.Observation {
	answer, err := http.Get(k.base + "/_emulator/requests")
	if err != nil {
		k.t.Fatal(err)
	}
	defer answer.Body.Close()
	var log struct{ Value []graphapi.Observation }
	if err := json.NewDecoder(answer.Body).Decode(&log); err != nil {
		k.t.Fatal(err)
	}
	return log.Value
}
