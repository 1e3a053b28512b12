package graph

import (
	"net/http"

	"msgraph-user/internal/rawjson"
)

// MethodKind is one kind of authentication method that a person can register.
type MethodKind int

// The kinds whose methods can be listed and deleted.
const (
	FIDO2 MethodKind = iota
	Email
	MicrosoftAuthenticator
	Phone
	SoftwareOATH
	WindowsHello
	TemporaryAccessPass
	PlatformCredential
	ExternalMethod
	methodKindCount
)

// methodKinds is each kind's collection below /users/{user}/authentication.
var methodKinds = [methodKindCount]string{
	FIDO2:                  "fido2Methods",
	Email:                  "emailMethods",
	MicrosoftAuthenticator: "microsoftAuthenticatorMethods",
	Phone:                  "phoneMethods",
	SoftwareOATH:           "softwareOathMethods",
	WindowsHello:           "windowsHelloForBusinessMethods",
	TemporaryAccessPass:    "temporaryAccessPassMethods",
	PlatformCredential:     "platformCredentialMethods",
	ExternalMethod:         "externalAuthenticationMethods",
}

func (k MethodKind) collection() string { return "/users/{user}/authentication/" + methodKinds[k] }

// ListAuthenticationMethods reads a user's methods of all kinds.
//
//	GET /users/{user}/authentication/methods
//
// https://learn.microsoft.com/graph/api/authentication-list-methods
func ListAuthenticationMethods(user string) Request {
	return read("/users/{user}/authentication/methods", user)
}

// ListMethods reads a user's methods of one kind. top is $top, and is left out
// where empty.
//
//	GET /users/{user}/authentication/{kind}
//
// https://learn.microsoft.com/graph/api/resources/authenticationmethods-overview
func ListMethods(kind MethodKind, user, top string) Request {
	return ListOptions{Top: top}.apply(read(kind.collection(), user))
}

// GetMethod reads one method of a user.
//
//	GET /users/{user}/authentication/{kind}/{method_id}
//
// https://learn.microsoft.com/graph/api/resources/authenticationmethods-overview
func GetMethod(kind MethodKind, user, method string) Request {
	return read(kind.collection()+"/{method_id}", user, method)
}

// DeleteMethod removes one method of a user.
//
//	DELETE /users/{user}/authentication/{kind}/{method_id}
//
// https://learn.microsoft.com/graph/api/resources/authenticationmethods-overview
func DeleteMethod(kind MethodKind, user, method string) Request {
	return request(http.MethodDelete, kind.collection()+"/{method_id}", user, method)
}

// TemporaryAccessPassSettings are the lifetime and the use of a new temporary access pass.
type TemporaryAccessPassSettings struct {
	LifetimeInMinutes int    `json:"lifetimeInMinutes,omitempty"` // 0: the tenant's default
	IsUsableOnce      bool   `json:"isUsableOnce"`
	StartDateTime     string `json:"startDateTime,omitempty"` // RFC 3339; empty: now
}

// CreateTemporaryAccessPass creates a temporary access pass, whose answer is the
// only one that ever holds the pass. It is not repeated when its answer is lost.
//
//	POST /users/{user}/authentication/temporaryAccessPassMethods
//
// https://learn.microsoft.com/graph/api/authentication-post-temporaryaccesspassmethods
func CreateTemporaryAccessPass(user string, settings TemporaryAccessPassSettings) Request {
	r := request(http.MethodPost, TemporaryAccessPass.collection(), user).withBody(settings)
	r.IfLost = "List the user's temporary access passes before you create another: one whose pass nobody saw must be deleted first."
	return r
}

// CreatePhone registers a phone again that was read before it was deleted.
//
//	POST /users/{user}/authentication/phoneMethods
//
// https://learn.microsoft.com/graph/api/authentication-post-phonemethods
func CreatePhone(user string, phone rawjson.Object) Request {
	return request(http.MethodPost, Phone.collection(), user).withBody(phone.Only("phoneNumber", "phoneType"))
}

// CreateEmail registers an e-mail address again that was read before it was deleted.
//
//	POST /users/{user}/authentication/emailMethods
//
// https://learn.microsoft.com/graph/api/authentication-post-emailmethods
func CreateEmail(user string, email rawjson.Object) Request {
	return request(http.MethodPost, Email.collection(), user).withBody(email.Only("emailAddress"))
}

// GetSignInPreferences reads which method a user is asked for by default. It
// exists in the beta version only.
//
//	GET /beta/users/{user}/authentication/signInPreferences
//
// https://learn.microsoft.com/graph/api/authentication-get?view=graph-rest-beta
func GetSignInPreferences(user string) Request {
	r := read("/users/{user}/authentication/signInPreferences", user)
	r.Version = Beta
	return r
}

// SetPreferredMethod sets which method a user is asked for as the second factor, such
// as "sms" or "push". It exists in the beta version only.
//
//	PATCH /beta/users/{user}/authentication/signInPreferences
//
// https://learn.microsoft.com/graph/api/authentication-update?view=graph-rest-beta
func SetPreferredMethod(user, method string) Request {
	r := request(http.MethodPatch, "/users/{user}/authentication/signInPreferences", user).
		withBody(map[string]string{"userPreferredMethodForSecondaryAuthentication": method})
	r.Version = Beta
	return r
}
