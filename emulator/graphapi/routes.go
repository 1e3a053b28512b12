package graphapi

import (
	"slices"

	"msgraph-user/emulator/throttling"
)

// routes are all operations that the tenant knows. Of two that match, the one
// that stands first serves.
func routes() []route {
	rows := slices.Concat(userRoutes(), directoryRoutes(), applicationRoutes(), methodRoutes(), logRoutes(), protectionRoutes(),
		roleRoutes(), mailRoutes(), batchRoutes(), routesNotHere())
	return withKnown(withVariants(rows))
}

// withVariants adds the rows for casts and counts of the collections that have them.
func withVariants(rows []route) []route {
	for _, row := range slices.Clone(rows) {
		for _, typeName := range row.casts {
			narrowed := row
			narrowed.path += "/microsoft.graph." + typeName
			narrowed.handle = func(c *call) (reply, error) {
				c.cast = typeName
				return row.handle(c)
			}
			rows = append(rows, narrowed)
		}
	}
	for _, row := range slices.Clone(rows) {
		if row.counted {
			counting := row
			counting.path, counting.cost = row.path+"/$count", 0
			counting.handle = func(c *call) (reply, error) {
				c.counting = true
				return row.handle(c)
			}
			rows = append(rows, counting)
		}
	}
	return rows
}

func userRoutes() []route {
	const user = "/v1.0/users/{user-id}"
	return []route{
		{method: "GET", path: "/v1.0/users", handle: listUsers, permission: readUsers, roles: anyMember, cost: 2, counted: true},
		{method: "POST", path: "/v1.0/users", handle: createUser, permission: createUsers, roles: userWriting},
		{method: "GET", path: "/v1.0/users/delta", handle: deltaUsers, permission: followUsers, roles: anyMember, current: true},
		{method: "GET", path: user, handle: getUser, permission: readUser, roles: anyMember},
		{method: "PATCH", path: user, handle: updateUser, permission: changeUser, roles: byProperty},
		{method: "DELETE", path: user, handle: deleteUser, permission: removeUser, roles: userWriting},
		{method: "POST", path: user + "/revokeSignInSessions", handle: revokeSessions, permission: revokeUserSessions, roles: sessionRevoking},

		{method: "GET", path: user + "/manager", handle: getManager, permission: readManager, roles: anyMember, related: true},
		{method: "GET", path: user + "/manager/$ref", handle: getManagerRef, permission: readManager, roles: anyMember},
		{method: "PUT", path: user + "/manager/$ref", handle: setManager, permission: changeManager, roles: userWriting},
		{method: "DELETE", path: user + "/manager/$ref", handle: removeManager, permission: changeManager, roles: userWriting},
		{method: "GET", path: user + "/directReports", handle: directReports, permission: readReports, roles: anyMember, counted: true, casts: []string{"user"}, related: true},
		{method: "GET", path: user + "/memberOf", handle: memberOf, permission: readMemberOf, roles: anyMember, cost: 2, counted: true, casts: []string{"group", "directoryRole"}, related: true},
		{method: "GET", path: user + "/transitiveMemberOf", handle: transitiveMemberOf, permission: readTransitiveMemberOf, roles: anyMember, cost: 2, counted: true, casts: []string{"group", "directoryRole"}, related: true},
		{method: "GET", path: user + "/ownedDevices", handle: ownedDevices, permission: readUserDevices, roles: anyMember, counted: true, casts: []string{"device"}, related: true},
		{method: "GET", path: user + "/registeredDevices", handle: registeredDevices, permission: readUserDevices, roles: anyMember, counted: true, casts: []string{"device"}, related: true},
		{method: "GET", path: user + "/licenseDetails", handle: listLicenses, permission: readLicenses, roles: anyMember, cost: 2},

		{method: "GET", path: user + "/oauth2PermissionGrants", handle: listUsersGrants, permission: readUsersGrants, roles: anyMember, cost: 2},
		{method: "GET", path: user + "/appRoleAssignments", handle: listAppRoles, permission: readAppRoles, roles: anyMember},
		{method: "POST", path: user + "/appRoleAssignments", handle: createAppRole, permission: changeAppRoles, roles: grantWriting},
		{method: "GET", path: user + "/appRoleAssignments/{appRoleAssignment-id}", handle: getAppRole, permission: readAppRoles, roles: anyMember},
		{method: "DELETE", path: user + "/appRoleAssignments/{appRoleAssignment-id}", handle: deleteAppRole, permission: changeAppRoles, roles: grantWriting},
	}
}

func directoryRoutes() []route {
	const deleted = "/v1.0/directory/deletedItems/{directoryObject-id}"
	return []route{
		{method: "GET", path: "/v1.0/directory/deletedItems/microsoft.graph.user", handle: listDeletedUsers, permission: readDeleted, roles: anyMember},
		{method: "GET", path: deleted, handle: getDeleted, permission: readDeleted, roles: anyMember},
		{method: "DELETE", path: deleted, handle: purgeDeleted, permission: purgeDeletedUsers, roles: userWriting},
		{method: "POST", path: deleted + "/restore", handle: restoreDeleted, permission: changeDeleted, roles: userWriting},

		{method: "GET", path: "/v1.0/groups", handle: set("group", "groups"), permission: readGroups, roles: anyMember, counted: true},
		{method: "GET", path: "/v1.0/groups/{group-id}", handle: byID("group", "groups"), permission: readGroup, roles: anyMember},
		{method: "GET", path: "/v1.0/groups/{group-id}/members", handle: members("group"), permission: readMembers, roles: anyMember, cost: 3, counted: true, casts: memberTypes, related: true},
		{method: "POST", path: "/v1.0/groups/{group-id}/members/$ref", handle: addMember, permission: changeMembers, roles: groupWriting},
		{method: "DELETE", path: "/v1.0/groups/{group-id}/members/{directoryObject-id}/$ref", handle: removeMember, permission: changeMembers, roles: groupWriting},
		{method: "GET", path: "/v1.0/directoryRoles", handle: set("directoryRole", "directoryRoles"), permission: readRoles, roles: anyMember},
		{method: "GET", path: "/v1.0/directoryRoles/{directoryRole-id}/members", handle: members("directoryRole"), permission: readRoles, roles: anyMember, casts: memberTypes, related: true},
		{method: "GET", path: "/v1.0/devices", handle: set("device", "devices"), permission: readDevices, roles: anyMember, counted: true},
		{method: "GET", path: "/v1.0/devices/{device-id}", handle: getDevice, permission: readDevices, roles: anyMember},
		{method: "PATCH", path: "/v1.0/devices/{device-id}", handle: updateDevice, permission: changeDevices, roles: deviceWriting},
	}
}

func applicationRoutes() []route {
	const principal = "/v1.0/servicePrincipals/{servicePrincipal-id}"
	const grant = "/v1.0/oauth2PermissionGrants/{oAuth2PermissionGrant-id}"
	return []route{
		{method: "GET", path: "/v1.0/servicePrincipals", handle: listServicePrincipals, permission: readServicePrincipals, roles: anyMember, counted: true},
		{method: "GET", path: principal, handle: getServicePrincipal, permission: readServicePrincipal, roles: anyMember},
		{method: "POST", path: principal + "/addPassword", handle: addPassword, permission: changeServicePrincipal, roles: appWriting},
		{method: "POST", path: principal + "/removePassword", handle: removePassword, permission: changeServicePrincipal, roles: appWriting},

		{method: "GET", path: "/v1.0/oauth2PermissionGrants", handle: listGrants, permission: readGrants, roles: anyMember, cost: 2},
		{method: "POST", path: "/v1.0/oauth2PermissionGrants", handle: createGrant, permission: changeGrants, roles: grantWriting},
		{method: "GET", path: grant, handle: getGrant, permission: readGrants, roles: anyMember, cost: 2},
		{method: "PATCH", path: grant, handle: updateGrant, permission: changeGrants, roles: grantWriting},
		{method: "DELETE", path: grant, handle: deleteGrant, permission: changeGrants, roles: grantWriting},
	}
}

func batchRoutes() []route {
	return []route{
		{method: "POST", path: "/v1.0/$batch", handle: batch, free: true},
		{method: "POST", path: "/beta/$batch", handle: batch, free: true},
	}
}

// routesNotHere are operations that Graph has and the tenant has not, and that
// do not cost the usual one unit.
func routesNotHere() []route {
	const user = "/v1.0/users/{user-id}"
	return []route{
		{method: "GET", path: "/v1.0/applications", cost: 2},
		{method: "GET", path: "/v1.0/applications/{application-id}/extensionProperties", cost: 2},
		{method: "GET", path: "/v1.0/contracts", cost: 3},
		{method: "GET", path: "/v1.0/domains/{domain-id}/domainNameReferences", cost: 4},
		{method: "POST", path: "/v1.0/directoryObjects/getByIds", cost: 3, reads: true},
		{method: "GET", path: "/v1.0/groups/{group-id}/transitiveMembers", cost: 5},
		{method: "POST", path: user + "/checkMemberGroups", cost: 4, reads: true},
		{method: "POST", path: user + "/checkMemberObjects", cost: 4, reads: true},
		{method: "POST", path: user + "/getMemberGroups", cost: 2, reads: true},
		{method: "POST", path: user + "/getMemberObjects", cost: 2, reads: true},
		{method: "GET", path: user + "/ownedObjects", cost: 2},
		{method: "GET", path: "/v1.0/servicePrincipals/{servicePrincipal-id}/appRoleAssignments", cost: 2},
		{method: "GET", path: "/v1.0/subscribedSkus", cost: 3},
		{method: "GET", path: "/v1.0/identity/conditionalAccess/policies", family: throttling.Protection},
	}
}
