package xsoar

import (
	"regexp"
	"strings"
	"sync"
)

// plainEscaper takes from characters the meaning that they have in Markdown and
// HTML. Those of an ordinary user name, such as _ and #, are not among them:
// they make no link, image or element.
var plainEscaper = strings.NewReplacer(`\`, `\\`, "`", "&#96;", "[", `\[`, "]", `\]`, "<", `\<`, ">", `\>`, "://", `:\//`)

// wwwAddress matches what GitHub's Markdown and its like make a link of by itself
// (https://github.github.com/gfm/#autolinks-extension-).
var wwwAddress = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)(www)\.`) })

// Plain returns text that came from the directory as it stands in a title, a note or
// a table of our own: on one line, and no part of it a link, an image or HTML. An
// ordinary name or user principal name stays as it is. The platform's own tables
// show values as they are, and do not use it.
func Plain(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if strings.ContainsAny(text, "\\`[]<>:") {
		text = plainEscaper.Replace(text)
	}
	if strings.Contains(strings.ToLower(text), "www.") {
		text = wwwAddress().ReplaceAllString(text, `$1\.`)
	}
	return text
}
