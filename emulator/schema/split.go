package schema

import (
	"encoding/json"
	"strings"
)

// Member is a member of a JSON object: its name, and its value as JSON.
type Member struct{ Name, Raw string }

// Members returns the members of the JSON object text, in their order, and
// whether it is an object. text must be valid JSON: it is split, not checked.
func Members(text string) ([]Member, bool) {
	text = trim(text)
	if text == "" || text[0] != '{' {
		return nil, false
	}
	members := make([]Member, 0, 16)
	rest := trim(text[1:])
	for rest != "" && rest[0] != '}' {
		end := valueEnd(rest)
		name := unquoteName(rest[:end])
		rest = trim(rest[end:])
		if rest == "" {
			return members, true
		}
		rest = trim(rest[1:]) // the colon
		end = valueEnd(rest)
		members = append(members, Member{name, rest[:end]})
		rest = trim(rest[end:])
		rest = trim(strings.TrimPrefix(rest, ","))
	}
	return members, true
}

// Items returns the items of the JSON array text, and whether it is an array.
// text must be valid JSON.
func Items(text string) ([]string, bool) {
	text = trim(text)
	if text == "" || text[0] != '[' {
		return nil, false
	}
	var items []string
	rest := trim(text[1:])
	for rest != "" && rest[0] != ']' {
		end := valueEnd(rest)
		items = append(items, rest[:end])
		rest = trim(rest[end:])
		rest = trim(strings.TrimPrefix(rest, ","))
	}
	return items, true
}

func trim(text string) string {
	for text != "" && (text[0] == ' ' || text[0] == '\n' || text[0] == '\t' || text[0] == '\r') {
		text = text[1:]
	}
	return text
}

func unquoteName(quoted string) string {
	if !strings.Contains(quoted, `\`) {
		return strings.Trim(quoted, `"`)
	}
	var name string
	_ = json.Unmarshal([]byte(quoted), &name) // valid by the caller's word
	return name
}

// valueEnd returns where the value at the beginning of text ends.
func valueEnd(text string) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i += stringEnd(text[i:])
			if depth == 0 {
				return min(i+1, len(text))
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ':', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
		}
	}
	return len(text)
}

// stringEnd returns where the quote stands that ends the string text begins with.
func stringEnd(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return len(text) - 1
}
