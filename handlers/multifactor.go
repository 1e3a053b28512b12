package handlers

import (
	"context"
	"fmt"
	"time"

	"msgraph-user/graph"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

// mfaSecretName is how the secrets made here are called at the service principal.
const mfaSecretName = "MFA App Secret"

func createMFASecret(inv *engine.Invocation) ([]engine.Step, error) {
	if err := inv.MayGenerateSecrets(); err != nil {
		return nil, err
	}
	return []engine.Step{
		{Request: graph.ListServicePrincipals(engine.MFAApplicationID, "id"), Read: engine.Page},
		{Request: graph.AddPassword(id, mfaSecretName), From: addMFASecret},
	}, nil
}

// addMFASecret adds the secret to the service principal that was found.
func addMFASecret(before []engine.Outcome) (graph.Request, error) {
	principals := before[0].Items
	if len(principals) == 0 {
		return graph.Request{}, &failure.Error{
			Kind:    failure.Refused,
			Message: "The tenant has no service principal of Entra's MFA client (application " + engine.MFAApplicationID + ").",
			Advice:  "Create it once, as an administrator: New-MgServicePrincipal -AppId " + engine.MFAApplicationID,
		}
	}
	return graph.AddPassword(principals[0].Text("id"), mfaSecretName), nil
}

func showMFASecret(_ *engine.Invocation, outcomes []engine.Outcome) ([]xsoar.Entry, error) {
	added := outcomes[1].Object
	credential := rawjson.Object{
		{Name: "MFAClientSecret", Value: valueOrNull(added, "secretText")},
		{Name: "ValidFrom", Value: valueOrNull(added, "startDateTime")},
		{Name: "ValidUntil", Value: valueOrNull(added, "endDateTime")},
	}
	readable := fmt.Sprintf("A secret of the MFA client was created, valid until %s. It is in the context at %s.MFAClientSecret.",
		added.Text("endDateTime"), userPath)
	return shown(credential, readable, map[string]any{userPath + ".MFAClientSecret": credential}), nil
}

func createMFAToken(ctx context.Context, inv *engine.Invocation) ([]xsoar.Entry, error) {
	if err := inv.MayGenerateSecrets(); err != nil {
		return nil, err
	}
	token, err := inv.MFAToken(ctx, "client_secret")
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

func requestMFA(ctx context.Context, inv *engine.Invocation) ([]xsoar.Entry, error) {
	user := inv.Args.Text("user_mail")
	seconds, err := inv.Args.Number("timeout")
	if err != nil {
		return nil, err
	}
	if seconds < 1 {
		return nil, failure.Argument("timeout", "timeout is %d: give the seconds in which the person may answer, 1 or more.", seconds)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(seconds)*time.Second)
	defer cancel()
	inv.Report("Waiting for %s to answer the MFA request.", user)
	if err := inv.MFA().Authenticate(ctx, user, inv.Args.Secret("access_token")); err != nil {
		return nil, err
	}
	return done("%s approved the MFA request.", user), nil
}
