package graphapi

import (
	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/throttling"
)

// logRoutes are sign-ins and audits. Sign-ins need a licence, audits none.
func logRoutes() []route {
	routes := []route{
		{method: "GET", path: "/v1.0/auditLogs/signIns", handle: listSignIns, permission: readSignIns, license: directory.P1},
		{method: "GET", path: "/v1.0/auditLogs/signIns/{signIn-id}", handle: getSignIn, permission: readSignIns, license: directory.P1},
		{method: "GET", path: "/v1.0/auditLogs/directoryAudits", handle: listAudits, permission: readAudits},
		{method: "GET", path: "/v1.0/auditLogs/directoryAudits/{directoryAudit-id}", handle: getAudit, permission: readAudits},
	}
	for i := range routes {
		routes[i].area, routes[i].family, routes[i].roles = auditLogArea, throttling.AuditLogs, logReading
		routes[i].current = true // the logs are no part of the directory's copies
	}
	return routes
}

// protectionRoutes are Identity Protection.
func protectionRoutes() []route {
	const users, detections = "/v1.0/identityProtection/riskyUsers", "/v1.0/identityProtection/riskDetections"
	routes := []route{
		{method: "GET", path: users, handle: listRiskyUsers, permission: readRiskyUsers, roles: riskReading, license: directory.P2},
		{method: "GET", path: users + "/{riskyUser-id}", handle: getRiskyUser, permission: readRiskyUsers, roles: riskReading, license: directory.P2},
		{method: "POST", path: users + "/confirmCompromised", permission: changeRiskyUsers, roles: riskWriting, license: directory.P2,
			handle: treatRisk("confirmedCompromised", "high", "adminConfirmedUserCompromised")},
		{method: "POST", path: users + "/confirmSafe", permission: changeRiskyUsers, roles: riskWriting, license: directory.P2,
			handle: treatRisk("confirmedSafe", "none", "adminConfirmedAccountSafe")},
		{method: "POST", path: users + "/dismiss", permission: changeRiskyUsers, roles: riskWriting, license: directory.P2,
			handle: treatRisk("dismissed", "none", "adminDismissedAllRiskForUser")},
		{method: "GET", path: users + "/{riskyUser-id}/history"},
		{method: "GET", path: users + "/{riskyUser-id}/history/{riskyUserHistoryItem-id}"},
		{method: "GET", path: detections, handle: listRiskDetections, permission: readDetections, roles: riskReading, license: directory.P1},
		{method: "GET", path: detections + "/{riskDetection-id}", handle: getRiskDetection, permission: readDetections, roles: riskReading, license: directory.P1},
	}
	for i := range routes {
		routes[i].area, routes[i].family, routes[i].current = protectionArea, throttling.Protection, true
	}
	return routes
}

// roleRoutes are who has which directory role, and Privileged Identity Management.
func roleRoutes() []route {
	const root = "/v1.0/roleManagement/directory/"
	const asked, askedEligible = "unifiedRoleAssignmentScheduleRequest", "unifiedRoleEligibilityScheduleRequest"
	return []route{
		{method: "GET", path: root + "roleDefinitions", handle: listDefinitions, permission: readDefinitions, roles: anyMember},
		{method: "GET", path: root + "roleDefinitions/{unifiedRoleDefinition-id}", handle: getDefinition, permission: readDefinitions, roles: anyMember},
		{method: "GET", path: root + "roleAssignments", handle: listAssignments, permission: readAssignments, roles: anyMember},
		{method: "POST", path: root + "roleAssignments", handle: createAssignment, permission: changeAssignments, roles: roleWriting},
		{method: "GET", path: root + "roleAssignments/{unifiedRoleAssignment-id}", handle: getAssignment, permission: readAssignments, roles: anyMember},
		{method: "DELETE", path: root + "roleAssignments/{unifiedRoleAssignment-id}", handle: deleteAssignment, permission: changeAssignments, roles: roleWriting},

		{method: "GET", path: root + "roleAssignmentScheduleInstances", handle: listScheduled, permission: readScheduled, roles: anyMember, area: roleArea, license: directory.P2},
		{method: "GET", path: root + "roleEligibilityScheduleInstances", handle: listEligible, permission: readEligible, roles: anyMember, area: roleArea, license: directory.P2},
		{method: "GET", path: root + "roleAssignmentScheduleRequests", handle: requests(asked, "roleAssignmentScheduleRequests"), permission: readRequests, roles: anyMember, area: roleArea, license: directory.P2},
		{method: "POST", path: root + "roleAssignmentScheduleRequests", handle: requestAssignment, permission: changeScheduled, roles: byProperty, area: roleArea, license: directory.P2},
		{method: "GET", path: root + "roleAssignmentScheduleRequests/{" + asked + "-id}", handle: requestByID(asked, "roleAssignmentScheduleRequests"), permission: readRequest, roles: anyMember, area: roleArea, license: directory.P2},
		{method: "GET", path: root + "roleEligibilityScheduleRequests", handle: requests(askedEligible, "roleEligibilityScheduleRequests"), permission: changeEligible, roles: anyMember, area: roleArea, license: directory.P2},
		{method: "POST", path: root + "roleEligibilityScheduleRequests", handle: requestEligibility, permission: changeEligible, roles: byProperty, area: roleArea, license: directory.P2},
		{method: "GET", path: root + "roleEligibilityScheduleRequests/{" + askedEligible + "-id}", handle: requestByID(askedEligible, "roleEligibilityScheduleRequests"), permission: readEligibilityRequest, roles: anyMember, area: roleArea, license: directory.P2},
	}
}

// mailRoutes are the rules of an inbox.
func mailRoutes() []route {
	const rules = "/v1.0/users/{user-id}/mailFolders/{mailFolder-id}/messageRules"
	routes := []route{
		{method: "GET", path: rules, handle: listRules, permission: readMailSettings},
		{method: "POST", path: rules, handle: createRule, permission: changeMailSettings},
		{method: "GET", path: rules + "/{messageRule-id}", handle: getRule, permission: readMailSettings},
		{method: "PATCH", path: rules + "/{messageRule-id}", handle: updateRule, permission: changeMailSettings},
		{method: "DELETE", path: rules + "/{messageRule-id}", handle: deleteRule, permission: changeMailSettings},
	}
	for i := range routes {
		routes[i].area, routes[i].family, routes[i].roles, routes[i].current = mailArea, throttling.Outlook, ownMailbox, true
	}
	return routes
}
