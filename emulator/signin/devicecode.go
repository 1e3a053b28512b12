package signin

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// deviceAnswer is the answer to a device that wants a person to sign in
// (RFC 8628, 3.2; https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code).
type deviceAnswer struct {
	UserCode        string `json:"user_code"`
	DeviceCode      string `json:"device_code"`
	VerificationURI string `json:"verification_uri"`
	ExpiresIn       int    `json:"expires_in"`
	Interval        int    `json:"interval"`
	Message         string `json:"message"`
}

// deviceInterval is how often a device may ask, in seconds.
const deviceInterval = 5

// userCodeLetters leaves out those that people mistake for one another.
const userCodeLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

func newUserCode() string {
	b := randomBytes(9)
	for i := range b {
		b[i] = userCodeLetters[int(b[i])%len(userCodeLetters)]
	}
	return string(b)
}

func (x *exchange) serveDeviceCode() {
	answer, f := x.beginDevice()
	if f != nil {
		x.sendRefusal(f)
		return
	}
	x.answer(http.StatusOK, answer)
}

func (x *exchange) beginDevice() (deviceAnswer, *refusal) {
	if x.r.Method != http.MethodPost {
		return deviceAnswer{}, refuse(900561, "The device code endpoint takes POST only, not %s.", x.r.Method)
	}
	if f := x.resolveTenant(); f != nil {
		return deviceAnswer{}, f
	}
	if f := x.parseForm(); f != nil {
		return deviceAnswer{}, f
	}
	id, f := x.required("client_id")
	if f != nil {
		return deviceAnswer{}, f
	}
	app, f := x.application(id)
	if f != nil {
		return deviceAnswer{}, f
	}
	scope, f := x.required("scope")
	if f != nil {
		return deviceAnswer{}, f
	}
	asked, f := x.parseScope(scope)
	if f != nil {
		return deviceAnswer{}, f
	}
	return x.storeDevice(app, asked), nil
}

func (x *exchange) storeDevice(app Application, asked scopeRequest) deviceAnswer {
	x.mu.Lock()
	defer x.mu.Unlock()
	now := x.now()
	x.grants.sweep(now)
	code, d := newSecret(48), &deviceGrant{grantedScopes: granted(asked, User{}, app, time.Time{}), UserCode: newUserCode(), Made: now}
	x.grants.Devices[code] = d
	page := x.origin() + "/devicelogin"
	return deviceAnswer{
		UserCode: d.UserCode, DeviceCode: code, VerificationURI: page,
		ExpiresIn: int(deviceLife.Seconds()), Interval: deviceInterval,
		Message: fmt.Sprintf("Open %s in a browser and enter the code %s.", page, d.UserCode),
	}
}

// grantDeviceCode answers a device that asks whether its person has signed in.
func (x *exchange) grantDeviceCode(q tokenRequest) (issued, *refusal, error) {
	if f := x.mayBePublic(q); f != nil {
		return issued{}, f, nil
	}
	code, f := x.required("device_code")
	if f != nil {
		return issued{}, f, nil
	}
	g, f := x.takeDevice(q.app, code)
	if f != nil {
		return issued{}, f, nil
	}
	return x.issueAndKeep(q, g)
}

// takeDevice returns what a device code was approved for, once.
func (x *exchange) takeDevice(app Application, code string) (grantedScopes, *refusal) {
	x.mu.Lock()
	defer x.mu.Unlock()
	d, ok := x.grants.Devices[code]
	switch {
	case !ok, !strings.EqualFold(d.ClientID, app.ID):
		return grantedScopes{}, refuse(70018, "The device code is not one that was given to application '%s', or was used already.", app.ID)
	case x.now().After(d.Made.Add(deviceLife)):
		return grantedScopes{}, refuse(70020, "The device code has expired: it lives %v. Begin again.", deviceLife)
	case d.Declined:
		f := refuse(65004, "The person declined.")
		f.oauth = "authorization_declined"
		return grantedScopes{}, f
	case !d.Approved:
		return grantedScopes{}, refuse(70016, "The person has not signed in yet. Ask again in %d s.", deviceInterval)
	}
	delete(x.grants.Devices, code)
	return d.grantedScopes, nil
}

// findDevice finds an open device grant by the code that a person types.
func (g *grants) findDevice(userCode string, now time.Time) (*deviceGrant, bool) {
	typed := strings.ToUpper(strings.Join(strings.FieldsFunc(userCode, func(r rune) bool { return r == ' ' || r == '-' }), ""))
	for _, d := range g.Devices {
		if d.UserCode == typed && !d.Approved && !d.Declined && !now.After(d.Made.Add(deviceLife)) {
			return d, true
		}
	}
	return nil, false
}
