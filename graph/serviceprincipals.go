package graph

import (
	"net/http"
	"strings"
)

// ListServicePrincipals reads the tenant's service principals of the application
// appID; there is one or none.
//
//	GET /servicePrincipals?$filter=appId eq '{appID}'
//
// https://learn.microsoft.com/graph/api/serviceprincipal-list
func ListServicePrincipals(appID, properties string) Request {
	filter := "appId eq " + quoted(appID)
	return ListOptions{Filter: filter, Select: properties}.apply(read("/servicePrincipals"))
}

// GetServicePrincipal reads who a service principal is, and whose application.
//
//	GET /servicePrincipals/{service_principal}
//
// https://learn.microsoft.com/graph/api/serviceprincipal-get
func GetServicePrincipal(servicePrincipal string) Request {
	return ListOptions{Select: "id,appId,displayName,appOwnerOrganizationId,verifiedPublisher"}.apply(read("/servicePrincipals/{service_principal}", servicePrincipal))
}

// quoted is text as an OData string literal, whose quotes are doubled.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// AddPassword adds a client secret called name to a service principal. Its answer
// is the only one that ever holds the secret. It is not repeated when its answer
// is lost.
//
//	POST /servicePrincipals/{service_principal}/addPassword
//
// https://learn.microsoft.com/graph/api/serviceprincipal-addpassword
func AddPassword(servicePrincipal, name string) Request {
	r := request(http.MethodPost, "/servicePrincipals/{service_principal}/addPassword", servicePrincipal).
		withBody(map[string]any{"passwordCredential": map[string]string{"displayName": name}})
	r.IfLost = "Check the service principal's passwordCredentials and remove the one called " + name + " that nobody has, before you add another."
	return r
}
