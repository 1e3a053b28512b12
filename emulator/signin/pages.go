package signin

import (
	_ "embed"
	"net/http"
	"strconv"
	"strings"

	"msgraph-user/emulator/html"
)

//go:embed pages.html
var pagesSource string

var pages = html.Parse(pagesSource)

// show writes the page name. Everything in data is escaped.
func (x *exchange) show(status int, name string, data map[string]any) {
	data["ScriptNonce"] = newSecret(16)
	page, err := pages.Execute(name, data)
	if err != nil {
		x.failed(err)
		return
	}
	h := x.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; script-src 'nonce-"+data["ScriptNonce"].(string)+"'")
	x.w.WriteHeader(status)
	_, _ = x.w.Write(page) // a browser that went away needs no page
}

func (x *exchange) message(status int, title, text string) {
	x.show(status, "message", map[string]any{"Title": title, "Text": text})
}

// refusePage tells a person what the application cannot be told, and offers to
// begin again where an account was picked.
func (x *exchange) refusePage(f *refusal) {
	data := map[string]any{"Title": "Sign-in failed", "Text": x.describe(f), "Action": x.r.URL.Path}
	if x.r.Form.Get("account") != "" || x.r.Form.Get("login_hint") != "" {
		data["Again"] = flatten(x.r.Form, "account", "consent", "login_hint", "find")
		data["CanGoBack"] = true
	}
	x.show(http.StatusBadRequest, "message", data)
}

// showPicker asks who signs in; the answer comes back with all that was asked.
func (x *exchange) showPicker(q authorizeRequest, note string) {
	find := strings.TrimSpace(q.form.Get("find"))
	x.show(http.StatusOK, "picker", map[string]any{
		"Title": "Pick an account", "App": q.app.DisplayName, "Action": x.r.URL.Path, "Note": note,
		"Fields": flatten(q.form, "account", "consent", "find"), "Find": find, "Users": x.options.Directory.Users(find),
		"CanCancel": q.redirect != "",
	})
}

// showConsent asks a person to let the application have permissions, for that
// person or for everybody.
func (x *exchange) showConsent(q authorizeRequest, user User, permissions []string, everybody bool) {
	x.show(http.StatusOK, "consent", map[string]any{
		"Title": "Permissions requested", "App": q.app.DisplayName, "User": user, "Action": x.r.URL.Path,
		"Fields": append(flatten(q.form, "account", "consent", "find"), field{"account", user.ID}),
		"Again":  flatten(q.form, "account", "consent", "login_hint", "find"), "Permissions": permissions, "Everybody": everybody,
	})
}

// serveDeviceLogin is the page where a person enters a device's code and an
// account. A form with user_code and account (or login_hint) approves.
func (x *exchange) serveDeviceLogin() {
	if err := x.r.ParseForm(); err != nil {
		x.refusePage(refuse(9002313, "The request cannot be read: %v.", err))
		return
	}
	code := x.r.Form.Get("user_code")
	if x.r.Method != http.MethodPost {
		x.show(http.StatusOK, "device", map[string]any{"Title": "Enter the code", "Code": code, "Users": x.options.Directory.Users("")})
		return
	}
	app, f := x.decideDevice(code)
	if f != nil {
		x.refusePage(f)
		return
	}
	x.message(http.StatusOK, "Done", "You answered "+app.DisplayName+". You can close this page and go back to the device.")
}

func (x *exchange) decideDevice(userCode string) (Application, *refusal) {
	x.mu.Lock()
	d, ok := x.grants.findDevice(userCode, x.now())
	x.mu.Unlock()
	if !ok {
		return Application{}, refuse(70018, "The code '%s' is wrong or has expired.", userCode)
	}
	app, f := x.application(d.ClientID)
	if f != nil {
		return app, f
	}
	user, found, f := x.chosen(authorizeRequest{form: x.r.Form})
	switch {
	case f != nil:
		return app, f
	case !found:
		return app, refuse(50058, "Say who signs in.")
	}
	declined := x.r.Form.Get("consent") == "deny"
	if !declined {
		x.consent(user, app, d.Permissions)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	d.UserID, d.Auth = user.ID, x.now()
	d.Approved, d.Declined = !declined, declined
	return app, nil
}

// withoutPage are the numbers that Entra answers without an error_uri, as far as
// that was seen.
var withoutPage = map[int]bool{70003: true, 700038: true}

// errorURI is the page about a refusal's number, empty where Entra names none.
func (x *exchange) errorURI(f *refusal) string {
	if withoutPage[f.number] {
		return ""
	}
	return x.origin() + "/error?code=" + strconv.Itoa(f.number)
}

// serveErrorPage is where error_uri leads.
func (x *exchange) serveErrorPage() {
	number, err := strconv.Atoi(x.r.URL.Query().Get("code"))
	k, known := kinds[number]
	if err != nil || !known {
		x.message(http.StatusNotFound, "Unknown error", "This tenant sends no error of that number.")
		return
	}
	x.show(http.StatusOK, "error", map[string]any{"Title": "AADSTS" + strconv.Itoa(number), "Number": number, "OAuth": k.oauth, "Status": k.status})
}
