package handlers

import "maps"

// registry is the one list of commands and what they do. What arguments they
// take and what they show is in integration.yml; a test holds the two together.
func registry() map[string]command {
	commands := map[string]command{
		"test-module":       {run: testModule},
		"msgraph-user-test": {run: testConnection},

		"msgraph-user-generate-login-url": {run: generateLoginURL},
		"msgraph-user-auth-reset":         {run: resetAuthorization},

		"msgraph-user-get":       {run: getUser, target: "user", missing: userMissing},
		"msgraph-user-list":      {run: listUsers},
		"msgraph-user-get-delta": {run: getDelta},
		"msgraph-user-create":    {run: createUser, changes: changing},
		"msgraph-user-update":    {run: updateUser, target: "user", changes: changing},
		"msgraph-user-delete":    {plan: deleteUser, target: "user", changes: changing},

		"msgraph-user-terminate-session":          {plan: disableAccount, target: "user", changes: changing},
		"msgraph-user-account-disable":            {plan: disableAccount, target: "user", changes: changing},
		"msgraph-user-unblock":                    {plan: enableAccount, target: "user", changes: changing},
		"msgraph-user-session-revoke":             {plan: revokeSessions, target: "user", changes: changing},
		"msgraph-user-change-password":            {plan: changePassword, target: "user", changes: changing},
		"msgraph-user-force-reset-password":       {plan: forceResetPassword, target: "user", changes: changing},
		"msgraph-user-change-password-on-premise": {run: resetOnPremises, target: "user", changes: startsReset},

		"msgraph-user-get-manager":        {run: getManager, target: "user", missing: managerMissing},
		"msgraph-user-assign-manager":     {plan: assignManager, target: "user", changes: changing},
		"msgraph-direct-reports":          {run: getDirectReports, target: "user"},
		"msgraph-user-get-groups":         {run: getGroups, target: "user"},
		"msgraph-user-owned-devices-list": {run: listOwnedDevices, target: "user"},

		"msgraph-user-get-auth-methods":             {run: getAuthMethods, target: "user"},
		"msgraph-user-get-user-default-auth-method": {run: getDefaultMethod, target: "user"},
		"msgraph-user-tap-policy-list":              {run: listPasses, target: "user_id"},
		"msgraph-user-tap-policy-create":            {run: createPass, target: "user_id", changes: changing},
		"msgraph-user-tap-policy-delete":            {plan: deletePass, target: "user_id", changes: changing, missing: passMissing},

		"msgraph-user-create-mfa-client-secret":       {run: createMFASecret, changes: changing},
		"msgraph-user-create-mfa-client-access-token": {run: createMFAToken},
		"msgraph-user-request-mfa":                    {run: requestMFA, patience: mfaPatience},
	}
	for _, kind := range methodKinds {
		maps.Copy(commands, kind.commands())
	}
	return commands
}
