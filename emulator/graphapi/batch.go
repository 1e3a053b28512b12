package graphapi

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"msgraph-user/emulator/plainjson"
)

// maxBatch is how many requests a batch takes
// (https://learn.microsoft.com/graph/json-batching).
const maxBatch = 20

// batchItem is one request of a batch.
type batchItem struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`
}

// batchAnswer is the answer to one.
type batchAnswer struct {
	ID      string            `json:"id"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    json.RawMessage   `json:"body,omitempty"`
}

// batch answers up to twenty requests in one. They run one after the other, each
// after what it depends on; one that depends on a failed one is not run.
func batch(c *call) (reply, error) {
	raw, err := c.rawBody()
	if err != nil {
		return reply{}, err
	}
	var body struct {
		Requests []batchItem `json:"requests"`
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		return reply{}, batchError("Invalid batch payload format: %v.", err)
	}
	order, err := batchOrder(body.Requests)
	if err != nil {
		return reply{}, err
	}
	failed := map[string]bool{}
	answers := make([]batchAnswer, 0, len(order))
	for _, item := range order {
		if err := c.request.Context().Err(); err != nil {
			return reply{}, err
		}
		answer := c.answerItem(item, failed)
		failed[item.ID] = answer.Status >= 400
		answers = append(answers, answer)
	}
	encoded, err := plainjson.Marshal(map[string]any{"responses": answers})
	if err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusOK, header: http.Header{"Content-Type": {"application/json"}}, body: encoded}, nil
}

func batchError(format string, a ...any) *graphError {
	return &graphError{status: http.StatusBadRequest, code: "BadRequest", message: fmt.Sprintf(format, a...)}
}

// batchOrder checks the requests and returns them so that each stands after what
// it depends on.
func batchOrder(items []batchItem) ([]batchItem, error) {
	if len(items) == 0 {
		return nil, batchError("Invalid batch payload format: 'requests' is empty or missing.")
	}
	if len(items) > maxBatch {
		return nil, batchError("Number of batch request steps exceeds the maximum value of %d.", maxBatch)
	}
	known := map[string]bool{}
	for _, item := range items {
		if item.ID == "" || item.Method == "" || item.URL == "" {
			return nil, batchError("Each request of a batch needs an id, a method and a url.")
		}
		if known[strings.ToLower(item.ID)] {
			return nil, batchError("Request Id '%s' has to be unique in a batch.", item.ID)
		}
		known[strings.ToLower(item.ID)] = true
	}
	return sortByDependency(items, known)
}

func sortByDependency(items []batchItem, known map[string]bool) ([]batchItem, error) {
	for _, item := range items {
		for _, id := range item.DependsOn {
			if !known[strings.ToLower(id)] {
				return nil, batchError("Request '%s' depends on '%s', which is not in the batch.", item.ID, id)
			}
		}
	}
	var order []batchItem
	placed := map[string]bool{}
	for len(order) < len(items) {
		before := len(order)
		for _, item := range items {
			if !placed[item.ID] && allPlaced(item.DependsOn, placed) {
				placed[item.ID] = true
				order = append(order, item)
			}
		}
		if len(order) == before {
			return nil, batchError("The requests of the batch depend on each other in a circle.")
		}
	}
	return order, nil
}

func allPlaced(ids []string, placed map[string]bool) bool {
	for _, id := range ids {
		if !placed[id] {
			return false
		}
	}
	return true
}

func (c *call) answerItem(item batchItem, failed map[string]bool) batchAnswer {
	for _, id := range item.DependsOn {
		if failed[id] {
			return c.itemRefusal(item.ID, &graphError{status: http.StatusFailedDependency, code: "FailedDependency", message: "The request was not executed because request '" + id + "', on which it depends, failed."})
		}
	}
	request, err := c.itemRequest(item)
	if err != nil {
		return c.itemRefusal(item.ID, err)
	}
	return toItem(item.ID, c.api.answer(request, true))
}

func (c *call) itemRefusal(id string, err error) batchAnswer { return toItem(id, c.refuse(err)) }

// itemRequest makes the request of an item: the batch's version, host and token,
// the item's own headers.
func (c *call) itemRequest(item batchItem) (*http.Request, error) {
	relative, err := url.Parse(item.URL)
	if err != nil || relative.IsAbs() || relative.Host != "" {
		return nil, batchError("The url of a request in a batch is relative, such as /users?$top=1.")
	}
	if strings.HasSuffix(relative.Path, "$batch") {
		return nil, batchError("A batch must not hold another.")
	}
	query := strings.ReplaceAll(relative.RawQuery, " ", "%20")
	target := c.origin + "/" + c.version + "/" + strings.TrimPrefix(relative.EscapedPath(), "/")
	if query != "" {
		target += "?" + query
	}
	body, err := itemBody(item)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(c.request.Context(), strings.ToUpper(item.Method), target, bytes.NewReader(body))
	if err != nil {
		return nil, batchError("The request '%s' is no request: %v.", item.ID, err)
	}
	for name, value := range item.Headers {
		request.Header.Set(name, value)
	}
	for _, name := range []string{"Authorization", "User-Agent"} {
		request.Header.Set(name, c.request.Header.Get(name))
	}
	return request, nil
}

// itemBody returns the bytes of an item's body: JSON, or base64 of anything else.
func itemBody(item batchItem) ([]byte, error) {
	if len(item.Body) == 0 || string(item.Body) == "null" {
		return nil, nil
	}
	if item.Body[0] != '"' {
		return item.Body, nil
	}
	var text string
	if err := json.Unmarshal(item.Body, &text); err != nil {
		return nil, batchError("The body of request '%s' cannot be read.", item.ID)
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, batchError("The body of request '%s' is neither JSON nor base64.", item.ID)
	}
	return raw, nil
}

// toItem puts an answer into a batch.
func toItem(id string, r reply) batchAnswer {
	answer := batchAnswer{ID: id, Status: r.status, Headers: map[string]string{}}
	for _, name := range []string{"Cache-Control", "Content-Type", "Location", "Odata-Version", "Preference-Applied", "Retry-After", "Request-Id",
		"X-Ms-Resource-Unit", "X-Ms-Throttle-Limit-Percentage", "X-Ms-Throttle-Scope", "X-Ms-Throttle-Information"} {
		if value := r.header[name]; len(value) > 0 {
			answer.Headers[name] = value[0]
		}
	}
	switch {
	case len(r.body) == 0:
	case strings.HasPrefix(answer.Headers["Content-Type"], "application/json"):
		answer.Body = r.body
	default:
		answer.Body, _ = json.Marshal(base64.StdEncoding.EncodeToString(r.body)) // plain text: cannot fail
	}
	return answer
}
