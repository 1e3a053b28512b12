package graphapi

import (
	"net/http"
	"strings"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/odata"
	"msgraph-user/emulator/schema"
)

// methodKind is one kind of authentication method: its segment of the path and
// its type.
type methodKind struct {
	segment, typeName string
	permissions       string     // the prefix of the kind's own permissions
	list              permission // what listing asks for, where it is not what reading one does
	creation          permission // what creating asks for, where it is not what other changes do
	deletable         bool
	create, update    func(c *call, u *directory.Object) (reply, error) // nil where Graph has none
}

// methodKinds are the kinds that Graph has under a user's authentication
// (https://learn.microsoft.com/graph/api/resources/authenticationmethods-overview).
func methodKinds() []methodKind {
	return []methodKind{
		{segment: "passwordMethods", typeName: "passwordAuthenticationMethod", permissions: "UserAuthMethod-Password"},
		{segment: "phoneMethods", typeName: "phoneAuthenticationMethod", permissions: "UserAuthMethod-Phone",
			deletable: true, create: createPhone, update: updatePhone},
		{segment: "emailMethods", typeName: "emailAuthenticationMethod", permissions: "UserAuthMethod-Email",
			deletable: true, create: createEmail, update: updateEmail},
		{segment: "fido2Methods", typeName: "fido2AuthenticationMethod", permissions: "UserAuthMethod-Passkey",
			list: listPasskeys, deletable: true},
		{segment: "microsoftAuthenticatorMethods", typeName: "microsoftAuthenticatorAuthenticationMethod",
			permissions: "UserAuthMethod-MicrosoftAuthApp", deletable: true},
		{segment: "softwareOathMethods", typeName: "softwareOathAuthenticationMethod",
			permissions: "UserAuthMethod-SoftwareOATH", deletable: true},
		{segment: "windowsHelloForBusinessMethods", typeName: "windowsHelloForBusinessAuthenticationMethod",
			permissions: "UserAuthMethod-WindowsHello", deletable: true},
		{segment: "temporaryAccessPassMethods", typeName: "temporaryAccessPassAuthenticationMethod", permissions: "UserAuthMethod-TAP",
			creation: createPasses, deletable: true, create: createPass},
	}
}

const authentication = "/v1.0/users/{user-id}/authentication/"

// methodRoutes are the operations below a user's authentication.
func methodRoutes() []route {
	const preferences = "/beta/users/{user-id}/authentication/signInPreferences"
	routes := []route{
		{method: "GET", path: authentication + "methods", handle: listAllMethods, permission: readAnyMethod, roles: methodReading},
		{method: "GET", path: authentication + "methods/{authenticationMethod-id}", handle: getAnyMethod, permission: readAnyMethod, roles: methodReading},
		{method: "POST", path: authentication + "methods/{authenticationMethod-id}/resetPassword", handle: writing(resetPassword), permission: resetPasswords, roles: passwordSetting},
		{method: "GET", path: authentication + "operations/{longRunningOperation-id}", handle: getOperation, permission: readOperations, roles: passwordSetting},
		{method: "GET", path: preferences, handle: getPreferences, permission: readSignInPreferences, roles: methodReading},
		{method: "PATCH", path: preferences, handle: writing(updatePreferences), permission: changeSignInPreferences, roles: methodWriting},
	}
	for _, kind := range methodKinds() {
		routes = append(routes, kind.routes()...)
	}
	for i := range routes {
		routes[i].area = authenticationArea
	}
	return routes
}

// routes are the operations of one kind.
func (kind methodKind) routes() []route {
	collection := authentication + kind.segment
	one := collection + "/{" + kind.typeName + "-id}"
	read, change := readMethods(kind.permissions), changeMethods(kind.permissions)
	list, creation := read, change
	if kind.list.application.any != nil {
		list = kind.list
	}
	if kind.creation.application.any != nil {
		creation = kind.creation
	}
	routes := []route{
		{method: "GET", path: collection, handle: kind.all, permission: list, roles: methodReading},
		{method: "GET", path: one, handle: kind.get, permission: read, roles: methodReading},
	}
	if kind.create != nil {
		routes = append(routes, route{method: "POST", path: collection, handle: writing(kind.create), permission: creation, roles: methodWriting})
	}
	if kind.update != nil {
		routes = append(routes, route{method: "PATCH", path: one, handle: writing(kind.update), permission: change, roles: methodWriting})
	}
	if kind.deletable {
		routes = append(routes, route{method: "DELETE", path: one, handle: writing(kind.remove), permission: change, roles: methodWriting})
	}
	return routes
}

// writing puts the checks that all changes of methods share before one.
func writing(change func(c *call, u *directory.Object) (reply, error)) handler {
	return func(c *call) (reply, error) {
		u, err := c.methodOwner()
		if err != nil {
			return reply{}, err
		}
		if c.mayActOn(u) != nil {
			return reply{}, accessDenied()
		}
		return change(c, u)
	}
}

// methodOwner finds the user of the path; this part of Graph has a 404 of its own.
func (c *call) methodOwner() (*directory.Object, error) {
	u, err := c.user()
	if refusal, ok := err.(*graphError); ok && refusal.status == http.StatusNotFound {
		return nil, resourceNotFound("The specified user could not be found.")
	}
	return u, err
}

func (kind methodKind) all(c *call) (reply, error) {
	u, err := c.methodOwner()
	if err != nil {
		return reply{}, err
	}
	return c.collectOwned(c.methods(u, kind.typeName), schema.MustLookup(kind.typeName), "users('"+u.ID+"')/authentication/"+kind.segment, false)
}

func (kind methodKind) get(c *call) (reply, error) {
	u, err := c.methodOwner()
	if err != nil {
		return reply{}, err
	}
	method, err := c.method(u, kind.typeName, c.vars[kind.typeName+"-id"])
	if err != nil {
		return reply{}, err
	}
	return c.one(method, "users('"+u.ID+"')/authentication/"+kind.segment, false)
}

// remove deletes a method.
func (kind methodKind) remove(c *call, u *directory.Object) (reply, error) {
	method, err := c.method(u, kind.typeName, c.vars[kind.typeName+"-id"])
	if err != nil {
		return reply{}, err
	}
	err = c.update(func(tx *directory.Tx) error {
		if tx.Owned(u.ID, kind.typeName, method.ID) == nil {
			return c.noSuchMethod(method.ID)
		}
		if err := keepDefault(tx, u.ID, method); err != nil {
			return err
		}
		tx.Disown(u.ID, kind.typeName, method.ID)
		return nil
	})
	if err != nil {
		return reply{}, err
	}
	return noContent(), nil
}

func listAllMethods(c *call) (reply, error) {
	u, err := c.methodOwner()
	if err != nil {
		return reply{}, err
	}
	var all []*directory.Object
	for _, kind := range methodKinds() {
		all = append(all, c.methods(u, kind.typeName)...)
	}
	return c.collectOwned(all, nil, "users('"+u.ID+"')/authentication/methods", true)
}

func getAnyMethod(c *call) (reply, error) {
	u, err := c.methodOwner()
	if err != nil {
		return reply{}, err
	}
	id := c.vars["authenticationMethod-id"]
	for _, kind := range methodKinds() {
		if method, err := c.method(u, kind.typeName, id); err == nil {
			return c.one(method, "users('"+u.ID+"')/authentication/methods", true)
		}
	}
	return reply{}, c.noSuchMethod(id)
}

// passwordMethodID is the identifier that everybody's password method has.
const passwordMethodID = "28c10230-6103-485e-b985-444c60001490"

// methods returns a user's methods of a type. Everybody but a guest has a
// password; what a pass is good for depends on the time.
func (c *call) methods(u *directory.Object, typeName string) []*directory.Object {
	switch typeName {
	case "passwordAuthenticationMethod":
		if strings.EqualFold(u.Text("userType"), "Guest") {
			return nil
		}
		t := schema.MustLookup(typeName)
		created := u.Raw(userType().Must("lastPasswordChangeDateTime"))
		return []*directory.Object{directory.NewObject(t, passwordMethodID, directory.Pair{Property: t.Must("createdDateTime"), Raw: created})}
	case "temporaryAccessPassAuthenticationMethod":
		return c.passes(u)
	}
	return c.store.Owned(u.ID, typeName)
}

func (c *call) method(u *directory.Object, typeName, id string) (*directory.Object, error) {
	for _, method := range c.methods(u, typeName) {
		if strings.EqualFold(method.ID, id) {
			return method, nil
		}
	}
	return nil, c.noSuchMethod(id)
}

func (c *call) noSuchMethod(id string) error {
	return resourceNotFound("A key with identifier " + id + " was not found for user " + c.vars["user-id"] + ".")
}

// collectOwned answers what belongs to a user. Graph filters and sorts little of
// that, which is not documented, so it is refused loudly. t is nil where objects
// of several types come.
func (c *call) collectOwned(objects []*directory.Object, t *schema.Type, context string, typed bool) (reply, error) {
	options, err := c.options()
	if err != nil {
		return reply{}, err
	}
	if options.Filter != "" || options.OrderBy != "" || options.Given("search") || options.Expand != "" {
		return reply{}, notHere("$filter, $orderby, $search or $expand here")
	}
	l := &collection{call: c, source: listed(objects), context: context, query: &odata.Query{Options: options, Page: options.Top}}
	if l.query.Page == 0 {
		l.query.Page = odata.DefaultPage
	}
	if t != nil {
		l.view, err = c.view(t, options.Select, false)
	} else {
		l.view, err = c.mixedView(objects, options.Select)
	}
	if err != nil {
		return reply{}, err
	}
	l.view.typed = typed
	if options.SkipToken != "" && !odata.DecodeToken(l.identity(), options.SkipToken, &l.token) {
		return reply{}, odata.BadToken()
	}
	return l.answer()
}

// mixedView shows the properties of each type that occurs.
func (c *call) mixedView(objects []*directory.Object, selected string) (view, error) {
	if selected != "" {
		return view{}, notHere("$select on methods of several kinds")
	}
	mixed := c.newView(nil)
	seen := map[*schema.Type]bool{}
	for _, o := range objects {
		if !seen[o.Type] {
			seen[o.Type] = true
			mixed.properties = append(mixed.properties, defaultsOf(o.Type)...)
		}
	}
	return mixed, nil
}

// one answers a single object.
func (c *call) one(o *directory.Object, set string, typed bool) (reply, error) {
	options, err := c.options()
	if err != nil {
		return reply{}, err
	}
	if options.Expand != "" {
		return reply{}, notHere("$expand here")
	}
	v, err := c.view(o.Type, options.Select, true)
	if err != nil {
		return reply{}, err
	}
	v.typed = typed
	return jsonReply(http.StatusOK, append(v.appendObject(nil, c.contextMember(set, options.Select), o), '}')), nil
}

// created answers an object that was made.
func (c *call) created(o *directory.Object, set string) reply {
	v := c.newView(defaultsOf(o.Type))
	response := jsonReply(http.StatusCreated, append(v.appendObject(nil, c.contextMember(set, ""), o), '}'))
	response.header["Location"] = []string{c.link("/" + set + "/" + o.ID)}
	return response
}
