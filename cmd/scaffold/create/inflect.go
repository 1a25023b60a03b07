package create

import (
	"fmt"
	"regexp"
	"strings"

	"example.com/roster/cmd/scaffold/internal/naming"
)

// A word is one of the template's, with its forms. The participle of a noun is a learner's state: waitlisted, seated.
type word struct {
	verb  bool
	forms []string // of a noun: singular, plural, participle; of a verb: base, with s, with ing, past, participle
}

// vocabulary are the words that have more than a plural. Any other counts as a noun.
var vocabulary = map[string]word{
	"enroll":   {true, []string{"enroll", "enrolls", "enrolling", "enrolled", "enrolled"}},
	"withdraw": {true, []string{"withdraw", "withdraws", "withdrawing", "withdrew", "withdrawn"}},
	"promote":  {true, []string{"promote", "promotes", "promoting", "promoted", "promoted"}},
	"waitlist": {false, []string{"waitlist", "waitlists", "waitlisted"}},
	"seat":     {false, []string{"seat", "seats", "seated"}},
}

// derived are nouns, with the verbs that they come from.
var derived = map[string]string{"withdrawal": "withdraw", "promotion": "promote", "enrollment": "enroll"}

func wordOf(source string) word {
	if w, ok := vocabulary[source]; ok {
		return w
	}
	return word{forms: []string{source, naming.Plural(source)}}
}

var lowercaseWord = regexp.MustCompile(`^[a-z]{2,}$`)

// inflect returns the forms of the word that replaces w. The target has one form, or several between slashes: of a noun singular,
// plural and participle; of a verb base, with s, past, with ing and the participle, if it differs from the past.
func (w word) inflect(target string) ([]string, error) {
	given := strings.Split(target, "/")
	for _, g := range given {
		if !lowercaseWord.MatchString(g) {
			return nil, fmt.Errorf("%q must be a word of two or more letters from a to z", g)
		}
	}
	form := func(i int, regular func(string) string) string {
		if i < len(given) {
			return given[i]
		}
		return regular(given[0])
	}
	forms := []string{given[0], form(1, naming.Plural), form(2, past)}
	if w.verb {
		past := form(2, past)
		forms = []string{given[0], form(1, naming.Plural), form(3, gerund), past, form(4, func(string) string { return past })}
	}
	most := len(w.forms)
	if len(given) > most {
		return nil, fmt.Errorf("%q has more forms than the word it replaces: give at most %d", target, most)
	}
	return forms[:most], nil
}

var (
	endsInY     = regexp.MustCompile(`[^aeiou]y$`)
	oneSyllable = regexp.MustCompile(`^[^aeiou]*[aeiou][bdgklmnprt]$`) // one vowel, one consonant: plan, planned
)

func past(word string) string {
	switch {
	case strings.HasSuffix(word, "e"):
		return word + "d"
	case endsInY.MatchString(word):
		return strings.TrimSuffix(word, "y") + "ied"
	}
	return doubled(word) + "ed"
}

func gerund(word string) string {
	if strings.HasSuffix(word, "e") && !strings.HasSuffix(word, "ee") {
		return strings.TrimSuffix(word, "e") + "ing"
	}
	return doubled(word) + "ing"
}

// doubled returns a word with its last consonant twice, if it has one syllable.
func doubled(word string) string {
	if oneSyllable.MatchString(word) {
		return word + word[len(word)-1:]
	}
	return word
}
