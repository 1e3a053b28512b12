package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/rpc"
	"msgraph-user/internal/terminal"
	"msgraph-user/internal/xsoar"
)

// asksForJSON reports whether a command line has "call -o json": from there on every
// line on standard error is a JSON object, also one that says that the rest of the
// command line is wrong.
func asksForJSON(args []string) bool {
	if !slices.Contains(args, "call") {
		return false
	}
	asked := false
	for n, arg := range args {
		value, found := "", false
		switch {
		case arg == "--":
			return asked
		case (arg == "-o" || arg == "--output") && n+1 < len(args):
			value, found = args[n+1], true
		case strings.HasPrefix(arg, "--output="):
			value, found = strings.TrimPrefix(arg, "--output="), true
		case strings.HasPrefix(arg, "-o"):
			value, found = strings.TrimPrefix(strings.TrimPrefix(arg, "-o"), "="), true
		}
		if found {
			asked = value == "json"
		}
	}
	return asked
}

// tellsJSON reports whether what is told on standard error is JSON.
func (p *program) tellsJSON() bool { return p.jsonOnly || p.flags.logFormat == "json" }

// tell writes advice or a notice to standard error: a line for a person, or an object
// for a machine.
func (p *program) tell(kind, text string) {
	if p.tellsJSON() {
		p.tellObject(map[string]any{"kind": kind, "message": text})
		return
	}
	screen := terminal.ScreenOn(p.streams.Stderr, p.streams.Getenv)
	fmt.Fprint(screen, screen.Draw(xsoar.Entry{HumanReadable: "msgraph-user: " + terminal.Line(text)}))
}

// tellError tells what failed; to a machine with the code and the data that a JSON-RPC
// caller gets.
func (p *program) tellError(err error) {
	text := err.Error()
	if !p.jsonOnly {
		fmt.Fprintf(p.streams.Stderr, "msgraph-user: %s\n", terminal.Line(text))
		return
	}
	code, data := failure.BadArgument.Code(), map[string]any{}
	if _, isUsage := errors.AsType[usageError](err); !isUsage {
		code = failure.KindOf(err).Code()
	}
	if e, ok := errors.AsType[*failure.Error](err); ok {
		code, data = e.Kind.Code(), rpc.ErrorData(e)
	}
	p.tellObject(map[string]any{"kind": "error", "code": code, "message": text, "data": data})
}

// tellProgress tells how far work has come.
func (p *program) tellProgress(r terminal.Report) {
	if !p.tellsJSON() {
		p.tell("progress", r.String())
		return
	}
	object := map[string]any{"kind": "progress", "message": r.String(), "done": r.Done}
	if r.Total > 0 {
		object["total"] = r.Total
	}
	p.tellObject(object)
}

func (p *program) tellObject(object map[string]any) {
	line, err := jsonText(object)
	if err != nil { // the results of an error, perhaps
		delete(object, "data")
		line, _ = jsonText(object)
	}
	fmt.Fprintln(p.streams.Stderr, line)
}
