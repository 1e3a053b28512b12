//go:build !lean

package cli

import (
	"io"
	"text/template"
)

// parseGoTemplate returns what fills the template of --template.
func parseGoTemplate(text string) (func(io.Writer, any) error, error) {
	t, err := template.New("--template").Funcs(template.FuncMap{"json": jsonText}).Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, err
	}
	return t.Execute, nil
}
