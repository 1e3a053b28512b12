package signin

import (
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
)

// exchange is one request and its answer, with what all endpoints ask of them.
type exchange struct {
	*Service
	w http.ResponseWriter
	r *http.Request

	tenant      string // as the path names it
	trace       string // Entra's id of this request
	correlation string // the caller's id of it, or one of ours
}

func newExchange(s *Service, w http.ResponseWriter, r *http.Request) *exchange {
	x := &exchange{Service: s, w: w, r: r, trace: uuid.NewString(), correlation: r.Header.Get("client-request-id")}
	if !isGUID(x.correlation) {
		x.correlation = uuid.NewString()
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store, no-cache")
	h.Set("Pragma", "no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("x-ms-request-id", x.trace)
	if strings.EqualFold(r.Header.Get("return-client-request-id"), "true") {
		h.Set("client-request-id", x.correlation)
	}
	return x
}

func (x *exchange) now() time.Time { return x.options.Now() }

// origin is the base URL as the caller wrote it. An in-process transport hands
// the caller's whole URL over; over HTTP the Host header has it.
func (x *exchange) origin() string {
	if x.r.URL.IsAbs() {
		return x.r.URL.Scheme + "://" + x.r.URL.Host
	}
	if x.r.TLS != nil {
		return "https://" + x.r.Host
	}
	return "http://" + x.r.Host
}

// realm is the origin with the tenant's id, the root of everything that
// discovery publishes.
func (x *exchange) realm() string { return x.origin() + "/" + x.options.TenantID }

func (x *exchange) answer(status int, body any) {
	x.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	x.w.WriteHeader(status)
	// A caller who went away needs no answer.
	_ = json.NewEncoder(x.w).Encode(body)
}

// resolveTenant checks the tenant that the path names. The shared names stand
// for this tenant, which is the only one there is.
func (x *exchange) resolveTenant() *refusal {
	switch name := strings.ToLower(x.tenant); {
	case x.isTenant(name), name == "common", name == "organizations":
		return nil
	case isGUID(name), strings.Contains(name, "."), name == "consumers":
		return refuse(90002, "Tenant '%s' does not exist here; this is tenant %s.", x.tenant, x.options.TenantID)
	default:
		return refuse(900023, "'%s' is neither a tenant id nor a domain name.", x.tenant)
	}
}

func (s *Service) isTenant(name string) bool {
	if strings.EqualFold(name, s.options.TenantID) {
		return true
	}
	for _, d := range s.options.Domains {
		if strings.EqualFold(name, d) {
			return true
		}
	}
	return false
}

// parseForm reads a form body. A body of another type counts as empty, so that
// the caller hears which parameter is missing, as from Entra.
func (x *exchange) parseForm() *refusal {
	if err := x.r.ParseForm(); err != nil {
		return refuse(9002313, "The request's body cannot be read: %v.", err)
	}
	for name, values := range x.r.PostForm {
		if len(values) > 1 {
			return refuse(9002313, "The parameter '%s' was sent more than once.", name)
		}
	}
	return nil
}

// required returns the body's parameter name, or the refusal for its absence.
func (x *exchange) required(name string) (string, *refusal) {
	if v := x.r.PostForm.Get(name); v != "" {
		return v, nil
	}
	return "", refuse(900144, "The request's body lacks the parameter '%s'.", name)
}

// loopback reports whether u names this machine (RFC 8252, 7.3).
func loopback(u *url.URL) bool {
	host := u.Hostname()
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || strings.HasSuffix(strings.ToLower(host), ".localhost") || (ip != nil && ip.IsLoopback())
}
