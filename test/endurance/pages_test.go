package endurance_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"msgraph-user/internal/engine"
	"msgraph-user/internal/graphtest"
	"msgraph-user/internal/xsoar"
)

const (
	hugeTenant = 416_092
	cutPage    = 120 // what the service puts on a page, whatever was asked for
	pageTime   = 1500 * time.Millisecond
	tokenLife  = time.Hour
)

// hugeSide is a Graph with a tenant's list, which cuts pages, throttles with and
// without Retry-After, and takes a token for as long as it lives.
type hugeSide struct {
	mu        sync.Mutex // a token is renewed while a page is read
	issued    time.Time
	tokens    int
	asked     map[int]int // by page
	throttled int
}

func (s *hugeSide) RoundTrip(r *http.Request) (*http.Response, error) {
	users := strings.HasSuffix(r.URL.Path, "/users")
	if users {
		time.Sleep(pageTime)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !users {
		s.issued = time.Now()
		s.tokens++
		return graphtest.Answer(r, http.StatusOK, fmt.Sprintf(`{"token_type":"Bearer","expires_in":%d,"access_token":"token-%d"}`, int(tokenLife.Seconds()), s.tokens)), nil
	}
	if r.Header.Get("Authorization") != fmt.Sprintf("Bearer token-%d", s.tokens) || time.Since(s.issued) > tokenLife {
		return graphtest.Answer(r, http.StatusUnauthorized, `{"error":{"code":"InvalidAuthenticationToken","message":"Lifetime validation failed, the token is expired."}}`), nil
	}
	page := 0
	if token := r.URL.Query().Get("$skiptoken"); token != "" {
		page, _ = strconv.Atoi(token)
	}
	if s.asked[page]++; s.asked[page] == 1 && page%500 == 250 {
		s.throttled++
		var headers []string
		if s.throttled%2 == 1 {
			headers = []string{"Retry-After", "17"}
		}
		return graphtest.Answer(r, http.StatusTooManyRequests, `{"error":{"code":"TooManyRequests","message":"Too many requests"}}`, headers...), nil
	}
	return graphtest.Answer(r, http.StatusOK, s.page(page)), nil
}

func (*hugeSide) page(n int) string {
	var page bytes.Buffer
	page.WriteByte('{')
	if (n+1)*cutPage < hugeTenant {
		fmt.Fprintf(&page, `"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$top=999&$skiptoken=%d",`, n+1)
	}
	page.WriteString(`"value":[`)
	for user := n * cutPage; user < min((n+1)*cutPage, hugeTenant); user++ {
		if user > n*cutPage {
			page.WriteByte(',')
		}
		fmt.Fprintf(&page, `{"id":"%d"}`, user)
	}
	page.WriteString("]}")
	return page.String()
}

// A large tenant is listed whole and in order, though pages are cut, requests are
// throttled with and without a time to wait, and the token expires half way.
func TestALargeTenantIsListedWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := &hugeSide{asked: map[int]int{}}
		service := serviceOn(t, far)
		defer service.Close(context.Background())
		next := 0
		_, err := service.Run(t.Context(), engine.Call{
			Command: "msgraph-user-list", Args: map[string]any{"limit": "all", "page_size": 999, "properties": "id"},
			Emit: func(_ context.Context, entries []xsoar.Entry) error {
				for _, user := range entries[0].Contents.([]json.RawMessage) {
					if want := fmt.Sprintf(`{"id":"%d"}`, next); string(user) != want {
						return fmt.Errorf("%s came, want %s", user, want)
					}
					next++
				}
				return nil
			},
		})
		if err != nil || next != hugeTenant {
			t.Errorf("%d of %d users, %v", next, hugeTenant, err)
		}
		if far.throttled < 6 || far.tokens < 2 {
			t.Errorf("throttled %d times, %d tokens: too few to show anything", far.throttled, far.tokens)
		}
	})
}
