package graphapi

import (
	"strings"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/throttling"
)

// route is one operation of Graph as the tenant has it, with all rules that hold
// for the operation as a whole.
type route struct {
	method, path string // such as GET, /v1.0/users/{user-id}

	// handle answers the operation; nil says that Graph has it and the tenant has
	// not, which is answered 501.
	handle handler

	permission permission // what the token needs
	roles      roleRule   // what a signed-in person must be besides
	area       area       // whose refusals it has

	license directory.License // what the tenant must have; "" for what every tenant has

	family throttling.Family // whose quota it uses
	cost   int               // resource units; 0 stands for the usual one
	reads  bool              // it writes nothing, though its method is not GET
	free   bool              // it uses no quota itself: a batch's items do

	counted bool     // its collection can be counted, by $count behind its path
	casts   []string // the types that its collection can be narrowed to

	related bool // it answers related objects, of which the token may read less
	current bool // it reads the copy of the directory that is written to, whatever the lag
}

// area is a part of Graph that has refusals of its own.
type area int

const (
	directoryArea      area = iota
	authenticationArea      // a user's authentication methods
	auditLogArea            // sign-ins and audits
	protectionArea          // risky users and risk detections
	roleArea                // Privileged Identity Management
	mailArea                // what is in a mailbox
)

// operation is how the tenant's log names the route.
func (r *route) operation() string {
	if r.method == "" {
		return ""
	}
	return r.method + " " + r.path
}

// unknownRoute stands for a path that no row describes.
var unknownRoute = &route{}

// routeTable finds routes by how many segments a path has.
type routeTable map[int][]compiledRoute

type compiledRoute struct {
	*route
	parts []string
}

func newRouteTable(routes []route) routeTable {
	table := routeTable{}
	for i := range routes {
		parts := strings.Split(strings.Trim(routes[i].path, "/"), "/")
		table[len(parts)] = append(table[len(parts)], compiledRoute{&routes[i], parts})
	}
	return table
}

// find returns the first route for a method and path, and what stands in the
// places of its {names}.
func (t routeTable) find(method string, segments []segment) (*route, map[string]string) {
	for _, candidate := range t[len(segments)] {
		if candidate.method != method {
			continue
		}
		if vars, ok := matchSegments(candidate.parts, segments); ok {
			return candidate.route, vars
		}
	}
	return unknownRoute, map[string]string{}
}

func matchSegments(parts []string, segments []segment) (map[string]string, bool) {
	for i, part := range parts {
		if !segments[i].fits(part) {
			return nil, false
		}
	}
	vars := map[string]string{}
	for i, part := range parts {
		if part[0] == '{' {
			vars[strings.Trim(part, "{}")] = segments[i].text
		}
	}
	return vars, true
}
