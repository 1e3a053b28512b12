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
	methodPartial    = "$/partialResult"
	methodSettled    = "$/settled"
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
	integrationContext bool           // it keeps the integration context
	log                bool           // it takes log notifications
	scheduledCommands  bool           // it runs the commands that entries schedule, and waits until a call is settled
	params             map[string]any // the instance's configuration for calls that bring none; read only
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
	result, err := s.recovering(r.method, f)
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
	given, err := decodeParams(raw)
	if err != nil {
		return nil, err
	}
	var told profile
	if told.params, err = objectMember("params", given["params"]); err != nil {
		return nil, err
	}
	if _, err := objectMember("clientInfo", given["clientInfo"]); err != nil {
		return nil, err
	}
	if err := told.setCapabilities(given["capabilities"]); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.profile = told
	s.mu.Unlock()
	return initialized{
		ServerInfo: serverInfo{Name: s.server.Name, Version: s.server.Version},
		Commands:   append([]string{}, s.server.Commands...),
	}, nil
}

func (p *profile) setCapabilities(value any) error {
	given, err := objectMember("capabilities", value)
	if err != nil {
		return err
	}
	if p.integrationContext, err = capability("integrationContext", given); err != nil {
		return err
	}
	if p.log, err = capability("log", given); err != nil {
		return err
	}
	p.scheduledCommands, err = capability("scheduledCommands", given)
	return err
}

// capability reads a boolean, or an object with details as other protocols have it.
func capability(name string, given map[string]any) (bool, error) {
	switch value := given[name].(type) {
	case nil:
		return false, nil
	case bool:
		return value, nil
	case map[string]any:
		return true, nil
	default:
		return false, wrongShape("capabilities."+name, "a boolean", value)
	}
}

// cancelRequest cancels what runs or waits under an id, all of it where the peer
// used the id twice. An id that is not in flight is not an error: the answer may
// have crossed the cancellation on its way.
func (s *session) cancelRequest(raw json.RawMessage) error {
	var params struct {
		ID json.RawMessage `json:"id"`
	}
	if kindOf(raw) == kindObject {
		if err := json.Unmarshal(raw, &params); err != nil {
			return err
		}
	}
	if params.ID == nil {
		return failure.Argument("id", `%s needs params with the id of a request: {"id":…}.`, methodCancel)
	}
	wanted := idKey(params.ID)
	for _, r := range s.flight.cancellable(func(r *request) bool { return !r.isNotification() && idKey(r.id) == wanted }) {
		s.cancel(r, errCanceled)
	}
	return nil
}

// idKey makes ids comparable: a text is the same however it was escaped.
func idKey(id json.RawMessage) string {
	if text, ok := decodeString(id); ok {
		return `"` + text
	}
	return string(id)
}
