package handlers_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"sort"
	"strings"

	"msgraph-user/internal/xsoar"
)

// differ returns the first difference between an expected value and what came,
// or "". {"$any":true} matches anything, {"mentions":[…]} a text that holds all.
func differ(want, got any, at string) string {
	if expected, ok := want.(map[string]any); ok {
		if expected["$any"] == true {
			return ""
		}
		if mentions, ok := expected["mentions"].([]any); ok && len(expected) == 1 {
			return mentioned(mentions, got, at)
		}
		return differMembers(expected, got, at)
	}
	if expected, ok := want.([]any); ok {
		return differElements(expected, got, at)
	}
	if !reflect.DeepEqual(want, got) {
		return fmt.Sprintf("%s: want %v, got %v", at, want, got)
	}
	return ""
}

func differMembers(want map[string]any, got any, at string) string {
	came, ok := got.(map[string]any)
	if !ok {
		return fmt.Sprintf("%s: want an object, got %v", at, got)
	}
	for name := range came {
		if _, expected := want[name]; !expected {
			return fmt.Sprintf("%s/%s: unexpected %v", at, name, came[name])
		}
	}
	for name, value := range want {
		if _, present := came[name]; !present {
			return fmt.Sprintf("%s/%s: missing, want %v", at, name, value)
		}
		if d := differ(value, came[name], at+"/"+name); d != "" {
			return d
		}
	}
	return ""
}

func differElements(want []any, got any, at string) string {
	came, ok := got.([]any)
	if !ok || len(came) != len(want) {
		return fmt.Sprintf("%s: want %d elements, got %v", at, len(want), got)
	}
	for i := range want {
		if d := differ(want[i], came[i], fmt.Sprintf("%s[%d]", at, i)); d != "" {
			return d
		}
	}
	return ""
}

func mentioned(mentions []any, got any, at string) string {
	text, ok := got.(string)
	if !ok {
		return fmt.Sprintf("%s: want a text, got %v", at, got)
	}
	for _, mention := range mentions {
		if !strings.Contains(text, mention.(string)) {
			return fmt.Sprintf("%s: %q is not mentioned in %q", at, mention, text)
		}
	}
	return ""
}

// compact leaves out members that are null or empty.
func compact(value any, drop func(any) bool) any {
	members, ok := value.(map[string]any)
	if !ok {
		return map[string]any{}
	}
	kept := map[string]any{}
	for name, member := range members {
		if !drop(member) {
			kept[name] = member
		}
	}
	return kept
}

func nullOrEmptyText(v any) bool { return v == nil || v == "" }

func nothing(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case bool:
		return !v
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

func compareRequests(want any, got []map[string]any) string {
	expected, ordered := want.([]any)
	if !ordered { // {"$any":true}: some requests, how many is free
		if len(got) == 0 {
			return "no request was made"
		}
		return ""
	}
	if len(expected) != len(got) {
		return fmt.Sprintf("%d requests, want %d: %v", len(got), len(expected), got)
	}
	for i := range expected {
		w, at := expected[i].(map[string]any), fmt.Sprintf("request %d", i)
		if w["method"] != got[i]["method"] || w["host"] != got[i]["host"] || !reflect.DeepEqual(segments(w["path"].(string)), segments(got[i]["path"].(string))) {
			return fmt.Sprintf("%s: want %v %v%v, got %v %v%v", at, w["method"], w["host"], w["path"], got[i]["method"], got[i]["host"], got[i]["path"])
		}
		for _, part := range []string{"query", "form", "json", "headers"} {
			if d := differ(compact(w[part], nullOrEmptyText), compact(got[i][part], nullOrEmptyText), at+" "+part); d != "" {
				return d
			}
		}
		if text, ok := w["text"]; ok {
			if d := differ(text, got[i]["text"], at+" body"); d != "" {
				return d
			}
		}
	}
	return ""
}

func compareEntries(v vector, entries []xsoar.Entry) string {
	if len(entries) != len(v.Entries) {
		return fmt.Sprintf("%d entries, want %d", len(entries), len(v.Entries))
	}
	for i, entry := range entries {
		data, err := json.Marshal(entry)
		if err != nil {
			return err.Error()
		}
		var got map[string]any
		if err := json.Unmarshal(data, &got); err != nil {
			return err.Error()
		}
		want := v.Entries[i].(map[string]any)
		at := fmt.Sprintf("entry %d", i)
		if want["File"] != nil {
			if d := compareFile(v.Zip, entry.FileData); d != "" {
				return at + ": " + d
			}
			got = compact(got, func(v any) bool { return v == got["FileData"] }).(map[string]any)
		}
		if d := compareReadable(v, want["HumanReadable"], got["HumanReadable"], at); d != "" {
			return d
		}
		for _, e := range []map[string]any{want, got} {
			delete(e, "HumanReadable")
		}
		if d := differ(compact(want, nothing), compact(got, nothing), at); d != "" {
			return d
		}
	}
	return ""
}

func compareFile(want map[string]string, data []byte) string {
	if bytes.Contains(data, []byte(want["content"])) {
		return "the file holds the pass in the clear"
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err.Error()
	}
	if len(archive.File) != 1 || archive.File[0].Name != want["member"] || archive.File[0].Method != 99 {
		return "the archive does not hold one encrypted " + want["member"]
	}
	return ""
}

// compareReadable compares what a person reads: whole where content of the platform
// compares it so ("exact"), not at all where anything will do ("$any"), else by its
// tables and by what it mentions.
func compareReadable(v vector, want, got any, at string) string {
	expected, ok := want.(map[string]any)
	if !ok || expected["$any"] == true {
		return ""
	}
	text, _ := got.(string)
	if exact, ok := expected["exact"]; ok {
		if text != exact {
			return fmt.Sprintf("%s HumanReadable: content compares the whole text; want %q, got %q", at, exact, text)
		}
		return ""
	}
	if strings.TrimSpace(text) == "" {
		return at + ": nothing for a person to read"
	}
	found, wanted := tables(text), expected["tables"].([]any)
	if v.UnorderedColumns {
		for i := range found {
			sortColumns(found[i].(map[string]any))
		}
		for i := range wanted {
			sortColumns(wanted[i].(map[string]any))
		}
	}
	if d := differ(wanted, found, at+" table"); d != "" {
		return d
	}
	return mentioned(expected["mentions"].([]any), text, at+" HumanReadable")
}

var (
	tableRule = regexp.MustCompile(`^\|\s*(:?-{3,}:?\s*\|\s*)+$`)
	cellEdge  = regexp.MustCompile(`(^|[^\\])\|`)
)

// tables reads the Markdown tables of a text into headers and rows.
func tables(markdown string) []any {
	found := []any{}
	lines := strings.Split(markdown, "\n")
	for i := 0; i+1 < len(lines); i++ {
		if !strings.HasPrefix(lines[i], "|") || !tableRule.MatchString(strings.TrimSpace(lines[i+1])) {
			continue
		}
		headers, rows := cells(lines[i]), []any{}
		for i += 2; i < len(lines) && strings.HasPrefix(lines[i], "|"); i++ {
			rows = append(rows, cells(lines[i]))
		}
		found = append(found, map[string]any{"headers": headers, "rows": rows})
	}
	return found
}

func cells(line string) []any {
	line = strings.TrimSpace(line)
	line = cellEdge.ReplaceAllString(line[1:len(line)-1], "$1\x00")
	out := []any{}
	for cell := range strings.SplitSeq(line, "\x00") {
		out = append(out, strings.TrimSpace(cell))
	}
	return out
}

// sortColumns orders a table's columns by heading, where their order is free.
func sortColumns(table map[string]any) {
	headers := table["headers"].([]any)
	order := make([]int, len(headers))
	for i := range order {
		order[i] = i
	}
	sort.Slice(order, func(a, b int) bool { return headers[order[a]].(string) < headers[order[b]].(string) })
	permute := func(row []any) []any {
		out := make([]any, len(row))
		for i, from := range order {
			out[i] = row[from]
		}
		return out
	}
	rows := table["rows"].([]any)
	for i := range rows {
		rows[i] = permute(rows[i].([]any))
	}
	table["headers"] = permute(headers)
}

// compareContext compares what the integration context holds after; times are
// compared within 30 seconds, and the fingerprint is free.
func compareContext(want, got map[string]any) string {
	names := map[string]bool{}
	for name := range want {
		names[name] = true
	}
	for name := range got {
		names[name] = true
	}
	delete(names, "configuration")
	for name := range names {
		w, g := want[name], got[name]
		switch {
		case name == "valid_until" || name == "next_request_time":
			if math.Abs(number(w)-number(g)) > 30 {
				return fmt.Sprintf("integration context %s: want %v, got %v", name, w, g)
			}
		case name == "delay_request_counter" && math.Max(number(w), 1) == math.Max(number(g), 1):
		case fmt.Sprint(orEmpty(w)) != fmt.Sprint(orEmpty(g)):
			return fmt.Sprintf("integration context %s: want %v, got %v", name, w, g)
		}
	}
	return ""
}

func orEmpty(v any) any {
	if v == nil {
		return ""
	}
	return v
}

func number(v any) float64 {
	data, err := json.Marshal(v)
	if err != nil {
		return math.NaN()
	}
	var n float64
	if json.Unmarshal(data, &n) != nil {
		return 0
	}
	return n
}
