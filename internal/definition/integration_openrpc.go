package definition

import (
	"slices"
	"strings"
)

// OpenRPC returns a description of the server of that version, from which clients
// can be generated: one method a command, and the session's own, as
// https://spec.open-rpc.org asks for it. Each call returns a new document, so that
// the caller may change it.
func (i *Integration) OpenRPC(version string) map[string]any {
	methods := make([]any, 0, 6+len(i.Commands))
	for _, name := range i.CommandNames() {
		command, _ := i.Command(name)
		methods = append(methods, command.method())
	}
	return map[string]any{
		"openrpc": "1.3.2",
		"info": map[string]any{
			"title":       i.Display,
			"description": i.Description,
			"version":     version,
		},
		"methods":         append(methods, sessionMethods()...),
		"x-clientMethods": clientMethods(),
		"components": map[string]any{
			"contentDescriptors": contentDescriptors(),
			"errors":             wireErrors(),
			"schemas": map[string]any{
				"Configuration": i.configurationSchema(),
				"Entry":         entrySchema(),
			},
		},
	}
}

// method describes one command as a method.
func (c *Command) method() map[string]any {
	method := map[string]any{
		"name":           c.Name,
		"description":    c.Description,
		"paramStructure": "by-name",
		"params": []any{
			map[string]any{
				"name":        "args",
				"description": "The command's arguments.",
				"required":    c.needsArguments(),
				"schema":      c.argumentsSchema(),
			},
			reference("contentDescriptors", "params"),
			reference("contentDescriptors", "context"),
			reference("contentDescriptors", "progressToken"),
			reference("contentDescriptors", "partialResults"),
		},
		"result": map[string]any{
			"name":        "answer",
			"description": "The War Room entries that the command produced.",
			"schema": objectSchema(map[string]any{
				"entries": map[string]any{"type": "array", "items": reference("schemas", "Entry")},
				"advice": map[string]any{"type": "array", "items": map[string]any{"type": "string"},
					"description": "What a person should do next or should know. A program may ignore it."},
				"unsettled": map[string]any{"type": "boolean", "description": "Of a client with the capability scheduledCommands: $/settled follows when the work after this answer has ended."},
			}, "entries"),
		},
		"errors": errorReferences(),
	}
	if c.Deprecated {
		method["deprecated"] = true
	}
	if len(c.Outputs) > 0 {
		method["x-contextPaths"] = c.contextPaths()
	}
	return method
}

// needsArguments reports whether a call without any argument must fail.
func (c *Command) needsArguments() bool {
	return slices.ContainsFunc(c.Args, func(a Argument) bool { return a.Required && a.Default == "" })
}

func (c *Command) argumentsSchema() map[string]any {
	properties := map[string]any{}
	var required []string
	for n := range c.Args {
		argument := &c.Args[n]
		properties[argument.Name] = argument.schema()
		if argument.Required && argument.Default == "" {
			required = append(required, argument.Name)
		}
	}
	schema := objectSchema(properties, required...)
	schema["additionalProperties"] = false
	return schema
}

// schema describes the values of an argument: text, as the platform sends it, or
// what JSON has for its meaning.
func (a *Argument) schema() map[string]any {
	var schema map[string]any
	switch {
	case a.IsBoolean():
		schema = map[string]any{"enum": []any{true, false, "true", "false", "yes", "no"}}
	case len(a.Predefined) > 0:
		schema = map[string]any{"enum": a.Predefined}
	case a.Meaning == Limit:
		schema = map[string]any{"type": []string{"integer", "string"}, "pattern": `^\s*([+-]?[0-9]+|[Aa][Ll][Ll])\s*$`}
	case a.IsNumber():
		schema = map[string]any{"type": []string{"integer", "string"}, "pattern": `^\s*[+-]?[0-9]+\s*$`}
	default:
		schema = map[string]any{"type": "string"}
	}
	if a.AcceptsList() {
		types := []string{"string", "array"}
		if a.AcceptsObject() {
			types = append(types, "object")
		}
		schema = map[string]any{"type": types, "items": map[string]any{"type": "string"}}
	}
	schema["description"] = a.Description
	if a.Default != "" {
		schema["default"] = a.Default
	}
	if a.IsSensitive() {
		schema["format"], schema["writeOnly"] = "password", true
	}
	if a.Deprecated {
		schema["deprecated"] = true
	}
	return schema
}

func (c *Command) contextPaths() []any {
	paths := make([]any, 0, len(c.Outputs))
	for _, output := range c.Outputs {
		paths = append(paths, map[string]any{
			"path": output.ContextPath, "type": strings.ToLower(output.Type), "description": output.Description,
		})
	}
	return paths
}

func (i *Integration) configurationSchema() map[string]any {
	properties := map[string]any{}
	for n := range i.Parameters {
		properties[i.Parameters[n].Name] = i.Parameters[n].schema()
	}
	schema := objectSchema(properties)
	schema["description"] = "An instance's configuration, by the parameter names of integration.yml."
	return schema
}

// schema describes the values of a parameter.
func (p *Parameter) schema() map[string]any {
	schema := map[string]any{"title": p.Display, "description": p.Info}
	switch p.Type {
	case Boolean:
		schema["type"] = []string{"boolean", "string", "null"}
	case Credentials:
		schema["type"] = []string{"object", "null"}
		schema["properties"] = map[string]any{
			"identifier": map[string]any{"type": "string"},
			"password":   map[string]any{"type": "string", "format": "password", "writeOnly": true},
		}
	case EncryptedText, EncryptedLong:
		schema["type"] = []string{"string", "null"}
		schema["format"], schema["writeOnly"] = "password", true
	default:
		schema["type"] = []string{"string", "null"}
	}
	if len(p.Options) > 0 {
		schema["examples"] = p.Options
	}
	if p.Default != "" {
		schema["default"] = p.defaultValue()
	}
	if p.Hidden {
		schema["deprecated"] = true
	}
	return schema
}

// objectSchema returns the schema of an object with these members.
func objectSchema(properties map[string]any, required ...string) map[string]any {
	schema := map[string]any{"type": "object", "properties": properties}
	if len(required) > 0 {
		schema["required"] = required
	}
	return schema
}

func reference(kind, name string) map[string]any {
	return map[string]any{"$ref": "#/components/" + kind + "/" + name}
}
