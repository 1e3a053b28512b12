package graphapi

// routes are all operations that the tenant knows. Of two that match, the one
// that stands first serves.
func routes() []entry {
	return append([]entry{
		{"GET", "/v1.0/users", listUsers},
		{"POST", "/v1.0/users", createUser},
		{"GET", "/v1.0/users/$count", countUsers},
		{"GET", "/v1.0/users/delta", deltaUsers},
		{"GET", "/v1.0/users/{user-id}", getUser},
		{"PATCH", "/v1.0/users/{user-id}", updateUser},
		{"DELETE", "/v1.0/users/{user-id}", deleteUser},
		{"POST", "/v1.0/users/{user-id}/revokeSignInSessions", revokeSessions},

		{"GET", "/v1.0/users/{user-id}/manager", getManager},
		{"GET", "/v1.0/users/{user-id}/manager/$ref", getManagerRef},
		{"PUT", "/v1.0/users/{user-id}/manager/$ref", setManager},
		{"DELETE", "/v1.0/users/{user-id}/manager/$ref", removeManager},
		{"GET", "/v1.0/users/{user-id}/directReports", directReports},
		{"GET", "/v1.0/users/{user-id}/memberOf", memberOf},
		{"GET", "/v1.0/users/{user-id}/transitiveMemberOf", transitiveMemberOf},
		{"GET", "/v1.0/users/{user-id}/ownedDevices", ownedDevices},
		{"GET", "/v1.0/users/{user-id}/registeredDevices", registeredDevices},

		{"GET", "/v1.0/directory/deletedItems/user", listDeletedUsers},
		{"GET", "/v1.0/directory/deletedItems/{directoryObject-id}", getDeleted},
		{"DELETE", "/v1.0/directory/deletedItems/{directoryObject-id}", purgeDeleted},
		{"POST", "/v1.0/directory/deletedItems/{directoryObject-id}/restore", restoreDeleted},

		{"GET", "/v1.0/groups", set("group", "groups")},
		{"GET", "/v1.0/groups/{group-id}", byID("group", "groups")},
		{"GET", "/v1.0/groups/{group-id}/members", members("group")},
		{"GET", "/v1.0/directoryRoles", set("directoryRole", "directoryRoles")},
		{"GET", "/v1.0/directoryRoles/{directoryRole-id}/members", members("directoryRole")},
		{"GET", "/v1.0/devices", set("device", "devices")},
		{"GET", "/v1.0/devices/{device-id}", byID("device", "devices")},

		{"POST", "/v1.0/$batch", batch},
		{"POST", "/beta/$batch", batch},

		{"GET", "/v1.0/servicePrincipals", listServicePrincipals},
		{"GET", "/v1.0/servicePrincipals/{servicePrincipal-id}", getServicePrincipal},
		{"POST", "/v1.0/servicePrincipals/{servicePrincipal-id}/addPassword", addPassword},
		{"POST", "/v1.0/servicePrincipals/{servicePrincipal-id}/removePassword", removePassword},

		{"POST", "/v1.0/users/{user-id}/authentication/methods/{authenticationMethod-id}/resetPassword", writing(resetPassword)},
		{"GET", "/v1.0/users/{user-id}/authentication/operations/{longRunningOperation-id}", getOperation},
		{"GET", "/beta/users/{user-id}/authentication/signInPreferences", getPreferences},
		{"PATCH", "/beta/users/{user-id}/authentication/signInPreferences", writing(updatePreferences)},
	}, methodRoutes()...)
}
