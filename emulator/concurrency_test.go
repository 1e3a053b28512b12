package emulator_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"msgraph-user/emulator"
)

// soak is how long the writers and readers go on; the default takes a moment.
var soak = flag.Duration("emulator.soak", 300*time.Millisecond, "how long TestWritersReadersAndADeltaReader runs")

// mirror is what a delta reader believes of the tenant.
type mirror map[string]string

func (m mirror) apply(items []map[string]any) {
	for _, item := range items {
		id := item["id"].(string)
		if item["@removed"] != nil {
			delete(m, id)
			continue
		}
		m[id] = fmt.Sprint(item["jobTitle"])
	}
}

// Eight writers change, make and delete users, eight readers page through them,
// and one follows delta links: what it has at the end is what there is.
func TestWritersReadersAndADeltaReader(t *testing.T) {
	x := start(t, emulator.Options{Users: 300})
	seen := mirror{}
	items, link := x.round("/v1.0/users/delta?$select=jobTitle")
	seen.apply(items)
	end := time.Now().Add(*soak)
	var workers sync.WaitGroup
	writes := make([]int, 8)
	for n := range writes {
		workers.Go(func() {
			for step := 0; time.Now().Before(end); step++ {
				x.writeSomething(n, step)
				writes[n]++
			}
		})
		workers.Go(func() {
			for time.Now().Before(end) {
				x.readThrough()
			}
		})
	}
	for time.Now().Before(end) {
		items, link = x.round(link)
		seen.apply(items)
	}
	workers.Wait()
	items, _ = x.round(link)
	seen.apply(items)
	total := 0
	for _, n := range writes {
		total += n
	}
	t.Logf("%d writes in %v", total, *soak)
	final := mirror{}
	for next := "/v1.0/users?$top=999&$select=id,jobTitle"; next != ""; {
		a := x.want(x.get(next), 200)
		final.apply(a.value())
		next, _ = a.json["@odata.nextLink"].(string)
	}
	if len(seen) != len(final) {
		t.Errorf("the delta reader has %d users, there are %d", len(seen), len(final))
	}
	for id, title := range final {
		if seen[id] != title {
			t.Errorf("%s is %q, the delta reader has %q", id, title, seen[id])
		}
	}
}

// writeSomething does one of the writes; each writer has its own users.
func (x *tenant) writeSomething(writer, step int) {
	upn := fmt.Sprintf("w%d-%d@larkspur.example", writer, step%16)
	var a answer
	switch rand.IntN(4) {
	case 0:
		a = x.do("POST", "/v1.0/users", newHire(map[string]any{"userPrincipalName": upn, "mailNickname": "w"}))
	case 1:
		a = x.do("DELETE", "/v1.0/users/"+upn, "")
	case 2:
		a = x.do("PATCH", "/v1.0/users/"+upn, fmt.Sprintf(`{"jobTitle":"step %d"}`, step))
	default:
		a = x.do("PATCH", fmt.Sprintf("/v1.0/users/user%d@larkspur.example", 1+rand.IntN(200)), fmt.Sprintf(`{"jobTitle":"writer %d step %d"}`, writer, step))
	}
	if a.status >= 500 {
		x.t.Errorf("a write failed: %s", a.text)
	}
}

func (x *tenant) readThrough() {
	for next := "/v1.0/users?$top=50&$select=id,jobTitle&$filter=accountEnabled eq true"; next != ""; {
		a := x.get(next)
		if a.status != http.StatusOK || strings.Contains(a.text, `"id":""`) {
			x.t.Errorf("a read failed: %s", a.text)
			return
		}
		next, _ = a.json["@odata.nextLink"].(string)
	}
}
