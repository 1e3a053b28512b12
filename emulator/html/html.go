//go:build !lean

package html

import (
	"bytes"
	"html/template"
	"sync"
)

// Templates are templates by name. They are parsed when the first one is used, since
// most runs use none.
type Templates struct {
	parsed func() (*template.Template, error)
}

// Parse returns the templates that source defines.
func Parse(source string) *Templates {
	return &Templates{sync.OnceValues(func() (*template.Template, error) {
		return template.New("").Parse(source)
	})}
}

// Execute returns the template called name, filled with data. All of data is escaped
// for its place.
func (t *Templates) Execute(name string, data any) ([]byte, error) {
	parsed, err := t.parsed()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = parsed.ExecuteTemplate(&b, name, data)
	return b.Bytes(), err
}
