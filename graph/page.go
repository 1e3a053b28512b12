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
	items, err := rawjson.Elements(o.Get("value"))
	if err != nil {
		return Page{}, &failure.Error{
			Kind:    failure.Refused,
			Message: c.origin.Host + " returned something other than a list.",
			Advice:  "Check that the instance's Host URL is a Microsoft Graph.",
			Cause:   err,
		}
	}
	next, isText := rawjson.Text(o.Get("@odata.nextLink"))
	if !isText && o.Get("@odata.nextLink") != nil && !rawjson.IsNull(o.Get("@odata.nextLink")) {
		return Page{}, endless("%s returned a page whose @odata.nextLink is not a text; the rest of the list cannot be read.", c.origin.Host)
	}
	return Page{
		Value:     items,
		NextLink:  next,
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
		var followed Links
		for n := 1; ; n++ {
			page, err := c.Page(ctx, r)
			if err != nil {
				yield(Page{}, err)
				return
			}
			if !yield(page, nil) || page.NextLink == "" {
				return
			}
			if limit > 0 && n >= limit {
				yield(Page{}, endless("The list has more than %d pages, which is the limit. Narrow it with a filter.", limit))
				return
			}
			if r, err = c.Further(r, page.NextLink, &followed); err != nil {
				yield(Page{}, err)
				return
			}
		}
	}
}

// Links are the page links of one list that were followed. The zero Links are none.
type Links struct{ seen map[string]bool }

// Further returns the request for the page that link names, which Graph gave out with a
// page that r read, and remembers it in followed. A link to another host or user, and one
// that was followed before, are Graph's fault.
func (c *Client) Further(r Request, link string, followed *Links) (Request, error) {
	next, err := c.Continue(r, link, "@odata.nextLink")
	if err != nil || otherUser(r, next) {
		return Request{}, endless("%s returned a page link to another list or host; it is not followed.", c.origin.Host)
	}
	token := next.Query.Get("$skiptoken")
	if token == "" {
		token = next.Target()
	}
	if followed.seen[token] {
		return Request{}, endless("%s returned the same page twice, after %d pages; the list would never end.", c.origin.Host, len(followed.seen)+1)
	}
	if followed.seen == nil {
		followed.seen = map[string]bool{}
	}
	followed.seen[token] = true
	return next, nil
}

// endless reports a list that cannot be read to its end.
func endless(format string, a ...any) error {
	return &failure.Error{Kind: failure.Refused, Message: fmt.Sprintf(format, a...)}
}
