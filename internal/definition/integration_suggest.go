package definition

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// Limits of what is suggested for a mistyped name.
const (
	maxSuggestions    = 3
	longestMistyped   = 100 // bytes; what is longer was no slip of the fingers
	nearEnough        = 0.5 // of 1, which is the same name
	lettersPerMistake = 3   // words are alike where one letter in three differs at most
)

// Suggest returns at most three commands whose names are near to name, the
// nearest first: mistyped ones, and those that share words with it in any order.
func (i *Integration) Suggest(name string) []string {
	current, others := []string{TestModule}, []string(nil)
	for _, command := range i.Commands {
		if command.Deprecated || command.Hidden { // whoever types one all but right means it
			others = append(others, command.Name)
		} else {
			current = append(current, command.Name)
		}
	}
	return nearest(name, append(current, others...), tellingWords)
}

// nearest returns the candidates that are near to name, the nearest first; of
// equally near ones, the earlier first. words splits a name into what is compared.
func nearest(name string, candidates []string, words func(string) []string) []string {
	if len(name) > longestMistyped {
		return nil
	}
	type match struct {
		name     string
		nearness float64
	}
	var matches []match
	given := words(name)
	for _, candidate := range candidates {
		n := nearness(given, words(candidate))
		if oneSlip(name, candidate) {
			n = 1
		}
		if n >= nearEnough {
			matches = append(matches, match{candidate, n})
		}
	}
	slices.SortStableFunc(matches, func(a, b match) int { return cmp.Compare(b.nearness, a.nearness) })
	var names []string
	for _, m := range matches[:min(len(matches), maxSuggestions)] {
		names = append(names, m.name)
	}
	return names
}

// oneSlip reports whether a single letter or sign of name was mistyped, wherever
// that is: a sign in the wrong place makes other words of it. Of few letters, one
// is too many.
func oneSlip(name, candidate string) bool {
	typed, meant := []rune(strings.ToLower(name)), []rune(candidate)
	return len(typed) > lettersPerMistake && within(1, typed, meant)
}

// nameWords returns the words of a name in lower case.
func nameWords(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// tellingWords returns the words of a command's name without those that nearly
// every command's name holds, unless it holds no others.
func tellingWords(name string) []string {
	words := nameWords(name)
	telling := slices.DeleteFunc(slices.Clone(words), func(word string) bool {
		return word == "msgraph" || word == "user" || word == "users"
	})
	if len(telling) == 0 {
		return words
	}
	return telling
}

// nearness compares two names from 0, nothing in common, to 1, the same: by
// spelling or by the share of words that have their like in the other name,
// whichever is nearer.
func nearness(a, b []string) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	spelledA, spelledB := []rune(strings.Join(a, "")), []rune(strings.Join(b, ""))
	longer := max(len(spelledA), len(spelledB))
	bySpelling := 1 - float64(editDistance(spelledA, spelledB))/float64(longer)

	alike := 0
	for _, word := range a {
		if slices.ContainsFunc(b, func(other string) bool { return wordsAlike(word, other) }) {
			alike++
		}
	}
	byWords := min(1, 2*float64(alike)/float64(len(a)+len(b)))
	return max(bySpelling, byWords)
}

// wordsAlike reports whether two words are the same but for few letters.
func wordsAlike(a, b string) bool {
	spelledA, spelledB := []rune(a), []rune(b)
	return within(min(len(spelledA), len(spelledB))/lettersPerMistake, spelledA, spelledB)
}

// within reports whether so many mistakes at most make b of a.
func within(mistakes int, a, b []rune) bool {
	if len(a)-len(b) > mistakes || len(b)-len(a) > mistakes {
		return false // what is longer costs a mistake a letter
	}
	return editDistance(a, b) <= mistakes
}

// editDistance returns how many letters have to be inserted, removed, replaced
// or swapped with their neighbour to make b of a (optimal string alignment, the
// restricted Damerau-Levenshtein distance).
func editDistance(a, b []rune) int {
	before, previous, current := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current[0] = i
		for j := 1; j <= len(b); j++ {
			replace := previous[j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			current[j] = min(previous[j]+1, current[j-1]+1, replace)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
		}
		before, previous, current = previous, current, before
	}
	return previous[len(b)]
}
