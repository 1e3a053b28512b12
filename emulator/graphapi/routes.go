package graphapi

// routes are all operations that the tenant knows. Of two that match, the one
// that stands first serves.
func routes() []entry {
	return []entry{
		{"GET", "/v1.0/users", listUsers},
		{"POST", "/v1.0/users", createUser},
		{"GET", "/v1.0/users/$count", countUsers},
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
	}
}
