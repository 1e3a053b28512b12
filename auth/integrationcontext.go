package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"strconv"
	"strings"
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
	memberConfiguration  = "configuration"    // see Configuration.Fingerprint
	expiryMargin         = 5 * time.Second    // what valid_until is short of the token's end
	storeTime            = 15 * time.Second   // how long the store may take to answer
	defaultTokenLifetime = 3595 * time.Second // where the answer names none
)

// isMarked reports whether values say which configuration's token they hold. A mark
// that is no text is another configuration's.
func isMarked(values map[string]any) bool {
	mark := values[memberConfiguration]
	return mark != nil && mark != ""
}

// readHeld returns what of values belongs to the configuration of own, and whether
// another one's token stands there instead. A token that no request can carry is
// as none.
func readHeld(own marks, values map[string]any) (h held, foreign bool) {
	fingerprint, isText := values[memberConfiguration].(string)
	if !isText && isMarked(values) {
		return held{}, true
	}
	ownAccess, ownGrant := own.own(fingerprint)
	if access := textMember(values, memberAccessToken); ownAccess && isSendable(access) {
		h.access, h.validUntil = secret.New(access), timeMember(values, memberValidUntil)
	}
	if ownGrant {
		h.refresh = secret.New(textMember(values, memberRefreshToken))
	}
	return h, !ownAccess
}

// write puts h into values, and clears what a failure left there.
func (h held) write(values map[string]any, fingerprint string) {
	values[memberAccessToken] = h.access.Reveal()
	values[memberValidUntil] = h.validUntil.Unix()
	values[memberRefreshToken] = h.refresh.Reveal()
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

// readContext asks the store for the instance's integration context.
func (s *Source) readContext(ctx context.Context) (map[string]any, error) {
	s.atStore.Store(true)
	short, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	values, err := s.store.GetIntegrationContext(short, s.instance)
	if err != nil {
		return nil, s.storeFailure(ctx, short, "read", err)
	}
	return values, nil
}

// changeContext lets change work on a copy of values, which is the integration
// context as the store gave it a moment ago, and stores the copy: members that
// others wrote survive. The turn is taken.
func (s *Source) changeContext(ctx context.Context, values map[string]any, change func(map[string]any)) (map[string]any, error) {
	s.atStore.Store(true)
	changed := make(map[string]any, len(values)+6)
	maps.Copy(changed, values)
	change(changed)
	// What was obtained is kept even where the call that asked for it has ended.
	short, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
	defer cancel()
	if err := s.store.SetIntegrationContext(short, s.instance, changed); err != nil {
		return nil, s.storeFailure(context.WithoutCancel(ctx), short, "written", err)
	}
	return changed, nil
}

// keepInContext puts h into the integration context.
func (s *Source) keepInContext(ctx context.Context, values map[string]any, h held) (map[string]any, error) {
	fingerprint := s.marks.text()
	return s.changeContext(ctx, values, func(changed map[string]any) { h.write(changed, fingerprint) })
}

// storeFailure names the store: the sign-in host has no part in it. ctx is the
// flight's, short what the store was given.
func (s *Source) storeFailure(ctx, short context.Context, done string, err error) error {
	switch {
	case ctx.Err() != nil:
		return s.endedAtStore(ctx)
	case short.Err() != nil:
		return &failure.Error{
			Kind: failure.Unreachable, Host: storeName, Timeout: true, Cause: err,
			Message: fmt.Sprintf("The integration context could not be %s: the caller that keeps it did not answer within %s.", done, storeTime),
			Advice:  storeAdvice,
		}
	}
	return &failure.Error{
		Kind:    failure.Internal,
		Message: "The integration context could not be " + done + ": " + s.scrubber.Scrub(strings.TrimRight(err.Error(), ".")) + ".",
		Advice:  storeAdvice,
		Cause:   err,
	}
}

const (
	// storeName stands for a host's name where the store did not answer.
	storeName   = "integration context"
	storeAdvice = "The instance's token is stored there. Check the caller that stores it, or the state file."
)

// ended is the failure of a call whose time ran out, or that was cancelled, while
// it waited for a token.
func (s *Source) ended(ctx context.Context) error {
	if s.atStore.Load() {
		return s.endedAtStore(ctx)
	}
	return s.tokens.ended(ctx)
}

func (s *Source) endedAtStore(ctx context.Context) error {
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &failure.Error{Kind: failure.Canceled, Cause: context.Cause(ctx), Message: "The command was cancelled while it waited for the integration context."}
	}
	return &failure.Error{
		Kind: failure.Unreachable, Host: storeName, Timeout: true, Cause: context.Cause(ctx),
		Message: "The command's time ended before the caller that keeps the integration context answered.",
		Advice:  storeAdvice,
	}
}
