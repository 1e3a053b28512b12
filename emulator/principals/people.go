// Package principals is the practice tenant's directory as its other services see
// it: who signs in, which applications there are, and who holds a token.
package principals

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"slices"
	"strings"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/graphapi"
	"msgraph-user/emulator/mfa"
	"msgraph-user/emulator/signin"
)

// Directory is the directory as the sign-in side sees it.
type Directory struct{ store *directory.Store }

// Of returns the view of a store.
func Of(store *directory.Store) Directory { return Directory{store} }

// maxPicker is how many people an account picker offers.
const maxPicker = 100

// User finds a person by object id or user principal name.
func (p Directory) User(key string) (signin.User, bool) {
	o := p.store.User(key)
	if o == nil {
		return signin.User{}, false
	}
	return p.signinUser(o), true
}

// consenting are the roles whose holders may let an application into the tenant
// (https://learn.microsoft.com/entra/identity/enterprise-apps/grant-admin-consent).
var consenting = []string{"Global Administrator", "Privileged Role Administrator"}

func (p Directory) administrator(id string) bool {
	return slices.ContainsFunc(p.store.Sources(directory.Member, id), func(o *directory.Object) bool {
		return o.Type.Name == "directoryRole" && slices.Contains(consenting, o.Text("displayName"))
	})
}

func (p Directory) signinUser(o *directory.Object) signin.User {
	u := signin.User{
		ID: o.ID, UserPrincipalName: o.Text("userPrincipalName"), DisplayName: o.Text("displayName"),
		GivenName: o.Text("givenName"), Surname: o.Text("surname"), Mail: o.Text("mail"),
		Enabled: o.Is("accountEnabled"), Guest: strings.EqualFold(o.Text("userType"), "Guest"),
		Administrator:     p.administrator(o.ID),
		PasswordExpired:   mustChangePassword(o),
		SessionsValidFrom: o.Time("signInSessionsValidFromDateTime"),
	}
	if o.Private != nil {
		u.Interrupt = o.Private.Interrupt
	}
	return u
}

func mustChangePassword(o *directory.Object) bool {
	property, ok := o.Type.Property("passwordProfile")
	if !ok {
		return false
	}
	var profile struct {
		Force bool `json:"forceChangePasswordNextSignIn"`
	}
	return json.Unmarshal([]byte(o.Raw(property)), &profile) == nil && profile.Force
}

// CheckPassword compares a password with a person's.
func (p Directory) CheckPassword(id, password string) (has, right bool) {
	o := p.store.User(id)
	if o == nil || o.Private == nil || o.Private.PasswordHash == "" {
		return false, false
	}
	return true, o.Private.PasswordHash == directory.Hash(password)
}

// Users lists the people that the account picker offers: those whose name or
// principal name contains text.
func (p Directory) Users(text string) []signin.User {
	var users []signin.User
	wanted := strings.ToLower(text)
	for _, o := range p.store.List(nil, "user", 0, p.store.Count("user")) {
		if len(users) == maxPicker {
			break
		}
		if strings.Contains(strings.ToLower(o.Text("displayName")+"\n"+o.Text("userPrincipalName")), wanted) {
			users = append(users, p.signinUser(o))
		}
	}
	return users
}

// Application finds an application by its client id.
func (p Directory) Application(clientID string) (signin.Application, bool) {
	o := p.store.Application(clientID)
	if o == nil {
		return signin.Application{}, false
	}
	return signinApplication(o), true
}

func signinApplication(o *directory.Object) signin.Application {
	app := signin.Application{
		ID: o.Text("appId"), PrincipalID: o.ID, DisplayName: o.Text("displayName"), Disabled: !o.Is("accountEnabled"),
	}
	private := o.Private
	if private == nil {
		return app
	}
	app.Roles, app.Scopes = private.AppPermissions, private.UserPermissions
	app.Public, app.Redirects, app.Exposed = private.PublicClient, redirects(private), exposedScopes(o)
	for _, c := range private.Credentials {
		if c.Secret != "" {
			app.Secrets = append(app.Secrets, signin.Secret{Value: c.Secret, End: c.End})
		}
		if certificate := certificate(c.Certificate); certificate != nil {
			app.Certificates = append(app.Certificates, certificate)
		}
	}
	for _, f := range private.Federated {
		app.Federated = append(app.Federated, signin.FederatedCredential{Issuer: f.Issuer, Subject: f.Subject, Audience: f.Audience, JWKS: []byte(f.JWKS)})
	}
	return app
}

func redirects(private *directory.Private) []signin.Redirect {
	var list []signin.Redirect
	for _, kind := range []struct {
		platform signin.Platform
		uris     []string
	}{{signin.Web, private.RedirectURIs}, {signin.SPA, private.SPARedirects}, {signin.PublicClient, private.PublicRedirects}} {
		for _, uri := range kind.uris {
			list = append(list, signin.Redirect{URI: uri, Platform: kind.platform})
		}
	}
	return list
}

// Redirects are the redirect URIs that the tenant's applications registered.
func (p Directory) Redirects() []signin.Redirect {
	var list []signin.Redirect
	for _, o := range p.store.List(nil, "servicePrincipal", 0, p.store.Count("servicePrincipal")) {
		if o.Private != nil {
			list = append(list, redirects(o.Private)...)
		}
	}
	return list
}

// exposedScopes are the delegated permissions that an application offers as an API.
func exposedScopes(o *directory.Object) []string {
	property, ok := o.Type.Property("oauth2PermissionScopes")
	if !ok {
		return nil
	}
	var scopes []struct {
		Value string `json:"value"`
	}
	if json.Unmarshal([]byte(o.Raw(property)), &scopes) != nil {
		return nil // none
	}
	var names []string
	for _, s := range scopes {
		names = append(names, s.Value)
	}
	return names
}

// certificate reads a PEM certificate; what is none identifies nobody.
func certificate(text string) *x509.Certificate {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil
	}
	return c
}

// ManagedIdentity finds the service principal of a managed identity.
func (p Directory) ManagedIdentity(which signin.IdentitySelector) (signin.Application, bool) {
	for _, o := range p.store.List(nil, "servicePrincipal", 0, p.store.Count("servicePrincipal")) {
		if o.Private != nil && o.Private.ManagedIdentity != "" && selected(o, which) {
			return signinApplication(o), true
		}
	}
	return signin.Application{}, false
}

func selected(o *directory.Object, which signin.IdentitySelector) bool {
	switch {
	case which == signin.IdentitySelector{}:
		return o.Private.ManagedIdentity == "system"
	case which.ClientID != "":
		return strings.EqualFold(o.Text("appId"), which.ClientID)
	case which.ObjectID != "":
		return strings.EqualFold(o.ID, which.ObjectID)
	}
	return strings.EqualFold(o.Private.ManagedIdentity, which.ResourceID)
}

// Person finds a person by user principal name, as the MFA service sees them.
func (p Directory) Person(upn string) (mfa.Person, bool) {
	o := p.store.User(upn)
	if o == nil {
		return mfa.Person{}, false
	}
	person := mfa.Person{UserPrincipalName: o.Text("userPrincipalName"), Enabled: o.Is("accountEnabled")}
	if o.Private != nil {
		person.Behaviour = mfa.Behaviour(o.Private.MFAAnswer)
	}
	return person, true
}

// Tokens is the sign-in side as Graph sees it.
type Tokens struct{ Service *signin.Service }

// Verify returns who holds a token.
func (g Tokens) Verify(token string) (graphapi.Principal, error) {
	p, err := g.Service.Verify(token)
	var refusal *signin.TokenError
	if errors.As(err, &refusal) {
		return graphapi.Principal{}, errors.New(refusal.Message)
	}
	if err != nil {
		return graphapi.Principal{}, err
	}
	return graphapi.Principal{AppID: p.AppID, UserID: p.UserID, Roles: p.Roles, Scopes: p.Scopes}, nil
}
