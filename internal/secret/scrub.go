package secret

import (
	"cmp"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// minScrubbed is the length from which a secret is looked for in foreign text:
// replacing shorter ones would ruin every message that happens to hold them.
const minScrubbed = 8

// tokenLike matches what looks like a credential though nobody told us of it:
// JSON Web Tokens, bearer headers and the credential members of an OAuth form.
var tokenLike = sync.OnceValue(func() []*regexp.Regexp {
	return []*regexp.Regexp{
		regexp.MustCompile(`eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){1,4}`),
		regexp.MustCompile(`(?i)\bbearer\s+[A-Za-z0-9._~+/=-]{8,}`),
		regexp.MustCompile(`(?i)\b(?:access_token|refresh_token|id_token|client_secret|client_assertion|assertion|code)=[^&\s"']+`),
		regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?`),
	}
})

// Scrubber removes known secrets, and what looks like one, from text that came
// from elsewhere. It is safe for concurrent use; the zero Scrubber is ready.
type Scrubber struct {
	mu    sync.RWMutex
	known map[string]int // how often each was added and not yet released
	found index          // of known; nil where it has to be made again
}

// Add makes the scrubber look for each secret of eight characters or more,
// as it is and as it stands in a URL, in JSON and in markup.
func (s *Scrubber) Add(secrets ...Text) {
	s.count(secrets, 1)
}

// Hold is Add for secrets that matter only until release is called, such as the
// password of one call.
func (s *Scrubber) Hold(secrets ...Text) (release func()) {
	s.count(secrets, 1)
	return sync.OnceFunc(func() { s.count(secrets, -1) })
}

func (s *Scrubber) count(secrets []Text, by int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = map[string]int{}
	}
	for _, t := range secrets {
		if len(t.value) < minScrubbed {
			continue
		}
		for form := range formsOf(t.value) {
			was := s.known[form]
			if s.known[form] = was + by; s.known[form] <= 0 {
				delete(s.known, form)
			}
			if _, is := s.known[form]; is != (was > 0) {
				s.found = nil
			}
		}
	}
}

// Scrub returns text with every known secret, everything that looks like a token
// and every value under the name of a password replaced by "***". The work is
// linear in the length of text, whatever it holds.
func (s *Scrubber) Scrub(text string) string {
	text, _ = s.index().masked(text)
	for _, pattern := range tokenLike() {
		text = pattern.ReplaceAllString(text, mask)
	}
	return withoutPasswords(text)
}

// PasswordsIn returns the passwords that stand under such a name in text, as they
// were meant. Delimiters are those that the text's author chose for name=value;
// a value reaches to the next one whatever else it holds.
func PasswordsIn(text string, delimiters ...string) []Text {
	var found []Text
	add := func(value string) {
		if value = strings.TrimSpace(value); value != "" {
			found = append(found, New(value))
		}
	}
	for _, v := range (&scan{text: text}).passwordValues() {
		value := text[v.start:v.end]
		if v.quote == "" && strings.IndexByte("{[(", value[0]) >= 0 {
			for _, leaf := range (&scan{text: value}).leaves() {
				add(unquoted(leaf))
			}
			continue
		}
		add(unquoted(value))
	}
	for _, delimiter := range delimiters {
		for pair := range strings.SplitSeq(text, cmp.Or(delimiter, ",")) {
			if name, value, ok := strings.Cut(pair, "="); ok && isPasswordName(strings.TrimSpace(name)) {
				add(value)
			}
		}
	}
	return found
}

// unquoted returns a value as it was meant, its quotes and escapes taken off.
func unquoted(value string) string {
	length := (&scan{text: value}).quoteLength(0)
	if length == 0 {
		return value
	}
	quote := value[:length]
	inner := strings.TrimSuffix(value[length:], quote)
	var meant string
	for range length { // JSON within JSON is taken off layer by layer
		if json.Unmarshal([]byte(`"`+inner+`"`), &meant) != nil {
			break
		}
		inner = meant
	}
	return inner
}

// index returns the index of the known secrets, made again when some were added or
// released since the last use.
func (s *Scrubber) index() index {
	s.mu.RLock()
	x, n := s.found, len(s.known)
	s.mu.RUnlock()
	if x != nil || n == 0 {
		return x
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.found = newIndex(slices.Collect(maps.Keys(s.known)))
	return s.found
}
