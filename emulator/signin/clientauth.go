package signin

import (
	"crypto/subtle"
	"net/url"
)

// assertionType is the client_assertion_type of a JWT (RFC 7523, 2.2).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// authenticate finds the application that asks and checks its credential: a
// secret (in the body or as Basic) or a signed assertion. Whether none will do
// depends on the grant.
func (x *exchange) authenticate() (Application, appProof, *refusal) {
	id, secret, f := x.credentials()
	if f != nil {
		return Application{}, "", f
	}
	app, f := x.application(id)
	if f != nil {
		return Application{}, "", f
	}
	assertion := x.r.PostForm.Get("client_assertion")
	switch {
	case assertion != "":
		return app, proofAssertion, x.checkAssertion(app, assertion)
	case secret != "" && app.Public && len(app.Secrets) == 0:
		return app, "", refuse(700025, "Application '%s' is public: send no client_secret.", app.ID)
	case secret != "":
		return app, proofSecret, x.checkSecret(app, secret)
	}
	return app, proofNone, nil
}

// credentials reads the client id and secret; a Basic header carries them
// percent-encoded (RFC 6749, 2.3.1).
func (x *exchange) credentials() (id, secret string, f *refusal) {
	id, secret = x.r.PostForm.Get("client_id"), x.r.PostForm.Get("client_secret")
	user, pass, basic := x.r.BasicAuth()
	if !basic {
		if id == "" {
			return "", "", refuse(900144, "The request's body lacks the parameter 'client_id'.")
		}
		return id, secret, nil
	}
	user, errUser := url.QueryUnescape(user)
	pass, errPass := url.QueryUnescape(pass)
	switch {
	case errUser != nil || errPass != nil:
		return "", "", refuse(9002313, "The Authorization header is not percent-encoded as RFC 6749 asks.")
	case secret != "", id != "" && id != user:
		return "", "", refuse(9002313, "The client is named both in the Authorization header and in the body.")
	}
	return user, pass, nil
}

// noApplication is the id that Entra takes for none at all.
const noApplication = "00000000-0000-0000-0000-000000000000"

func (x *exchange) application(id string) (Application, *refusal) {
	if id == noApplication {
		return Application{}, refuse(700038, "'%s' is no application's id.", id)
	}
	app, ok := x.options.Directory.Application(id)
	if !ok {
		return app, refuse(700016, "Application '%s' is not in tenant %s.", id, x.options.TenantID)
	}
	if app.Disabled {
		return app, refuse(7000112, "Application '%s' (%s) is disabled.", app.ID, app.DisplayName)
	}
	return app, nil
}

func (x *exchange) checkSecret(app Application, given string) *refusal {
	for _, s := range app.Secrets {
		if s.Value == "" || subtle.ConstantTimeCompare([]byte(s.Value), []byte(given)) != 1 {
			continue
		}
		if !s.End.IsZero() && !x.now().Before(s.End) {
			return refuse(7000222, "The client secret of application '%s' has expired: add another.", app.ID)
		}
		return nil
	}
	return refuse(7000215, "The client secret of application '%s' is wrong. Send the secret's value, not its id.", app.ID)
}
