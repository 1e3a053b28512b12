package signin

import "strings"

// grantPassword signs a person in by name and password, without a page
// (https://learn.microsoft.com/entra/identity-platform/v2-oauth-ropc).
func (x *exchange) grantPassword(q tokenRequest) (issued, *refusal, error) {
	if f := x.mayBePublic(q); f != nil {
		return issued{}, f, nil
	}
	if t := strings.ToLower(x.tenant); t == "common" || t == "consumers" {
		return issued{}, refuse(9001023, "The grant type does not work at /%s. Use /organizations or a tenant.", x.tenant), nil
	}
	user, f := x.byPassword()
	if f != nil {
		return issued{}, f, nil
	}
	scope := x.asksFor(q)
	if scope == "" {
		return issued{}, refuse(900144, "The request's body lacks the parameter 'scope'."), nil
	}
	asked, f := x.parseScope(scope)
	if f != nil {
		return issued{}, f, nil
	}
	return x.issueAndKeep(q, granted(asked, user, q.app, x.now()))
}

// byPassword finds the person that username and password name. A wrong password
// says nothing of the account's state.
func (x *exchange) byPassword() (User, *refusal) {
	name, f := x.required("username")
	if f != nil {
		return User{}, f
	}
	password, f := x.required("password")
	if f != nil {
		return User{}, f
	}
	user, ok := x.options.Directory.User(name)
	if !ok {
		return user, refuse(50034, "The account '%s' does not exist in tenant %s.", name, x.options.TenantID)
	}
	switch has, right := x.options.Directory.CheckPassword(user.ID, password); {
	case !has:
		return user, refuse(50056, "The directory has no password of '%s'.", user.UserPrincipalName)
	case !right:
		return user, refuse(50126, "The username or the password is wrong.")
	case !user.Enabled:
		return user, refuse(50057, "The account '%s' is disabled.", user.UserPrincipalName)
	case user.PasswordExpired:
		return user, refuse(50055, "The password of '%s' has expired: it must be changed at the next sign-in.", user.UserPrincipalName)
	}
	return user, interrupt(user, false)
}

// issueAndKeep issues to a person, with a refresh token where one is wanted.
func (x *exchange) issueAndKeep(q tokenRequest, g grantedScopes) (issued, *refusal, error) {
	out, f, err := x.issueToPerson(q, g, g.request(), "")
	if f == nil && err == nil && g.Offline {
		x.mu.Lock()
		defer x.mu.Unlock()
		out.answer.RefreshToken = x.grants.newFamily(g, x.now())
	}
	return out, f, err
}

// realm is what Microsoft's libraries ask before they send a password: whether
// the account's domain keeps its passwords in Entra.
type realm struct {
	Version        string `json:"ver"`
	AccountType    string `json:"account_type"`
	Domain         string `json:"domain_name"`
	CloudInstance  string `json:"cloud_instance_name"`
	CloudAudience  string `json:"cloud_audience_urn"`
	UserPrincipal  string `json:"login"`
	FederationType string `json:"NameSpaceType"`
}

// serveUserRealm says of every account that its password is checked here: the
// tenant has no federated domain.
func (x *exchange) serveUserRealm(user string) {
	_, domain, _ := strings.Cut(user, "@")
	x.answer(200, realm{
		Version: "1.0", AccountType: "Managed", FederationType: "Managed", Domain: domain, UserPrincipal: user,
		CloudInstance: x.cloud().preferred, CloudAudience: "urn:federation:MicrosoftOnline",
	})
}
