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

// passwordMember matches a password that stands as a member of an object, in JSON,
// or as name=value.
var passwordMember = regexp.MustCompile(`(?i)("password"\s*:\s*)("(?:[^"\\]|\\.)*")|(\bpassword=)("(?:[^"\\]|\\.)*"|[^&\s"',;{}\[\]]+)`)

// tokenLike matches what looks like a credential though nobody told us of it:
// JSON Web Tokens, bearer headers and the credential members of an OAuth form.
var tokenLike = []*regexp.Regexp{
	regexp.MustCompile(`eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){1,4}`),
	regexp.MustCompile(`(?i)\bbearer\s+[A-Za-z0-9._~+/=-]{8,}`),
	regexp.MustCompile(`(?i)\b(?:access_token|refresh_token|id_token|client_secret|client_assertion|assertion|code)=[^&\s"']+`),
	regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?`),
}

// Scrubber removes known secrets, and what looks like one, from text that came
// from elsewhere. It is safe for concurrent use; the zero Scrubber is ready.
type Scrubber struct {
	mu       sync.RWMutex
	known    map[string]int // how often each was added and not yet released
	replacer *strings.Replacer
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
				s.replacer = nil
			}
		}
	}
}

// Scrub returns text with every known secret and everything that looks like a
// token replaced by "***".
func (s *Scrubber) Scrub(text string) string {
	if r := s.currentReplacer(); r != nil {
		text = r.Replace(text)
	}
	for _, pattern := range tokenLike {
		text = pattern.ReplaceAllString(text, mask)
	}
	return passwordMember.ReplaceAllString(text, `$1$3"`+mask+`"`)
}

// PasswordsIn returns the passwords that stand as such in text, as they were meant.
func PasswordsIn(text string) []Text {
	var found []Text
	for _, match := range passwordMember.FindAllStringSubmatch(text, -1) {
		value := match[2] + match[4]
		var inJSON string
		if json.Unmarshal([]byte(value), &inJSON) == nil {
			value = inJSON
		}
		found = append(found, New(value))
	}
	return found
}

// currentReplacer builds the replacer when secrets were added since the last use.
// Longer secrets go first, so that one which holds another is removed whole.
func (s *Scrubber) currentReplacer() *strings.Replacer {
	s.mu.RLock()
	r, n := s.replacer, len(s.known)
	s.mu.RUnlock()
	if r != nil || n == 0 {
		return r
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	forms := slices.SortedFunc(maps.Keys(s.known), func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	pairs := make([]string, 0, 2*len(forms))
	for _, form := range forms {
		pairs = append(pairs, form, mask)
	}
	s.replacer = strings.NewReplacer(pairs...)
	return s.replacer
}
