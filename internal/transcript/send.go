package transcript

import (
	"encoding/json"
	"fmt"
	"strings"

	"msgraph-user/internal/rawjson"
)

// take takes a line of the client, to be sent when its turn comes.
func (s *sitting) take(l line) {
	m := &message{raw: l.Message, sent: l.Message == nil}
	if m.sent {
		s.requests = append(s.requests, &request{message: m, id: "null", number: "null", method: "a line that was not JSON", unread: true})
		return
	}
	s.messages = append(s.messages, m)
	held := true
	for _, part := range messagesOf(l) {
		r, waits := s.request(m, part)
		m.requests = append(m.requests, r)
		held = held && waits
	}
	if !held || len(m.requests) == 0 {
		s.send(m)
	}
}

// request takes a part of a message into the account; nil where it asks for no
// answer. waits reports whether it can be sent when its answer is due.
func (s *sitting) request(m *message, raw json.RawMessage) (r *request, waits bool) {
	o, err := rawjson.ParseObject(raw)
	id, method := o.Get("id"), o.Text("method")
	switch {
	case isReply(raw):
		return nil, false
	case err != nil || o.Get("method") == nil || (id != nil && !isID(id)):
		// The server cannot know which request it answers, and says null.
		r = &request{message: m, id: "null", number: "null", method: short(raw)}
	case id == nil:
		s.beforeCancel(method, o)
		return nil, false
	default:
		r = &request{message: m, id: string(id), number: fmt.Sprint(len(s.requests) + 1), method: method}
	}
	s.requests = append(s.requests, r)
	return r, method != "initialize"
}

// beforeCancel sends the request that a cancellation is about.
func (s *sitting) beforeCancel(method string, notification rawjson.Object) {
	params, err := rawjson.ParseObject(notification.Get("params"))
	if method != "$/cancelRequest" || err != nil {
		return
	}
	for _, r := range s.requests {
		if r.id == string(params.Get("id")) && r.recorded == nil {
			s.send(r.message)
		}
	}
}

// send plays a message, unless it was.
func (s *sitting) send(m *message) {
	if m.sent {
		return
	}
	m.sent = true
	played := m.raw
	if batch, err := rawjson.ParseArray(m.raw); err == nil && len(batch) > 0 {
		var parts []json.RawMessage
		for i, part := range batch {
			if !isReply(part) {
				parts = append(parts, s.prepared(part, m.requests[i]))
			}
		}
		played = list(parts)
	} else if isReply(m.raw) {
		return
	} else if len(m.requests) > 0 {
		played = s.prepared(m.raw, m.requests[0])
	}
	if _, err := s.server.Write(append(played, '\n')); err != nil {
		s.failed = fmt.Errorf("the server ended before the transcript: %w", err)
	}
}

// isReply reports whether a message answers a question of the server's. The player
// answers those itself.
func isReply(raw json.RawMessage) bool {
	o, err := rawjson.ParseObject(raw)
	return err == nil && o.Get("method") == nil && (o.Get("result") != nil || o.Get("error") != nil)
}

// prepared returns a part of a message as it is played: under a number of its own,
// with the counterparts of recorded ids, and with something in the place of what was
// removed.
func (s *sitting) prepared(raw json.RawMessage, r *request) json.RawMessage {
	o, err := rawjson.ParseObject(raw)
	if err != nil || r != nil && r.number == "null" {
		return raw
	}
	for i, member := range o {
		switch member.Name {
		case "id":
			o[i].Value = json.RawMessage(r.number)
		case "params":
			o[i].Value = s.params(o.Text("method"), member.Value)
		}
	}
	return object(o)
}

// isID reports whether a server may answer under an id: text, a number or null.
func isID(id json.RawMessage) bool {
	return id[0] == '"' || id[0] == '-' || id[0] >= '0' && id[0] <= '9' || string(id) == "null"
}

// params returns the params of a request as they are played.
func (s *sitting) params(method string, raw json.RawMessage) json.RawMessage {
	params, err := rawjson.ParseObject(raw)
	if err != nil {
		return raw
	}
	if method == "$/cancelRequest" {
		return s.cancelParams(params)
	}
	if strings.Contains(string(params.Get("params")), removed) {
		params = params.Without("params")
	}
	return mapTexts(object(params), func(text string) string {
		if text == removed {
			return PracticeSecret
		}
		return s.counterparts.apply(strings.ReplaceAll(text, removed, PracticeSecret))
	})
}

// cancelParams names the request under its number.
func (s *sitting) cancelParams(params rawjson.Object) json.RawMessage {
	for i, member := range params {
		if member.Name != "id" {
			continue
		}
		for _, r := range s.requests {
			if r.id == string(member.Value) && r.recorded == nil {
				params[i].Value = json.RawMessage(r.number)
			}
		}
	}
	return object(params)
}

// integrationContext is what the player keeps for the server, by instance.
type integrationContext map[string]json.RawMessage

// answer answers a question of the server's.
func (c integrationContext) answer(question rawjson.Object) []byte {
	params, err := rawjson.ParseObject(question.Get("params"))
	if err != nil {
		params = nil
	}
	instance, result := params.Text("instance"), json.RawMessage("null")
	switch question.Text("method") {
	case "getIntegrationContext":
		if result = c[instance]; result == nil {
			result = json.RawMessage("{}")
		}
	case "setIntegrationContext":
		c[instance] = params.Get("value")
	}
	reply := rawjson.Object{
		{Name: "jsonrpc", Value: json.RawMessage(`"2.0"`)},
		{Name: "id", Value: question.Get("id")},
		{Name: "result", Value: result},
	}
	return append(object(reply), '\n')
}
