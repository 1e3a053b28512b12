package definition

import (
	"msgraph-user/internal/failure"
	"msgraph-user/internal/xsoar"
)

// What every method has in common on the wire: the members of params beside
// args, the entries of the result, and the errors.

func contentDescriptors() map[string]any {
	return map[string]any{
		"params": map[string]any{
			"name":        "params",
			"description": "The instance's configuration. If it is absent, the session's or the process's configuration is used.",
			"schema":      reference("schemas", "Configuration"),
		},
		"context": map[string]any{
			"name":        "context",
			"description": "The origin of the call. timeout is the deadline of this call, in seconds.",
			"schema": objectSchema(map[string]any{
				"timeout":             map[string]any{"type": "number", "exclusiveMinimum": 0},
				"IntegrationInstance": map[string]any{"type": "string"},
				"Inv":                 objectSchema(map[string]any{"id": map[string]any{"type": "string"}}),
			}),
		},
		"progressToken": map[string]any{
			"name":        "progressToken",
			"description": "Asks for $/progress notifications, which carry this token.",
			"schema":      map[string]any{"type": []string{"string", "number"}},
		},
		"partialResults": map[string]any{
			"name":        "partialResults",
			"description": "Asks for entries page by page, in $/partialResult notifications that carry this token; the result then holds only the summary.",
			"schema":      map[string]any{"type": []string{"string", "number"}},
		},
	}
}

func entrySchema() map[string]any {
	text := map[string]any{"type": "string"}
	schema := objectSchema(map[string]any{
		"Type":           map[string]any{"enum": []xsoar.EntryType{xsoar.Note, xsoar.File, xsoar.Error, xsoar.Warning}},
		"ContentsFormat": map[string]any{"enum": []string{xsoar.FormatJSON, xsoar.FormatText}},
		"Contents":       map[string]any{},
		"HumanReadable":  map[string]any{"type": []string{"string", "null"}, "description": "Markdown."},
		"EntryContext":   map[string]any{"type": []string{"object", "null"}},
		"File":           text,
		"FileID":         text,
		"FileData":       map[string]any{"type": "string", "contentEncoding": "base64"},
		"PollingCommand": text,
		"NextRun":        map[string]any{"type": "string", "description": "Seconds."},
		"Timeout":        map[string]any{"type": "string", "description": "Seconds."},
		"PollingArgs":    map[string]any{"type": "object"},
	}, "Type", "ContentsFormat", "Contents")
	schema["description"] = "A War Room entry in the platform's own form."
	return schema
}

// wireError is one of the errors that every method can answer.
type wireError struct {
	name    string
	kind    failure.Kind
	message string
}

func wireErrorList() []wireError {
	return []wireError{
		{"invalidParams", failure.BadArgument, "An argument or configuration value is missing, unknown or bad; data names it as argument or parameter."},
		{"internalError", failure.Internal, "A defect of the server."},
		{"signInFailed", failure.SignIn, "Sign-in returned no token; data has error, codes (AADSTS numbers) and status."},
		{"graphRefused", failure.Refused, "Microsoft Graph refused; data has status, code, requestId, clientRequestId and date."},
		{"throttled", failure.Throttled, "Throttled past the deadline; data has retryAfter in seconds."},
		{"unreachable", failure.Unreachable, "Unreachable, reset or timed out; data has host and timeout."},
		{"cancelled", failure.Canceled, "Cancelled by the caller."},
	}
}

func wireErrors() map[string]any {
	errors := map[string]any{}
	for _, e := range wireErrorList() {
		errors[e.name] = map[string]any{"code": e.kind.Code(), "message": e.message}
	}
	return errors
}

func errorReferences() []any {
	var references []any
	for _, e := range wireErrorList() {
		references = append(references, reference("errors", e.name))
	}
	return references
}
