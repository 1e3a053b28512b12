package throttling_test

import (
	"fmt"
	"math"
	"net/url"
	"strconv"
	"testing"
	"time"

	"msgraph-user/emulator/throttling"
)

const tenantID = "22222222-2222-2222-2222-222222222222"

// bench is a meter that is on, with a clock that a test moves.
type bench struct {
	*throttling.Meter
	at    time.Time
	users int
}

func newBench(users int) *bench {
	b := &bench{at: time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC), users: users}
	b.Meter = throttling.New(tenantID, func() int { return b.users }, func() time.Time { return b.at })
	b.Switch(true)
	return b
}

func get(app string, cost int) throttling.Request {
	return throttling.Request{Cost: cost, AppID: app}
}

func write(app string) throttling.Request {
	return throttling.Request{Writes: true, AppID: app}
}

func protected(app string) throttling.Request {
	return throttling.Request{Family: throttling.Protection, AppID: app}
}

// admitted sends r until it is refused and returns how often it passed.
func (b *bench) admitted(t *testing.T, r throttling.Request) (passed int, last throttling.Verdict) {
	t.Helper()
	for passed = 0; passed < 100_000; passed++ {
		if last = b.Admit(r); last.Refused {
			return passed, last
		}
	}
	t.Fatal("nothing was ever refused")
	return 0, last
}

func TestQuotaByTenantSize(t *testing.T) {
	for _, c := range []struct {
		users     int
		size      throttling.Size
		perWindow int
	}{
		{1, throttling.Small, 3500},
		{49, throttling.Small, 3500},
		{50, throttling.Medium, 5000},
		{500, throttling.Medium, 5000},
		{501, throttling.Large, 8000},
		{100_000, throttling.Large, 8000},
	} {
		t.Run(fmt.Sprintf("%d users", c.users), func(t *testing.T) {
			if got := throttling.SizeOf(c.users); got != c.size {
				t.Fatalf("size %c, want %c", got, c.size)
			}
			b := newBench(c.users)
			one := get("a", 1) // costs 1
			if passed, _ := b.admitted(t, one); passed != c.perWindow {
				t.Errorf("%d units at once, want %d", passed, c.perWindow)
			}
			if passed, _ := b.admitted(t, get("b", 2)); passed != c.perWindow/2 {
				t.Errorf("another application got %d lists of 2 units, want %d", passed, c.perWindow/2)
			}
			b.at = b.at.Add(20 * time.Second) // long enough to pay the refused ones too
			if passed, _ := b.admitted(t, one); passed != c.perWindow {
				t.Errorf("%d units after the quota's time, want %d", passed, c.perWindow)
			}
		})
	}
}

// The bucket fills evenly: an application that keeps asking gets the quota, no
// more and no less, however it spreads its requests.
func TestSustainedRateIsTheQuota(t *testing.T) {
	for users, quota := range map[int]float64{10: 3500, 100: 5000, 1000: 8000} {
		for _, step := range []time.Duration{70 * time.Millisecond, 333 * time.Millisecond, 2 * time.Second} {
			b := newBench(users)
			passed, refused, began := 0.0, 0.0, b.at
			for b.at.Sub(began) < 30*time.Second {
				for !b.Admit(get("a", 1)).Refused {
					passed++
				}
				refused++ // and charged
				b.at = b.at.Add(step)
			}
			seconds := b.at.Add(-step).Sub(began).Seconds()
			if got, want := passed+refused, quota*(1+seconds/10); math.Abs(got-want) > refused+1 {
				t.Errorf("%d users, every %v: %v passed and %v were refused in %v s, want %v", users, step, passed, refused, seconds, want)
			}
		}
	}
}

func TestCosts(t *testing.T) {
	for _, c := range []struct {
		base  int
		query string
		units int
	}{
		{0, "", 1}, // the usual cost
		{2, "", 2},
		{2, "$select=id", 1},
		{2, "$top=19", 1},
		{2, "$top=20", 2},
		{2, "$top=19&$select=id", 1}, // never below one
		{2, "$expand=manager", 3},
		{2, "$expand=manager&$select=id", 2},
		{1, "$expand=manager", 2},
		{5, "", 5},
		{5, "$select=id", 4},
	} {
		query, err := url.ParseQuery(c.query)
		if err != nil {
			t.Fatal(err)
		}
		if got := (throttling.Request{Cost: c.base, Query: query}).ResourceUnits(); got != c.units {
			t.Errorf("%d?%s: %d units, want %d", c.base, c.query, got, c.units)
		}
	}
}

func TestWriteQuotas(t *testing.T) {
	b := newBench(1000)
	passed, verdict := b.admitted(t, write("a"))
	if passed != 3000 {
		t.Errorf("%d writes of one application in 150 s, want 3000", passed)
	}
	if got := verdict.Header.Get("x-ms-throttle-information"); got != "WriteLimitExceeded" {
		t.Errorf("the reason is %q", got)
	}
	if got, want := verdict.Header.Get("x-ms-throttle-scope"), "Tenant_Application/Write/a/"+tenantID; got != want {
		t.Errorf("the scope is %q, want %q", got, want)
	}
	if b.Admit(get("a", 1)).Refused {
		t.Error("reads are refused though only the writes are used up")
	}
	for _, app := range []string{"b", "c", "d", "e"} {
		if passed, _ := b.admitted(t, write(app)); passed != 3000 {
			t.Errorf("%d writes of application %s, want 3000", passed, app)
		}
	}
	// 15,000 and five refused by their application's own quota: the tenant's is next.
	passed, verdict = b.admitted(t, write("f"))
	if passed != 3000 {
		t.Errorf("%d writes of the sixth application, want 3000", passed)
	}
	passed, verdict = b.admitted(t, write("g"))
	if passed != 0 || verdict.Header.Get("x-ms-throttle-scope") != "Tenant/Write/g/"+tenantID {
		t.Errorf("%d writes beyond the tenant's 18000 (%v)", passed, verdict.Header)
	}
}

func TestRetryAfterIsWhenThereIsRoom(t *testing.T) {
	b := newBench(10)
	list := get("a", 2)
	_, verdict := b.admitted(t, list)
	seconds, err := strconv.Atoi(verdict.Header.Get("Retry-After"))
	if err != nil || seconds < 1 {
		t.Fatalf("Retry-After is %q", verdict.Header.Get("Retry-After"))
	}
	b.at = b.at.Add(time.Duration(seconds) * time.Second)
	if b.Admit(list).Refused {
		t.Error("refused after the wait that was asked for")
	}
}

func TestUsageIsCountedWhileThrottled(t *testing.T) {
	b := newBench(10)
	b.admitted(t, get("a", 1))
	var last throttling.Verdict
	for range 10_000 {
		last = b.Admit(get("a", 1))
	}
	if got := last.Header.Get("x-ms-throttle-limit-percentage"); got != "1.80" {
		t.Errorf("the usage is %s of the quota, want 1.80 at most", got)
	}
	if got := last.Header.Get("Retry-After"); got != "9" {
		t.Errorf("Retry-After is %s, want 9: 0.8 of the quota's 10 s for the debt, and the request's own unit", got)
	}
}

func TestShareIsShownFromFourFifthsOn(t *testing.T) {
	b := newBench(10)
	for i := range 3500 {
		verdict := b.Admit(get("a", 1))
		share, shown := float64(i+1)/3500, verdict.Header.Get("x-ms-throttle-limit-percentage")
		if (share >= 0.8) != (shown != "") {
			t.Fatalf("at %.4f of the quota the header is %q", share, shown)
		}
		if unit := verdict.Header.Get("x-ms-resource-unit"); unit != "1" {
			t.Fatalf("the cost is %q", unit)
		}
	}
}

func TestProtectionNamesNoTime(t *testing.T) {
	b := newBench(10)
	if b.Admit(protected("a")).Refused {
		t.Fatal("the first request of the second is refused")
	}
	verdict := b.Admit(protected("b")) // the quota is the tenant's
	if !verdict.Refused || verdict.Header.Get("Retry-After") != "" {
		t.Errorf("refused %v, Retry-After %q", verdict.Refused, verdict.Header.Get("Retry-After"))
	}
	if b.Admit(get("a", 2)).Refused {
		t.Error("the directory is refused for it")
	}
	b.at = b.at.Add(time.Second)
	if b.Admit(protected("a")).Refused {
		t.Error("refused a second later")
	}
}

func TestFollowsTheTenantsClock(t *testing.T) {
	b := newBench(10)
	b.admitted(t, get("a", 1))
	b.at = b.at.Add(-24 * time.Hour) // a person set the clock back
	if !b.Admit(get("a", 1)).Refused {
		t.Error("a clock that was set back gave units away")
	}
	b.at = b.at.Add(10 * time.Second)
	if b.Admit(get("a", 1)).Refused {
		t.Error("nothing is free ten seconds after the clock was set back")
	}
}

func TestOffSaysNothing(t *testing.T) {
	b := newBench(10)
	b.admitted(t, get("a", 1))
	b.Switch(false)
	if verdict := b.Admit(get("a", 1)); verdict.Refused || verdict.Header != nil {
		t.Errorf("a meter that is off says %v", verdict)
	}
	b.Switch(true)
	if b.Admit(get("a", 1)).Refused {
		t.Error("switching it on again remembers what was used before")
	}
}
