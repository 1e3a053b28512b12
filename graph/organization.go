package graph

// GetOrganization reads the tenant that answers, as a list of one.
//
//	GET /organization
//
// https://learn.microsoft.com/graph/api/organization-list
func GetOrganization(properties string) Request {
	return ListOptions{Select: properties}.apply(read("/organization"))
}
