package warroom

import (
	"errors"
	"fmt"
	"strings"
)

// A Line is what a person typed, taken apart as the platform's War Room does:
//
//	!command name=value name="a value with spaces" name=`a value with "quotes"`
//
// Between double quotes a backslash keeps a quote or a backslash from its effect;
// between backticks everything stands for itself. The exclamation mark may be
// left out.
type Line struct {
	Command string
	Args    []Argument
	Words   []string // what stands without a name, for the session's own commands
}

// Argument is one name=value of a line.
type Argument struct{ Name, Value string }

// ParseLine takes a line apart. The error says where it cannot be read.
func ParseLine(text string) (Line, error) {
	var line Line
	for n, word := range split(text) {
		if err := word.check(); err != nil {
			return Line{}, err
		}
		switch {
		case n == 0:
			line.Command = strings.TrimPrefix(word.text(), "!")
		case word.named:
			line.Args = append(line.Args, Argument{word.name, word.value})
		default:
			line.Words = append(line.Words, word.value)
		}
	}
	return line, nil
}

// arguments returns the named values by their names.
func (l Line) arguments() (map[string]any, error) {
	if len(l.Words) > 0 {
		return nil, fmt.Errorf("%q has no name; arguments are written name=value", l.Words[0])
	}
	args := map[string]any{}
	for _, argument := range l.Args {
		if _, twice := args[argument.Name]; twice {
			return nil, fmt.Errorf("%s is given twice", argument.Name)
		}
		args[argument.Name] = argument.Value
	}
	return args, nil
}

// Quote returns a value as it stands after name= in a line.
func Quote(value string) string {
	switch {
	case value != "" && !strings.ContainsAny(value, " \t\"`\\"):
		return value
	case !strings.ContainsAny(value, "\"\\"):
		return `"` + value + `"`
	case !strings.Contains(value, "`"):
		return "`" + value + "`"
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}

// word is a part of a line between spaces, quotes taken off.
type word struct {
	start int    // where it begins in the line, in bytes
	at    int    // where its value begins, at the quote if it has one
	named bool   // it has a name, as in name=value
	name  string // "" where not named
	value string
	quote byte   // the mark around the value; 0 where there is none
	open  bool   // the closing mark is missing
	after string // what follows the closing mark without a blank
}

// text is a word without a name as it was meant, or name=value.
func (w word) text() string {
	if w.named {
		return w.name + "=" + w.value
	}
	return w.value
}

func (w word) check() error {
	switch {
	case w.open:
		return fmt.Errorf("the closing %c is missing", w.quote)
	case w.after != "":
		return fmt.Errorf("after the closing %c a space is expected, not %q", w.quote, w.after)
	case w.named && w.name == "":
		return errors.New("a name is missing before =")
	}
	return nil
}

// split takes a line apart, also one that is not finished.
func split(text string) []word {
	var words []word
	for i := 0; i < len(text); {
		if isBlank(text[i]) {
			i++
			continue
		}
		w, next := readWord(text, i)
		words = append(words, w)
		i = next
	}
	return words
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// readWord reads the word that begins at start and returns where it ends.
func readWord(text string, start int) (w word, end int) {
	w.start, w.at = start, start
	end = start
	for end < len(text) && !isBlank(text[end]) && text[end] != '=' && text[end] != '"' && text[end] != '`' {
		end++
	}
	if end < len(text) && text[end] == '=' {
		w.named, w.name = true, text[start:end]
		end++
		w.at = end
	}
	if w.at < len(text) && (text[w.at] == '"' || text[w.at] == '`') {
		return w, w.readQuoted(text)
	}
	for end < len(text) && !isBlank(text[end]) {
		end++
	}
	w.value = text[w.at:end]
	return w, end
}

// readQuoted reads the value between quotes that begins at w.at and returns where
// the word ends.
func (w *word) readQuoted(text string) (end int) {
	w.quote, w.open = text[w.at], true
	var value strings.Builder
	for end = w.at + 1; end < len(text); end++ {
		c := text[end]
		if c == w.quote {
			w.open = false
			end++
			break
		}
		if c == '\\' && w.quote == '"' && end+1 < len(text) && (text[end+1] == '"' || text[end+1] == '\\') {
			end++
			c = text[end]
		}
		value.WriteByte(c)
	}
	w.value = value.String()
	for start := end; end < len(text) && !isBlank(text[end]); end++ {
		w.after = text[start : end+1]
	}
	return end
}
