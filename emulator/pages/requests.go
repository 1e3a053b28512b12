package pages

import (
	"regexp"
	"slices"
	"strings"

	"msgraph-user/emulator/graphapi"
)

// maxRequests is how many requests the page shows.
const maxRequests = 100

// request is a row of the list of requests.
type request struct {
	graphapi.Observation
	Command    string // or what else sent it
	Permission string // the least that suffices
	Lacking    bool   // it was refused for want of it
}

// latestRequests are the last ones, the latest first.
func (p *Page) latestRequests() []request {
	all, _ := p.options.Log.Since(0)
	return rows(all)
}

// rows makes rows of the last of the observations, the latest first.
func rows(observations []graphapi.Observation) []request {
	var list []request
	for _, o := range slices.Backward(observations) {
		if len(list) == maxRequests {
			break
		}
		row := request{Observation: o, Command: commandOf(o.UserAgent), Lacking: o.Status == 403}
		row.Permission = strings.Join(o.Least, " + ")
		if row.Operation == "" {
			path, _, _ := strings.Cut(o.URL, "?")
			row.Operation = o.Method + " " + path
		}
		list = append(list, row)
	}
	return list
}

// ours is the User-Agent of a command: the program, and the command in brackets.
var ours = regexp.MustCompile(`^msgraph-user/\S+ \(([a-z-]+)\)$`)

// commandOf tells who sent a request: our command, or the first word of another
// program's User-Agent.
func commandOf(agent string) string {
	if found := ours.FindStringSubmatch(agent); found != nil {
		return found[1]
	}
	first, _, _ := strings.Cut(agent, " ")
	return first
}
