package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"msgraph-user/internal/graphtest"
)

// batchSide is a Graph that takes batches, in virtual time.
type batchSide struct {
	latency time.Duration
	// item answers one request of a batch: status, headers and body.
	item func(request graphtest.BatchItem) (int, map[string]string, string)
	// whole answers in place of the batch as a whole where it returns a status; done
	// says whether the requests of the batch are carried out all the same.
	whole   func(n int) (status int, done bool)
	reverse bool // answers in the opposite order

	mu       sync.Mutex
	batches  int
	carried  map[string]int // METHOD URL: how often it was done
	unharmed int            // requests that were answered without being done
}

func (s *batchSide) RoundTrip(r *http.Request) (*http.Response, error) {
	if !graphtest.IsBatch(r) {
		return nil, fmt.Errorf("unexpected %s %s", r.Method, r.URL)
	}
	select {
	case <-time.After(s.latency):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	requests, err := graphtest.Batch(r)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batches++
	if s.whole != nil {
		if status, done := s.whole(s.batches); status != 0 {
			if done {
				s.answers(requests)
			}
			return graphtest.Answer(r, status, `{"error":{"code":"x","message":"as a whole"}}`), nil
		}
	}
	answers := s.answers(requests)
	if s.reverse {
		slices.Reverse(answers)
	}
	return graphtest.BatchAnswer(r, answers)
}

func (s *batchSide) answers(requests []graphtest.BatchItem) []graphtest.ItemAnswer {
	var answers []graphtest.ItemAnswer
	for _, request := range requests {
		status, headers, body := http.StatusNoContent, map[string]string(nil), ""
		if s.item != nil {
			status, headers, body = s.item(request)
		}
		if status < 300 {
			if s.carried == nil {
				s.carried = map[string]int{}
			}
			s.carried[request.Method+" "+request.URL]++
		} else {
			s.unharmed++
		}
		answers = append(answers, graphtest.ItemAnswer{ID: request.ID, Status: status, Headers: headers, Body: json.RawMessage(body)})
	}
	return answers
}

// newUserSide makes users, and takes batches.
type newUserSide struct{ batchSide }

func (s *newUserSide) RoundTrip(r *http.Request) (*http.Response, error) {
	if graphtest.IsBatch(r) {
		return s.batchSide.RoundTrip(r)
	}
	return graphtest.Answer(r, http.StatusCreated, `{"id":"u-1","displayName":"N","userPrincipalName":"new@contoso.example"}`), nil
}
