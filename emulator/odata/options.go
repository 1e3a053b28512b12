package odata

import (
	"net/url"
	"strconv"
	"strings"

	"msgraph-user/emulator/schema"
)

// The sizes of a page (https://learn.microsoft.com/graph/api/user-list).
const (
	DefaultPage = 100
	MaximumPage = 999
)

// Options are the query options of one request, as they were written.
type Options struct {
	Filter, Search, Select, Expand, OrderBy string

	Top        int  // 0 where it was not given
	Count      bool // $count=true
	Advanced   bool // the request carries ConsistencyLevel: eventual
	SkipToken  string
	DeltaToken string

	given map[string]bool
}

// Values reads a query's parameters. A semicolon separates none: Microsoft's own
// examples hold some, as in $expand=manager($levels=max;$select=id).
func Values(rawQuery string) (url.Values, error) {
	return url.ParseQuery(strings.ReplaceAll(rawQuery, ";", "%3B"))
}

// Parse reads the query of a request. consistency is its ConsistencyLevel header.
// Options may stand without their dollar sign, as Graph allows; an option that
// OData or Graph does not have is refused, other parameters are passed over.
func Parse(rawQuery, consistency string) (*Options, error) {
	values, err := Values(rawQuery)
	if err != nil {
		return nil, invalid("The query specified in the URI is not valid: %v.", err)
	}
	o := &Options{Advanced: strings.EqualFold(consistency, "eventual"), given: map[string]bool{}}
	for key, texts := range values {
		name, dollar := strings.CutPrefix(key, "$")
		name = strings.ToLower(name)
		take, known := takers[name]
		switch {
		case !known && dollar:
			return nil, invalid("The query specified in the URI is not valid. The query option '%s' is not known.", key)
		case !known:
			continue
		case len(texts) > 1 || o.given[name]:
			return nil, invalid("Query option '%s' was specified more than once, but it must be specified at most once.", key)
		}
		o.given[name] = true
		if err := take(o, texts[0]); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// Given reports whether the option called name, without its dollar sign, stands
// in the query.
func (o *Options) Given(name string) bool { return o.given[name] }

var takers = map[string]func(o *Options, text string) error{
	"filter":     func(o *Options, text string) error { o.Filter = text; return nil },
	"search":     func(o *Options, text string) error { o.Search = text; return nil },
	"select":     func(o *Options, text string) error { o.Select = text; return nil },
	"expand":     func(o *Options, text string) error { o.Expand = text; return nil },
	"orderby":    func(o *Options, text string) error { o.OrderBy = text; return nil },
	"skiptoken":  func(o *Options, text string) error { o.SkipToken = text; return nil },
	"deltatoken": func(o *Options, text string) error { o.DeltaToken = text; return nil },
	"top":        takeTop,
	"count":      takeCount,
	"skip": func(*Options, string) error {
		return unsupported("'$skip' is not supported by the service.")
	},
	"format": func(_ *Options, text string) error {
		if !strings.Contains(strings.ToLower(text), "json") {
			return unknownHere("the format '%s': it answers JSON", text)
		}
		return nil
	},
	"apply": func(*Options, string) error { return unknownHere("$apply") },
}

func takeTop(o *Options, text string) error {
	n, err := strconv.Atoi(text)
	if err != nil {
		return invalid("Invalid value '%s' for $top query option found. The $top query option requires a non-negative integer value.", text)
	}
	if n < 1 || n > MaximumPage {
		return unsupported("Invalid page size specified: '%s'. Must be between 1 and %d inclusive.", text, MaximumPage)
	}
	o.Top = n
	return nil
}

func takeCount(o *Options, text string) error {
	switch strings.ToLower(text) {
	case "true":
		o.Count = true
	case "false":
	default:
		return invalid("Invalid value '%s' for $count query option found. Valid values are true and false.", text)
	}
	return nil
}

// Query is a request for a collection, checked against a type and ready to run.
type Query struct {
	Options *Options
	Filter  *Filter
	Search  *Search
	Order   []Order
	Page    int // how many objects a page holds

	Used []*schema.Property // by which it chooses and orders
}

// Compile checks the options against the type t of the objects that are asked
// for, with the rules for advanced queries. The error is an *Error.
func (o *Options) Compile(t *schema.Type) (*Query, error) {
	q := &Query{Options: o, Page: o.Top}
	if q.Page == 0 {
		q.Page = DefaultPage
	}
	var err error
	if q.Filter, err = CompileFilter(t, o.Filter); err != nil {
		return nil, err
	}
	if q.Search, err = CompileSearch(t, o.Search, o.given["search"]); err != nil {
		return nil, err
	}
	if q.Order, err = CompileOrder(t, o.OrderBy); err != nil {
		return nil, err
	}
	q.Used = q.used()
	return q, q.advanced(t)
}

// used lists the properties that the query chooses and orders by.
func (q *Query) used() []*schema.Property {
	var used []*schema.Property
	if q.Filter != nil {
		used = append(used, q.Filter.used...)
	}
	if q.Search != nil {
		used = append(used, q.Search.used...)
	}
	for _, term := range q.Order {
		used = append(used, term.Property)
	}
	return used
}

// advanced refuses what needs the advanced query parameters and lacks them.
func (q *Query) advanced(t *schema.Type) error {
	if q.Search != nil && !q.Options.Advanced {
		return unsupported("Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'")
	}
	if q.Options.Advanced && (q.Options.Count || q.Search != nil) || !t.Derives("directoryObject") {
		return nil
	}
	switch {
	case q.Filter != nil && q.Filter.advanced != nil:
		return q.Filter.advanced
	case len(q.Order) > 0 && (q.Filter != nil || !plainOrder(t, q.Order)):
		return unsupported("Sorting not supported for current query.")
	}
	return nil
}

// Counts reports whether the first page says how many there are: Graph passes
// over $count=true without the header.
func (q *Query) Counts() bool { return q.Options.Count && q.Options.Advanced }

// Match reports whether a row passes both $filter and $search.
func (q *Query) Match(row Row) bool { return q.Filter.Match(row) && q.Search.Match(row) }
