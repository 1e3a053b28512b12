package engine

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"msgraph-user/internal/failure"
	"msgraph-user/internal/xsoar"
)

// NotFoundPolicy says how a command answers where Graph does not know the target.
type NotFoundPolicy int

// The policies.
const (
	// NoteIfSuppressed answers a note where the instance suppresses such errors
	// (parameter handle_error), so that a playbook goes on, else the error.
	NoteIfSuppressed NotFoundPolicy = iota
	// NoteAlways answers a note: existing playbooks continue on it.
	NoteAlways
	// ErrorAlways answers the error: a password that was not changed must not look
	// changed.
	ErrorAlways
)

// suppress turns Graph's 404 into an answer where the command's policy says so. It
// is the one rule for all commands; what the answer looks like is the command's
// Missing. A 404 that does not say that the target is unknown stays an error:
// nothing was done, or nobody knows.
func (inv *Invocation) suppress(err error) ([]xsoar.Entry, error) {
	e, ok := errors.AsType[*failure.Error](err)
	if !ok || inv.command.Target == "" || inv.hasRecords() {
		return nil, err
	}
	if inv.command.Answers != nil {
		if entry, ok := inv.command.Answers(inv, e); ok {
			inv.outcome = NotFound
			return []xsoar.Entry{entry}, nil
		}
	}
	if !failure.NotFound(e) {
		return nil, err
	}
	policy := inv.command.NotFound
	if !inv.lacks(e) || policy == ErrorAlways || policy == NoteIfSuppressed && !inv.instance.settings.HandleError {
		return nil, inv.named(e)
	}
	if !inv.hasNone(e) {
		inv.outcome = NotFound
	}
	missing := inv.command.Missing
	if missing == nil {
		missing = UserMissing
	}
	return []xsoar.Entry{missing(inv, e)}, nil
}

// hasNone reports whether Graph says that the user has none of what was asked for,
// which is an answer.
func (inv *Invocation) hasNone(e *failure.Error) bool {
	return slices.ContainsFunc(inv.command.Absent, func(word string) bool { return mentions(e.Message, word) })
}

// named returns e with the names of the target and its object, where its own text
// lacks them.
func (inv *Invocation) named(e *failure.Error) error {
	told := *e
	for _, argument := range []string{inv.command.Object, inv.command.Target} {
		if name := inv.Args.Text(argument); name != "" && !mentions(told.Message, name) {
			told.Message = name + ": " + told.Message
		}
	}
	return &told
}

// hasRecords reports whether the call gives a record of each user, in which an
// absence has its place: the error of the whole is no absence.
func (inv *Invocation) hasRecords() bool {
	return len(inv.users) > 1 || inv.rows != nil || inv.recorded
}

// unknownUser is how services say that there is no such user without its name.
var unknownUser = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\buser\b\W{0,4}(could not be|was not|is not|not) found|\buser\b\W{0,4}does not exist|\b(could not|cannot) find (the|that|this|a|any) user\b|\bno user\b.{0,12} found|\buser with the (given|specified|provided) \w+ (could not be|was not) found`)
})

// directoryObject is how the directory names what it does not know.
var directoryObject = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)resource '((?:[^']|'')*)' does not exist`) })

// elsewhere is what a 404 names that is about something else than the target: a
// mailbox that is missing, an operation that is gone, a path that leads nowhere, a
// service that is down.
var elsewhere = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)mailbox|\boperation|\bsegment\b|\broute|\burl\b|http resource|https?://|\bendpoint\b|\bupstream\b|\bpartition\b|\blicen[cs]e|\bpolicy\b|\bon this server\b`)
})

// lacks reports whether e is Graph's word that it does not know the target, the
// target's object that the command names, or the manager to be assigned.
func (inv *Invocation) lacks(e *failure.Error) bool {
	if e.Code == "" || e.Changed { // a web page, another service's own form, or more than an absence
		return false
	}
	said, object := whatGraphSaid(e), inv.Args.Text(inv.command.Object)
	if inv.command.ObjectNotFound == ErrorAlways && mentions(said, object) {
		return false
	}
	names := append(inv.absentees(), object)
	if found := directoryObject().FindStringSubmatch(said); found != nil {
		return slices.ContainsFunc(names, func(name string) bool { return isName(found[1], name) || name == "'"+found[1]+"'" })
	}
	text, named := strings.ToLower(said), false
	for _, name := range names {
		for _, form := range formsOf(name) {
			if mentions(text, form) {
				named = true
				text = strings.ReplaceAll(text, strings.ToLower(form), "")
			}
		}
	}
	if elsewhere().MatchString(text + " " + e.Code) {
		return false
	}
	return named && isAbsence().MatchString(text) || unknownUser().MatchString(text)
}

// isAbsence is the least that a text which names the target has to say.
var isAbsence = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)not (be )?(found|exist|present)|does not exist|could not find|cannot find|no such|unknown|invalid`)
})

// lacksManager reports whether e names the manager to be assigned, and not the user.
func (inv *Invocation) lacksManager(e *failure.Error) bool {
	manager := inv.Args.Text("manager")
	return mentions(whatGraphSaid(e), manager) && !slices.ContainsFunc(inv.knownAs(), func(name string) bool { return mentions(whatGraphSaid(e), name) })
}

// whatGraphSaid is the text of an error without what this program puts before it.
func whatGraphSaid(e *failure.Error) string {
	if _, said, found := strings.Cut(e.Message, e.Code+": "); found {
		return said
	}
	return e.Message
}

// isName reports whether text is name, in any of its forms and any letter case.
func isName(text, name string) bool {
	return slices.ContainsFunc(formsOf(name), func(form string) bool { return form != "" && strings.EqualFold(text, form) })
}

// formsOf are the forms in which a service may repeat a name: as it is, escaped as in
// a URL, and with its apostrophes doubled.
func formsOf(name string) []string {
	forms := []string{name}
	for _, form := range []string{url.PathEscape(name), url.QueryEscape(name), strings.ReplaceAll(name, "'", "''")} {
		if !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	return forms
}

// absentees are the names of which each may be what Graph does not know.
func (inv *Invocation) absentees() []string {
	names := append(inv.knownAs(), inv.command.Absent...)
	if manager := inv.Args.Text("manager"); manager != "" {
		names = append(names, manager)
	}
	return names
}

// mentions reports whether text holds name as a whole, in any letter case: not as
// part of a longer name.
func mentions(text, name string) bool {
	text, name = strings.ToLower(text), strings.ToLower(name)
	for from := 0; name != ""; {
		at := strings.Index(text[from:], name)
		if at < 0 {
			return false
		}
		begin, end := from+at, from+at+len(name)
		if !continues(text[:begin], true) && !continues(text[end:], false) {
			return true
		}
		from = begin + 1
	}
	return false
}

// inName matches what may go on as a name: a letter, a digit, or a mark between
// such. A full stop that ends a sentence is none.
var (
	nameBefore = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[\pL\pN][._%+@#-]?$|[@#_%+-]$`) })
	nameAfter  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[._%+@#-]?[\pL\pN]|^[@#_%+]`) })
)

// continues reports whether a name goes on in the text beside it.
func continues(text string, before bool) bool {
	if before {
		return nameBefore().MatchString(text)
	}
	return nameAfter().MatchString(text)
}

// UserMissing is the common answer of a command whose target does not exist: who
// that is, and what Graph said.
func UserMissing(inv *Invocation, e *failure.Error) xsoar.Entry {
	text := fmt.Sprintf("The user %s was not found. Check the spelling, or look the user up with msgraph-user-list. %s", inv.User(), e.Message)
	if manager := inv.Args.Text("manager"); manager != "" {
		text = fmt.Sprintf("The user %s or the manager %s was not found. %s", inv.User(), manager, e.Message)
	}
	return xsoar.Entry{Type: xsoar.Note, ContentsFormat: xsoar.FormatText, Contents: text}
}
