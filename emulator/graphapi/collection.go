package graphapi

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/odata"
	"msgraph-user/emulator/schema"
)

// source is a collection that can be read piece by piece.
type source interface {
	// next appends up to limit items after the position after.
	next(into []item, after uint64, limit int) []item
	// size is how many items there are.
	size() int
}

// item is an object and its position in its source.
type item struct {
	object   *directory.Object
	position uint64
}

// stored is all objects of a type, in order of creation.
type stored struct {
	store    *directory.Store
	typeName string
}

func (s stored) next(into []item, after uint64, limit int) []item {
	for _, o := range s.store.List(make([]*directory.Object, 0, limit), s.typeName, after, limit) {
		into = append(into, item{o, o.Seq})
	}
	return into
}

func (s stored) size() int { return s.store.Count(s.typeName) }

// listed is a collection that is at hand.
type listed []*directory.Object

func (l listed) next(into []item, after uint64, limit int) []item {
	from := min(after, uint64(len(l)))
	for i, o := range l[from:min(from+uint64(limit), uint64(len(l)))] {
		into = append(into, item{o, from + uint64(i) + 1})
	}
	return into
}

func (l listed) size() int { return len(l) }

// pageToken is where the next page begins: after an item, in the order of the
// query.
type pageToken struct {
	After uint64            `json:"a"`
	Keys  map[string]string `json:"k,omitempty"` // the item's sort keys
}

// Raw makes the token a row that stands where the last item stood.
func (t pageToken) Raw(p *schema.Property) string { return t.Keys[p.Name] }

// collection is a request for a page of objects.
type collection struct {
	call    *call
	source  source
	element *schema.Type // what the items are, or what they have in common
	view    view
	expand  *odata.Expansion
	query   *odata.Query
	token   pageToken
	context string // what @odata.context names

	also func(out []byte, o *directory.Object) []byte // writes what else is expanded; nil where nothing is
}

// collect answers a request for a collection of objects of type t; subject is
// how its context names it. The view of the items is worked out from $select.
func (c *call) collect(from source, t *schema.Type, subject string) (reply, error) {
	return c.collectWith(from, t, subject, func(options *odata.Options) (view, error) { return c.view(t, options.Select, false) })
}

// collectWith is collect with another view.
func (c *call) collectWith(from source, t *schema.Type, subject string, show func(*odata.Options) (view, error)) (reply, error) {
	options, err := c.options()
	if err != nil {
		return reply{}, err
	}
	options.Count = options.Count || c.counting
	l := &collection{call: c, source: from, element: t, context: subject}
	if l.view, err = show(options); err != nil {
		return reply{}, err
	}
	if err := l.compile(options); err != nil {
		return reply{}, err
	}
	if l.view.selects("signInActivity") {
		l.query.Page = min(l.query.Page, 500)
	}
	if options.Select != "" {
		l.context += "(" + strings.Trim(options.Select, ",") + ")"
	}
	return l.answer()
}

// compile reads the options that choose and order the items, and what is to be
// expanded.
func (l *collection) compile(options *odata.Options) (err error) {
	c := l.call
	switch {
	case l.element.Name == "user":
		l.expand, err = c.expansion(options.Expand)
	case options.Expand != "" && c.expanding != nil:
		l.also, err = c.expanding(options.Expand)
	case options.Expand != "":
		_, err = odata.CompileExpand(l.element, options.Expand)
	}
	if err != nil {
		return err
	}
	if l.query, err = options.Compile(l.element); err != nil {
		return err
	}
	if err := c.mayQuery(l.element, l.query); err != nil {
		return err
	}
	if options.SkipToken != "" && !odata.DecodeToken(l.identity(), options.SkipToken, &l.token) {
		return odata.BadToken()
	}
	return nil
}

// identity is what a page token is bound to.
func (l *collection) identity() string {
	o := l.query.Options
	return strings.Join([]string{l.call.request.URL.Path, o.Filter, o.Search, o.OrderBy}, "\x00")
}

func (l *collection) answer() (reply, error) {
	if l.call.counting {
		return l.countText()
	}
	items := l.page()
	more := len(items) > l.query.Page
	items = items[:min(len(items), l.query.Page)]
	out := make([]byte, 0, 256+len(items)*(64+24*len(l.view.properties)))
	out = append(out, `{"@odata.context":`...)
	out = append(out, directory.Quote(l.call.context(l.context))...)
	if l.query.Counts() && l.query.Options.SkipToken == "" {
		out = append(out, `,"@odata.count":`...)
		out = strconv.AppendInt(out, int64(l.count()), 10)
	}
	if more {
		out = append(out, `,"@odata.nextLink":`...)
		out = append(out, directory.Quote(l.nextLink(items[len(items)-1]))...)
	}
	out = append(out, `,"value":[`...)
	for _, it := range items {
		out = comma(out)
		out = l.appendItem(out, it.object)
	}
	return jsonReply(http.StatusOK, append(out, ']', '}')), nil
}

func (l *collection) appendItem(out []byte, o *directory.Object) []byte {
	out = l.view.appendObject(out, "", o)
	if l.also != nil {
		out = l.also(out, o)
	}
	return append(l.call.appendExpanded(out, o, l.expand), '}')
}

// page returns the items of the page, and one more where there is one.
func (l *collection) page() []item {
	if len(l.query.Order) > 0 {
		return l.sortedPage()
	}
	found := make([]item, 0, l.query.Page+1)
	l.scan(l.token.After, min(l.query.Page+1, 1024), func(it item) bool {
		found = append(found, it)
		return len(found) <= l.query.Page
	})
	return found
}

// scan shows the items after a position that pass, until keep says to stop.
func (l *collection) scan(after uint64, stride int, keep func(item) bool) {
	var chunk []item
	for {
		chunk = l.source.next(chunk[:0], after, stride)
		for _, it := range chunk {
			if l.query.Match(it.object) && !keep(it) {
				return
			}
		}
		if len(chunk) < stride {
			return
		}
		after = chunk[len(chunk)-1].position
	}
}

func (l *collection) sortedPage() []item {
	var all []item
	l.scan(0, 1024, func(it item) bool { all = append(all, it); return true })
	order := l.query.Order
	slices.SortStableFunc(all, func(a, b item) int { return odata.Compare(order, a.object, b.object) })
	if l.token.After == 0 {
		return all
	}
	from, _ := slices.BinarySearchFunc(all, l.token, func(it item, last pageToken) int {
		if n := odata.Compare(order, it.object, last); n != 0 {
			return n
		}
		return cmp.Compare(it.position, last.After+1)
	})
	return all[from:]
}

// count returns how many items pass, on all pages together.
func (l *collection) count() int {
	if l.query.Filter == nil && l.query.Search == nil {
		return l.source.size()
	}
	n := 0
	l.scan(0, 1024, func(item) bool { n++; return true })
	return n
}

func (l *collection) nextLink(last item) string {
	token := pageToken{After: last.position}
	for _, term := range l.query.Order {
		if token.Keys == nil {
			token.Keys = map[string]string{}
		}
		token.Keys[term.Property.Name] = last.object.Raw(term.Property)
	}
	return l.call.linkWith("skiptoken", odata.EncodeToken(l.identity(), token))
}

// linkWith returns the request's own URL with the page token called name in
// place of any other.
func (c *call) linkWith(name, token string) string {
	var kept []string
	for part := range strings.SplitSeq(c.request.URL.RawQuery, "&") {
		key, _, _ := strings.Cut(strings.ToLower(part), "=")
		key = strings.TrimPrefix(strings.Replace(key, "%24", "$", 1), "$")
		if part != "" && key != "skiptoken" && key != "deltatoken" {
			kept = append(kept, part)
		}
	}
	kept = append(kept, "$"+name+"="+token)
	return c.origin + c.request.URL.EscapedPath() + "?" + strings.Join(kept, "&")
}

// countText answers $count as a segment of the path.
func (l *collection) countText() (reply, error) {
	if !l.query.Options.Advanced {
		return reply{}, badRequest("$count is not currently supported.")
	}
	return reply{status: http.StatusOK, header: http.Header{"Content-Type": {"text/plain"}}, body: []byte(strconv.Itoa(l.count()))}, nil
}
