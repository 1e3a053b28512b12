//go:build !lean

package html

import (
	"strings"
	"testing"
)

func TestDataIsEscaped(t *testing.T) {
	page, err := Parse(`{{define "page"}}<p title="{{.Name}}">{{.Name}}</p>{{end}}`).Execute("page", map[string]string{"Name": `<script>"`})
	if want := `<p title="&lt;script&gt;&#34;">&lt;script&gt;&#34;</p>`; err != nil || string(page) != want {
		t.Errorf("%s, %v, want %s", page, err, want)
	}
}

func TestAPageThatDoesNotExistIsAnError(t *testing.T) {
	if _, err := Parse(`{{define "page"}}{{end}}`).Execute("other", nil); err == nil || !strings.Contains(err.Error(), "other") {
		t.Errorf("%v", err)
	}
}
