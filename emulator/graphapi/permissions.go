package graphapi

// What operations ask of a token, as Microsoft's metadata has it (x-permissions in
// its OpenAPI description), or its reference page where the metadata is silent. A
// test holds them against the metadata.
const (
	agents       = "AgentIdUser.ReadWrite.All AgentIdUser.ReadWrite.IdentityParentedBy "
	devicesRead  = "DeviceManagementApps.Read.All DeviceManagementConfiguration.Read.All DeviceManagementManagedDevices.Read.All DeviceManagementServiceConfig.Read.All "
	devicesWrite = "DeviceManagementApps.ReadWrite.All DeviceManagementConfiguration.ReadWrite.All DeviceManagementManagedDevices.ReadWrite.All DeviceManagementServiceConfig.ReadWrite.All "

	directoryRead  = "Directory.Read.All Directory.ReadWrite.All "
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

	readDeleted   = permits("User.Read.All", usersRead+"User.DeleteRestore.All")
	changeDeleted = permits("User.DeleteRestore.All", "User.ReadWrite.All")

	readGroups = permits("Group.Read.All", directoryRead+"Group.ReadWrite.All GroupMember.Read.All").
			delegatedBy("GroupMember.Read.All", directoryRead+"Group.Read.All Group.ReadWrite.All")
	readMembers = permits("GroupMember.Read.All", directoryRead+"Group.Read.All Group.ReadWrite.All")
	readRoles   = permits("RoleManagement.Read.Directory", directoryRead+"RoleManagement.ReadWrite.Directory")
	readDevices = permits("Device.Read.All", directoryRead+"Device.ReadWrite.All").delegatedBy("Device.Read.All", directoryRead)

	readServicePrincipals = permits("Application.Read.All Application.ReadWrite.OwnedBy", "Application.ReadWrite.All Directory.Read.All").
				delegatedBy("Application.Read.All Application.ReadWrite.All", directoryRead)
	readServicePrincipal   = permits("Application.Read.All", directoryRead+"Application.ReadWrite.All")
	changeServicePrincipal = permits("Application.ReadWrite.OwnedBy", "Application.ReadWrite.All Directory.ReadWrite.All").
				delegatedBy("Application.ReadWrite.All", "Directory.ReadWrite.All")

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
