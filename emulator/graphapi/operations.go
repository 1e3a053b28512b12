package graphapi

import (
	_ "embed"
	"strings"
)

// operationNames are the operations that Microsoft's description has, a line each:
// method and path.
//
//go:embed operations.txt
var operationNames string

// withKnown adds a row for each operation that Graph has and no row describes, so
// that the refusal names it.
func withKnown(rows []route) []route {
	have := map[string]bool{}
	for i := range rows {
		have[rows[i].operation()] = true
	}
	for line := range strings.Lines(operationNames) {
		name := strings.TrimSpace(line)
		if method, path, _ := strings.Cut(name, " "); !have[name] {
			rows = append(rows, route{method: method, path: path})
		}
	}
	return rows
}
