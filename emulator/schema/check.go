package schema

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// Mismatch says that a value does not fit its property.
type Mismatch struct {
	Path string // the property, with / between the levels
	Want string // what belongs there, in words
}

// Error says what belongs where.
func (m *Mismatch) Error() string { return fmt.Sprintf("%s: %s belongs there", m.Path, m.Want) }

// Null reports whether raw is JSON's null or nothing.
func Null(raw string) bool { return raw == "" || raw == "null" }

// Check reports whether the valid JSON value raw fits p: its kind, its members,
// and null only where p is nullable. The error is a *Mismatch.
func Check(p *Property, raw string) error { return check(p, raw, p.Name) }

func check(p *Property, raw, path string) error {
	raw = strings.TrimSpace(raw)
	switch {
	case raw == "null" && !p.Nullable:
		return &Mismatch{path, "a value (null is refused)"}
	case raw == "null":
		return nil
	case !p.Collection:
		return checkOne(p, raw, path)
	}
	items, ok := Items(raw)
	if !ok {
		return &Mismatch{path, "an array"}
	}
	for _, item := range items {
		if item == "null" && p.Kind != Complex {
			return &Mismatch{path, "an array without null"}
		}
		if err := checkOne(p, item, path); err != nil {
			return err
		}
	}
	return nil
}

var (
	guidForm = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	})
	dateForm     = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`) })
	durationForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^-?P(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$`) })
)

func checkOne(p *Property, raw, path string) error {
	if p.Kind == Complex {
		return checkComplex(p.Type, raw, path)
	}
	if p.Kind == Boolean {
		if raw != "true" && raw != "false" {
			return &Mismatch{path, "true or false"}
		}
		return nil
	}
	if p.Kind == Int32 || p.Kind == Int64 || p.Kind == Double {
		return checkNumber(p.Kind, raw, path)
	}
	if raw == "" || raw[0] != '"' {
		return &Mismatch{path, "a string"}
	}
	if p.Kind == String {
		return nil
	}
	return checkText(p, unquoteName(raw), path)
}

func checkNumber(kind Kind, raw, path string) error {
	var whole int64
	var small int32
	var real float64
	var err error
	switch kind {
	case Int32:
		err = json.Unmarshal([]byte(raw), &small)
	case Int64:
		err = json.Unmarshal([]byte(raw), &whole)
	default:
		err = json.Unmarshal([]byte(raw), &real)
	}
	if err != nil {
		return &Mismatch{path, "a number"}
	}
	return nil
}

func checkText(p *Property, text, path string) error {
	ok, want := true, ""
	switch p.Kind {
	case DateTime:
		_, err := time.Parse(time.RFC3339Nano, text)
		ok, want = err == nil, "a time such as 2026-01-31T08:00:00Z"
	case Date:
		ok, want = dateForm().MatchString(text), "a date such as 2026-01-31"
	case Guid:
		ok, want = guidForm().MatchString(text), "a GUID"
	case Duration:
		ok, want = durationForm().MatchString(text), "a duration such as PT10M"
	case Binary:
		_, err := base64.StdEncoding.DecodeString(text)
		ok, want = err == nil, "base64"
	case Enum:
		ok, want = slices.Contains(p.Type.Members, text), "one of "+strings.Join(p.Type.Members, ", ")
	}
	if !ok {
		return &Mismatch{path, want}
	}
	return nil
}

func checkComplex(t *Type, raw, path string) error {
	members, ok := Members(raw)
	if !ok {
		return &Mismatch{path, "an object"}
	}
	if t == nil {
		return nil
	}
	for _, member := range members {
		name := member.Name
		if strings.Contains(name, "@odata.") {
			continue
		}
		p, ok := t.byName[name]
		if !ok && t.Open {
			continue
		}
		if !ok {
			return &Mismatch{path + "/" + name, "no property of that name"}
		}
		if err := check(p, member.Raw, path+"/"+name); err != nil {
			return err
		}
	}
	return nil
}
