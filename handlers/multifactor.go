package handlers

import (
	"context"
	"fmt"
	"time"

	"msgraph-user/auth"
	"msgraph-user/graph"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

// mfaSecretName is how the secrets made here are called at the service principal.
const mfaSecretName = "MFA App Secret"

// needsSecretGenerators refuses the commands that print a secret unless the
// instance allows them.
func (c *call) needsSecretGenerators() error {
	if c.instance.settings.AllowSecretGenerators {
		return nil
	}
	e := failure.Parameter("allow_secret_generators", "%s prints a secret into the War Room, which this instance does not allow.", c.command)
	e.Advice = "An administrator can switch the parameter allow_secret_generators on."
	return e
}

func createMFASecret(ctx context.Context, c *call) ([]xsoar.Entry, error) {
	if err := c.needsSecretGenerators(); err != nil {
		return nil, err
	}
	_, principals, err := c.list(ctx, graph.ListServicePrincipals(auth.MFAApplicationID, "id"))
	if err != nil {
		return nil, err
	}
	if len(principals) == 0 {
		return nil, &failure.Error{
			Kind:    failure.Refused,
			Message: "The tenant has no service principal of Entra's MFA client (application " + auth.MFAApplicationID + ").",
			Advice:  "Create it once, as an administrator: New-MgServicePrincipal -AppId " + auth.MFAApplicationID,
		}
	}
	added, err := c.do(ctx, graph.AddPassword(principals[0].Text("id"), mfaSecretName))
	if err != nil {
		return nil, err
	}
	credential := rawjson.Object{
		{Name: "MFAClientSecret", Value: valueOrNull(added, "secretText")},
		{Name: "ValidFrom", Value: valueOrNull(added, "startDateTime")},
		{Name: "ValidUntil", Value: valueOrNull(added, "endDateTime")},
	}
	readable := fmt.Sprintf("A secret of the MFA client was created, valid until %s. It is in the context at %s.MFAClientSecret.",
		added.Text("endDateTime"), userPath)
	return shown(credential, readable, map[string]any{userPath + ".MFAClientSecret": credential}), nil
}

func createMFAToken(ctx context.Context, c *call) ([]xsoar.Entry, error) {
	if err := c.needsSecretGenerators(); err != nil {
		return nil, err
	}
	token, err := c.instance.source.MFAToken(ctx, c.args.Secret("client_secret"))
	if err != nil {
		return nil, err
	}
	access := rawjson.Object{
		{Name: "AccessToken", Value: rawjson.Quote(token.AccessToken.Reveal())},
		{Name: "ValidUntil", Value: rawjson.Quote(token.ValidUntil)},
	}
	readable := fmt.Sprintf("An access token of the MFA service is in the context at %s.MFAAccessToken.", userPath)
	return shown(access, readable, map[string]any{userPath + ".MFAAccessToken": access}), nil
}

// mfaMargin is what a request-mfa call may take besides the person's own time.
const mfaMargin = 30 * time.Second

// mfaPatience is how long the person may take.
func mfaPatience(args definition.Arguments) time.Duration {
	seconds, err := args.Number("timeout")
	if err != nil || seconds < 1 {
		return 0 // requestMFA tells what is wrong
	}
	return time.Duration(seconds)*time.Second + mfaMargin
}

func requestMFA(ctx context.Context, c *call) ([]xsoar.Entry, error) {
	user := c.args.Text("user_mail")
	seconds, err := c.args.Number("timeout")
	if err != nil {
		return nil, err
	}
	if seconds < 1 {
		return nil, failure.Argument("timeout", "timeout is %d: give the seconds in which the person may answer, 1 or more.", seconds)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(seconds)*time.Second)
	defer cancel()
	c.report("Waiting for %s to answer the MFA request.", user)
	if err := c.instance.mfa.Authenticate(ctx, user, c.args.Secret("access_token")); err != nil {
		return nil, err
	}
	return done("%s approved the MFA request.", user), nil
}
