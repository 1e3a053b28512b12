package doctor

import (
	"cmp"
	"net/url"
	"slices"
	"time"

	"msgraph-user/auth"
	"msgraph-user/internal/engine"
)

// Identity is the account that an instance is signed in as.
type Identity struct {
	User          string    `json:"user,omitempty"` // empty for an application
	ApplicationID string    `json:"applicationId,omitempty"`
	ObjectID      string    `json:"objectId,omitempty"` // of the person, or of the application's service principal
	TenantID      string    `json:"tenantId,omitempty"`
	Kind          string    `json:"kind"` // of the permissions: application or delegated
	Permissions   []string  `json:"permissions"`
	Expires       time.Time `json:"expires"`
}

// The kinds of permissions.
const (
	application = "application"
	delegated   = "delegated"
)

// IdentityOf returns the account that a token acts as.
func IdentityOf(c auth.TokenClaims) Identity {
	i := Identity{
		User: c.UserName, ApplicationID: c.ApplicationID, ObjectID: c.ObjectID, TenantID: c.TenantID,
		Kind: application, Permissions: c.Roles, Expires: c.Expires.UTC(),
	}
	if len(c.Scopes) > 0 {
		i.Kind, i.Permissions = delegated, c.Scopes
	}
	slices.Sort(i.Permissions)
	return i
}

// String names the person or the application.
func (i Identity) String() string { return cmp.Or(i.User, "the application "+i.ApplicationID) }

// The states of a Command.
const (
	Allowed    = "allowed"
	Lacking    = "lacking"       // Missing says what to grant
	OtherWay   = "other sign-in" // this way of signing in cannot do it, whatever is granted
	Everything = "needs nothing" // the command asks nothing of Graph
	Unknown    = "unknown"       // Microsoft's description says nothing of the operation
)

// Command is a command and whether the token's permissions allow it.
type Command struct {
	Command string   `json:"command"`
	State   string   `json:"state"`
	Needs   []string `json:"needs,omitempty"`   // the least that does
	Missing []string `json:"missing,omitempty"` // what to grant in addition
}

// judge holds what a command needs against what was granted.
func judge(need engine.Need, who Identity) Command {
	required := need.Of(who.Kind == delegated)
	c := Command{Command: need.Command, Needs: required.Permissions, Missing: required.Missing(who.Permissions)}
	switch {
	case len(need.Requests) == 0:
		c.State = Everything
	case required.Impossible:
		c.State = OtherWay
	case len(c.Missing) > 0:
		c.State = Lacking
	case required.Unknown:
		c.State = Unknown
	default:
		c.State = Allowed
	}
	return c
}

// Missing is a permission to grant, and the commands that lack it.
type Missing struct {
	Permission string   `json:"permission"`
	Commands   []string `json:"commands"`
}

// missing turns what commands lack round: by permission, in alphabetical order.
func missing(commands []Command) []Missing {
	var all []Missing
	for _, c := range commands {
		for _, name := range c.Missing {
			n := slices.IndexFunc(all, func(m Missing) bool { return m.Permission == name })
			if n < 0 {
				n, all = len(all), append(all, Missing{Permission: name})
			}
			all[n].Commands = append(all[n].Commands, c.Command)
		}
	}
	slices.SortFunc(all, func(a, b Missing) int { return cmp.Compare(a.Permission, b.Permission) })
	return all
}

// adminCenters are the addresses of Microsoft Entra admin center, by the name of the
// cloud (https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud).
var adminCenters = map[string]string{
	"Worldwide": "https://entra.microsoft.com", "US GCC": "https://entra.microsoft.com",
	"US GCC-High": "https://entra.microsoft.us", "DoD": "https://entra.microsoft.us",
}

// whereToGrant names the exact place where an administrator grants permissions.
func whereToGrant(config *auth.Configuration, who Identity) string {
	switch config.Method {
	case auth.HostedApp:
		return "the hosted application asks for its permissions itself: open its consent page again as an administrator, and run doctor again"
	case auth.ManagedIdentity:
		return "a managed identity has no page for permissions: assign each as an app role of Microsoft Graph to the service principal " + who.ObjectID +
			", with New-MgServicePrincipalAppRoleAssignment (https://learn.microsoft.com/graph/api/serviceprincipal-post-approleassignments)"
	}
	kind := "Application permissions"
	if who.Kind == delegated {
		kind = "Delegated permissions"
	}
	return "Microsoft Entra admin center > App registrations > " + cmp.Or(who.ApplicationID, config.ClientID) +
		" > API permissions > Add a permission > Microsoft Graph > " + kind + "; then Grant admin consent"
}

// pageToGrant is the address of that place; empty where it is not known.
func pageToGrant(config *auth.Configuration, who Identity) string {
	center := adminCenters[config.Cloud.Name]
	if center == "" || who.ApplicationID == "" || config.Method == auth.HostedApp || config.Method == auth.ManagedIdentity {
		return ""
	}
	return center + "/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/CallAnAPI/appId/" + url.PathEscape(who.ApplicationID)
}
