package pages

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"msgraph-user/emulator/faults"
)

// maxForm bounds a form's body.
const maxForm = 64 << 10

// done says what a control has done, for the page that is shown afterwards.
var done = map[string]string{
	"reset": "The tenant is what it was at the start.", "clock": "The clock was moved.", "faults": "The faults were changed.",
	"snapshot": "The snapshot was taken.", "restore": "The tenant is as the snapshot has it.",
	"throttling": "Throttling was switched.", "lag": "The replication lag was changed.",
}

// control takes a form, does what it says and goes back to the page. A request
// that another site makes a browser send lacks the page's token.
func control(do func(*Page, url.Values) error) func(*Page, http.ResponseWriter, *http.Request) {
	return func(p *Page, w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			http.Error(w, "A control is a form to be posted.", http.StatusMethodNotAllowed)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			p.show(w, r, http.StatusBadRequest, "The form cannot be read: "+err.Error())
			return
		}
		if subtle.ConstantTimeCompare([]byte(r.PostForm.Get("token")), []byte(p.token)) != 1 {
			p.show(w, r, http.StatusForbidden, "Nothing was done: the form is not from this page, or the tenant was restarted since the page was loaded. Try again from here.")
			return
		}
		if err := do(p, r.PostForm); err != nil {
			p.show(w, r, http.StatusBadRequest, "Nothing was done: "+err.Error())
			return
		}
		name := r.URL.Path[len(Prefix):]
		http.Redirect(w, r, "/?"+url.Values{"done": {name}}.Encode()+"#controls", http.StatusSeeOther)
	}
}

func (p *Page) reset(url.Values) error { return p.options.Reset() }

func (p *Page) takeSnapshot(form url.Values) error { return p.options.Take(form.Get("name")) }

func (p *Page) restoreSnapshot(form url.Values) error { return p.options.Restore(form.Get("name")) }

// moveClock moves the clock on by a duration.
func (p *Page) moveClock(form url.Values) error {
	d, err := time.ParseDuration(form.Get("advance"))
	if err != nil {
		return fmt.Errorf("the clock is moved by a duration such as 90m or 24h, not %q", form.Get("advance"))
	}
	return p.options.Clock.Advance(d)
}

// setFaults takes what --faults takes.
func (p *Page) setFaults(form url.Values) error {
	spec, err := faults.Parse(form.Get("faults"))
	if err != nil {
		return err
	}
	return p.options.Faults.SetSpec(spec)
}

func (p *Page) setThrottling(form url.Values) error {
	p.options.Throttling.Switch(form.Get("on") == "yes")
	return nil
}

// setLag takes what --lag takes; nothing is none.
func (p *Page) setLag(form url.Values) error {
	text := form.Get("lag")
	if text == "" {
		text = "0s"
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return fmt.Errorf("a lag is a duration such as 2s, not %q", text)
	case d < 0:
		return errors.New("a lag cannot be negative")
	}
	p.options.Copies.Set(d)
	return nil
}
