package warroom

import (
	"slices"
	"strings"

	"msgraph-user/internal/contextdata"
	"msgraph-user/internal/definition"
)

// completer offers what may stand at the cursor.
type completer struct {
	definition *definition.Integration
	builtins   []string // the session's own commands
	names      *userNames
	ids        *recentIDs
	context    *contextdata.Data
}

// complete returns the line before the word at the cursor, what may stand in its
// place, and the line after it. cursor is counted in letters.
func (c completer) complete(line string, cursor int) (head string, candidates []string, tail string) {
	letters := []rune(line)
	before, tail := string(letters[:cursor]), string(letters[cursor:])
	words := split(before)
	at := word{start: len(before), at: len(before)}
	if n := len(words); n > 0 && (words[n-1].open || !isBlank(before[len(before)-1])) {
		at, words = words[n-1], words[:n-1]
	}
	switch {
	case len(words) == 0:
		return c.commands(before[:at.start], before[at.start:], tail)
	case at.named:
		return before[:at.at], c.values(words, at), tail
	}
	return before[:at.start], c.wordsOf(words, at.value), tail
}

// commands offers commands with the mark that was typed, and without one both
// those of the session and those of the integration.
func (c completer) commands(head, typed, tail string) (string, []string, string) {
	if name, marked := strings.CutPrefix(typed, "!"); marked {
		return head + "!", beginning(name, c.definition.ShownNames(), " "), tail
	}
	return head, beginning(typed, slices.Concat(c.builtins, c.definition.ShownNames()), " "), tail
}

// wordsOf offers the arguments that a command still lacks, or what the session's
// own command takes.
func (c completer) wordsOf(words []word, typed string) []string {
	name := strings.TrimPrefix(words[0].text(), "!")
	command, ok := c.definition.Command(name)
	switch {
	case ok:
		return beginning(typed, lacking(command, words), "=")
	case len(words) > 1:
		return nil
	case name == "help" || name == "?":
		return beginning(typed, append([]string{helpTopic}, c.definition.ShownNames()...), "")
	case name == "context":
		return beginning(typed, c.context.Paths(), "")
	}
	return nil
}

// lacking returns the arguments of a command that words do not give, the required
// ones first.
func lacking(command *definition.Command, words []word) []string {
	var required, others []string
	for _, argument := range command.Args {
		given := slices.ContainsFunc(words, func(w word) bool { return w.named && w.name == argument.Name })
		switch {
		case given || argument.Hidden || argument.Deprecated:
		case argument.Required:
			required = append(required, argument.Name)
		default:
			others = append(others, argument.Name)
		}
	}
	return append(required, others...)
}

// values offers what an argument may be: the allowed values, people that were seen in
// answers, ids of the last answers, and paths of the context.
func (c completer) values(words []word, at word) []string {
	command, ok := c.definition.Command(strings.TrimPrefix(words[0].text(), "!"))
	if !ok {
		return nil
	}
	argument, ok := command.Argument(at.name)
	if !ok {
		return nil
	}
	var candidates []string
	for _, value := range beginning(at.value, c.offered(argument, at.value), "") {
		candidates = append(candidates, Quote(value)+" ")
	}
	return candidates
}

// offered returns what an argument may be of which something was typed.
func (c completer) offered(argument *definition.Argument, typed string) []string {
	switch {
	case strings.HasPrefix(typed, referenceStart):
		var paths []string
		for _, path := range c.context.Paths() {
			paths = append(paths, referenceStart+path+referenceEnd)
		}
		return paths
	case argument.IsUser():
		return c.names.sorted()
	case argument.Meaning == definition.Identifier:
		return c.ids.latest()
	}
	return argument.Predefined
}

// beginning returns those of names that begin with typed, in any letter case, and
// what follows each.
func beginning(typed string, names []string, follows string) []string {
	var found []string
	for _, name := range names {
		if len(name) >= len(typed) && strings.EqualFold(name[:len(typed)], typed) {
			found = append(found, name+follows)
		}
	}
	return found
}
