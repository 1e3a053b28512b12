package auth

import (
	"context"
	"encoding/json"
	"math"
	"strconv"
	"time"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/secret"
)

// ContextStore reads and replaces the integration context of an instance, as the
// platform's getIntegrationContext and setIntegrationContext do. A value that was
// read or written may be kept by either side, and is not changed afterwards.
type ContextStore interface {
	GetIntegrationContext(ctx context.Context, instance string) (map[string]any, error)
	SetIntegrationContext(ctx context.Context, instance string, value map[string]any) error
}

// The members of the integration context that belong to this package. The first
// five are the Python integration's, so that either can carry on from the other.
const (
	memberAccessToken    = "access_token"
	memberValidUntil     = "valid_until" // epoch seconds
	memberRefreshToken   = "current_refresh_token"
	memberNextRequest    = "next_request_time" // epoch seconds: not before, after a failure of the token service
	memberDelayCounter   = "delay_request_counter"
	memberConfiguration  = "configuration" // see Configuration.Fingerprint
	expiryMargin         = 5 * time.Second // what valid_until is short of the token's end
	storeTime            = 10 * time.Second
	defaultTokenLifetime = 3595 * time.Second // where the answer names none
)

// held is what an integration context says about a token.
type held struct {
	access     secret.Text
	validUntil time.Time
	refresh    secret.Text
}

// readHeld returns what of values belongs to the configuration of own, and whether
// another one's token stands there instead.
func readHeld(own marks, values map[string]any) (h held, foreign bool) {
	fingerprint, _ := values[memberConfiguration].(string)
	ownAccess, ownGrant := own.own(fingerprint)
	if ownAccess {
		h.access, h.validUntil = secret.New(textMember(values, memberAccessToken)), timeMember(values, memberValidUntil)
	}
	if ownGrant {
		h.refresh = secret.New(textMember(values, memberRefreshToken))
	}
	return h, !ownAccess
}

// write puts a grant into values, and clears what a failure left there.
func (r record) write(values map[string]any, fingerprint string) {
	values[memberAccessToken] = r.access.Reveal()
	values[memberValidUntil] = r.validUntil.Unix()
	values[memberRefreshToken] = r.refresh.Reveal()
	values[memberConfiguration] = fingerprint
	delete(values, memberNextRequest)
	delete(values, memberDelayCounter)
}

// forget removes every member of this package, and no other.
func forget(values map[string]any) {
	for _, member := range []string{
		memberAccessToken, memberValidUntil, memberRefreshToken, memberNextRequest, memberDelayCounter, memberConfiguration,
	} {
		delete(values, member)
	}
}

func textMember(values map[string]any, name string) string {
	text, _ := values[name].(string)
	return text
}

func timeMember(values map[string]any, name string) time.Time {
	return epoch(numberMember(values, name))
}

func epoch(seconds float64) time.Time {
	if seconds <= 0 || seconds > math.MaxInt32*100.0 {
		return time.Time{}
	}
	whole, part := math.Modf(seconds)
	return time.Unix(int64(whole), int64(part*1e9))
}

// numberMember returns a number however the store's JSON reader gave it, or 0.
func numberMember(values map[string]any, name string) float64 {
	var n float64
	var err error
	switch v := values[name].(type) {
	case float64:
		n = v
	case int:
		n = float64(v)
	case int64:
		n = float64(v)
	case json.Number:
		n, err = v.Float64()
	case string:
		n, err = strconv.ParseFloat(v, 64)
	}
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return 0
	}
	return n
}

// readContext returns the instance's integration context.
func (s *Source) readContext(ctx context.Context) (map[string]any, error) {
	values, err := s.store.GetIntegrationContext(ctx, s.instance)
	if err != nil {
		return nil, s.storeFailure(ctx, "read", err)
	}
	return values, nil
}

// updateContext lets change work on a copy of the integration context as it
// stands now, so that members others wrote meanwhile survive.
func (s *Source) updateContext(ctx context.Context, change func(map[string]any)) error {
	// What was obtained is kept even where the call that asked for it has ended.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
	defer cancel()
	values, err := s.readContext(ctx)
	if err != nil {
		return err
	}
	changed := make(map[string]any, len(values)+6)
	for name, value := range values {
		changed[name] = value
	}
	change(changed)
	if err := s.store.SetIntegrationContext(ctx, s.instance, changed); err != nil {
		return s.storeFailure(ctx, "write", err)
	}
	return nil
}

func (s *Source) storeFailure(ctx context.Context, verb string, err error) error {
	if ctx.Err() != nil {
		return s.ended(ctx)
	}
	return &failure.Error{
		Kind:    failure.Internal,
		Message: "The integration context could not be " + map[string]string{"read": "read", "write": "written"}[verb] + ": " + s.scrubber.Scrub(err.Error()) + ".",
		Advice:  "The instance's token is kept there. Look at the caller that keeps it, or at the state file.",
		Cause:   err,
	}
}
