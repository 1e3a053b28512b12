package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"msgraph-user/graph"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
)

// advice is what helps against one kind of refusal.
type advice struct {
	applies func(refusal) bool
	text    func(refusal) string
	// alone drops what the graph package advises by the status: another service
	// behind Graph refused, and Graph's permissions do not explain it.
	alone bool
	// unavailable makes the outcome NotAvailable: what is missing is no permission,
	// and asking again does not help.
	unavailable bool
}

// refusal is a refused request with what was asked for.
type refusal struct {
	*failure.Error
	inv     *Invocation
	request graph.Request
}

// says reports whether the refusal's code or message matches.
func (r refusal) says(pattern *regexp.Regexp) bool {
	return pattern.MatchString(r.Code + " " + r.Message)
}

func (r refusal) changes() bool { return r.request.Method != http.MethodGet }

func (r refusal) filter() string { return r.request.Query.Get("$filter") }

// says returns the condition that the refusal's code or message matches pattern.
func says(pattern string) func(refusal) bool {
	compiled := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("(?i)" + pattern) })
	return func(r refusal) bool { return r.says(compiled()) }
}

// all returns the condition that each of conditions holds.
func all(conditions ...func(refusal) bool) func(refusal) bool {
	return func(r refusal) bool {
		for _, holds := range conditions {
			if !holds(r) {
				return false
			}
		}
		return true
	}
}

func status(code int) func(refusal) bool { return func(r refusal) bool { return r.Status == code } }

func always(text string) func(refusal) string { return func(refusal) string { return text } }

// advices are looked through in order; the first that applies is given. A cause
// that a service names comes before one that only the status suggests. The
// permission that a command needs is told by the graph package for every 403 of
// the directory itself.
var advices = []advice{
	{ // https://github.com/microsoftgraph/microsoft-graph-docs/issues/22189
		applies: says(`DirectoryObjectUnauthorizedAccessException`),
		text:    always("SharePoint stores this property and refused: a change needs the application permission Sites.ReadWrite.All, reading needs Sites.Read.All. Remove the property if you do not need it."),
		alone:   true,
	},
	{ // https://github.com/MicrosoftDocs/azure-docs/issues/111778
		applies: all(says(`UserCredentialPolicy|policy does not (allow|cover)|not (enabled|allowed) (for|by) .*policy`), func(r refusal) bool { return r.changes() }),
		text:    always("The tenant's policy for this authentication method does not cover the user: in the Entra admin center, under Authentication methods, Policies, include the user or a group that the user is in."),
		alone:   true,
	},
	{ // https://learn.microsoft.com/graph/api/phoneauthenticationmethod-delete
		applies: all(says(`default (authentication )?method`), func(r refusal) bool { return r.changes() }),
		text:    always("This is the user's default method: delete the user's other methods first, or let the user choose another default at https://aka.ms/mysecurityinfo. msgraph-user-get-user-default-auth-method shows it."),
		alone:   true,
	},
	{ // https://github.com/microsoftgraph/microsoft-graph-docs/issues/12584
		applies: says(`originated within an external service`),
		text: func(r refusal) string {
			return fmt.Sprintf("%s is managed in Exchange or on premises: change it in the Exchange admin center, or on premises if the user is synchronized from there.", properties(r.request))
		},
		alone: true,
	},
	{ // the directory on premises is the master of a synced user
		applies: all(says(`on-premises|directory.?sync|dirsync|mastered`), func(r refusal) bool {
			return r.Status < http.StatusInternalServerError && r.changes()
		}),
		text: func(r refusal) string {
			return fmt.Sprintf("The user is synchronized from on premises: change %s in Active Directory, and the next synchronization brings it here.", properties(r.request))
		},
	},
	{ // another identity provider holds the password
		applies: all(says(`federated`), func(r refusal) bool { return r.changes() }),
		text:    always("The user signs in with another identity provider: change the password there."),
	},
	{ // extensionAttribute1 to 15 are members of onPremisesExtensionAttributes
		applies: all(status(http.StatusBadRequest), says(`extensionAttribute([1-9]|1[0-5])\b`), func(r refusal) bool {
			return !strings.Contains(properties(r.request), "onPremisesExtensionAttributes")
		}),
		text: always(`extensionAttribute1 to extensionAttribute15 are members of onPremisesExtensionAttributes: write {"onPremisesExtensionAttributes":{"extensionAttribute1":"…"}} as JSON, and filter on onPremisesExtensionAttributes/extensionAttribute1.`),
	},
	{ // https://learn.microsoft.com/graph/api/user-update: null clears a property
		applies: all(status(http.StatusBadRequest), func(r refusal) bool { return r.changes() && hasEmptyText(r.request.Body) }),
		text:    always("A property cannot be set to an empty text. To clear it, write null, as in {\"jobTitle\":null}, or name= with nothing after it."),
	},
	{ // https://learn.microsoft.com/graph/paging
		applies: says(`Directory_ExpiredPageToken|page token.*expired`),
		text:    always("The link to the next page has expired. Run the command again without next_page."),
		alone:   true,
	},
	{ // https://learn.microsoft.com/graph/query-parameters#escaping-single-quotes
		applies: all(status(http.StatusBadRequest), func(r refusal) bool { return strings.Count(r.filter(), "'")%2 == 1 }),
		text:    always("The filter has an apostrophe without a partner. Inside a text, write it twice: 'O''Brien'."),
	},
	{ // a boolean or a date as a text
		applies: all(status(http.StatusBadRequest), func(r refusal) bool { return quotedLiteral().MatchString(r.filter()) }),
		text:    always("In a filter, write true, false and dates without quotes: accountEnabled eq true, createdDateTime ge 2026-01-31T00:00:00Z."),
	},
	{ // https://learn.microsoft.com/graph/aad-advanced-queries
		applies: all(status(http.StatusBadRequest), says(`ConsistencyLevel|unsupported.*(query|filter)|Request_UnsupportedQuery`), func(r refusal) bool { return r.filter() != "" }),
		text:    always("Graph cannot evaluate this filter, on this property or in this combination: https://learn.microsoft.com/graph/aad-advanced-queries lists what each property supports."),
	},
	{
		applies: all(status(http.StatusForbidden), func(r refusal) bool {
			return !r.changes() && strings.Contains(r.inv.Args.Text("properties"), "signInActivity")
		}),
		text: always("signInActivity needs AuditLog.Read.All and a Microsoft Entra ID P1 or P2 licence; remove it from the properties unless you need it."),
	},
	{ // a 401 about one property: Graph itself took the token
		applies: all(status(http.StatusUnauthorized), func(r refusal) bool { return r.ofBackEnd() }),
		text: func(r refusal) string {
			return fmt.Sprintf("Graph accepted the token, but a service behind it refused %s. Ask for fewer properties to find out which one, and remove it.", asked(r.request))
		},
		alone: true,
	},
	{ // resetPassword is for people only, so no role of the application helps
		applies: all(status(http.StatusForbidden), func(r refusal) bool {
			return strings.HasSuffix(r.request.Template, "/resetPassword") || strings.HasSuffix(r.request.Template, "/passwordMethods")
		}),
		text: always("Use a self-deployed app with an authorization code, signed in as an administrator who may reset this user's password; people cannot reset their own password in this way."),
	},
	{ // https://learn.microsoft.com/graph/api/user-update: sensitive properties of administrators
		applies: all(status(http.StatusForbidden), says(`Authorization_RequestDenied|insufficient privileges|accessDenied`), func(r refusal) bool {
			return r.changes() && r.inv.command.Target != "" && !r.inv.command.Things
		}),
		text: always("If it works for other users, this one holds an administrator role: the application then needs a higher role, such as Privileged Authentication Administrator, or the instance must sign in as a person who has one."),
	},
}

// quotedLiteral matches a boolean or a date that stands in quotes.
var quotedLiteral = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)'(true|false|\d{4}-\d{2}-\d{2}(T[0-9:.]+Z?)?)'`) })

// ofBackEnd reports whether a 401 is about something else than the token, for
// which Graph has codes of its own.
func (r refusal) ofBackEnd() bool {
	return r.Code != "" && r.Code != "InvalidAuthenticationToken" && !strings.Contains(strings.ToLower(r.Message), "token")
}

// asked names what a read asked for.
func asked(r graph.Request) string {
	if properties := r.Query.Get("$select"); properties != "" && properties != "*" {
		return "one of " + properties
	}
	return "a property"
}

// hasEmptyText reports whether a body sets a property to "".
func hasEmptyText(body any) bool {
	object, ok := bodyObject(body)
	if !ok {
		return false
	}
	for _, member := range object {
		if string(member.Value) == `""` {
			return true
		}
	}
	return false
}

// bodyObject reads the body of a request as the object that is sent.
func bodyObject(body any) (rawjson.Object, bool) {
	data, err := json.Marshal(body)
	if err != nil {
		return nil, false
	}
	object, err := rawjson.ParseObject(data)
	return object, err == nil
}

// properties names what a request would have set.
func properties(r graph.Request) string {
	object, ok := bodyObject(r.Body)
	if !ok || len(object) == 0 {
		return "it"
	}
	names := make([]string, len(object))
	for i, member := range object {
		names[i] = member.Name
	}
	return strings.Join(names, ", ")
}

// explain adds to a refusal of Graph what helps in this command's case.
func (inv *Invocation) explain(r graph.Request, err error) error {
	e, ok := errors.AsType[*failure.Error](err)
	if !ok || e.Kind != failure.Refused || e.Code == "" { // without a code it is not Graph's
		return err
	}
	refused := refusal{e, inv, r}
	for _, a := range slices.Concat(containmentAdvices, advices) {
		if !a.applies(refused) {
			continue
		}
		if a.alone {
			e.Advice = ""
		}
		e.NotAvailable = a.unavailable
		e.Advice = strings.TrimSpace(e.Advice + " " + a.text(refused))
		break
	}
	return err
}
