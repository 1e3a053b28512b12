package graph

import "net/http"

// ListPasswordMethods reads a user's password methods; the id of the one there is
// names it to ResetPassword.
//
//	GET /users/{user}/authentication/passwordMethods
//
// https://learn.microsoft.com/graph/api/authentication-list-passwordmethods
func ListPasswordMethods(user string) Request {
	return read("/users/{user}/authentication/passwordMethods", user)
}

// ResetPassword starts the reset of a user's password, in the cloud and where the
// user is synced on premises too. The answer is 202 with the link of the
// operation in its Location header: see Client.Send and Client.Follow. A signed-in
// administrator can do this, an application cannot.
//
//	POST /users/{user}/authentication/methods/{method_id}/resetPassword
//
// https://learn.microsoft.com/graph/api/authenticationmethod-resetpassword
func ResetPassword(user, method, password string) Request {
	r := request(http.MethodPost, "/users/{user}/authentication/methods/{method_id}/resetPassword", user, method).
		withBody(map[string]string{"newPassword": password})
	r.IfLost = "Check the user's lastPasswordChangeDateTime before you reset the password again."
	return r
}

// GetOperation reads how far a long-running operation on a user has come.
//
//	GET /users/{user}/authentication/operations/{operation}
//
// https://learn.microsoft.com/graph/api/longrunningoperation-get
func GetOperation(user, operation string) Request {
	return read("/users/{user}/authentication/operations/{operation}", user, operation)
}

// PasswordProfile is a password and when it is to be changed. Members that are
// nil or empty are not sent.
type PasswordProfile struct {
	ForceChangePasswordNextSignIn        *bool  `json:"forceChangePasswordNextSignIn,omitempty"`
	ForceChangePasswordNextSignInWithMfa *bool  `json:"forceChangePasswordNextSignInWithMfa,omitempty"`
	Password                             string `json:"password,omitempty"`
}

// SetPasswordProfile sets a user's password, or that it must be changed at the
// next sign-in.
//
//	PATCH /users/{user}
//
// https://learn.microsoft.com/graph/api/resources/passwordprofile
func SetPasswordProfile(user string, profile PasswordProfile) Request {
	return UpdateUser(user, map[string]PasswordProfile{"passwordProfile": profile})
}
