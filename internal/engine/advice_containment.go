package engine

import (
	"net/http"
	"strings"

	"msgraph-user/auth"
)

// onPremises is how Graph says that a directory on premises is the master.
const onPremises = `on-premises|directory.?sync|dirsync|mastered|originated within an external service`

// of returns the condition that the request is one of an operation whose template
// holds part.
func of(part string) func(refusal) bool {
	return func(r refusal) bool { return strings.Contains(r.request.Template, part) }
}

func writes(r refusal) bool { return r.changes() }

// containmentAdvices are about the commands that look into an account and turn off
// what an attacker may have left. They come before the general ones.
var containmentAdvices = []advice{
	{ // https://learn.microsoft.com/graph/api/signin-list, riskyuser-list, privilegedidentitymanagementv3-overview
		applies:     all(func(r refusal) bool { return licence(r) != "" }, says(`NonPremiumTenantOrB2CTenant|PremiumLicenseRequired|premium licen[sc]e|not licensed|P2 or Microsoft Entra ID Governance`)),
		text:        licence,
		alone:       true,
		unavailable: true,
	},
	{ // https://learn.microsoft.com/graph/api/mailfolder-list-messagerules
		applies:     all(of("/messageRules"), says(`MailboxNotEnabledForRESTAPI|mailbox is either|MailboxNotFound|no mailbox|NonExistentMailbox`)),
		text:        always("The user has no mailbox in Exchange Online: it is on premises, or the user has no licence for it. Look at the rules there."),
		alone:       true,
		unavailable: true,
	},
	{ // https://learn.microsoft.com/entra/id-protection/concept-identity-protection-b2b
		applies:     all(of("/identityProtection/"), says(`guest|external user|home (tenant|directory)`)),
		text:        always("The risk of a guest belongs to the home tenant, whose administrators have to treat it there."),
		alone:       true,
		unavailable: true,
	},
	{ // an application signs in as itself, and the operation is for people only
		applies: func(r refusal) bool {
			permissions, known := r.request.Permissions()
			return r.Status == http.StatusForbidden && known && permissions.Application.IsEmpty() && r.inv.signsInAsApplication()
		},
		text:        always("Use a self-deployed app with an authorization code, signed in as an administrator who may do it."),
		unavailable: true,
	},
	{ // https://learn.microsoft.com/entra/identity/users/groups-dynamic-membership
		applies: all(of("/groups/"), says(`dynamic`)),
		text:    always("A rule decides who is in this group: change the user's property that the rule asks for, or the rule."),
		alone:   true,
	},
	{ // https://github.com/microsoftgraph/microsoft-graph-docs/issues/14827
		applies: all(of("/groups/"), says(`mail-enabled|distribution list`)),
		text:    always("Exchange holds the members of this group: change them in the Exchange admin center, or with Add- and Remove-DistributionGroupMember."),
		alone:   true,
	},
	{
		applies: all(of("/groups/"), says(onPremises), writes),
		text:    always("The group is synchronized from on premises: change its members there, with Add-ADGroupMember or Remove-ADGroupMember, and the next synchronization brings it here."),
		alone:   true,
	},
	{ // https://learn.microsoft.com/graph/api/group-delete-owners
		applies: all(of("/owners/"), says(`at least one owner|last owner`)),
		text:    always("This is the group's only owner: add another owner first."),
		alone:   true,
	},
	{ // https://learn.microsoft.com/graph/api/group-delete-members
		applies: all(status(http.StatusForbidden), of("/groups/"), writes),
		text:    always("If it works for other groups, this one can be assigned to roles: the application then needs RoleManagement.ReadWrite.Directory too, and a person the role Privileged Role Administrator."),
	},
	{
		applies: all(of("/roleManagement/"), says(`removing self|remove (yourself|their own|your own|own)`)),
		text:    always("A Global Administrator cannot end their own role: sign in as another one."),
		alone:   true,
	},
	{ // https://github.com/kayasax/EasyPIM
		applies: all(of("/roleManagement/"), says(`ActiveDurationTooShort`)),
		text:    always("The role was activated less than five minutes ago, and cannot be ended before: run the command again then."),
		alone:   true,
	},
	{
		applies: all(of("/roleManagement/"), says(`ExpirationRule|PolicyValidationFailed`)),
		text:    always("The role's settings in Privileged Identity Management do not allow it so, such as an assignment without an end: change the settings, or assign the role by hand."),
		alone:   true,
	},
	{ // https://learn.microsoft.com/graph/api/resources/privilegedidentitymanagementv3-overview
		applies: all(status(http.StatusForbidden), of("/roleManagement/"), writes),
		text:    always("Beside the permission, the application, or the person who is signed in, needs the role Privileged Role Administrator."),
	},
	{ // https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/3614
		applies: all(of("/appRoleAssignments"), says(`EntitlementGrant`)),
		text:    always("The assignment is not this user's own: msgraph-user-app-roles-list shows whose it is. One that comes through a group ends with the membership, msgraph-user-group-remove."),
		alone:   true,
	},
	{
		applies: all(of("/messageRules"), says(`read.?only|ErrorAccessDenied.*rule`), writes),
		text:    always("The rule is read-only for Graph: switch it off in Outlook, or with Disable-InboxRule in Exchange."),
		alone:   true,
	},
	{ // https://learn.microsoft.com/graph/api/directory-deleteditems-restore
		applies: all(of("/restore"), says(`conflict|already exists|same value`)),
		text:    always("Somebody else has the user's name or an address by now: change or delete that one, then restore the user."),
		alone:   true,
	},
	{ // https://learn.microsoft.com/graph/api/device-update
		applies: all(of("/devices/"), says(onPremises), writes),
		text:    always("The device is joined on premises too: disable the computer there, with Disable-ADAccount, or the next synchronization switches it on again."),
		alone:   true,
	},
	{
		applies: all(status(http.StatusForbidden), of("/devices/"), writes),
		text:    always("Beside the permission, a person needs the role Cloud Device Administrator."),
	},
	{
		applies: all(of("/users/{user}"), says(onPremises), writes, func(r refusal) bool { return properties(r.request) == "accountEnabled" }),
		text:    always("The user is synchronized from on premises: disable the account there, with Disable-ADAccount (Enable-ADAccount to enable it), and the next synchronization brings it here."),
		alone:   true,
	},
	unknownID("/oauth2PermissionGrants/{", "msgraph-user-consents-list shows the ids of a user's grants."),
	unknownID("/devices/{", "msgraph-user-devices-list shows the ids of a user's devices."),
	unknownID("/messageRules/{", "msgraph-user-inbox-rules-list shows the ids of the user's rules."),
	unknownID("/appRoleAssignments/{", "msgraph-user-app-roles-list shows the ids of the user's assignments."),
	unknownID("/groups/{", "msgraph-user-get-groups shows the groups of a user with their ids."),
}

// unknownID advises where ids of an operation are found.
func unknownID(part, text string) advice {
	return advice{applies: all(status(http.StatusNotFound), of(part)), text: always(text)}
}

// licence says which licence an operation needs; "" where it needs none.
func licence(r refusal) string {
	switch {
	case strings.HasPrefix(r.request.Template, "/identityProtection/"):
		return "The tenant has no licence for it: the risk of users needs Microsoft Entra ID P2."
	case strings.HasPrefix(r.request.Template, "/roleManagement/"):
		return "The tenant has no licence for Privileged Identity Management, Microsoft Entra ID P2 or Governance: roles are assigned without it."
	case strings.HasPrefix(r.request.Template, "/auditLogs/"):
		return "The tenant has no licence for it: sign-in logs need Microsoft Entra ID P1 or P2. The Entra admin center shows the last seven days."
	}
	return ""
}

// signsInAsApplication reports whether the instance's token is that of an application
// and not of a person.
func (inv *Invocation) signsInAsApplication() bool {
	if inv.instance == nil || inv.instance.config == nil {
		return false
	}
	method := inv.instance.config.Method
	return method == auth.ClientCredentials || method == auth.ManagedIdentity
}
