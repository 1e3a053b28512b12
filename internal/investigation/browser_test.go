//go:build browser

package investigation

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"msgraph-user/internal/chromium"
)

// axe is the accessibility checker that test/clients/node installs.
const axe = "../../test/clients/node/node_modules/axe-core/axe.min.js"

// requested collects the addresses that a tab asks for, but for files.
type requested struct {
	mu        sync.Mutex
	addresses []string
}

func (r *requested) listen(event any) {
	if !strings.HasSuffix(fmt.Sprintf("%T", event), "EventRequestWillBeSent") {
		return
	}
	encoded, err := json.Marshal(event)
	var sent struct{ Request struct{ URL string } }
	if err == nil {
		err = json.Unmarshal(encoded, &sent)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if address := sent.Request.URL; err != nil || !strings.HasPrefix(address, "file:") {
		r.addresses = append(r.addresses, fmt.Sprint(address, err))
	}
}

func (r *requested) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.addresses)
}

// In a real browser the page asks for nothing, runs nothing, fits a phone and a desk,
// is read by a screen reader, and shows all of itself in print.
func TestPageInABrowser(t *testing.T) {
	path, ok := chromium.Find()
	if !ok {
		t.Skip("there is no chromium on the PATH (Debian: apt-get install chromium)")
	}
	script, err := os.ReadFile(axe)
	if err != nil {
		t.Skip("axe-core is not installed: run npm ci --prefix test/clients/node")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	tab, end := chromium.Start(ctx, path, 1280, 900)
	defer end()
	asked := &requested{}
	if err := chromedp.Listen(tab, asked.listen); err != nil {
		t.Fatal(err)
	}
	open := func(name string, page []byte, width int64) {
		t.Helper()
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, page, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := chromedp.Do(tab, chromedp.EmulateViewport(width, 900), chromedp.Navigate("file://"+file)); err != nil {
			t.Fatal(err)
		}
	}
	open("control.html", []byte(`<img src="http://127.0.0.1:9/control">`), 1280)
	if got := asked.all(); len(got) != 1 {
		t.Fatalf("a page that asks for a picture asked for %q", got)
	}
	pages := map[string]*Evidence{
		"hostile": hostileEvidence(t),
		"plain":   evidence(t, map[string][]string{SignIns: attacked(), Methods: {phone(30 * time.Minute)}}),
		"empty":   evidence(t, nil),
	}
	for name, e := range pages {
		report := Judge(e)
		page := Page(e, &report)
		for _, scheme := range []string{"light", "dark"} {
			for _, width := range []int64{375, 1280} {
				if scheme == "dark" { // the same rules, without asking the system
					page = []byte(strings.Replace(string(page), "@media(prefers-color-scheme:dark)", "@media all", 1))
				}
				open(name+".html", page, width)
				for _, finding := range findings(t, tab, string(script)) {
					t.Errorf("%s, %s, %d px: %s", name, scheme, width, finding)
				}
				if wide := evaluated[int64](t, tab, `document.documentElement.scrollWidth`); wide > width {
					t.Errorf("%s, %d px: it is %d wide", name, width, wide)
				}
			}
		}
		if n := evaluated[int](t, tab, `document.querySelectorAll("script, img, iframe, link, a, form, object").length`); n != 0 {
			t.Errorf("%s: %d elements came from names", name, n)
		}
	}
	if got := asked.all()[1:]; len(got) > 0 {
		t.Errorf("the pages asked for %q", got)
	}
}

func evaluated[T any](t *testing.T, tab context.Context, script string) T {
	t.Helper()
	value, err := chromedp.Run(tab, chromedp.Evaluate[T](script))
	if err != nil {
		t.Fatalf("%.100s: %v", script, err)
	}
	return value
}

// findings runs axe on the page, with what is folded away opened.
func findings(t *testing.T, tab context.Context, script string) (found []string) {
	t.Helper()
	evaluated[bool](t, tab, script+`; document.querySelectorAll("details").forEach(d => { d.open = true }); true`)
	evaluated[bool](t, tab, `axe.run().then(r => { window.found = r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.target + ": " + n.failureSummary)) }); true`)
	if _, err := chromedp.Run(tab, chromedp.Poll[bool](`window.found !== undefined`)); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(evaluated[string](t, tab, `JSON.stringify(window.found)`)), &found); err != nil {
		t.Fatal(err)
	}
	return found
}
