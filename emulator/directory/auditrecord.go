package directory

import (
	"encoding/json"
	"strings"
)

// AuditTarget is one of the things that an audited change was made to.
type AuditTarget struct {
	ID                 *string       `json:"id"`
	DisplayName        *string       `json:"displayName"`
	Type               string        `json:"type"`
	UserPrincipalName  *string       `json:"userPrincipalName"`
	GroupType          *string       `json:"groupType"`
	ModifiedProperties []AuditChange `json:"modifiedProperties"`
}

// AuditChange is a property before and after, each a JSON list as text.
type AuditChange struct {
	DisplayName string  `json:"displayName"`
	OldValue    *string `json:"oldValue"`
	NewValue    *string `json:"newValue"`
}

// AuditValue writes a JSON value as the audits do: in a list, as text.
func AuditValue(raw string) *string {
	text := "[" + raw + "]"
	return &text
}

// auditTypes are how the audits call types.
var auditTypes = map[string]string{"user": "User", "group": "Group", "device": "Device", "servicePrincipal": "ServicePrincipal", "directoryRole": "Role"}

// AuditTargetOf returns o, which may be nil, as the target of changes.
func AuditTargetOf(o *Object, changes ...AuditChange) AuditTarget {
	t := AuditTarget{Type: "Other", ModifiedProperties: changes}
	if changes == nil {
		t.ModifiedProperties = []AuditChange{}
	}
	if o == nil {
		return t
	}
	t.ID = &o.ID
	if known := auditTypes[o.Type.Name]; known != "" {
		t.Type = known
	}
	text := func(name string) *string {
		p, ok := o.Type.Property(name)
		if !ok || o.Raw(p) == "" {
			return nil
		}
		value := Unquote(o.Raw(p))
		return &value
	}
	t.DisplayName, t.UserPrincipalName = text("displayName"), text("userPrincipalName")
	if o.Type.Name == "group" {
		kind := "azureAD"
		if strings.Contains(o.Raw(o.Type.Must("groupTypes")), "Unified") {
			kind = "unifiedGroups"
		}
		t.GroupType = &kind
	}
	return t
}

// AuditInitiator returns who made an audited change: a user at an address, which may
// be "", or an application, which o, its service principal, may be nil of.
func AuditInitiator(o *Object, appID, ipAddress string) any {
	if o != nil && o.Type.Name == "user" {
		var address any
		if ipAddress != "" {
			address = ipAddress
		}
		return map[string]any{"app": nil, "user": map[string]any{
			"id": o.ID, "displayName": o.Text("displayName"), "userPrincipalName": o.Text("userPrincipalName"), "ipAddress": address,
		}}
	}
	app := map[string]any{"appId": appID, "displayName": nil, "servicePrincipalId": nil, "servicePrincipalName": nil}
	if o != nil {
		app["displayName"], app["servicePrincipalId"] = o.Text("displayName"), o.ID
	}
	return map[string]any{"app": app, "user": nil}
}

// rawOfPlain writes plain data as JSON.
func rawOfPlain(value any) string {
	raw, _ := json.Marshal(value) // plain data: cannot fail
	return string(raw)
}
