package create

import (
	"fmt"
	"regexp"
	"strings"
)

// A word is one of the template's, with its forms. What a noun has besides is what has become of somebody by it: waitlisted, seated.
type word struct {
	verb  bool
	forms []string // of a noun: one, many, participle; of a verb: base, with s, with ing, past, participle
}

// vocabulary are the words that have more than a plural. Any other is taken for a noun.
var vocabulary = map[string]word{
	"enroll":   {true, []string{"enroll", "enrolls", "enrolling", "enrolled", "enrolled"}},
	"withdraw": {true, []string{"withdraw", "withdraws", "withdrawing", "withdrew", "withdrawn"}},
	"promote":  {true, []string{"promote", "promotes", "promoting", "promoted", "promoted"}},
	"waitlist": {false, []string{"waitlist", "waitlists", "waitlisted"}},
	"seat":     {false, []string{"seat", "seats", "seated"}},
}

// derived are words that go with others.
var derived = map[string]string{"withdrawal": "withdraw", "promotion": "promote", "enrollment": "enroll"}

func wordOf(source string) word {
	if w, ok := vocabulary[source]; ok {
		return w
	}
	return word{forms: []string{source, plural(source)}}
}

var spelled = regexp.MustCompile(`^[a-z]{2,}$`)

// inflect returns the forms of the word that stands in place of w: target is one, or several between slashes. Of a noun these are
// one, many and the participle; of a verb, base, with s, past, with ing and, where it is another than the past, the participle.
func (w word) inflect(target string) ([]string, error) {
	given := strings.Split(target, "/")
	for _, g := range given {
		if !spelled.MatchString(g) {
			return nil, fmt.Errorf("%q is no word of small letters", g)
		}
	}
	or := func(i int, otherwise func(string) string) string {
		if i < len(given) {
			return given[i]
		}
		return otherwise(given[0])
	}
	most := 3
	var forms []string
	if w.verb {
		most = 5
		past := or(2, past)
		forms = []string{given[0], or(1, plural), or(3, gerund), past, or(4, func(string) string { return past })}
	} else {
		forms = []string{given[0], or(1, plural), or(2, past)}[:len(w.forms)]
		most = len(w.forms)
	}
	if len(given) > most {
		return nil, fmt.Errorf("%q has more forms than the %d that the word has", target, most)
	}
	return forms, nil
}

var (
	sibilant  = regexp.MustCompile(`(s|x|z|ch|sh)$`)
	consonant = regexp.MustCompile(`[^aeiou]y$`)
	short     = regexp.MustCompile(`^[^aeiou]*[aeiou][bdgklmnprt]$`) // one syllable, one vowel, one consonant: plan, planned
)

// plural is also what a verb has for him, her and it.
func plural(word string) string {
	switch {
	case sibilant.MatchString(word):
		return word + "es"
	case consonant.MatchString(word):
		return strings.TrimSuffix(word, "y") + "ies"
	}
	return word + "s"
}

func past(word string) string {
	switch {
	case strings.HasSuffix(word, "e"):
		return word + "d"
	case consonant.MatchString(word):
		return strings.TrimSuffix(word, "y") + "ied"
	case short.MatchString(word):
		return word + word[len(word)-1:] + "ed"
	}
	return word + "ed"
}

func gerund(word string) string {
	switch {
	case strings.HasSuffix(word, "e") && !strings.HasSuffix(word, "ee"):
		return strings.TrimSuffix(word, "e") + "ing"
	case short.MatchString(word):
		return word + word[len(word)-1:] + "ing"
	}
	return word + "ing"
}
