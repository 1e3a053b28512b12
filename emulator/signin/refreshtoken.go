package signin

import "strings"

// grantRefreshToken renews
// (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#refresh-the-access-token).
// The person and the consent are checked before the token is spent, so that a
// refusal that may pass leaves it good.
func (x *exchange) grantRefreshToken(q tokenRequest) (issued, *refusal, error) {
	token, f := x.required("refresh_token")
	if f != nil {
		return issued{}, f, nil
	}
	g, f := x.findGrant(q.app, token)
	if f == nil {
		f = x.mayRenew(q, g)
	}
	if f != nil {
		return issued{}, f, nil
	}
	want, f := x.renamed(g, x.asksFor(q))
	if f != nil {
		return issued{}, f, nil
	}
	if f := renewsForItself(q.app, want.target); f != nil {
		return issued{}, f, nil
	}
	user, f := x.person(g)
	if f == nil {
		f = interrupt(user, false)
	}
	if f != nil {
		return issued{}, f, nil
	}
	out, f, err := x.issueToPerson(q, g, want, "")
	if f != nil || err != nil {
		return issued{}, f, err
	}
	out.answer.RefreshToken, f = x.spend(token)
	return out, f, nil
}

// renewsForItself refuses to renew a token for the application itself by its URI,
// as Entra does, though it gives one for a code or a password.
func renewsForItself(app Application, t target) *refusal {
	if t.resource != ownAPI || !strings.EqualFold(t.audience, app.ID) || strings.EqualFold(t.name, app.ID) {
		return nil
	}
	return refuse(90009, "Application '%s' asks for a token for itself as '%s': name it by its id alone, %s/.default.", app.ID, t.name, app.ID)
}

// mayRenew checks the credential of a renewal: as the platform of the code asks,
// or for a grant without a redirect URI as its flow does.
func (x *exchange) mayRenew(q tokenRequest, g grantedScopes) *refusal {
	switch origin := x.r.Header.Get("Origin"); {
	case g.Platform != "":
		return x.mayRedeem(q, g.Platform)
	case origin != "":
		return crossOrigin(origin)
	}
	return x.mayBePublic(q)
}

// findGrant finds what a refresh token stands for. One that its successor
// replaced ends its family at once, whatever else is wrong with the request.
func (x *exchange) findGrant(app Application, token string) (grantedScopes, *refusal) {
	x.mu.Lock()
	defer x.mu.Unlock()
	f, ok := x.grants.findFamily(token)
	switch {
	case !ok:
		return grantedScopes{}, refuseUnknownGrant("refresh token", token)
	case !strings.EqualFold(f.ClientID, app.ID):
		return grantedScopes{}, refuse(700005, "The refresh token was given to another application than '%s'.", app.ID)
	case f.Revoked:
		return grantedScopes{}, revokedFamily()
	case x.now().After(f.Renewed.Add(refreshLife)):
		return grantedScopes{}, refuse(700082, "The refresh token has expired: it was not used for %d days. Sign in again.", int(refreshLife.Hours()/24))
	}
	if _, live := f.Live[token]; !live {
		f.spend(token, x.now())
		return grantedScopes{}, revokedFamily()
	}
	return f.grantedScopes, nil
}

// spend swaps a refresh token for its successor. Another request may have come
// between the check and this.
func (x *exchange) spend(token string) (string, *refusal) {
	x.mu.Lock()
	defer x.mu.Unlock()
	f, ok := x.grants.findFamily(token)
	if !ok || f.Revoked {
		return "", revokedFamily()
	}
	successor, ok := f.spend(token, x.now())
	if !ok {
		return "", revokedFamily()
	}
	return successor, nil
}

func revokedFamily() *refusal {
	return refuse(50173, "The grant was revoked because a refresh token that had been replaced was used again. Sign in again.")
}
