//go:build browser

package cli

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"msgraph-user/emulator"
	"msgraph-user/internal/chromium"
	"msgraph-user/internal/definition"
)

// browser is a person's browser, looking at the practice tenant.
type browser struct {
	t   *testing.T
	tab context.Context
}

// browserPatience is how long a page may take to show what it should.
const browserPatience = time.Minute

func newBrowser(t *testing.T) *browser {
	t.Helper()
	path, ok := chromium.Find()
	if !ok {
		t.Skip("there is no chromium on the PATH (Debian: apt-get install chromium)")
	}
	ctx, cancel := context.WithTimeout(context.Background(), browserPatience)
	tab, end := chromium.Start(ctx, path, 1280, 900)
	t.Cleanup(func() {
		end()
		cancel()
	})
	return &browser{t, tab}
}

// do lets the browser act as a person does.
func (b *browser) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.tab, steps...); err != nil {
		page, _ := chromedp.Run(b.tab, chromedp.Text(chromedp.CSS("body")))
		b.t.Fatalf("%s: %v; the page says %.1000s", what, err, page)
	}
}

func (b *browser) open(address string) {
	b.t.Helper()
	b.do("opening "+address, chromedp.Navigate(address))
}

// press clicks the button that says text.
func (b *browser) press(text string) {
	b.t.Helper()
	b.do("pressing "+text, chromedp.Click(chromedp.Search(`//button[contains(., "`+text+`")]`)))
}

// value reads the field with an id.
func (b *browser) value(id string) string {
	b.t.Helper()
	value, err := chromedp.Run(b.tab, chromedp.Value(chromedp.ID(id)))
	if err != nil {
		b.t.Fatalf("reading %s: %v", id, err)
	}
	return value
}

// evaluate runs a script in the page, for what no person can see.
func evaluate[T any](b *browser, script string) T {
	b.t.Helper()
	value, err := chromedp.Run(b.tab, chromedp.Evaluate[T](script))
	if err != nil {
		b.t.Fatalf("%s: %v", script, err)
	}
	return value
}

// waitUntil waits until a condition of the page holds.
func (b *browser) waitUntil(what, condition string) {
	b.t.Helper()
	settled := `document.readyState === "complete" && Boolean(` + condition + `)`
	for {
		_, err := chromedp.Run(b.tab, chromedp.Poll[bool](settled, chromedp.WithPollingTimeout(browserPatience)))
		if err == nil {
			return
		}
		// Where the browser goes to another page meanwhile, that one is asked.
		if !strings.Contains(err.Error(), "navigated") && !strings.Contains(err.Error(), "context") || b.tab.Err() != nil {
			b.t.Fatalf("waiting until %s: %v", what, err)
		}
	}
}

// addressBar is the address that the browser tried last, whether it shows or not.
func (b *browser) addressBar() string {
	b.t.Helper()
	history, err := chromedp.Run(b.tab, chromedp.NavigationEntries())
	if err != nil || len(history.Entries) == 0 {
		b.t.Fatalf("no address: %v", err)
	}
	return history.Entries[history.CurrentIndex].URL
}

// helpText is the integration's.
func helpText(t *testing.T) string {
	t.Helper()
	defined := definition.Load()
	return defined.DetailedDescription
}

func (p *practice) wantDisabled(user string, params map[string]any) {
	p.t.Helper()
	got := p.Call("msgraph-user-get", of("user", user, "properties", "accountEnabled"), params)
	if got.Error != nil || !strings.Contains(got.Text, `"AccountEnabled":false`) {
		p.t.Errorf("%s is not disabled: %s", user, got.Text)
	}
}

// The help text's first way, from its page to a disabled account: Start
// Authorization Process, sign in, Accept, and the values into the instance.
func TestHostedAppThroughABrowser(t *testing.T) {
	p, b := newPractice(t), newBrowser(t)
	help := helpText(t)
	page := regexp.MustCompile(`https://oproxy\.demisto\.ninja(/[a-z-]+)`).FindStringSubmatch(help)
	if page == nil {
		t.Fatal("the help text names no authorization page")
	}
	b.open(p.base + page[1])
	for _, button := range []string{"Start Authorization Process", "Priya Raman", "Accept"} {
		if !strings.Contains(help, button) && button != "Priya Raman" {
			t.Errorf("the help text does not name the button %s", button)
		}
		b.press(button)
	}
	b.do("waiting for the values", chromedp.WaitVisible(chromedp.ID("key")))
	instance := map[string]any{
		"host":            p.base,
		"creds_auth_id":   map[string]any{"password": b.value("id")},
		"creds_tenant_id": map[string]any{"password": b.value("token")},
		"creds_enc_key":   map[string]any{"password": b.value("key")},
		"self_deployed":   false,
	}
	if got := p.Call("msgraph-user-account-disable", of("user", plainUser), instance); got.Error != nil {
		t.Fatalf("disable: %s", got.Text)
	}
	p.wantDisabled(plainUser, instance)
}

// The help text's second way: the address with its three values, sign in as an
// administrator, and AUTH_CODE out of the address bar.
func TestSelfDeployedAppThroughABrowser(t *testing.T) {
	const redirect = "https://localhost/myapp"
	p, b := newPractice(t), newBrowser(t)
	address := regexp.MustCompile("https://login\\.microsoftonline\\.com(/TENANT_ID[^`\\s]+)").FindStringSubmatch(helpText(t))
	if address == nil {
		t.Fatal("the help text has no address to sign in at")
	}
	filled := strings.NewReplacer("TENANT_ID", emulator.ReadyTenant, "CLIENT_ID", emulator.ReadyApplication, "REDIRECT_URI", redirect).Replace(address[1])
	b.open(p.base + filled)
	b.press("Helen Park")
	b.waitUntil("the browser is sent back", `!location.href.startsWith("`+p.base+`")`)
	back := b.addressBar()
	code, ok := strings.CutPrefix(back, redirect+"?code=")
	if !ok {
		t.Fatalf("the browser ends at %s", back)
	}
	code, _, _ = strings.Cut(code, "&session_state=")
	instance := p.as(emulator.ReadyApplication, emulator.ReadySecret)
	instance["redirect_uri"] = redirect
	instance["creds_auth_code"] = map[string]any{"password": code}
	if got := p.Call("msgraph-user-test", nil, instance); got.Error != nil {
		t.Fatalf("test: %s", got.Text)
	}
	if got := p.Call("msgraph-user-terminate-session", of("user", plainUser), instance); got.Error != nil {
		t.Fatalf("disable: %s", got.Text)
	}
	p.wantDisabled(plainUser, instance)
}

// A person watches the tenant's page while a playbook contains an account: the
// page shows it by itself.
func TestThePageShowsACompromisedAccountContained(t *testing.T) {
	p, b := newPractice(t), newBrowser(t)
	ready := p.as(emulator.ReadyApplication, emulator.ReadySecret)
	id := member(t, p.Call("msgraph-user-get", of("user", plainUser, "properties", "id"), ready), "MSGraphUser", "ID")
	b.open(p.base + "/")
	b.waitUntil("the page is live", `document.body.dataset.live === "yes"`)
	evaluate[bool](b, `window.neverReloaded = true`)
	state := fmt.Sprintf(`document.querySelector("#person-%s .state").textContent`, id)
	if got := evaluate[string](b, state); got != "enabled" {
		t.Fatalf("before: %s", got)
	}
	for _, step := range []string{"msgraph-user-account-disable", "msgraph-user-session-revoke"} {
		if got := p.Call(step, of("user", plainUser), ready); got.Error != nil {
			t.Fatalf("%s: %s", step, got.Text)
		}
	}
	b.waitUntil("the account is shown as disabled", state+` === "disabled"`)
	b.waitUntil("the request is shown with its command", `document.getElementById("request-rows").innerText.includes("msgraph-user-session-revoke")`)
	b.waitUntil("the change is shown", `document.getElementById("change-list").innerText.includes("accountEnabled")`)
	b.waitUntil("the latest request is told", `document.getElementById("latest").textContent.includes("msgraph-user-")`)
	for what, script := range map[string]string{
		"before and after":      `[...document.querySelectorAll("#change-list tr")].some(r => r.innerText.includes("accountEnabled") && r.querySelector("del").innerText === "true" && r.querySelector("ins").innerText === "false")`,
		"the permission":        `document.getElementById("request-rows").innerText.includes("User.EnableDisableAccount.All + User.Read.All")`,
		"that nothing was lost": `window.neverReloaded === true`,
	} {
		if !evaluate[bool](b, script) {
			t.Errorf("the page does not show %s", what)
		}
	}
}

// Names that hold markup stay text, in what the page begins with and in what
// arrives.
func TestThePageKeepsMarkupText(t *testing.T) {
	p, b := newPractice(t), newBrowser(t)
	ready := p.as(emulator.ReadyApplication, emulator.ReadySecret)
	b.open(p.base + "/")
	b.waitUntil("the page is live", `document.body.dataset.live === "yes"`)
	title := evaluate[string](b, `document.title`)
	const evil = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`
	if got := p.Call("msgraph-user-update", map[string]any{"user": plainUser, "updated_fields": map[string]any{"displayName": evil, "jobTitle": evil}}, ready); got.Error != nil {
		t.Fatal(got.Text)
	}
	b.waitUntil("the name arrives", `document.getElementById("change-list").innerText.includes("<img src=x")`)
	b.waitUntil("the row arrives", `document.getElementById("person-rows").innerText.includes("<img src=x")`)
	b.open(p.base + "/?q=script")
	if !evaluate[bool](b, `document.getElementById("person-rows").innerText.includes("<script>alert(1)</script> Tables")`) {
		t.Error("the name of the sample company's user is not shown as it is")
	}
	if n := evaluate[int](b, `document.querySelectorAll("main script, main img").length`); n != 0 {
		t.Errorf("%d elements came from names", n)
	}
	if got := evaluate[string](b, `document.title`); got != title {
		t.Errorf("a name ran as a script: the title is %q", got)
	}
}

// The controls work from the keyboard and say what they did.
func TestThePagesControls(t *testing.T) {
	p, b := newPractice(t), newBrowser(t)
	ready := p.as(emulator.ReadyApplication, emulator.ReadySecret)
	b.open(p.base + "/")
	before := p.tenant.Clock().Now()
	b.do("moving the clock", chromedp.SetValue(chromedp.ID("advance"), "720h"), chromedp.SendKeys(chromedp.ID("advance"), "\r"))
	b.waitUntil("the page says so", `document.querySelector("[role=status].done")?.textContent.includes("clock")`)
	if moved := p.tenant.Clock().Now().Sub(before); moved < 720*time.Hour {
		t.Errorf("the clock moved by %v", moved)
	}
	b.do("setting faults", chromedp.SetValue(chromedp.ID("faults"), "throttle=2"), chromedp.SendKeys(chromedp.ID("faults"), "\r"))
	b.waitUntil("nonsense is refused", `document.querySelector("[role=alert]")?.textContent.includes("throttle")`)
	b.do("setting faults", chromedp.SetValue(chromedp.ID("faults"), "latency=1ms"), chromedp.SendKeys(chromedp.ID("faults"), "\r"))
	b.waitUntil("the page shows them", `document.getElementById("status").textContent.includes("latency=1ms")`)
	b.press("Switch on")
	b.waitUntil("throttling is on", `document.getElementById("status").textContent.includes("Throttling on")`)
	if got := p.Call("msgraph-user-account-disable", of("user", plainUser), ready); got.Error != nil {
		t.Fatal(got.Text)
	}
	b.do("asking", chromedp.Click(chromedp.CSS(".ask summary")))
	b.press("Reset everything")
	b.waitUntil("nothing is changed any more", `document.getElementById("change-list").textContent.includes("Nothing yet")`)
}
