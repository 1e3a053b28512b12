package rpc

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"msgraph-user/internal/failure"
)

// The session methods, and those that the server asks or tells of its peer.
const (
	methodInitialize = "initialize"
	methodShutdown   = "shutdown"
	methodCancel     = "$/cancelRequest"
	methodDiscover   = "rpc.discover"
	methodStats      = "stats"

	methodProgress   = "$/progress"
	methodLog        = "log"
	methodGetContext = "getIntegrationContext"
	methodSetContext = "setIntegrationContext"
)

var jsonNull = json.RawMessage("null")

// errCanceled answers a request that its caller cancelled.
var errCanceled = &failure.Error{Kind: failure.Canceled,
	Message: "The call was cancelled.",
	Advice:  "A change that was already sent may have taken effect."}

// profile is what initialize told of the peer.
type profile struct {
	integrationContext bool            // it keeps the integration context
	log                bool            // it takes log notifications
	params             json.RawMessage // the instance's configuration for calls that bring none
}

// dispatch answers a request, or starts the command that it names. Session
// methods are answered in the order of the wire, so that what initialize says
// holds for every later call.
func (s *session) dispatch(r *request) {
	switch {
	case r.method == methodShutdown:
		s.settle()
	case r.method == methodInitialize:
		s.answerWith(r, func() (any, error) { return s.initialize(r.params) })
	case r.method == methodCancel:
		s.answerWith(r, func() (any, error) { return nil, s.cancelRequest(r.params) })
	case r.method == methodDiscover && s.server.Discover != nil:
		s.answerWith(r, func() (any, error) { return s.server.Discover(), nil })
	case r.method == methodStats && s.server.Stats != nil:
		s.answerWith(r, func() (any, error) { return s.server.Stats(), nil })
	case slices.Contains(s.server.Commands, r.method):
		s.startCommand(r)
	case r.isNotification() && strings.HasPrefix(r.method, "$/"):
		// Notifications of the Language Server Protocol's own are optional.
		s.answer(r, nil, nil)
	default:
		s.answerWith(r, func() (any, error) { return nil, s.unknownMethod(r.method) })
	}
}

func (s *session) answerWith(r *request, f func() (any, error)) {
	result, err := s.guarded(r.method, f)
	s.answer(r, result, err)
}

func (s *session) unknownMethod(method string) error {
	var suggestions []string
	if s.server.Suggest != nil && len(method) <= maxShown { // nothing is near a longer one
		suggestions = s.server.Suggest(method)
	}
	advice := "rpc.discover lists what exists."
	if len(suggestions) > 0 {
		advice = fmt.Sprintf("Did you mean %s?", strings.Join(suggestions, " or "))
	}
	return &failure.Error{Kind: failure.UnknownCommand, Suggestions: suggestions,
		Message: fmt.Sprintf("There is no method %s.", shown(method)), Advice: advice}
}

// initialized answers initialize.
type initialized struct {
	ServerInfo serverInfo `json:"serverInfo"`
	Commands   []string   `json:"commands"`
}

type serverInfo struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// initialize notes what the peer can do. Where it is sent again, the later one
// replaces the earlier for the calls that follow. Members it does not know are
// passed over: a newer peer may send more.
func (s *session) initialize(raw json.RawMessage) (any, error) {
	if kindOf(raw) == kindArray {
		return nil, &failure.Error{Kind: failure.BadArgument, Message: "The params of initialize are given by name, not by position."}
	}
	var told profile
	if raw != nil {
		for name, value := range members(raw) {
			if err := told.set(name, value); err != nil {
				return nil, err
			}
		}
	}
	s.mu.Lock()
	s.profile = told
	s.mu.Unlock()
	return initialized{
		ServerInfo: serverInfo{Name: s.server.Name, Version: s.server.Version},
		Commands:   append([]string{}, s.server.Commands...),
	}, nil
}

func (p *profile) set(name string, value json.RawMessage) (err error) {
	switch name {
	case "capabilities":
		return p.setCapabilities(value)
	case "params":
		if p.params, err = objectMember(name, value); err == nil {
			_, err = decodeParams(p.params)
		}
	case "clientInfo":
		_, err = objectMember(name, value)
	}
	return err
}

func (p *profile) setCapabilities(raw json.RawMessage) error {
	raw, err := objectMember("capabilities", raw)
	if err != nil || raw == nil {
		return err
	}
	for name, value := range members(raw) {
		switch name {
		case "integrationContext":
			p.integrationContext, err = capability(name, value)
		case "log":
			p.log, err = capability(name, value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// capability reads a boolean, or an object with details as other protocols have it.
func capability(name string, value json.RawMessage) (bool, error) {
	switch kindOf(value) {
	case kindBool:
		return value[0] == 't', nil
	case kindNull:
		return false, nil
	case kindObject:
		return true, nil
	}
	return false, wrongShape("capabilities."+name, "a boolean", value)
}

// cancelRequest cancels what runs or waits under an id, all of it where the peer
// used the id twice. An id that is not in flight is not an error: the answer may
// have crossed the cancellation on its way.
func (s *session) cancelRequest(raw json.RawMessage) error {
	var id json.RawMessage
	if kindOf(raw) == kindObject {
		for name, value := range members(raw) {
			if name == "id" {
				id = value
			}
		}
	}
	if id == nil {
		return failure.Argument("id", `%s needs params with the id of a request: {"id":…}.`, methodCancel)
	}
	for _, r := range s.inFlight(id) {
		s.cancel(r, errCanceled)
	}
	return nil
}

// inFlight returns the requests that an id of the peer can cancel.
func (s *session) inFlight(id json.RawMessage) []*request {
	wanted := idKey(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []*request
	for r := range s.active {
		if r.method != methodShutdown && r.method != methodCancel && !r.isNotification() && idKey(r.id) == wanted {
			found = append(found, r)
		}
	}
	return found
}

// idKey makes ids comparable: a text is the same however it was escaped.
func idKey(id json.RawMessage) string {
	if text, ok := decodeString(id); ok {
		return `"` + text
	}
	return string(id)
}
