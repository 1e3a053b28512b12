package odata_test

import (
	"errors"
	"testing"

	"msgraph-user/emulator/odata"
	"msgraph-user/emulator/schema"
)

// Whatever stands in a $search is read or refused with an *Error.
func FuzzSearch(f *testing.F) {
	for _, seed := range []string{`"displayName:ann"`, `"displayName:ann" AND ("mail:a" OR "mail:b")`, `"displayName`, `""`, `"a:b" NOT "c:d"`, `"displayName:\"x"`} {
		f.Add(seed)
	}
	users := schema.MustLookup("user")
	row := userRow{"displayName": `"Ann Lee2Go"`}
	f.Fuzz(func(t *testing.T, text string) {
		search, err := odata.CompileSearch(users, text, true)
		var refusal *odata.Error
		if err != nil && !errors.As(err, &refusal) {
			t.Fatalf("%q: %v", text, err)
		}
		if err == nil {
			search.Match(row)
		}
	})
}

// Whatever stands in a query is read or refused with an *Error.
func FuzzOptions(f *testing.F) {
	for _, seed := range []string{"$top=5&$select=id", "%24filter=id%20eq%20'1'", "$expand=manager($select=id)", "$orderby=displayName desc", "&&=&$", "$select=,,*", "$skiptoken=AAAA"} {
		f.Add(seed)
	}
	users := schema.MustLookup("user")
	f.Fuzz(func(t *testing.T, query string) {
		options, err := odata.Parse(query, "eventual")
		if err == nil {
			_, err = options.Compile(users)
		}
		if err == nil {
			_, err = odata.CompileSelect(users, options.Select)
		}
		if err == nil {
			_, err = odata.CompileExpand(users, options.Expand, "manager")
		}
		var refusal *odata.Error
		if err != nil && !errors.As(err, &refusal) {
			t.Fatalf("%q: %v", query, err)
		}
	})
}

// A page token serves the query it was given out for and no other, and nothing
// else is taken for one.
func FuzzToken(f *testing.F) {
	type content struct{ After uint64 }
	f.Add("AAAA", "query")
	f.Add(odata.EncodeToken("query", content{7}), "query")
	f.Fuzz(func(t *testing.T, text, query string) {
		var c content
		odata.DecodeToken(query, text, &c)
		token := odata.EncodeToken(query, content{7})
		if odata.DecodeToken(query+"?", token, &c) {
			t.Fatalf("a token of %q serves another query", query)
		}
		if !odata.DecodeToken(query, token, &c) || c.After != 7 {
			t.Fatalf("a token of %q does not serve it", query)
		}
	})
}
