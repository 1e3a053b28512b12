package rpc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"github.com/sourcegraph/jsonrpc2"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/xsoar"
)

// ask sends the peer a request and returns its result, null where it has none.
// It fails when the peer answers an error or can answer no more.
func (s *session) ask(ctx context.Context, method string, params any) (json.RawMessage, error) {
	if err := s.input.Err(); err != nil {
		return nil, peerFailure(method, peerGone, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.input, cancel)()
	number := jsonrpc2.ID{Num: s.flight.number()}
	var result json.RawMessage
	err := s.out.awaitRoom(ctx)
	if err == nil {
		err = s.conn.Call(ctx, method, params, &result, jsonrpc2.PickID(number))
	}
	var refused *jsonrpc2.Error
	switch {
	case err == nil:
		return result, nil
	case errors.As(err, &refused) && refused.Code == 0:
		return nil, peerFailure(method, "the caller answered an error without a code", err)
	case errors.As(err, &refused):
		return nil, peerFailure(method, fmt.Sprintf("the caller answered error %d", refused.Code), err)
	case s.input.Err() != nil:
		return nil, peerFailure(method, peerGone, err)
	}
	return nil, fmt.Errorf("waiting for the caller's answer to %s: %w", method, err)
}

// peerGone is said of a peer that closed its side.
const peerGone = "it closed the input, so no answer can come"

func peerFailure(method, what string, cause error) error {
	return &failure.Error{Kind: failure.Internal, Cause: cause,
		Message: fmt.Sprintf("The caller announced that it keeps the integration context, but %s failed: %s.", method, what)}
}

// tell sends the peer a notification. It waits while the peer does not read, until
// ctx is done: here, since whoever waits inside the library holds up all others.
func (s *session) tell(ctx context.Context, method string, params any) error {
	if err := s.out.awaitRoom(ctx); err != nil {
		return err
	}
	return s.conn.Notify(ctx, method, params)
}

// inform is tell for what may be lost.
func (s *session) inform(ctx context.Context, method string, params any) {
	if err := s.tell(ctx, method, params); err != nil {
		s.log.Debug("a notification could not be sent", "method", method, "error", err)
	}
}

// emit sends entries of r ahead of its answer. It returns when they are written,
// so that nothing is read for a peer that does not read.
func (s *session) emit(ctx context.Context, r *request, params partialParams) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(r.ctx, func() { cancel(context.Cause(r.ctx)) })()
	if reason := r.stopped(); reason != nil {
		return reason
	}
	if err := s.tell(ctx, methodPartial, params); err != nil {
		return err
	}
	return s.out.awaitWritten(ctx)
}

// contextStore keeps the integration context at the peer.
type contextStore struct{ s *session }

type contextParams struct {
	Instance string         `json:"instance"`
	Value    map[string]any `json:"value,omitzero"`
}

// GetIntegrationContext asks the peer for the context of an instance; a peer
// that has none yet may say null.
func (c contextStore) GetIntegrationContext(ctx context.Context, instance string) (map[string]any, error) {
	result, err := c.s.ask(ctx, methodGetContext, contextParams{Instance: instance})
	if err != nil {
		return nil, err
	}
	value := map[string]any{}
	switch kindOf(result) {
	case kindAbsent, kindNull:
		return value, nil
	case kindObject:
	default:
		return nil, peerFailure(methodGetContext, "the result is "+string(kindOf(result))+", not an object", nil)
	}
	decoder := json.NewDecoder(bytes.NewReader(result))
	decoder.UseNumber()
	return value, decoder.Decode(&value)
}

// SetIntegrationContext has the peer replace the context of an instance.
func (c contextStore) SetIntegrationContext(ctx context.Context, instance string, value map[string]any) error {
	if value == nil {
		value = map[string]any{}
	}
	_, err := c.s.ask(ctx, methodSetContext, contextParams{Instance: instance, Value: value})
	return err
}

type logParams struct {
	Level   string `json:"level"`
	Message string `json:"message"`
}

// levelName returns the protocol's name of the level at or below level.
func levelName(level slog.Level) string {
	switch {
	case level < slog.LevelInfo:
		return "debug"
	case level < slog.LevelWarn:
		return "info"
	case level < slog.LevelError:
		return "warning"
	}
	return "error"
}

type progressParams struct {
	Token any           `json:"token"` // text or a number
	Value progressValue `json:"value"`
}

type progressValue struct {
	Done    int    `json:"done"`
	Total   *int   `json:"total"`
	Message string `json:"message"`
}

func newProgressParams(token any, p engine.Progress) progressParams {
	value := progressValue{Done: p.Done, Message: p.Message}
	if p.Total > 0 {
		value.Total = &p.Total
	}
	return progressParams{Token: token, Value: value}
}

type partialParams struct {
	Token any          `json:"token"` // text or a number
	Value partialValue `json:"value"`
}

type partialValue struct {
	Entries []xsoar.Entry `json:"entries"`
}
