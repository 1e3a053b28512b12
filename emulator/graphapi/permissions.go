package graphapi

// What operations ask of a token, as Microsoft's metadata has it (x-permissions in
// its OpenAPI description), or its reference page where the metadata is silent. A
// test holds them against the metadata.
const (
	agents       = "AgentIdUser.ReadWrite.All AgentIdUser.ReadWrite.IdentityParentedBy "
	devicesRead  = "DeviceManagementApps.Read.All DeviceManagementConfiguration.Read.All DeviceManagementManagedDevices.Read.All DeviceManagementServiceConfig.Read.All "
	devicesWrite = "DeviceManagementApps.ReadWrite.All DeviceManagementConfiguration.ReadWrite.All DeviceManagementManagedDevices.ReadWrite.All DeviceManagementServiceConfig.ReadWrite.All "

	directoryRead  = "Directory.Read.All Directory.ReadWrite.All "
	rolesRead      = "RoleManagement.Read.All RoleManagement.Read.Directory RoleManagement.ReadWrite.Directory "
	groupsRead     = "Group-NestingSupport.ReadWrite.All Group-PreferredDataLocation.ReadWrite.All Group.ManageProtection.All Group.Read.All Group.ReadWrite.All GroupMember.Read.All "
	deletedAgents  = "AgentIdentity.DeleteRestore.All AgentIdentityBlueprint.DeleteRestore.All AgentIdentityBlueprintPrincipal.DeleteRestore.All "
	usersRead      = directoryRead + "User.Read.All User.ReadWrite.All "
	userProperties = "User-Mail.ReadWrite.All User-PasswordProfile.ReadWrite.All User-Phone.ReadWrite.All User.EnableDisableAccount.All User.ManageIdentities.All "
)

var (
	readUsers = permits("User.ReadBasic.All User.ReadWrite.All", agents+devicesRead+devicesWrite+usersRead+"User.ReadWrite.CrossCloud").
			delegatedBy("User.ReadBasic.All User.ReadWrite.All", agents+devicesRead+devicesWrite+usersRead)
	readUser = permits("User.ReadBasic.All User.ReadWrite.All", agents+devicesRead+devicesWrite+usersRead+"User.ReadWrite.CrossCloud").
			delegatedBy("User.ReadBasic.All User.ReadWrite.All", agents+devicesRead+devicesWrite+usersRead+"User.Read User.ReadWrite")
	followUsers = permits("User.Read.All", agents+usersRead)
	createUsers = permits("User.ReadWrite.All", agents+devicesWrite+"Directory.ReadWrite.All")
	changeUser  = permits("User.ReadWrite.All", agents+devicesWrite+userProperties+"Directory.ReadWrite.All User.ReadWrite.CrossCloud").
			delegatedBy("User.ReadWrite.All", agents+devicesWrite+userProperties+"Directory.ReadWrite.All User.ReadWrite")
	removeUser = permits("User.DeleteRestore.All User.ReadWrite.All", agents+devicesWrite+"User.ReadWrite.CrossCloud").
			delegatedBy("User.DeleteRestore.All User.ReadWrite.All", agents+devicesWrite)
	revokeUserSessions = permits("User.RevokeSessions.All", agents+"Directory.ReadWrite.All User.ReadWrite.All")

	readManager   = permits("User.Read.All User.ReadWrite.All", agents+usersRead)
	changeManager = permits("User.ReadWrite.All", agents+"Directory.ReadWrite.All")
	readReports   = permits("User.Read.All", agents+usersRead).delegatedBy("User.Read", agents+usersRead)
	readMemberOf  = permits("Directory.Read.All", directoryRead+"Group.ReadBasic.All GroupMember.ReadBasic.All").
			delegatedBy("User.Read", directoryRead+"Group.ReadBasic.All GroupMember.Read.All GroupMember.ReadBasic.All")
	readTransitiveMemberOf = permits("User.Read.All", directoryRead+"Group.Read.All Group.ReadBasic.All GroupMember.Read.All GroupMember.ReadBasic.All").
				delegatedBy("User.Read", directoryRead+"Group.Read.All Group.ReadBasic.All GroupMember.Read.All GroupMember.ReadBasic.All User.Read.All")
	readUserDevices = permits("User.Read.All", usersRead).delegatedBy("User.Read", usersRead)

	readDeleted   = permits("User.Read.All", usersRead)
	changeDeleted = permits("User.DeleteRestore.All", agents+deletedAgents+"User.ReadWrite.All User.ReadWrite.CrossCloud").
			delegatedBy("User.DeleteRestore.All", agents+deletedAgents+"User.ReadWrite.All")
	purgeDeletedUsers = permission{delegated: newGrant("User.ReadWrite.All", "")}

	readGroups    = permits("Group.ReadBasic.All", directoryRead+groupsRead)
	readGroup     = permits("", directoryRead+groupsRead+"Group-XTenantIdentitySync.Read.All Group.ReadBasic.All").advising("GroupMember.Read.All")
	readMembers   = permits("GroupMember.ReadBasic.All", "Directory.Read.All Group.Read.All Group.ReadBasic.All Group.ReadWrite.All GroupMember.Read.All GroupMember.ReadWrite.All")
	changeMembers = permits("GroupMember.ReadWrite.All", "Group.ReadWrite.All Directory.ReadWrite.All")
	readRoles     = permits("RoleManagement.Read.Directory", directoryRead+"RoleManagement.ReadWrite.Directory")
	readDevices   = permits("Device.Read.All", directoryRead+"Device.ReadWrite.All").delegatedBy("Device.Read.All", directoryRead)

	readServicePrincipals = permits("Application.Read.All Application.ReadWrite.OwnedBy", "Application.ReadWrite.All Directory.Read.All").
				delegatedBy("Application.Read.All Application.ReadWrite.All", directoryRead)
	readServicePrincipal = permits("Application.Read.All Application.ReadWrite.OwnedBy", directoryRead+"Application.ReadWrite.All").
				delegatedBy("Application.Read.All Application.ReadWrite.All", directoryRead)
	changeServicePrincipal = permits("Application.ReadWrite.OwnedBy", "Application.ReadWrite.All Directory.ReadWrite.All").
				delegatedBy("Application.ReadWrite.All", "Directory.ReadWrite.All")

	changeDevices = permits("Device.ReadWrite.All", "Directory.ReadWrite.All").delegatedBy("Directory.AccessAsUser.All", "")

	readLicenses = permits("LicenseAssignment.Read.All", agents+usersRead).delegatedBy("LicenseAssignment.Read.All", agents+usersRead+"User.Read")

	readGrants      = permits("Directory.Read.All", "DelegatedPermissionGrant.ReadWrite.All Directory.ReadWrite.All")
	readUsersGrants = permits("Directory.Read.All", "DelegatedPermissionGrant.ReadWrite.All")
	changeGrants    = permits("", "DelegatedPermissionGrant.ReadWrite.All Directory.ReadWrite.All").advising("DelegatedPermissionGrant.ReadWrite.All")
	readAppRoles    = permits("Directory.Read.All", "AppRoleAssignment.ReadWrite.All").delegatedBy("AppRoleAssignment.ReadWrite.All", "Directory.Read.All")
	changeAppRoles  = permits("AppRoleAssignment.ReadWrite.All", "")

	readSignIns      = permits("AuditLog.Read.All", "")
	readAudits       = permits("AuditLog.Read.All", "Directory.Read.All")
	readRiskyUsers   = permits("IdentityRiskyUser.Read.All", "")
	changeRiskyUsers = permits("IdentityRiskyUser.ReadWrite.All", "")
	readDetections   = permits("IdentityRiskEvent.Read.All", "")

	readDefinitions = permits("RoleManagement.Read.Directory", directoryRead+"RoleManagement.Read.All RoleManagement.ReadWrite.Directory")
	readAssignments = permits("RoleManagement.Read.Directory", directoryRead+"RoleManagement.ReadWrite.Directory").
			delegatedBy("RoleManagement.Read.Directory", directoryRead+"RoleManagement.Read.All RoleManagement.ReadWrite.Directory")
	changeAssignments = permits("RoleManagement.ReadWrite.Directory", "")
	readScheduled     = permits("RoleAssignmentSchedule.Read.Directory", "RoleAssignmentSchedule.ReadWrite.Directory "+rolesRead)
	readEligible      = permits("RoleEligibilitySchedule.Read.Directory", "RoleEligibilitySchedule.ReadWrite.Directory "+rolesRead)
	changeScheduled   = permits("RoleAssignmentSchedule.ReadWrite.Directory", "RoleAssignmentSchedule.Remove.Directory RoleEligibilitySchedule.Remove.Directory RoleManagement.ReadWrite.Directory")
	readRequests      = permits("RoleAssignmentSchedule.ReadWrite.Directory", "RoleManagement.ReadWrite.Directory")
	changeEligible    = permits("RoleEligibilitySchedule.ReadWrite.Directory", "RoleManagement.ReadWrite.Directory")

	readRequest            = readRequests
	readEligibilityRequest = changeEligible

	readMailSettings   = permits("MailboxSettings.Read", "")
	changeMailSettings = permits("MailboxSettings.ReadWrite", "")

	resetPasswords = permission{delegated: newGrant("UserAuthenticationMethod.ReadWrite.All", "")}
	readOperations = permission{delegated: newGrant("UserAuthenticationMethod.Read.All", ownMethods)}
	readAnyMethod  = permits("UserAuthenticationMethod.Read.All", "UserAuthenticationMethod.ReadWrite.All").
			delegatedBy("UserAuthenticationMethod.Read.All", ownMethods)
	readSignInPreferences = permits("UserAuthenticationMethod.Read.All", "UserAuthenticationMethod.ReadWrite.All").
				delegatedBy("UserAuthenticationMethod.Read", ownMethods)
	changeSignInPreferences = permits("UserAuthenticationMethod.ReadWrite.All", "").
				delegatedBy("UserAuthenticationMethod.ReadWrite", "UserAuthenticationMethod.ReadWrite.All")
)

// ownMethods let a person read authentication methods, those without All the
// person's own.
const ownMethods = "UserAuthenticationMethod.Read UserAuthenticationMethod.Read.All UserAuthenticationMethod.ReadWrite UserAuthenticationMethod.ReadWrite.All "

// readMethods returns the permission to read authentication methods of a kind;
// prefix is that of the kind's own permissions, such as UserAuthMethod-Phone.
func readMethods(prefix string) permission {
	return permits(prefix+".Read.All", prefix+".ReadWrite.All UserAuthenticationMethod.Read.All UserAuthenticationMethod.ReadWrite.All").
		delegatedBy(prefix+".Read", prefix+".Read.All "+prefix+".ReadWrite "+prefix+".ReadWrite.All "+ownMethods)
}

// changeMethods returns the permission to change authentication methods of a kind.
func changeMethods(prefix string) permission {
	return permits(prefix+".ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All").
		delegatedBy(prefix+".ReadWrite", prefix+".ReadWrite.All UserAuthenticationMethod.ReadWrite UserAuthenticationMethod.ReadWrite.All")
}

// Where the metadata has less than for other kinds.
var (
	listPasskeys = permits("UserAuthMethod-Passkey.Read.All", "").
			delegatedBy("UserAuthMethod-Passkey.Read", "UserAuthMethod-Passkey.Read.All UserAuthMethod-Passkey.ReadWrite UserAuthenticationMethod.Read UserAuthenticationMethod.ReadWrite")
	createPasses = permits("UserAuthMethod-TAP.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All")
)
