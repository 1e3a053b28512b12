package transcript

import (
	"encoding/json"
	"regexp"
	"strings"

	"msgraph-user/internal/definition"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/secret"
	"msgraph-user/internal/xsoar"
)

// removed stands in a transcript for every text that was removed.
const removed = "***"

// secretName matches the names of members whose texts are secret wherever they
// stand: FileData, which may hold a pass, among them.
var secretName = regexp.MustCompile(`(?i)(password|passphrase|passcode|secret|token|[a-z_]key|credentials?|assertion|auth_?code|temporaryaccesspass|filedata)$`)

// plainName matches those that secretName would take for secret and that are not.
var plainName = regexp.MustCompile(`(?i)^progressToken$`)

// Redactor removes secrets from messages. One rule holds: what integration.yml
// calls secret, in arguments and parameters; what a caller keeps in the
// integration context; the texts of members that are named like secrets; and
// then, in all other texts from there on, every value that was removed so far, and
// what looks like a token.
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
		return r.byName(raw)
	}
	method := message.Text("method")
	for i, member := range message {
		switch {
		case member.Name == "params" && method == "$/progress":
		case member.Name == "params":
			message[i].Value = r.params(method, member.Value)
		case member.Name == "result" && from == fromClient:
			// The one thing that is asked of a client is the integration context.
			message[i].Value = r.all(member.Value)
		default:
			message[i].Value = r.byName(member.Value)
		}
	}
	return object(message)
}

// params removes what is secret in the params of a request.
func (r *Redactor) params(method string, raw json.RawMessage) json.RawMessage {
	params, err := rawjson.ParseObject(raw)
	if err != nil {
		return r.byName(raw)
	}
	for i, member := range params {
		switch {
		case plainName.MatchString(member.Name):
		case member.Name == "value" && method == "setIntegrationContext":
			params[i].Value = r.all(member.Value)
		case member.Name == "params":
			params[i].Value = r.members(member.Value, r.isPlainParameter)
		case member.Name == "args":
			params[i].Value = r.members(member.Value, func(name string) bool { return r.isPlainArgument(method, name) })
		default:
			params[i].Value = r.byName(member.Value)
		}
	}
	return object(params)
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

// members removes the texts of those members that are not plain.
func (r *Redactor) members(raw json.RawMessage, plain func(name string) bool) json.RawMessage {
	o, err := rawjson.ParseObject(raw)
	if err != nil {
		return r.all(raw)
	}
	for i, member := range o {
		if plain(member.Name) {
			o[i].Value = r.byName(member.Value)
		} else {
			o[i].Value = r.all(member.Value)
		}
	}
	return object(o)
}

// byName removes the texts under names that say so, at any depth.
func (r *Redactor) byName(raw json.RawMessage) json.RawMessage {
	if o, err := rawjson.ParseObject(raw); err == nil {
		for i, member := range o {
			name, _, _ := strings.Cut(member.Name, "(") // a context path has its condition after it
			if secretName.MatchString(name) && !plainName.MatchString(name) {
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
		r.scrubber.Add(secret.New(text))
		return rawjson.Quote(removed)
	})
}

// scrubbed removes known secrets from all texts.
func (r *Redactor) scrubbed(raw json.RawMessage) json.RawMessage {
	return mapTexts(raw, r.scrubber.Scrub)
}
