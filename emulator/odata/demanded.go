package odata

import "strings"

// Demanded returns the text that a $filter demands the property called name to be
// equal to, whatever else it demands: "" where it demands none, or cannot be read.
// Whoever has a list by that property need not look at all objects.
func Demanded(filter, name string) string {
	if !strings.Contains(filter, name) {
		return ""
	}
	tree, err := parseFilter(filter)
	if err != nil || len(tree.Terms) != 1 {
		return ""
	}
	for _, term := range tree.Terms[0].Terms {
		if t := term.Test; t != nil && t.Path == name && strings.EqualFold(t.Operator, "eq") && t.Value != nil {
			text, _ := t.Value.value()
			return text
		}
	}
	return ""
}
