package graph

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"msgraph-user/internal/failure"
)

// Gone reports whether err says that the object which the DELETE r removes does not
// exist. A 404 that is a web page, or about a path that leads nowhere, says nothing of
// the object.
func Gone(r Request, err error) bool {
	e, ok := errors.AsType[*failure.Error](err)
	if !ok || r.Method != http.MethodDelete || !failure.NotFound(e) || e.Code == "" {
		return false
	}
	text, named := strings.ToLower(e.Message), false
	for _, id := range r.ids() {
		if strings.Contains(text, id) {
			named = true
			text = strings.ReplaceAll(text, id, "")
		}
	}
	return !leadsNowhere().MatchString(text+" "+e.Code) && (named || e.Code == "Request_ResourceNotFound" || doesNotExist().MatchString(text))
}

// leadsNowhere is what a 404 says of a path that Graph does not know.
var leadsNowhere = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\bsegment\b|\broute|\burl\b|\buri\b|http resource|invalidurl|\bendpoint`)
})

// doesNotExist is how services say, without its name, that there is no such object.
var doesNotExist = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`does not exist|\b(user|object|resource|item|method|key|assignment|grant|member)\b.{0,40}\bnot (be )?found`)
})

// ids returns the ids in the request's path that say which object it is about, in
// lower case.
func (r Request) ids() []string {
	var ids []string
	fixed := strings.Split(r.Template, "/")
	for i, segment := range strings.Split(keysAsSegments.Replace(r.Path), "/") {
		if i >= len(fixed) || !isPlaceholder(fixed[i]) || fixed[i] == "{kind}" {
			continue
		}
		if id, err := url.PathUnescape(segment); err == nil && id != "" {
			ids = append(ids, strings.ToLower(id))
		}
	}
	return ids
}
