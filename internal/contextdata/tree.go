package contextdata

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Tree draws a value that Get returned as a tree, a line for each member, in the
// order of their names. label stands at its root.
func Tree(label string, value any) string {
	var b strings.Builder
	branch(&b, label, value, "", "")
	return b.String()
}

// branch draws a value after first, and what it holds after rest.
func branch(b *strings.Builder, label string, value any, first, rest string) {
	switch v := value.(type) {
	case map[string]any:
		fmt.Fprintf(b, "%s%s\n", first, label)
		names := slices.Sorted(maps.Keys(v))
		for i, name := range names {
			twig, under := twigs(i == len(names)-1)
			branch(b, name, v[name], rest+twig, rest+under)
		}
	case []any:
		fmt.Fprintf(b, "%s%s [%d]\n", first, label, len(v))
		for i, element := range v {
			twig, under := twigs(i == len(v)-1)
			branch(b, fmt.Sprintf("[%d]", i), element, rest+twig, rest+under)
		}
	default:
		fmt.Fprintf(b, "%s%s: %s\n", first, label, scalar(v))
	}
}

func twigs(last bool) (twig, under string) {
	if last {
		return "└─ ", "   "
	}
	return "├─ ", "│  "
}

// scalar shows a value that holds no others. Texts stand without quotes: a tree is
// for reading.
func scalar(value any) string {
	if value == nil {
		return "null"
	}
	return strings.ReplaceAll(fmt.Sprint(value), "\n", " ⏎ ")
}
