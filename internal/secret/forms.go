package secret

import (
	"encoding/json"
	"html"
	"net/url"
	"strings"
)

// encodings are the ways in which far sides read a text, and write it into another.
var encodings = []func(string) string{
	url.QueryEscape,
	url.PathEscape,
	decoded,
	inJSON,
	func(text string) string { return lenient.Replace(inJSON(text)) },
	html.EscapeString,
	func(text string) string { return named.Replace(html.EscapeString(text)) },
}

// decoded is text as one reads it who takes it for a part of a form: with spaces
// for plus signs.
func decoded(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}

// lenient undoes the escapes that JSON allows and most writers leave out.
var lenient = strings.NewReplacer(`\u0026`, "&", `\u003c`, "<", `\u003e`, ">")

// named has the names of the entities that Go writes as numbers.
var named = strings.NewReplacer("&#34;", "&quot;", "&#39;", "&apos;")

// inJSON is text as it stands between the quotes of a JSON string.
func inJSON(text string) string {
	quoted, _ := json.Marshal(text) // a string can always be encoded
	return string(quoted[1 : len(quoted)-1])
}

// formsOf returns how a secret may stand in foreign text: as it is, in a URL, in
// JSON, in markup, and in one of them within another, such as the JSON of a request
// on a web page.
func formsOf(value string) map[string]bool {
	forms := map[string]bool{value: true}
	for _, outer := range encodings {
		forms[outer(value)] = true
		for _, inner := range encodings {
			forms[outer(inner(value))] = true
		}
	}
	return forms
}
