package usecase

import (
	"fmt"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// words are the name of a use case in each form that it is needed in.
type words struct {
	Name, Names           string // room booking, room bookings
	Type, Types           string // of Go: RoomBooking, RoomBookings; an initialism is in capitals
	Pascal, Camel, Camels string // of JSON: RoomBooking, roomBooking, roomBookings; an initialism is a word like others
	Snake, Snakes         string // of SQL
	Kebab, Kebabs         string // of routes and the command line
	File                  string // joined, so that no word at the end means something to the go command
	Verb, Do              string // Put, put
}

var (
	whole = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*([-_][A-Za-z0-9]+)*$`)
	verbs = regexp.MustCompile(`^[a-z]{2,20}$`)
)

const longest = 40 // of a name, so that what is made of it is not too long for a database

// parse returns the forms of a name, or an error that says in one line what is wrong with it.
func parse(name, verb string) (words, error) {
	refuse := func(format string, a ...any) (words, error) {
		return words{}, fmt.Errorf("the name %q %s", name, fmt.Sprintf(format, a...))
	}
	if !whole.MatchString(name) {
		return refuse("can't be made an identifier: use letters and digits, with - or _ between words")
	}
	parts := split(name)
	snake := strings.Join(parts, "_")
	many := slices.Clone(parts)
	many[len(many)-1] = plural(many[len(many)-1])
	switch {
	case len(name) > longest:
		return refuse("is longer than %d characters", longest)
	case slices.ContainsFunc(parts, func(p string) bool { return len(p) < 2 }):
		return refuse("has a word of one letter")
	case token.IsKeyword(snake):
		return refuse("is a keyword of Go")
	case slices.Contains([]string{"value", "reference"}, snake):
		return refuse("has a plural that is a keyword of SQL")
	case !verbs.MatchString(verb) || token.IsKeyword(verb) || slices.Contains([]string{"show", "get", "update", "exists"}, verb):
		return words{}, fmt.Errorf("the verb %q can't be: use one word in small letters that is not show, get, update, exists or a keyword of Go", verb)
	}
	w := words{
		Name: strings.Join(parts, " "), Names: strings.Join(many, " "),
		Pascal: pascal(parts), Snake: snake, Snakes: strings.Join(many, "_"),
		Kebab: strings.Join(parts, "-"), Kebabs: strings.Join(many, "-"),
		File: strings.Join(parts, ""), Verb: pascal([]string{verb}), Do: verb,
	}
	w.Type, w.Types = initialisms(w.Pascal), initialisms(pascal(many))
	w.Camel = parts[0] + w.Pascal[len(parts[0]):]
	w.Camels = many[0] + pascal(many)[len(many[0]):]
	return w, nil
}

// split returns the words of a name in any of the usual forms, in small letters.
func split(name string) (parts []string) {
	for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '-' || r == '_' }) {
		start := 0
		for i := 1; i < len(part); i++ {
			up := func(i int) bool { return part[i] >= 'A' && part[i] <= 'Z' }
			if up(i) && (!up(i-1) || i+1 < len(part) && part[i+1] >= 'a' && part[i+1] <= 'z') {
				parts = append(parts, strings.ToLower(part[start:i]))
				start = i
			}
		}
		parts = append(parts, strings.ToLower(part[start:]))
	}
	return parts
}

// an puts the article before a word.
func an(word string) string {
	if strings.Contains("aeioAEIO", word[:1]) {
		return "an " + word
	}
	return "a " + word
}

func plural(word string) string {
	last := word[len(word)-1]
	switch {
	case strings.HasSuffix(word, "ch") || strings.HasSuffix(word, "sh") || strings.ContainsRune("sxz", rune(last)):
		return word + "es"
	case last == 'y' && !strings.ContainsRune("aeiou", rune(word[len(word)-2])):
		return word[:len(word)-1] + "ies"
	}
	return word + "s"
}

func pascal(parts []string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(strings.ToUpper(p[:1]) + p[1:])
	}
	return b.String()
}

// inCapitals are the words that the generator of the HTTP API's code writes in capitals.
var inCapitals = strings.Fields("ACL API ASCII CPU CSS DNS EOF GUID HTML HTTP HTTPS ID IP JSON QPS RAM RPC SLA SMTP SQL SSH TCP " +
	"TLS TTL UDP UI GID UID UUID URI URL UTF8 VM XML XMPP XSRF XSS SIP RTP AMQP DB TS")

var camelParts = regexp.MustCompile(`[A-Z\d]+([a-z\d]+|$)`)

func initialisms(pascal string) string {
	return camelParts.ReplaceAllStringFunc(pascal, func(part string) string {
		if up := strings.ToUpper(part); slices.Contains(inCapitals, up) {
			return up
		}
		return part
	})
}
