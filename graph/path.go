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
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	b.Grow(len(id) + 8)
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
	return b.String()
}

// expand fills the {placeholders} of template with ids, in order, each as one
// segment. The error names the placeholder as the argument.
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
		b.WriteString(rest[:open])
		b.WriteString(escapeSegment(id))
		rest = rest[end+1:]
	}
	b.WriteString(rest)
	return b.String(), nil
}
