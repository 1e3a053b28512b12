package signin

import (
	"maps"
	"strings"
	"time"
)

// How long grants live, as Entra documents or is seen to do.
const (
	codeLife    = 10 * time.Minute
	refreshLife = 90 * 24 * time.Hour // since the family was last renewed
	deviceLife  = 15 * time.Minute
)

// grants is everything that sign-in remembers between requests. Its members are
// exported so that Snapshot can write them; Service.mu guards them.
type grants struct {
	Codes         map[string]*authorizationCode
	Families      map[string]*family
	Devices       map[string]*deviceGrant // by device code
	Consents      map[string][]string     // consentKey, without a person for everybody: delegated permissions
	Registrations map[string]Registration // by id
}

func newGrants(registrations []Registration) grants {
	g := grants{
		Codes: map[string]*authorizationCode{}, Families: map[string]*family{}, Devices: map[string]*deviceGrant{},
		Consents: map[string][]string{}, Registrations: map[string]Registration{},
	}
	for _, r := range registrations {
		g.Registrations[r.ID] = r
	}
	return g
}

// grantedScopes is what a person let an application have, kept with a code or a
// refresh token.
type grantedScopes struct {
	UserID   string
	ClientID string
	Resource Resource
	Audience string
	Name     string // of the resource, as the caller wrote it
	Platform Platform
	// Permissions are named ones; Everything stands for RESOURCE/.default.
	Permissions []string
	Everything  bool
	OpenID      []string
	Offline     bool
	Auth        time.Time // when the person signed in
}

func (g grantedScopes) request() scopeRequest {
	return scopeRequest{
		target: target{g.Resource, g.Audience, g.Name}, everything: g.Everything,
		permissions: g.Permissions, openid: g.OpenID, offline: g.Offline,
	}
}

func granted(q scopeRequest, user User, app Application, auth time.Time) grantedScopes {
	return grantedScopes{
		UserID: user.ID, ClientID: app.ID, Resource: q.target.resource, Audience: q.target.audience, Name: q.target.name,
		Permissions: q.permissions, Everything: q.everything, OpenID: q.openid, Offline: q.offline, Auth: auth,
	}
}

// authorizationCode is a code on its way from the browser to the token endpoint.
type authorizationCode struct {
	grantedScopes
	RedirectURI     string
	Challenge       string
	ChallengeMethod string
	Nonce           string
	Made            time.Time
	Redeemed        bool
}

// family is the line of refresh tokens that came from one sign-in. A token is
// FAMILY.SECRET, so that a dead one is still known for what it was.
type family struct {
	ID string
	grantedScopes
	Renewed time.Time
	Revoked bool
	// Live holds the tokens that are good, each with the one it came from.
	Live map[string]string
}

// newFamily begins a line of refresh tokens and returns its first.
func (g *grants) newFamily(s grantedScopes, now time.Time) string {
	f := &family{ID: newSecret(16), grantedScopes: s, Renewed: now, Live: map[string]string{}}
	g.Families[f.ID] = f
	return f.add("")
}

func (f *family) add(parent string) string {
	token := f.ID + "." + newSecret(48)
	f.Live[token] = parent
	return token
}

// findFamily finds the family of a refresh token, dead or alive.
func (g *grants) findFamily(token string) (*family, bool) {
	id, _, _ := strings.Cut(token, ".")
	f, ok := g.Families[id]
	return f, ok
}

// spend uses a refresh token and returns its successor. The one it came from, and
// whatever else came from that, is dead from now on, and a dead one that comes
// back shows that two hold the grant: the whole family ends.
func (f *family) spend(token string, now time.Time) (successor string, ok bool) {
	parent, live := f.Live[token]
	if !live {
		f.Revoked = true
		f.Live = map[string]string{}
		return "", false
	}
	if parent != "" {
		delete(f.Live, parent)
		maps.DeleteFunc(f.Live, func(t, p string) bool { return p == parent && t != token })
		f.Live[token] = ""
	}
	f.Renewed = now
	return f.add(token), true
}

// deviceGrant is a device code, and who approved it.
type deviceGrant struct {
	grantedScopes
	UserCode string
	Made     time.Time
	Approved bool
	Declined bool
}

// sweep drops codes that can no longer be of use. Redeemed ones stay for their
// time, so that a second use is told apart from a wrong code.
func (g *grants) sweep(now time.Time) {
	maps.DeleteFunc(g.Codes, func(_ string, c *authorizationCode) bool { return now.After(c.Made.Add(2 * codeLife)) })
	maps.DeleteFunc(g.Devices, func(_ string, d *deviceGrant) bool { return now.After(d.Made.Add(2 * deviceLife)) })
	maps.DeleteFunc(g.Families, func(_ string, f *family) bool { return now.After(f.Renewed.Add(2 * refreshLife)) })
}

func consentKey(userID, clientID string) string {
	return strings.ToLower(userID) + " " + strings.ToLower(clientID)
}
