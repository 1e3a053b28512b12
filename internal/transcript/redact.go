package transcript

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"

	"msgraph-user/internal/definition"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/secret"
	"msgraph-user/internal/xsoar"
)

// removed stands in a transcript for every text that was removed.
const removed = "***"

// secretName matches the names of members whose texts are secret wherever they
// stand: FileData, which may hold a pass, among them.
var secretName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(password|passphrase|passcode|secret|token|[a-z_]key|credentials?|assertion|auth_?code|temporaryaccesspass|filedata|passwordprofile)$`)
})

// methodName matches what may be the name of a method, known or not.
var methodName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[$A-Za-z][\w$/.-]{0,79}$`) })

// Redactor removes secrets from messages. Of what a client says only that is kept
// which the protocol has a place for and integration.yml does not call secret; all
// else is removed whole, since a secret may stand anywhere in it. Of what the server
// says the texts of members that are named like secrets are removed, and what it
// keeps in the integration context. From there on every value that was removed so
// far is removed from all texts, and what looks like a token or a password.
type Redactor struct {
	definition *definition.Integration
	scrubber   secret.Scrubber
}

// NewRedactor returns a redactor that knows the secrets of definition.
func NewRedactor(definition *definition.Integration) *Redactor {
	return &Redactor{definition: definition}
}

// Entry makes the redactor know the secrets that an entry holds.
func (r *Redactor) Entry(entry xsoar.Entry) error {
	encoded, err := json.Marshal(entry)
	if err == nil {
		r.byName(encoded)
	}
	return err
}

// Text returns text without the secrets that are known so far.
func (r *Redactor) Text(text string) string { return r.scrubber.Scrub(text) }

// message returns a message, or a batch of them, without secrets. It is valid JSON.
func (r *Redactor) message(from string, raw json.RawMessage) json.RawMessage {
	if messages, err := rawjson.ParseArray(raw); err == nil {
		for i, m := range messages {
			messages[i] = r.single(from, m)
		}
		return r.scrubbed(list(messages))
	}
	return r.scrubbed(r.single(from, raw))
}

// single removes what is secret by where it stands.
func (r *Redactor) single(from string, raw json.RawMessage) json.RawMessage {
	message, err := rawjson.ParseObject(raw)
	if err != nil {
		return r.all(raw)
	}
	for i, member := range message {
		if from == fromClient {
			message[i].Value = r.ofClient(message, member)
		} else {
			message[i].Value = r.ofServer(message, member)
		}
	}
	return object(message)
}

// ofServer returns the value of a member of the server's message.
func (r *Redactor) ofServer(message rawjson.Object, member rawjson.Member) json.RawMessage {
	params, err := rawjson.ParseObject(member.Value)
	if member.Name != "params" || err != nil {
		return r.byName(member.Value)
	}
	for i, inner := range params {
		switch {
		case inner.Name == "token": // of $/progress and its like; no secret
		case inner.Name == "value" && message.Text("method") == "setIntegrationContext":
			params[i].Value = r.all(inner.Value)
		default:
			params[i].Value = r.byName(inner.Value)
		}
	}
	return object(params)
}

// ofClient returns the value of a member of the client's message. What a client
// answers is its integration context, or an error of its own: nothing of it is kept.
func (r *Redactor) ofClient(message rawjson.Object, member rawjson.Member) json.RawMessage {
	switch member.Name {
	case "jsonrpc", "id":
		return r.scalars(member.Value)
	case "method":
		if text, ok := rawjson.Text(member.Value); ok && methodName().MatchString(text) {
			return member.Value
		}
	case "params":
		return r.params(message.Text("method"), member.Value)
	}
	return r.all(member.Value)
}

// params removes what is secret, and what the protocol has no place for, from the
// params of a client's request.
func (r *Redactor) params(method string, raw json.RawMessage) json.RawMessage {
	places := r.places(method)
	return r.members(raw, func(name string, value json.RawMessage) json.RawMessage {
		if keep, ok := places[name]; ok {
			return keep(value)
		}
		return r.all(value)
	})
}

// places are the members that the params of a method have, each with what keeps its
// value in part. A method that is not known has none.
func (r *Redactor) places(method string) map[string]func(json.RawMessage) json.RawMessage {
	type place = func(json.RawMessage) json.RawMessage
	if _, known := r.definition.Command(method); known {
		return map[string]place{
			"args":           func(args json.RawMessage) json.RawMessage { return r.arguments(method, args) },
			"params":         r.configuration,
			"context":        r.context,
			"progressToken":  r.scalar,
			"partialResults": r.scalar,
		}
	}
	switch method {
	case "initialize":
		return map[string]place{
			"capabilities": r.all, // which keeps booleans
			"params":       r.configuration,
			"clientInfo":   r.only("name", "version"),
		}
	case "$/cancelRequest":
		return map[string]place{"id": r.scalar}
	}
	return nil
}

// arguments removes the secret ones of a command's arguments.
func (r *Redactor) arguments(method string, raw json.RawMessage) json.RawMessage {
	given, _ := rawjson.ParseObject(raw) // members removes what is no object
	return r.members(raw, func(name string, value json.RawMessage) json.RawMessage {
		if !r.isPlainArgument(method, name) {
			return r.all(value)
		}
		if text, ok := rawjson.Text(value); ok {
			r.scrubber.Add(secret.PasswordsIn(text, given.Text("updated_fields_delimiter"))...)
		}
		if _, err := rawjson.ParseObject(value); err == nil && r.acceptsObject(method, name) {
			return r.byName(value)
		}
		return r.scalars(value)
	})
}

// configuration removes the secret ones of an instance's parameters.
func (r *Redactor) configuration(raw json.RawMessage) json.RawMessage {
	return r.members(raw, func(name string, value json.RawMessage) json.RawMessage {
		if !r.isPlainParameter(name) {
			return r.all(value)
		}
		return r.scalars(value)
	})
}

// context keeps what the server reads of the calling context. The rest is the
// platform's: incidents and people, no secrets that would have to be remembered.
func (r *Redactor) context(raw json.RawMessage) json.RawMessage {
	return r.members(raw, func(name string, value json.RawMessage) json.RawMessage {
		switch name {
		case "timeout", "IntegrationInstance":
			return r.scalar(value)
		case "Inv":
			return r.only("id")(value)
		}
		return rawjson.Quote(removed)
	})
}

// only keeps the named members of an object, where they are no objects or lists.
func (r *Redactor) only(names ...string) func(json.RawMessage) json.RawMessage {
	return func(raw json.RawMessage) json.RawMessage {
		return r.members(raw, func(name string, value json.RawMessage) json.RawMessage {
			if slices.Contains(names, name) {
				return r.scalar(value)
			}
			return r.all(value)
		})
	}
}

// scalar keeps a text, number, boolean or null, and removes all else.
func (r *Redactor) scalar(raw json.RawMessage) json.RawMessage {
	if raw = bytes.TrimSpace(raw); len(raw) > 0 && (raw[0] == '{' || raw[0] == '[') {
		return r.all(raw)
	}
	return raw
}

// scalars is scalar for a value that may be a list.
func (r *Redactor) scalars(raw json.RawMessage) json.RawMessage {
	elements, err := rawjson.ParseArray(raw)
	if err != nil {
		return r.scalar(raw)
	}
	for i, element := range elements {
		elements[i] = r.scalar(element)
	}
	return list(elements)
}

// isPlainArgument reports whether an argument's value may be kept.
func (r *Redactor) isPlainArgument(method, name string) bool {
	command, ok := r.definition.Command(method)
	if !ok {
		return false
	}
	argument, ok := command.Argument(name)
	if !ok {
		return definition.IsPlatformArgument(name)
	}
	return !argument.IsSensitive()
}

// acceptsObject reports whether an argument may be an object of properties.
func (r *Redactor) acceptsObject(method, name string) bool {
	command, _ := r.definition.Command(method)
	argument, ok := command.Argument(name)
	return ok && argument.AcceptsObject()
}

// isPlainParameter reports whether a parameter's value may be kept.
func (r *Redactor) isPlainParameter(name string) bool {
	parameter, ok := r.definition.Parameter(name)
	if !ok {
		return false
	}
	switch parameter.Type {
	case definition.EncryptedText, definition.EncryptedLong, definition.Credentials:
		return false
	}
	return true
}

// members passes the members of an object through keep, and removes what is no
// object.
func (r *Redactor) members(raw json.RawMessage, keep func(name string, value json.RawMessage) json.RawMessage) json.RawMessage {
	o, err := rawjson.ParseObject(raw)
	if err != nil {
		return r.all(raw)
	}
	for i, member := range o {
		o[i].Value = keep(member.Name, member.Value)
	}
	return object(o)
}

// byName removes the texts under names that say so, at any depth.
func (r *Redactor) byName(raw json.RawMessage) json.RawMessage {
	if o, err := rawjson.ParseObject(raw); err == nil {
		for i, member := range o {
			name, _, _ := strings.Cut(member.Name, "(") // a context path has its condition after it
			if secretName().MatchString(name) {
				o[i].Value = r.all(member.Value)
			} else {
				o[i].Value = r.byName(member.Value)
			}
		}
		return object(o)
	}
	if elements, err := rawjson.ParseArray(raw); err == nil {
		for i, element := range elements {
			elements[i] = r.byName(element)
		}
		return list(elements)
	}
	return raw
}

// all removes every text and number at any depth, and remembers it.
func (r *Redactor) all(raw json.RawMessage) json.RawMessage {
	return mapLeaves(raw, func(leaf json.RawMessage) json.RawMessage {
		text, isText := rawjson.Text(leaf)
		switch {
		case !isText && (leaf[0] == 't' || leaf[0] == 'f' || leaf[0] == 'n'), isText && text == "":
			return leaf
		case !isText:
			text = string(leaf)
		}
		r.scrubber.Add(append(secret.PasswordsIn(text), secret.New(text))...)
		return rawjson.Quote(removed)
	})
}

// scrubbed removes known secrets from all texts, names of members among them.
func (r *Redactor) scrubbed(raw json.RawMessage) json.RawMessage {
	return mapTexts(mapNames(raw, r.scrubber.Scrub), r.scrubber.Scrub)
}
