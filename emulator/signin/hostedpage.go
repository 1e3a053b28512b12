package signin

import (
	"net/http"
	"strings"
)

// serveHostedPage is the page of the platform's hosted application, where an
// administrator lets it into the tenant and is handed what an instance needs. The
// steps are forms that come back here: start, account, consent.
func (x *exchange) serveHostedPage() {
	if err := x.r.ParseForm(); err != nil {
		x.refusePage(refuse(9002313, "The request cannot be read: %v.", err))
		return
	}
	app, f := x.application(x.options.HostedApplication)
	switch {
	case f != nil:
		x.message(http.StatusNotFound, "No hosted application", "This practice tenant has no hosted application. Use an application of its own.")
	case x.r.Method != http.MethodPost:
		x.show(http.StatusOK, "hosted", map[string]any{"Title": "Entra ID Users", "App": app.DisplayName, "Action": x.r.URL.Path})
	case x.r.PostForm.Get("account") == "":
		x.show(http.StatusOK, "picker", map[string]any{
			"Title": "Pick an account", "App": app.DisplayName, "Action": x.r.URL.Path,
			"Fields": []field{{"start", "yes"}}, "Find": x.r.PostForm.Get("find"),
			"Users": x.options.Directory.Users(strings.TrimSpace(x.r.PostForm.Get("find"))), "Note": "An administrator has to sign in.",
		})
	default:
		x.decideHosted(app)
	}
}

// decideHosted takes the administrator's decision, or asks for it.
func (x *exchange) decideHosted(app Application) {
	user, _, f := x.chosen(authorizeRequest{form: x.r.PostForm})
	switch decision := x.r.PostForm.Get("consent"); {
	case f != nil:
		x.refusePage(f)
	case !user.Administrator:
		x.refusePage(refuse(90094, "'%s' is no administrator: only one can let application '%s' into the tenant.", user.UserPrincipalName, app.ID))
	case decision == "deny":
		x.refusePage(refuse(65004, "'%s' declined to consent to application '%s'.", user.UserPrincipalName, app.ID))
	case decision == "accept":
		x.handOut(app)
	default:
		x.show(http.StatusOK, "consent", map[string]any{
			"Title": "Permissions requested", "App": app.DisplayName, "User": user, "Action": x.r.URL.Path,
			"Fields": []field{{"account", user.ID}}, "Again": []field{{"start", "yes"}}, "Permissions": app.Roles, "Everybody": true,
		})
	}
}

// handOut registers an instance and shows its ID, token and key.
func (x *exchange) handOut(app Application) {
	registration, err := x.Register(app.ID)
	if err != nil {
		x.failed(err)
		return
	}
	x.show(http.StatusOK, "handed", map[string]any{"Title": "The application is authorized", "Registration": registration})
}
