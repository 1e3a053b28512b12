package handlers

import (
	"maps"

	"msgraph-user/auth"
	"msgraph-user/graph"
)

// registry is the one list of commands and what they do. What arguments they
// take and what they show is in integration.yml; a test holds the two together.
func registry() map[string]command {
	const id = "{id}"
	var (
		readUser = graph.GetUser(id, everyProperty)
		listAll  = graph.ListUsers(graph.ListOptions{})
		sends    = func(requests ...graph.Request) []graph.Request { return requests }
	)
	commands := map[string]command{
		"test-module":       {run: testModule, sends: sends(listAll)},
		"msgraph-user-test": {run: testConnection, sends: sends(listAll)},

		"msgraph-user-generate-login-url": {run: generateLoginURL},
		"msgraph-user-auth-reset":         {run: resetAuthorization},

		"msgraph-user-get":       {run: getUser, sends: sends(readUser), target: "user", missing: userMissing},
		"msgraph-user-list":      {run: listUsers, sends: sends(listAll)},
		"msgraph-user-get-delta": {run: getDelta, sends: sends(graph.UserDelta(""))},
		"msgraph-user-create":    {run: createUser, sends: sends(graph.CreateUser(id, nil), readUser), makes: "user_principal_name", changes: changing},
		"msgraph-user-update":    {run: updateUser, sends: sends(graph.UpdateUser(id, nil), readUser), target: "user", changes: changing},
		"msgraph-user-delete":    {plan: deleteUser, target: "user", changes: changing},

		"msgraph-user-terminate-session":          {plan: disableAccount, target: "user", changes: changing},
		"msgraph-user-account-disable":            {plan: disableAccount, target: "user", changes: changing},
		"msgraph-user-unblock":                    {plan: enableAccount, target: "user", changes: changing},
		"msgraph-user-session-revoke":             {plan: revokeSessions, target: "user", changes: changing},
		"msgraph-user-change-password":            {plan: changePassword, target: "user", changes: changing},
		"msgraph-user-force-reset-password":       {plan: forceResetPassword, target: "user", changes: changing},
		"msgraph-user-change-password-on-premise": {run: resetOnPremises, sends: sends(graph.ListPasswordMethods(id), graph.ResetPassword(id, id, ""), graph.GetOperation(id, id)), target: "user", changes: startsReset},

		"msgraph-user-get-manager":        {run: getManager, sends: sends(graph.GetManager(id)), target: "user", missing: managerMissing},
		"msgraph-user-assign-manager":     {plan: assignManager, target: "user", changes: changing},
		"msgraph-direct-reports":          {run: getDirectReports, sends: sends(graph.ListDirectReports(id)), target: "user"},
		"msgraph-user-get-groups":         {run: getGroups, sends: sends(graph.ListMemberOf(id)), target: "user"},
		"msgraph-user-owned-devices-list": {run: listOwnedDevices, sends: sends(graph.ListOwnedDevices(id, "", "")), target: "user"},

		"msgraph-user-get-auth-methods":             {run: getAuthMethods, sends: sends(graph.ListAuthenticationMethods(id)), target: "user"},
		"msgraph-user-get-user-default-auth-method": {run: getDefaultMethod, sends: sends(graph.GetSignInPreferences(id)), target: "user"},
		"msgraph-user-tap-policy-list":              {run: listPasses, sends: sends(graph.ListMethods(graph.TemporaryAccessPass, id, "")), target: "user_id"},
		"msgraph-user-tap-policy-create":            {run: createPass, sends: sends(graph.CreateTemporaryAccessPass(id, graph.TemporaryAccessPassSettings{})), target: "user_id", changes: changing},
		"msgraph-user-tap-policy-delete":            {plan: deletePass, target: "user_id", changes: changing, missing: passMissing},

		"msgraph-user-create-mfa-client-secret":       {run: createMFASecret, sends: sends(graph.ListServicePrincipals(auth.MFAApplicationID, "id"), graph.AddPassword(id, mfaSecretName)), changes: changing},
		"msgraph-user-create-mfa-client-access-token": {run: createMFAToken},
		"msgraph-user-request-mfa":                    {run: requestMFA, patience: mfaPatience},
	}
	for _, kind := range methodKinds {
		maps.Copy(commands, kind.commands())
	}
	return commands
}
