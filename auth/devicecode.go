package auth

import (
	"context"
	"net/url"
	"time"

	"golang.org/x/oauth2"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/httpclient"
	"msgraph-user/internal/secret"
)

const (
	deviceCodeGrant   = "urn:ietf:params:oauth:grant-type:device_code" // RFC 8628, 3.4
	slowDownBy        = 5 * time.Second                                // RFC 8628, 3.5
	defaultPoll       = 5 * time.Second                                // RFC 8628, 3.2
	defaultDeviceCode = 15 * time.Minute
)

// DevicePrompt is what a person is told to do on another device.
type DevicePrompt struct {
	UserCode string
	URL      string // where to enter it
	Expires  time.Time
}

// LoginByDeviceCode lets a person sign in on another device: tell is given what to
// show, and the call returns when the grant is stored, refused or too late
// (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code).
func (s *Source) LoginByDeviceCode(ctx context.Context, tell func(DevicePrompt)) error {
	if err := s.checkLogin(); err != nil {
		return err
	}
	transport := &oneAnswer{client: s.tokens.signInHost}
	cfg := s.cfg.oauth2Config("")
	device, err := cfg.DeviceAuth(transport.context(ctx))
	switch {
	case err != nil && transport.answer == nil:
		return s.tokens.unanswered(ctx, s.cfg.SignInHost(), err)
	case err != nil || device.DeviceCode == "" || device.UserCode == "":
		return s.tokens.refusal(s.cfg.SignInHost(), transport.answer)
	}
	s.scrubber.Add(secret.New(device.DeviceCode))
	if device.Expiry.IsZero() {
		device.Expiry = time.Now().Add(defaultDeviceCode)
	}
	tell(DevicePrompt{UserCode: device.UserCode, URL: device.VerificationURI, Expires: device.Expiry})
	ctx, cancel := context.WithDeadline(ctx, device.Expiry)
	defer cancel()
	token, err := s.poll(ctx, device)
	if err != nil {
		return err
	}
	return s.storeGrant(ctx, token)
}

// poll asks until the person has decided.
func (s *Source) poll(ctx context.Context, device *oauth2.DeviceAuthResponse) (*oauth2.Token, error) {
	interval := time.Duration(device.Interval) * time.Second
	if interval <= 0 {
		interval = defaultPoll
	}
	for {
		if httpclient.Wait(ctx, interval) != nil {
			return nil, s.deviceCodeEnded(ctx)
		}
		token, err := s.tokens.request(ctx, url.Values{"grant_type": {deviceCodeGrant}, "device_code": {device.DeviceCode}}, "")
		switch said := oauthErrorOf(err); {
		case said == "authorization_pending", failure.KindOf(err) == failure.Unreachable && ctx.Err() == nil:
		case said == "slow_down":
			interval += slowDownBy
		case err != nil && ctx.Err() != nil:
			return nil, s.deviceCodeEnded(ctx)
		default:
			return token, err
		}
	}
}

func (s *Source) deviceCodeEnded(ctx context.Context) error {
	if failure.KindOf(ctx.Err()) == failure.Canceled {
		return s.tokens.ended(ctx)
	}
	return &failure.Error{
		Kind:    failure.SignIn,
		Message: "Nobody signed in before the device code expired.",
		Advice:  "Start again, and enter the code before it expires.",
		Cause:   ctx.Err(),
	}
}
