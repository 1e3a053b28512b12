package definition

// What a session has beside its commands: the methods that the server answers
// itself, and those that it asks or tells of its client.

// sessionMethods describes the server's own methods.
func sessionMethods() []any {
	return []any{
		sessionMethod("initialize",
			"Declares what the client can do, and the configuration of calls that bring none. Optional; a later one replaces an earlier one.",
			objectSchema(map[string]any{
				"serverInfo": objectSchema(map[string]any{"name": textSchema(), "version": textSchema()}, "name", "version"),
				"commands":   map[string]any{"type": "array", "items": textSchema(), "description": "The names of all commands."},
			}, "serverInfo", "commands"),
			parameter("capabilities", false, objectSchema(map[string]any{
				"integrationContext": described("boolean", "The client keeps tokens: it answers getIntegrationContext and setIntegrationContext."),
				"log":                described("boolean", "The client takes log notifications."),
				"scheduledCommands":  described("boolean", "The client runs what an entry's PollingCommand names, and waits for $/settled where a result is unsettled."),
			})),
			reference("contentDescriptors", "params"),
			parameter("clientInfo", false, map[string]any{"type": "object"}),
		),
		sessionMethod("shutdown",
			"Is answered after all other requests; then the server ends.",
			map[string]any{"type": "null"}),
		sessionMethod("rpc.discover",
			"Returns this document.",
			map[string]any{"type": "object"}),
		sessionMethod("stats",
			"Returns the counters since the server started, and what runs now.",
			objectSchema(map[string]any{
				"errors": map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "integer"}, "description": "Failed calls, by kind."},
			}, "calls", "errors", "requests", "retries")),
		sessionMethod("$/cancelRequest",
			"A notification: the request of that id is answered with the error cancelled. An id that is not in flight is no error.",
			nil,
			parameter("id", true, map[string]any{"type": []string{"string", "number", "null"}})),
	}
}

// clientMethods describes what the server sends to its client. OpenRPC has no
// place for it, so it stands in an extension, in the same form.
func clientMethods() []any {
	token := parameter("token", true, map[string]any{"type": []string{"string", "number"}})
	instance := parameter("instance", true, textSchema())
	return []any{
		sessionMethod("$/progress",
			"A notification to the caller that gave a progressToken.",
			nil, token, parameter("value", true, objectSchema(map[string]any{
				"done":    map[string]any{"type": "integer"},
				"total":   map[string]any{"type": []string{"integer", "null"}, "description": "null where it is not known."},
				"message": textSchema(),
			}))),
		sessionMethod("$/partialResult",
			"A notification to the caller that gave partialResults: the entries of one page.",
			nil, token, parameter("value", true, objectSchema(map[string]any{
				"entries": map[string]any{"type": "array", "items": reference("schemas", "Entry")},
			}, "entries"))),
		sessionMethod("$/settled",
			"A notification to a client with the capability scheduledCommands: the work after an answer that said unsettled has ended.",
			nil, parameter("id", true, map[string]any{"type": []string{"string", "number", "null"}})),
		sessionMethod("log",
			"A notification to a client with the capability log.",
			nil,
			parameter("level", true, map[string]any{"enum": []string{"debug", "info", "warning", "error"}}),
			parameter("message", true, textSchema())),
		sessionMethod("getIntegrationContext",
			"A request to a client with the capability integrationContext: what it keeps for an instance.",
			map[string]any{"type": "object"}, instance),
		sessionMethod("setIntegrationContext",
			"A request to a client with the capability integrationContext: what it has to keep for an instance, as a whole. The answer's result is not read.",
			map[string]any{}, instance, parameter("value", true, map[string]any{"type": "object"})),
	}
}

// sessionMethod describes a method; one without a result is a notification.
func sessionMethod(name, description string, result map[string]any, params ...any) map[string]any {
	method := map[string]any{"name": name, "description": description, "paramStructure": "by-name", "params": append([]any{}, params...)}
	if result != nil {
		method["result"] = map[string]any{"name": "answer", "schema": result}
	}
	return method
}

func parameter(name string, required bool, schema map[string]any) map[string]any {
	return map[string]any{"name": name, "required": required, "schema": schema}
}

func textSchema() map[string]any { return map[string]any{"type": "string"} }

func described(kind, description string) map[string]any {
	return map[string]any{"type": kind, "description": description}
}
