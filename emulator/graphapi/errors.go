package graphapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"msgraph-user/emulator/odata"
	"msgraph-user/emulator/schema"
)

// graphError is a refusal in Graph's shape
// (https://learn.microsoft.com/graph/errors).
type graphError struct {
	status  int
	code    string
	message string
	target  string
	details []errorDetail
	header  http.Header
}

type errorDetail struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Target  string `json:"target,omitempty"`
}

func (e *graphError) Error() string { return e.code + ": " + e.message }

func badRequest(format string, a ...any) *graphError {
	return &graphError{status: http.StatusBadRequest, code: "Request_BadRequest", message: fmt.Sprintf(format, a...)}
}

func notFound(ref string) *graphError {
	return &graphError{status: http.StatusNotFound, code: "Request_ResourceNotFound",
		message: fmt.Sprintf("Resource '%s' does not exist or one of its queried reference-property objects are not present.", ref)}
}

// resourceNotFound is the 404 of authentication methods, which have a shape of
// their own, as their 403 does.
func resourceNotFound(message string) *graphError {
	return &graphError{status: http.StatusNotFound, code: "resourceNotFound", message: message}
}

func accessDenied() *graphError {
	refusal := forbidden[authenticationArea]
	return &refusal
}

// forbidden are the refusals of areas that have their own, where the token or the
// person may not do what is asked.
var forbidden = map[area]graphError{
	authenticationArea: {status: http.StatusForbidden, code: "accessDenied", message: "Request Authorization failed"},
	auditLogArea: {status: http.StatusForbidden, code: "Authentication_MSGraphPermissionMissing",
		message: "Calling principal does not have required MSGraph permissions AuditLog.Read.All"},
	protectionArea: {status: http.StatusForbidden, code: "Forbidden",
		message: "You cannot perform the requested operation, required scopes are missing in the token."},
	roleArea: {status: http.StatusForbidden, code: "PermissionScopeNotGranted", message: "Authorization failed due to missing permission scope."},
	mailArea: {status: http.StatusForbidden, code: "ErrorAccessDenied", message: "Access is denied. Check credentials and try again."},
}

func denied(message string) *graphError {
	return &graphError{status: http.StatusForbidden, code: "Authorization_RequestDenied", message: message}
}

// notHere refuses what the practice tenant does not know.
func notHere(format string, a ...any) *graphError {
	return &graphError{status: http.StatusNotImplemented, code: "NotImplemented",
		message: "The practice tenant does not know " + fmt.Sprintf(format, a...) + ". See its parity table."}
}

func objectConflict(property string) *graphError {
	message := fmt.Sprintf("Another object with the same value for property %s already exists.", property)
	return &graphError{status: http.StatusBadRequest, code: "Request_BadRequest", message: message,
		details: []errorDetail{{Code: "ObjectConflict", Message: message, Target: property}}}
}

func missingValue(property, resource string) *graphError {
	return &graphError{status: http.StatusBadRequest, code: "Request_BadRequest", target: property,
		message: fmt.Sprintf("A value is required for property '%s' of resource '%s'.", property, resource),
		details: []errorDetail{{Code: "MissingOrInvalidValue", Message: "A value is required.", Target: property}}}
}

func invalidValue(property, resource string) *graphError {
	return &graphError{status: http.StatusBadRequest, code: "Request_BadRequest", target: property,
		message: fmt.Sprintf("Invalid value specified for property '%s' of resource '%s'.", property, resource)}
}

// refuse turns any error into the answer that carries it.
func (c *call) refuse(err error) reply {
	var refusal *graphError
	var query *odata.Error
	var mismatch *schema.Mismatch
	switch {
	case errors.As(err, &refusal):
	case errors.As(err, &query):
		refusal = &graphError{status: query.Status, code: query.Code, message: query.Message}
	case errors.As(err, &mismatch):
		refusal = badRequest("Invalid value specified for property '%s': %s belongs there.", mismatch.Path, mismatch.Want)
		refusal.target = mismatch.Path
	default:
		refusal = &graphError{status: http.StatusInternalServerError, code: "UnknownError", message: "The practice tenant failed: " + err.Error()}
	}
	body, _ := json.Marshal(map[string]any{"error": c.errorBody(refusal)}) // plain text: cannot fail
	response := reply{status: refusal.status, header: http.Header{"Content-Type": {"application/json"}}, body: body}
	for name, values := range refusal.header {
		response.header[name] = values
	}
	if refusal.status == http.StatusUnauthorized {
		response.header["Www-Authenticate"] = []string{`Bearer realm="", authorization_uri="` + c.origin + `/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`}
	}
	return response
}

func (c *call) errorBody(e *graphError) any {
	type inner struct {
		Date            string `json:"date"`
		RequestID       string `json:"request-id"`
		ClientRequestID string `json:"client-request-id"`
	}
	return struct {
		Code       string        `json:"code"`
		Message    string        `json:"message"`
		Target     string        `json:"target,omitempty"`
		Details    []errorDetail `json:"details,omitempty"`
		InnerError inner         `json:"innerError"`
	}{e.code, e.message, e.target, e.details, inner{c.at.Format("2006-01-02T15:04:05"), c.requestID, c.clientRequestID()}}
}

func (c *call) clientRequestID() string {
	if id := c.request.Header.Get("Client-Request-Id"); id != "" {
		return id
	}
	return c.requestID
}
