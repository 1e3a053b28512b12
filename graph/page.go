package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
)

// Page is one page of a collection.
type Page struct {
	Value     []json.RawMessage // its items as they came; empty, never nil
	NextLink  string            // @odata.nextLink; empty on the last page
	DeltaLink string            // @odata.deltaLink; on the last page of a delta
	Rest      rawjson.Object    // the members beside value, in their order
}

// Page sends r and reads its answer as one page of a collection.
func (c *Client) Page(ctx context.Context, r Request) (Page, error) {
	o, err := c.Do(ctx, r)
	if err != nil {
		return Page{}, err
	}
	return c.ReadPage(o)
}

// ReadPage reads an answer as one page of a collection.
func (c *Client) ReadPage(o rawjson.Object) (Page, error) {
	items, err := rawjson.ParseArray(o.Get("value"))
	if err != nil {
		return Page{}, &failure.Error{
			Kind:    failure.Refused,
			Message: c.origin.Host + " returned something other than a list.",
			Advice:  "Check that the instance's Host URL is a Microsoft Graph.",
			Cause:   err,
		}
	}
	return Page{
		Value:     items,
		NextLink:  o.Text("@odata.nextLink"),
		DeltaLink: o.Text("@odata.deltaLink"),
		Rest:      o.Without("value"),
	}, nil
}

// Pages sends r and goes on through the next links, with r's headers on every
// page, until the last page, an error, or the end of the loop that ranges over
// it. After an error nothing follows. A link that comes a second time, and more
// than limit pages (0 for no limit), are errors, because Graph is known to repeat
// page tokens.
func (c *Client) Pages(ctx context.Context, r Request, limit int) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		seen := map[string]bool{}
		for n := 1; ; n++ {
			page, err := c.Page(ctx, r)
			if err != nil {
				yield(Page{}, err)
				return
			}
			if !yield(page, nil) || page.NextLink == "" {
				return
			}
			if r, err = c.nextPage(r, page.NextLink, n, limit, seen); err != nil {
				yield(Page{}, err)
				return
			}
		}
	}
}

// nextPage returns the request for the page after the n-th, and remembers its
// token in seen.
func (c *Client) nextPage(r Request, link string, n, limit int, seen map[string]bool) (Request, error) {
	if limit > 0 && n >= limit {
		return Request{}, endless("The list has more than %d pages, which is the limit. Narrow it with a filter.", limit)
	}
	next, err := c.Continue(r, link, "@odata.nextLink")
	if err != nil {
		return Request{}, endless("%s returned a page link to another list or host; it is not followed.", c.origin.Host)
	}
	token := next.Query.Get("$skiptoken")
	if token == "" {
		token = next.target()
	}
	if seen[token] {
		return Request{}, endless("%s returned the same page twice, after %d pages; the list would never end.", c.origin.Host, n)
	}
	seen[token] = true
	return next, nil
}

// endless reports a list that cannot be read to its end.
func endless(format string, a ...any) error {
	return &failure.Error{Kind: failure.Refused, Message: fmt.Sprintf(format, a...)}
}
