package transcript

import (
	"encoding/json"
	"fmt"
	"strings"

	"msgraph-user/rawjson"
)

// send plays a line of the client.
func (s *sitting) send(l line) {
	if l.Message == nil {
		s.requests = append(s.requests, &request{id: "null", number: "null", method: "a line that was no JSON", unread: true})
		return
	}
	message := l.Message
	if batch, err := rawjson.ParseArray(message); err == nil && len(batch) > 0 {
		var playable []json.RawMessage
		for _, m := range batch {
			if !isReply(m) {
				playable = append(playable, s.prepared(m))
			}
		}
		message = list(playable)
	} else if isReply(message) {
		return
	} else {
		message = s.prepared(message)
	}
	if _, err := s.server.Write(append(message, '\n')); err != nil {
		s.failed = fmt.Errorf("the server ended before the transcript: %w", err)
	}
}

// isReply reports whether a message answers a question of the server's. The player
// answers those itself.
func isReply(raw json.RawMessage) bool {
	o, err := rawjson.ParseObject(raw)
	return err == nil && o.Get("method") == nil && (o.Get("result") != nil || o.Get("error") != nil)
}

// prepared returns a message as it is played: under a number of its own, with the
// counterparts of recorded ids, and with something in the place of what was
// removed.
func (s *sitting) prepared(raw json.RawMessage) json.RawMessage {
	o, err := rawjson.ParseObject(raw)
	id, method := o.Get("id"), o.Text("method")
	if err != nil || o.Get("method") == nil || (id != nil && !isID(id)) {
		// The server cannot know whom it answers, and says null.
		s.requests = append(s.requests, &request{id: "null", number: "null", method: short(raw)})
		return raw
	}
	number := fmt.Sprint(len(s.requests) + 1)
	for i, member := range o {
		switch member.Name {
		case "id":
			o[i].Value = json.RawMessage(number)
		case "params":
			o[i].Value = s.params(method, member.Value)
		}
	}
	if id != nil {
		s.requests = append(s.requests, &request{id: string(id), number: number, method: method})
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
