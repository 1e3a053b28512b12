package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// render writes the document: for each kind a table of things and clients.
func render(lines []line) []byte {
	var out bytes.Buffer
	out.WriteString(`# Report card

Clients that others wrote, against the practice tenant. Made by ` + "`go run ./tools/reportcard -with go,java`" + ` from what the programs in [test/clients](../test/clients) say; ` + "`.ci/run`" + ` runs those in Python and JavaScript and compares. How each client is pointed at the tenant is in [clients.md](clients.md).

*yes*: the client did it. *no*: it failed. Empty: it was not tried, mostly because the library has no such thing.
`)
	for _, kind := range kinds(lines) {
		table(&out, kind, slices.DeleteFunc(slices.Clone(lines), func(l line) bool { return l.Kind != kind }))
	}
	return out.Bytes()
}

func kinds(lines []line) []string {
	var all []string
	for _, l := range lines {
		if !slices.Contains(all, l.Kind) {
			all = append(all, l.Kind)
		}
	}
	slices.SortFunc(all, func(a, b string) int { return strings.Compare(strings.ToLower(b), strings.ToLower(a)) }) // sign-in first
	return all
}

// order is that of the columns.
var order = []string{"Python", "JavaScript", "Go", "Java"}

func head(l line) string { return fmt.Sprintf("%s: %s %s", l.Language, l.Client, l.Version) }

func table(out *bytes.Buffer, kind string, lines []line) {
	slices.SortStableFunc(lines, func(a, b line) int {
		return cmp.Or(slices.Index(order, a.Language)-slices.Index(order, b.Language), strings.Compare(a.Client, b.Client))
	})
	var columns, names []string
	cells := map[string]string{}
	for _, l := range lines {
		if !slices.Contains(columns, head(l)) {
			columns = append(columns, head(l))
		}
		if !slices.Contains(names, l.Name) {
			names = append(names, l.Name)
		}
		cells[l.Name+"\x00"+head(l)] = map[bool]string{true: "yes", false: "no"}[l.OK]
	}
	slices.Sort(names)
	fmt.Fprintf(out, "\n## %s\n\n| | %s |\n|---|%s\n", kind, strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
	for _, name := range names {
		fmt.Fprintf(out, "| %s |", name)
		for _, column := range columns {
			fmt.Fprintf(out, " %s |", cells[name+"\x00"+column])
		}
		out.WriteByte('\n')
	}
}

// parse reads what render wrote.
func parse(text []byte) []line {
	var lines []line
	var columns []line
	kind := ""
	for row := range strings.Lines(string(text)) {
		row = strings.TrimSpace(row)
		if heading, ok := strings.CutPrefix(row, "## "); ok {
			kind, columns = heading, nil
		}
		cells := strings.Split(row, "|")
		switch {
		case !strings.HasPrefix(row, "|") || strings.HasPrefix(row, "|---"):
		case columns == nil:
			for _, cell := range cells[2 : len(cells)-1] {
				language, rest, _ := strings.Cut(strings.TrimSpace(cell), ": ")
				at := strings.LastIndexByte(rest, ' ')
				columns = append(columns, line{Language: language, Client: rest[:max(at, 0)], Version: rest[at+1:], Kind: kind})
			}
		default:
			for i, cell := range cells[2 : len(cells)-1] {
				if cell = strings.TrimSpace(cell); cell != "" && i < len(columns) {
					l := columns[i]
					l.Name, l.OK = strings.TrimSpace(cells[1]), cell == "yes"
					lines = append(lines, l)
				}
			}
		}
	}
	return lines
}
