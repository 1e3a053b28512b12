package graph

import (
	"fmt"
	"strings"

	"msgraph-user/internal/failure"
)

// CheckID reports whether id can name an object in a path: anything but nothing,
// "." and "..", which a URL takes for a direction. The error is about argument.
func CheckID(argument, id string) error {
	switch id {
	case "":
		return failure.Argument(argument, "%s is empty: give the id or the name of one object.", argument)
	case ".", "..":
		return failure.Argument(argument, "%s is %q, which names nothing.", argument, id)
	}
	return nil
}

// escapeSegment makes one path segment of id, whatever it holds: all but
// letters, digits and - . _ ~ @ is escaped, byte by byte. Graph takes a
// user principal name with its @ as it is, but cuts the path at the # of a
// guest's #EXT# (https://learn.microsoft.com/graph/api/user-get).
func escapeSegment(id string) string {
	var b strings.Builder
	b.Grow(len(id) + 8)
	writeEscaped(&b, id)
	return b.String()
}

func writeEscaped(b *strings.Builder, id string) {
	const hex = "0123456789ABCDEF"
	for i := range len(id) {
		switch c := id[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~@", c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
}

// keySegment writes what follows a collection's name: the id as a segment of its
// own, or as a key in parentheses where it begins with $, which a segment of its
// own takes for an operation of OData (https://learn.microsoft.com/graph/api/user-get).
// Quotes in a key are doubled.
func keySegment(id string) string {
	name, isOption := strings.CutPrefix(id, "$")
	if !isOption {
		return "/" + escapeSegment(id)
	}
	return "('$" + escapeSegment(strings.ReplaceAll(name, "'", "''")) + "')"
}

// IsObjectID reports whether name has the form of an object id (a GUID), and is
// not a user principal name.
func IsObjectID(name string) bool {
	const form = "00000000-0000-0000-0000-000000000000"
	if len(name) != len(form) {
		return false
	}
	for i := range len(name) {
		isHex := strings.IndexByte("0123456789abcdefABCDEF", name[i]) >= 0
		if form[i] == '-' && name[i] != '-' || form[i] == '0' && !isHex {
			return false
		}
	}
	return true
}

// expand fills the {placeholders} of template with ids, in order, each as one
// segment or key. The error names the placeholder as the argument.
func expand(template string, ids []string) (string, error) {
	var b strings.Builder
	rest := template
	for _, id := range ids {
		open, end := strings.IndexByte(rest, '{'), strings.IndexByte(rest, '}')
		if open < 0 || end < open {
			return "", fmt.Errorf("path %s has fewer placeholders than the %d ids given", template, len(ids))
		}
		if err := CheckID(rest[open+1:end], id); err != nil {
			return "", err
		}
		b.WriteString(strings.TrimSuffix(rest[:open], "/"))
		b.WriteString(keySegment(id))
		rest = rest[end+1:]
	}
	b.WriteString(rest)
	return b.String(), nil
}
