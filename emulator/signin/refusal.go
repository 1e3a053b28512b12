package signin

import (
	"fmt"
	"net/http"
	"strings"
)

// refusal is an error in Entra's shape: the AADSTS number with the OAuth error
// (RFC 6749, 5.2) that goes with it.
type refusal struct {
	number int
	text   string // a sentence for a person
	kind
	claims string // what to ask for next time, where a step is missing
}

// kind is what an AADSTS number implies.
type kind struct {
	oauth    string // the error member
	status   int
	suberror string // Entra's hint to clients about what would help
}

// kinds has the numbers that this tenant answers with. Numbers, OAuth errors and
// suberrors are those that Entra documents or is seen to send
// (https://learn.microsoft.com/entra/identity-platform/reference-error-codes).
var kinds = map[int]kind{
	16000:   {"interaction_required", 400, ""},
	50011:   {"invalid_request", 400, ""},
	50013:   {"invalid_grant", 400, ""},
	50027:   {"invalid_request", 400, ""},
	50034:   {"invalid_grant", 400, ""},
	50055:   {"invalid_grant", 400, "user_password_expired"},
	50056:   {"invalid_grant", 400, ""},
	50057:   {"invalid_grant", 400, ""},
	50058:   {"login_required", 400, ""},
	50059:   {"invalid_request", 400, ""},
	50076:   {"invalid_grant", 400, "basic_action"},
	50079:   {"invalid_grant", 400, "basic_action"},
	50126:   {"invalid_grant", 400, ""},
	50173:   {"invalid_grant", 400, "bad_token"},
	53000:   {"invalid_grant", 400, "message_only"},
	53003:   {"invalid_grant", 400, "message_only"},
	54005:   {"invalid_grant", 400, ""},
	65001:   {"invalid_grant", 400, "consent_required"},
	65004:   {"access_denied", 400, ""},
	70000:   {"invalid_grant", 400, "bad_token"},
	70003:   {"unsupported_grant_type", 400, ""},
	70008:   {"invalid_grant", 400, "token_expired"},
	70011:   {"invalid_scope", 400, ""},
	70016:   {"authorization_pending", 400, ""},
	70018:   {"bad_verification_code", 400, ""},
	70020:   {"expired_token", 400, ""},
	28000:   {"invalid_scope", 400, ""},
	90002:   {"invalid_request", 400, ""},
	90009:   {"invalid_request", 400, ""},
	90023:   {"invalid_request", 400, ""},
	90094:   {"consent_required", 400, ""},
	500011:  {"invalid_resource", 400, ""},
	500131:  {"invalid_grant", 400, ""},
	500133:  {"invalid_grant", 400, ""},
	500112:  {"invalid_client", 401, ""},
	501481:  {"invalid_grant", 400, ""},
	650053:  {"invalid_client", 400, ""},
	650057:  {"invalid_resource", 400, ""},
	700005:  {"invalid_grant", 400, ""},
	700016:  {"unauthorized_client", 400, ""},
	700021:  {"invalid_client", 401, ""},
	700023:  {"invalid_client", 401, ""},
	700024:  {"invalid_client", 401, ""},
	700025:  {"invalid_client", 401, ""},
	700027:  {"invalid_client", 401, ""},
	700038:  {"unauthorized_client", 400, ""},
	700054:  {"unsupported_response_type", 400, ""},
	700082:  {"invalid_grant", 400, "bad_token"},
	700211:  {"invalid_client", 401, ""},
	700212:  {"invalid_client", 401, ""},
	700213:  {"invalid_client", 401, ""},
	900023:  {"invalid_request", 400, ""},
	900144:  {"invalid_request", 400, ""},
	900561:  {"invalid_request", 400, ""},
	900971:  {"invalid_request", 400, ""},
	1002012: {"invalid_scope", 400, ""},
	7000112: {"unauthorized_client", 400, ""},
	7000114: {"unauthorized_client", 400, ""},
	7000215: {"invalid_client", 401, ""},
	7000218: {"invalid_client", 401, ""},
	7000222: {"invalid_client", 401, ""},
	9001023: {"invalid_request", 400, ""},
	9002313: {"invalid_request", 400, ""},
	9002326: {"invalid_request", 400, ""},
	9002327: {"invalid_request", 400, ""},
}

// refuse makes the refusal of an AADSTS number. A number that kinds lacks (a
// seed may name any for a person's Interrupt) refuses the grant.
func refuse(number int, format string, a ...any) *refusal {
	k, known := kinds[number]
	if !known {
		k = kind{"invalid_grant", http.StatusBadRequest, ""}
	}
	return &refusal{number: number, text: fmt.Sprintf(format, a...), kind: k}
}

// refuseUnknownGrant refuses a code or a refresh token that the tenant does not
// know: one of its own shape as a bad grant, anything else as a malformed one.
// Entra calls both invalid_grant.
func refuseUnknownGrant(what, value string) *refusal {
	if _, _, shaped := strings.Cut(value, "."); shaped {
		return refuse(70000, "The %s is not one of this tenant.", what)
	}
	f := refuse(9002313, "The %s is malformed.", what)
	f.kind = kinds[70000]
	return f
}

func (r *refusal) Error() string { return fmt.Sprintf("AADSTS%d: %s", r.number, r.text) }

// timestamp is how Entra writes a time in an error.
const timestamp = "2006-01-02 15:04:05Z"

// describe is the error_description: the sentence with what Microsoft's support
// asks for.
func (x *exchange) describe(f *refusal) string {
	return fmt.Sprintf("%v Trace ID: %s Correlation ID: %s Timestamp: %s", f, x.trace, x.correlation, x.now().UTC().Format(timestamp))
}

// entraError is the body of a refused token request.
type entraError struct {
	Error         string `json:"error"`
	Description   string `json:"error_description"`
	Codes         []int  `json:"error_codes"`
	Timestamp     string `json:"timestamp"`
	TraceID       string `json:"trace_id"`
	CorrelationID string `json:"correlation_id"`
	URI           string `json:"error_uri,omitempty"`
	Suberror      string `json:"suberror,omitempty"`
	Claims        string `json:"claims,omitempty"`
}

func (x *exchange) sendRefusal(f *refusal) {
	x.answer(f.status, entraError{
		Error: f.oauth, Description: x.describe(f), Codes: []int{f.number},
		Timestamp: x.now().UTC().Format(timestamp), TraceID: x.trace, CorrelationID: x.correlation,
		URI: x.errorURI(f), Suberror: f.suberror, Claims: f.claims,
	})
}
