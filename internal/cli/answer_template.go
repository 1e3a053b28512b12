package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/terminal"
	"msgraph-user/internal/xsoar"
)

// printTemplate fills a template with the contents of each entry, and ends each with a
// line break.
func printTemplate(w io.Writer, fill func(io.Writer, any) error, entries []xsoar.Entry) error {
	for _, entry := range entries {
		encoded, err := json.Marshal(entry.Contents)
		if err != nil {
			return err
		}
		decoder := json.NewDecoder(bytes.NewReader(encoded))
		decoder.UseNumber()
		var contents any
		if err := decoder.Decode(&contents); err != nil {
			return err
		}
		var b strings.Builder
		if err := fill(&b, emptyForNull(contents)); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(w, terminal.Printable(strings.TrimSuffix(b.String(), "\n"))); err != nil {
			return err
		}
	}
	return nil
}

// emptyForNull returns a value with empty texts in the place of nulls, which a
// template would print as "<no value>". To a condition both are false.
func emptyForNull(value any) any {
	switch v := value.(type) {
	case nil:
		return ""
	case map[string]any:
		for name, member := range v {
			v[name] = emptyForNull(member)
		}
	case []any:
		for i, element := range v {
			v[i] = emptyForNull(element)
		}
	}
	return value
}

// jsonText is value as JSON that is safe to look at, and the template function json.
func jsonText(value any) (string, error) {
	encoded, err := rawjson.Marshal(value)
	return string(terminal.JSON(encoded)), err
}
