package create

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
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
	return word{forms: []string{source, naming.WithS(source)}}
}

var lowercaseWord = regexp.MustCompile(`^[a-z]{2,}$`)

func hyphenated(words string) string { return strings.ReplaceAll(words, " ", "-") }

// wordsOfName returns the words of a name that the user gives in any of the usual forms, separated by spaces.
func wordsOfName(name string) (string, error) {
	words := naming.Words(name)
	if len(words) == 0 || slices.ContainsFunc(words, func(w string) bool { return !lowercaseWord.MatchString(w) }) {
		return "", fmt.Errorf("%q must have only letters from a to z, at least two in a word: give flight, or hospital-bed", name)
	}
	return strings.Join(words, " "), nil
}

// inflect returns the forms of the word that replaces w. The target has one form, or several between slashes: of a noun singular,
// plural and participle; of a verb base, with s, past, with ing and the participle, if it differs from the past. A noun may have
// several words. plurals are given by singular.
func (w word) inflect(target string, plurals map[string]string) ([]string, error) {
	given := strings.Split(target, "/")
	for i, g := range given {
		name, err := wordsOfName(g)
		if err != nil {
			return nil, err
		}
		if strings.Contains(name, " ") && (w.verb || i > 1) {
			return nil, fmt.Errorf("%q must be one word, since verbs and their forms are", g)
		}
		given[i] = name
	}
	one := given[0]
	form := func(i int, regular func(string) string) string {
		if i < len(given) {
			return given[i]
		}
		return regular(one)
	}
	most := len(w.forms)
	if len(given) > most {
		return nil, fmt.Errorf("%q has more forms than the word it replaces: give at most %d", target, most)
	}
	if w.verb {
		past := form(2, past)
		return []string{one, form(1, naming.WithS), form(3, gerund), past, form(4, func(string) string { return past })}, nil
	}
	many := form(1, func(one string) string { return cmp.Or(plurals[one], naming.Plural(one)) })
	switch {
	case len(given) > 1 && plurals[one] != "" && plurals[one] != many:
		return nil, fmt.Errorf("%s has two plurals, here and in --plural: give one", hyphenated(one))
	case many == one:
		return nil, fmt.Errorf("%s is its own plural, but code needs two words: give a singular, or a plural such as --plural %[1]s=%[1]s-items", hyphenated(one))
	case naming.IsReserved(strings.ReplaceAll(many, " ", "_")):
		return nil, fmt.Errorf("%s is a keyword of SQL, which no table can have as its name: give another plural, such as --plural %s=%[2]s-items", many, hyphenated(one))
	}
	return []string{one, many, form(2, func(one string) string { return past(one[strings.LastIndexByte(one, ' ')+1:]) })}[:most], nil
}

var (
	endsInY     = regexp.MustCompile(`[^aeiou]y$`)
	oneSyllable = regexp.MustCompile(`^[^aeiou]*[aeiou][bdgklmnprt]$`) // one vowel, one consonant: plan, planned
	lastStress  = regexp.MustCompile(`^((ad|com|e|o|per|re|sub|trans)mit|(con|de|in|pre|re|trans)fer|(in|oc|re)cur|(com|ex|re)pel|allot|control|equip|patrol|regret)$`)
)

// irregular are verbs whose past is not formed by past.
var irregular = strings.Fields("begin bring build buy catch choose come deal do draw drive eat feed fight find fly forbid forget get give go grow hang have " +
	"hear hide hold keep know lay lead leave lend let lie lose make meet overtake pay put quit read ride rise run say see seek sell send set shoot show " +
	"shut sing sit sleep speak spend spread stand steal strike swim take teach tell think throw undertake wake wear win withdraw withhold withstand write")

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

// doubled returns a word with its last consonant twice, if it has one syllable or the stress on the last: admit, admitted.
func doubled(word string) string {
	if oneSyllable.MatchString(word) || lastStress.MatchString(word) {
		return word + word[len(word)-1:]
	}
	return word
}
