package graphapi

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/odata"
	"msgraph-user/emulator/schema"
)

// deltaToken is what a delta link or the next link of a delta query holds: the
// request it began with is in it, so that the link needs nothing else
// (https://learn.microsoft.com/graph/delta-query-overview).
type deltaToken struct {
	Since  directory.Mark `json:"s"` // changes after it are shown; zero on the first round
	Until  directory.Mark `json:"u"` // changes after it belong to the next round
	After  uint64         `json:"a,omitempty"`
	First  bool           `json:"f,omitempty"` // the first round: everything there is
	Issued int64          `json:"i"`
	Select string         `json:"p,omitempty"`
	IDs    []string       `json:"o,omitempty"`
	Page   int            `json:"n,omitempty"`
}

// deltaQuery is what page and delta tokens of users are bound to.
const deltaQuery = "users/delta"

// delta is one page of a delta query.
type delta struct {
	call    *call
	token   deltaToken
	view    view
	minimal bool
}

// deltaUsers is https://learn.microsoft.com/graph/api/user-delta.
func deltaUsers(c *call) (reply, error) {
	d := &delta{call: c, minimal: strings.Contains(strings.ToLower(c.request.Header.Get("Prefer")), "return=minimal")}
	options, err := c.options()
	if err != nil {
		return reply{}, err
	}
	latest := options.DeltaToken == "latest"
	switch token := options.SkipToken + options.DeltaToken; {
	case token == "" || latest:
		err = d.begin(options)
	case !odata.DecodeToken(deltaQuery, token, &d.token):
		err = badRequest("Badly formed token.")
	case c.at.Unix()-d.token.Issued >= int64(directory.DeltaLifetime/time.Second):
		err = &graphError{status: http.StatusBadRequest, code: "syncStateNotFound", message: "The sync state is not found: the token has expired. Start over without it."}
	case options.DeltaToken != "":
		d.token.Until = c.store.Mark()
	}
	if err != nil {
		return reply{}, err
	}
	if d.view, err = c.view(userType(), d.token.Select, false); err != nil {
		return reply{}, err
	}
	if !d.view.selects("id") {
		d.view.properties = append(slices.Clone(d.view.properties), userType().Must("id"))
	}
	return d.answer(latest)
}

// begin starts a first round with the request's options.
func (d *delta) begin(options *odata.Options) error {
	if options.Given("search") || options.OrderBy != "" || options.Expand != "" {
		return unsupportedDelta("$search, $orderby and $expand are not supported in a delta query.")
	}
	ids, err := deltaIDs(options.Filter)
	if err != nil {
		return err
	}
	mark := d.call.store.Mark()
	d.token = deltaToken{Since: mark, Until: mark, First: true, Select: options.Select, IDs: ids, Page: options.Top}
	if size := maxPageSize().FindStringSubmatch(d.call.request.Header.Get("Prefer")); size != nil && d.token.Page == 0 {
		d.token.Page, _ = strconv.Atoi(size[1])
	}
	return nil
}

var maxPageSize = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`odata\.maxpagesize=(\d{1,3})\b`) })

func unsupportedDelta(message string) error {
	return &graphError{status: http.StatusBadRequest, code: "Request_UnsupportedQuery", message: message}
}

// maxDeltaIDs is how many objects a delta query can be limited to.
const maxDeltaIDs = 50

var idTest = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)^\s*id\s+eq\s+'([0-9a-f-]{36})'\s*$`) })

// deltaIDs reads the only filter that a delta query takes: id eq '…' or id eq '…'.
func deltaIDs(filter string) ([]string, error) {
	if strings.TrimSpace(filter) == "" {
		return nil, nil
	}
	var ids []string
	for _, term := range regexp.MustCompile(`(?i)\s+or\s+`).Split(filter, -1) {
		found := idTest().FindStringSubmatch(term)
		if found == nil {
			return nil, unsupportedDelta("A delta query can be filtered by id only: id eq '…' or id eq '…'.")
		}
		ids = append(ids, strings.ToLower(found[1]))
	}
	if len(ids) > maxDeltaIDs {
		return nil, unsupportedDelta("A delta query can be filtered by 50 ids at most.")
	}
	return ids, nil
}

func (d *delta) page() int {
	if d.token.Page > 0 {
		return min(d.token.Page, odata.MaximumPage)
	}
	return odata.DefaultPage
}

func (d *delta) answer(latest bool) (reply, error) {
	c := d.call
	out := append([]byte(`{"@odata.context":`), directory.Quote(c.context("users"))...)
	var body []byte
	next := deltaToken{}
	more := false
	switch {
	case latest:
	case d.token.First:
		body, next.After, more = d.everyone()
	default:
		var ok bool
		if body, next.After, more, ok = d.changes(); !ok {
			return reply{}, c.startOver()
		}
	}
	name, link := "@odata.deltaLink", d.link("deltatoken", deltaToken{Since: d.token.Until})
	if more {
		name, link = "@odata.nextLink", d.link("skiptoken", deltaToken{Since: d.token.Since, Until: d.token.Until, First: d.token.First, After: next.After})
	}
	out = append(out, `,"`+name+`":`...)
	out = append(out, directory.Quote(link)...)
	out = append(out, `,"value":[`...)
	out = append(out, body...)
	response := jsonReply(http.StatusOK, append(out, ']', '}'))
	if d.minimal {
		response.header["Preference-Applied"] = []string{"return=minimal"}
	}
	return response, nil
}

func (d *delta) link(name string, token deltaToken) string {
	token.Select, token.IDs, token.Page, token.Issued = d.token.Select, d.token.IDs, d.token.Page, d.call.at.Unix()
	return d.call.link("/users/delta?$" + name + "=" + odata.EncodeToken(deltaQuery, token))
}

// startOver is the answer to a token whose history is gone: reset, restored, or
// too long ago.
func (c *call) startOver() error {
	return &graphError{status: http.StatusGone, code: "resyncRequired", message: "The tenant's history does not reach back to this token. Start over.",
		header: http.Header{"Location": {c.link("/users/delta?$deltatoken=")}}}
}

// everyone shows a page of the users there are.
func (d *delta) everyone() (body []byte, after uint64, more bool) {
	size := d.page()
	users := stored{d.call.store, "user"}
	after = d.token.After
	shown := 0
	for {
		chunk := users.next(nil, after, size+1)
		for _, it := range chunk {
			if !d.wanted(it.object.ID) {
				after = it.position
				continue
			}
			if shown == size {
				return body, after, true
			}
			body = d.appendUser(separate(body), it.object, d.view.properties)
			after = it.position
			shown++
		}
		if len(chunk) <= size {
			return body, after, false
		}
	}
}

func separate(body []byte) []byte {
	if len(body) == 0 {
		return body
	}
	return append(body, ',')
}

func (d *delta) wanted(id string) bool {
	return len(d.token.IDs) == 0 || slices.Contains(d.token.IDs, id)
}

func (d *delta) appendUser(body []byte, u *directory.Object, properties []*schema.Property) []byte {
	v := d.view
	v.properties = properties
	return append(v.appendObject(body, "", u), '}')
}

// changes shows a page of what changed since the last round.
func (d *delta) changes() (body []byte, after uint64, more, ok bool) {
	changes, ok := d.call.store.Changes("user", d.token.Since, d.token.Until)
	if !ok {
		return nil, 0, false, false
	}
	fields, shown := d.view.fields(), 0
	for _, change := range changes {
		if change.Version <= d.token.After || !d.wanted(change.ID) {
			continue
		}
		u := d.call.store.Get(change.ID)
		if u != nil && !change.Created && !change.Fields.Meets(fields) {
			continue
		}
		if shown == d.page() {
			return body, after, true, true
		}
		body = d.appendChange(separate(body), change, u)
		after = change.Version
		shown++
	}
	return body, after, false, true
}

// appendChange writes a user as it is now, or a tombstone: changed for one that
// can be restored, deleted for one that is gone for good.
func (d *delta) appendChange(body []byte, change directory.Change, u *directory.Object) []byte {
	if u == nil {
		reason := "deleted"
		if d.call.store.Deleted(change.ID) != nil {
			reason = "changed"
		}
		return append(body, `{"id":"`+change.ID+`","@removed":{"reason":"`+reason+`"}}`...)
	}
	if !d.minimal || change.Created {
		return d.appendUser(body, u, d.view.properties)
	}
	var properties []*schema.Property
	for _, p := range d.view.properties {
		if p.Name == "id" || change.Fields.Has(p.Index) {
			properties = append(properties, p)
		}
	}
	return d.appendUser(body, u, properties)
}
