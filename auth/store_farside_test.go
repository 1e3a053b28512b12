package auth

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// peerStore is the platform's store, as a test scripts it.
type peerStore struct {
	mu       sync.Mutex
	value    map[string]any
	gets     int
	sets     int
	getting  func(context.Context) error // nil answers at once
	setting  func(context.Context) error
	nonsense map[string]any // given in place of value
}

func (p *peerStore) GetIntegrationContext(ctx context.Context, _ string) (map[string]any, error) {
	p.mu.Lock()
	p.gets++
	getting, value := p.getting, maps.Clone(p.value)
	if p.nonsense != nil {
		value = p.nonsense
	}
	p.mu.Unlock()
	if getting != nil {
		if err := getting(ctx); err != nil {
			return nil, err
		}
	}
	return value, nil
}

func (p *peerStore) SetIntegrationContext(ctx context.Context, _ string, value map[string]any) error {
	p.mu.Lock()
	p.sets++
	setting := p.setting
	p.mu.Unlock()
	if setting != nil {
		if err := setting(ctx); err != nil {
			return err
		}
	}
	p.put(value)
	return nil
}

func (p *peerStore) put(value map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.value = maps.Clone(value)
}

func (p *peerStore) refuse(getting, setting func(context.Context) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.getting, p.setting = getting, setting
}

func (p *peerStore) asked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gets
}

func (p *peerStore) holds(member string) any {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.value[member]
}

// silent is a peer that never answers.
func silent(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func refusing(context.Context) error { return errors.New("the caller answered error -1") }

// numbered answers every request with a token of its own.
func numbered() *tokenEndpoint {
	var made atomic.Int32
	return &tokenEndpoint{answer: func(url.Values) (int, any) {
		n := made.Add(1)
		return 200, tokenJSON(fmt.Sprint("token-", n), "", 3600)
	}}
}

func sleepFor(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
