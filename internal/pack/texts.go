package pack

// The sentences of the pack that integration.yml does not hold.

const packReadme = `Work with the users of a Microsoft Entra ID tenant (formerly Azure Active Directory) from playbooks and the War Room.

The integration runs as one program, msgraph-user, in place of Python: a command costs what its request to Microsoft Graph costs. It takes over the instances, tokens and playbooks of the Microsoft Graph User integration, whose commands, arguments and context paths it keeps.

## What does this pack do?

- Finds, reads, creates, changes, disables and deletes users, and ends their sessions.
- Resets passwords, in the cloud and on premises, and looks after authentication methods and Temporary Access Passes.
- Lists which users changed since the last time, the managers and direct reports of a user, and the user's devices and groups.
- Refuses to change accounts that the instance protects.

The test playbook works on the practice tenant that the program brings with it: no network, no account, nothing to break.
`

const releaseNotes = `
#### Integrations

##### %s

- The integration now runs as one program in an image of its own, in place of Python.
- Added the parameters **Protected users** and **Read only**, which refuse changes.
- Error messages name the permission that a command needs and what to do next.
`

// packIgnore is read by the SDK's validation. The integration keeps the name and
// the parameters of the one that it takes over from, whatever today's rules are.
const packIgnore = ``

const secretsIgnore = `contoso.com
larkspur.example
`
