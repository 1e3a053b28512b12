//go:build browser

package cli

import (
	"encoding/json"
	"net/url"
	"os"
	"testing"

	"github.com/chromedp/chromedp"

	"msgraph-user/emulator"
)

// axe is the accessibility checker that test/clients/node installs.
const axe = "../../test/clients/node/node_modules/axe-core/axe.min.js"

// findings runs axe on the page, and returns what it finds.
func (b *browser) findings(script string) []string {
	b.t.Helper()
	evaluate[bool](b, script+`; true`)
	evaluate[bool](b, `axe.run().then(r => { window.found = r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.target + ": " + n.failureSummary)) }); true`)
	b.waitUntil("axe is done", `window.found !== undefined`)
	var found []string
	if err := json.Unmarshal([]byte(evaluate[string](b, `JSON.stringify(window.found)`)), &found); err != nil {
		b.t.Fatal(err)
	}
	return found
}

// Every page of the tenant is one that a screen reader and a keyboard can use, and
// fits a desk and a phone: nothing is wider than the window, no id is broken.
func TestThePagesAreAccessibleAndFit(t *testing.T) {
	script, err := os.ReadFile(axe)
	if err != nil {
		t.Skip("axe-core is not installed: run npm ci --prefix test/clients/node")
	}
	p, b := newPractice(t), newBrowser(t)
	ready := p.as(emulator.ReadyApplication, emulator.ReadySecret)
	for _, command := range []string{"msgraph-user-get", "msgraph-user-account-disable", "msgraph-user-get-auth-methods"} {
		p.Call(command, of("user", plainUser), ready)
	}
	p.Call("msgraph-user-unblock", of("user", plainUser), p.as("33333333-3333-3333-3333-333333333333", "too-little-secret"))
	authorize := "/" + emulator.ReadyTenant + "/oauth2/v2.0/authorize?" + url.Values{"client_id": {emulator.ReadyApplication}, "response_type": {"code"},
		"redirect_uri": {"https://localhost/myapp"}, "scope": {"Mail.Read"}}.Encode()
	for _, width := range []int64{1280, 375} {
		for name, path := range map[string]string{
			"the tenant's page": "/", "nothing found": "/?q=nobody+at+all", "the picker": authorize, "a search": authorize + "&find=zzz", "the consent": authorize + "&login_hint=mira.holt@larkspur.example",
			"a refusal": authorize + "&login_hint=nobody", "the device's code": "/devicelogin", "the hosted application": "/ms-graph-user", "an error": "/error?code=50126",
		} {
			b.do("sizing", chromedp.EmulateViewport(width, 900))
			b.open(p.base + path)
			if path == "/" {
				b.waitUntil("the page is live", `document.body.dataset.live === "yes"`)
				evaluate[bool](b, `document.querySelectorAll(".rows > li:nth-child(-n+4) > details, .ask").forEach(d => { d.open = true }); true`)
				b.waitUntil("the bodies are there", `document.querySelectorAll(".exchange pre").length >= 3`)
			}
			for _, finding := range b.findings(string(script)) {
				t.Errorf("%d px, %s: %s", width, name, finding)
			}
			if wide := evaluate[int](b, `document.documentElement.scrollWidth`); int64(wide) > width {
				t.Errorf("%d px, %s: it is %d wide", width, name, wide)
			}
			if broken := evaluate[int](b, `[...document.querySelectorAll(".id")].filter(e => /^[0-9a-f-]{36}$/.test(e.textContent) && e.getClientRects().length > 1).length`); broken > 0 {
				t.Errorf("%d px, %s: %d ids are broken", width, name, broken)
			}
		}
	}
}

// Rows open from the keyboard, the filter narrows them, reset asks, the clock ticks.
func TestThePagesRows(t *testing.T) {
	p, b := newPractice(t), newBrowser(t)
	ready := p.as(emulator.ReadyApplication, emulator.ReadySecret)
	p.Call("msgraph-user-get", of("user", plainUser), ready)
	p.Call("msgraph-user-get", of("user", "nobody@larkspur.example"), ready)
	b.open(p.base + "/")
	b.waitUntil("the page is live", `document.body.dataset.live === "yes"`)
	evaluate[bool](b, `document.querySelector("#request-rows summary").focus(); true`)
	b.do("opening a row", chromedp.KeyEvent("\r"))
	b.waitUntil("its answer is shown", `document.querySelector("#request-rows li:first-child .exchange")?.innerText.includes("Request_ResourceNotFound")`)
	evaluate[bool](b, `const s = document.getElementById("request-outcome"); s.value = "refused"; s.dispatchEvent(new Event("change")); true`)
	if n := evaluate[int](b, `[...document.querySelectorAll("#request-rows > li")].filter(r => !r.hidden).length`); n != 1 {
		t.Errorf("%d requests are refused", n)
	}
	if evaluate[bool](b, `document.querySelector(".ask button").checkVisibility()`) {
		t.Error("reset does not ask")
	}
	b.waitUntil("the clock ticks", `(window.first ??= document.getElementById("clock").textContent) !== document.getElementById("clock").textContent`)
}
