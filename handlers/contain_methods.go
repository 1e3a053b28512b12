package handlers

import (
	"slices"
	"strings"

	"msgraph-user/graph"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/rawjson"
)

// methodTypes are the types of method that can be deleted, by the end of @odata.type.
// Those with a preference can be the default for the second factor.
var methodTypes = []struct {
	kind       graph.MethodKind
	typeName   string
	preference string
}{
	{graph.Phone, "phone", "sms"},
	{graph.Email, "email", ""},
	{graph.FIDO2, "fido2", ""},
	{graph.WindowsHello, "windowsHelloForBusiness", ""},
	{graph.TemporaryAccessPass, "temporaryAccessPass", ""},
	{graph.PlatformCredential, "platformCredential", ""},
	{graph.ExternalMethod, "external", ""},
	{graph.SoftwareOATH, "softwareOath", "oath"},
	{graph.MicrosoftAuthenticator, "microsoftAuthenticator", "push"},
}

// method is an authentication method of a user.
type method struct {
	object rawjson.Object
	kind   graph.MethodKind
	name   string
	// preferences are what signInPreferences calls it; none where it cannot be the
	// default.
	preferences []string
}

// methodsOf returns the methods that can be deleted.
func methodsOf(objects []rawjson.Object) []method {
	var methods []method
	for _, object := range objects {
		for _, t := range methodTypes {
			if !strings.EqualFold(object.Text("@odata.type"), "#microsoft.graph."+t.typeName+"AuthenticationMethod") {
				continue
			}
			m := method{object: object, kind: t.kind, name: t.typeName}
			switch phone := object.Text("phoneType"); {
			case t.kind == graph.Phone && phone == "mobile":
				m.preferences = []string{"sms", "voiceMobile"}
			case t.kind == graph.Phone && phone != "":
				m.preferences = []string{"voice" + strings.ToUpper(phone[:1]) + phone[1:]}
			case t.preference != "":
				m.preferences = []string{t.preference}
			}
			methods = append(methods, m)
		}
	}
	return methods
}

// canBeDefault reports whether a method can be the default for the second factor.
func (m method) canBeDefault() bool { return len(m.preferences) > 0 }

func (m method) isContact() bool { return m.kind == graph.Phone || m.kind == graph.Email }

// lastTurn is that of the default method.
const lastTurn = 3

// rank orders deletions: the mobile phone cannot go while an alternate one is there.
func (m method) rank() int {
	if m.object.Text("phoneType") == "mobile" {
		return 2
	}
	return 1
}

func (p *planner) contactMethods() (engine.Stage, error) { return p.methods(method.isContact) }

func (p *planner) otherMethods() (engine.Stage, error) {
	return p.methods(func(m method) bool { return !m.isContact() })
}

// methods deletes the methods that are meant. The default method for the second factor
// cannot go while others are left: another one takes its place first.
func (p *planner) methods(meant func(method) bool) (engine.Stage, error) {
	request := graph.ListAuthenticationMethods(p.user.ID)
	objects, err := p.read(request)
	if err != nil {
		return engine.Stage{}, err
	}
	var stage engine.Stage
	var going, staying []method
	for _, m := range methodsOf(objects) {
		switch change, ok := p.deletion(m, request); {
		case slices.Contains(p.deleted, m.object.Text("id")+m.name):
		case meant(m) && ok:
			going, stage.Changes = append(going, m), append(stage.Changes, change)
			stage.Before = append(stage.Before, m.object.Only("@odata.type", "id", "phoneType", "phoneNumber", "emailAddress"))
		default:
			staying = append(staying, m)
		}
	}
	for _, m := range going {
		p.deleted = append(p.deleted, m.object.Text("id")+m.name)
	}
	change, another := p.otherDefault(going, staying)
	for i, m := range going {
		if slices.Contains(m.preferences, p.preference) {
			stage.Changes[i].Turn = lastTurn
		}
	}
	if another {
		stage.Changes = append([]engine.Alteration{change}, stage.Changes...)
	}
	return stage, nil
}

// deletion is the change that deletes a method; ok is false where it was there before
// and stays.
func (p *planner) deletion(m method, list graph.Request) (engine.Alteration, bool) {
	identity := m.object.Only("@odata.type", "id")
	change := gone(engine.Look{Request: list, Read: engine.Collection}, identity, nil, graph.DeleteMethod(m.kind, p.user.ID, m.object.Text("id")))
	change.What, change.Object, change.Turn = "the method "+m.name, m.object.Text("id"), m.rank()
	switch m.kind {
	case graph.Phone:
		change.What = "the phone " + m.object.Text("phoneType")
		change.Done.Find = m.object.Only("@odata.type", "phoneType")
		change.Back = engine.State{Find: change.Done.Find, Shows: m.object.Only("phoneNumber")}
		change.Undo = []graph.Request{graph.CreatePhone(p.user.ID, m.object)}
	case graph.Email:
		change.Done.Find = m.object.Only("@odata.type")
		change.Back = engine.State{Find: change.Done.Find, Shows: m.object.Only("emailAddress")}
		change.Undo = []graph.Request{graph.CreateEmail(p.user.ID, m.object)}
	default:
		change.Left = "The user has to register the method again."
	}
	return p.dated(change, m.object, methodDates, m.name+"AuthenticationMethod")
}

// otherDefault makes another method the default where the present one is to go while
// others are left: one that stays, else the one that goes last.
func (p *planner) otherDefault(going, staying []method) (engine.Alteration, bool) {
	state, _ := p.user.Seen(graph.GetSignInPreferences(p.user.ID))
	const preferred = "userPreferredMethodForSecondaryAuthentication"
	if p.preference == "" {
		p.preference = state.Object.Text(preferred)
	}
	before := p.preference
	isDefault := func(m method) bool { return slices.Contains(m.preferences, before) }
	if before == "" || !slices.ContainsFunc(going, isDefault) || slices.ContainsFunc(staying, isDefault) {
		return engine.Alteration{}, false
	}
	at := slices.IndexFunc(staying, method.canBeDefault)
	next := method{}
	if at >= 0 {
		next = staying[at]
	} else {
		for _, m := range going {
			if m.canBeDefault() && m.rank() >= next.rank() {
				next = m
			}
		}
	}
	if len(next.preferences) == 0 || slices.Contains(next.preferences, before) {
		return engine.Alteration{}, false
	}
	p.preference = next.preferences[0]
	return engine.Alteration{
		What: "the default method", Request: graph.SetPreferredMethod(p.user.ID, p.preference), Undo: []graph.Request{graph.SetPreferredMethod(p.user.ID, before)},
		Read: engine.Look{Request: graph.GetSignInPreferences(p.user.ID)},
		Done: engine.State{Shows: member(preferred, p.preference)}, Back: engine.State{Shows: member(preferred, before)},
	}, true
}
