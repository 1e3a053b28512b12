package secret

import (
	"strings"
)

// A password may stand in a text in any notation: as JSON, as JSON within JSON, as
// a Python literal, in a list of name=value, with quotes or without. A scan finds
// the names that say that a password follows, and takes everything up to the end
// of its value for secret; where that end cannot be told, everything to the end of
// the text.

// scan is a text that is looked through.
type scan struct {
	text   string
	looked int // bytes that were looked at, of which a test says that they stay linear
}

// passwordValue is a value that stands under the name of a password.
type passwordValue struct {
	start, end int    // its place in the text
	quote      string // what stands before and after it; "" for none
}

// isPasswordName reports whether a name says that its value is a password.
func isPasswordName(name string) bool {
	name = strings.ToLower(strings.ReplaceAll(name, "_", ""))
	return strings.HasSuffix(name, "password") || name == "passwordprofile"
}

// passwordValues returns the values that stand under the name of a password, in
// their order.
func (s *scan) passwordValues() []passwordValue {
	text := s.text
	var found []passwordValue
	before := byte(0) // the last byte before the name that is neither white space nor a quote
	for i := 0; i < len(text); {
		end := s.nameEnd(i)
		if end == i {
			if !isSpace(text[i]) && !isQuoteOrSlash(text[i]) {
				before = text[i]
			}
			if text[i] == '\n' {
				before = '\n'
			}
			i++
			continue
		}
		if isPasswordName(text[i:end]) {
			quoted := i > 0 && isQuote(text[i-1])
			if value, ok := s.valueAfter(end, quoted || strings.IndexByte("\x00\n{[(,", before) >= 0); ok {
				found = append(found, value)
				end = max(value.end, end)
			}
		}
		before = text[end-1]
		i = end
	}
	return found
}

// valueAfter returns the value of a name that ends at end. member says whether the
// name stands where an object has its members: elsewhere a colon is punctuation,
// unless a quote or a bracket follows it.
func (s *scan) valueAfter(end int, member bool) (value passwordValue, ok bool) {
	text := s.text
	at := s.skipSpace(end + s.quoteLength(end))
	if at == len(text) || text[at] != '=' && text[at] != ':' {
		return value, false
	}
	separator := text[at]
	at++
	if separator == '=' && at < len(text) && text[at] == '>' {
		at++
	}
	at = s.skipSpace(at)
	if at == len(text) {
		return value, false
	}
	value = passwordValue{start: at, end: at}
	switch length := s.quoteLength(at); {
	case length > 0:
		value.end, value.quote = s.quotedEnd(at), text[at:at+length]
	case strings.IndexByte("{[(", text[at]) >= 0:
		value.end = s.bracketEnd(at)
	case separator == ':' && !member:
		return value, false
	}
	if value.end == at || separator == '=' { // after = a quote may be part of the value
		value.end = s.plainEnd(value.end)
	}
	return value, !isLiteral(text[at:value.end])
}

// quotedEnd returns where the quoted text that begins at start ends, its closing
// quote included; the end of text where there is none. A quote within JSON within
// JSON has backslashes before it; one that has others before it is part of the
// value.
func (s *scan) quotedEnd(start int) int {
	text, length := s.text, s.quoteLength(start)
	level, quote := length-1, text[start+length-1]
	slashes := 0
	for i := start + length; i < len(text); i++ {
		s.looked++
		switch {
		case text[i] == '\\':
			slashes++
			continue
		case text[i] == quote && slashes%(2*(level+1)) == level:
			return i + 1
		}
		slashes = 0
	}
	return len(text)
}

// bracketEnd returns where the object or list that begins at start ends, the end
// of text where its brackets do not match.
func (s *scan) bracketEnd(start int) int {
	text, depth := s.text, 0
	for i := start; i < len(text); {
		if s.quoteLength(i) > 0 {
			i = s.quotedEnd(i)
			continue
		}
		switch text[i] {
		case '{', '[', '(':
			depth++
		case '}', ']', ')':
			depth--
		}
		i++
		if depth == 0 {
			return i
		}
	}
	return len(text)
}

// plainEnd returns where a value without quotes ends: before the next name=value or
// name: value, at the line's end, or at the end of text.
func (s *scan) plainEnd(start int) int {
	text := s.text
	for i := start; i < len(text); {
		s.looked++
		if text[i] == '\n' || text[i] == '\r' {
			return i
		}
		if !isSeparator(text[i]) {
			i++
			continue
		}
		from := i
		for i < len(text) && (isSeparator(text[i]) || isQuoteOrSlash(text[i])) {
			s.looked++
			i++
		}
		next := s.nameEnd(i)
		if next == i {
			continue
		}
		after := s.skipSpace(next + s.quoteLength(next))
		if after < len(text) && (text[after] == '=' || text[after] == ':') {
			return from
		}
		i = next
	}
	return len(text)
}

// isLiteral reports whether a value without quotes is none that anybody keeps
// secret: an absent one, or a boolean.
func isLiteral(value string) bool {
	switch strings.ToLower(strings.TrimRight(value, " \t,;}])&")) {
	case "", "null", "none", "true", "false":
		return true
	}
	return false
}

// withoutPasswords returns text with the mask in the place of every password that
// stands under its name.
func withoutPasswords(text string) string {
	values := (&scan{text: text}).passwordValues()
	if len(values) == 0 {
		return text
	}
	var b strings.Builder
	kept := 0
	for _, v := range values {
		quote := v.quote
		if quote == "" {
			quote = `"`
		}
		b.WriteString(text[kept:v.start] + quote + mask + quote)
		kept = v.end
	}
	return b.String() + text[kept:]
}

// leaves returns the texts in an object or list, without the names of members.
func (s *scan) leaves() []string {
	const marks = "{}[](),:=\"'\r\n"
	var found []string
	for i := 0; i < len(s.text); {
		end := i
		switch {
		case s.quoteLength(i) > 0:
			end = s.quotedEnd(i)
		case strings.IndexByte(marks+" \t", s.text[i]) >= 0:
			i++
			continue
		default:
			for end < len(s.text) && strings.IndexByte(marks, s.text[end]) < 0 {
				end++
			}
		}
		after := s.skipSpace(end)
		isName := after < len(s.text) && (s.text[after] == ':' || s.text[after] == '=')
		if leaf := strings.TrimSpace(s.text[i:end]); !isName && !isLiteral(leaf) {
			found = append(found, leaf)
		}
		i = end
	}
	return found
}

// deepestQuote is the length of the longest quote: that of JSON in JSON, three
// times.
const deepestQuote = 8

// nameEnd returns where the letters, digits and underscores that begin at i end.
func (s *scan) nameEnd(i int) int {
	for ; i < len(s.text); i++ {
		s.looked++
		c := s.text[i]
		if c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			break
		}
	}
	return i
}

// quoteLength returns the length of the quote at i, backslashes before it included;
// 0 where there is none.
func (s *scan) quoteLength(i int) int {
	for n := 0; n < deepestQuote && i+n < len(s.text); n++ {
		s.looked++
		if isQuote(s.text[i+n]) {
			return n + 1
		}
		if s.text[i+n] != '\\' {
			return 0
		}
	}
	return 0
}

func (s *scan) skipSpace(at int) int {
	for at < len(s.text) && isSpace(s.text[at]) {
		s.looked++
		at++
	}
	return at
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func isQuote(c byte) bool { return c == '"' || c == '\'' }

func isQuoteOrSlash(c byte) bool { return isQuote(c) || c == '\\' }

func isSeparator(c byte) bool { return isSpace(c) || strings.IndexByte(",;&|", c) >= 0 }
