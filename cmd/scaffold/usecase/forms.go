package usecase

import (
	"cmp"
	"fmt"
	"go/token"
	"regexp"
	"slices"
	"strings"

	"example.com/roster/cmd/scaffold/internal/naming"
)

// forms are the forms of a use case's name.
type forms struct {
	Name, Names   string // room booking, room bookings
	Type, Types   string // in Go: RoomBooking, RoomBookings; an initialism is in capitals
	Camel, Camels string // in JSON: roomBooking, roomBookings; an initialism is a word like others
	Snake, Snakes string // in SQL
	Kebab, Kebabs string // in routes and on the command line
	File          string // in file names: joined, because the go command gives suffixes such as _test a meaning
	Verb          string // of its first command: put
	Further       string // the verb of the command to add; empty for a new use case
}

// replacer returns what replaces the sample's names in a template. An indefinite article follows its noun.
func (f forms) replacer() *strings.Replacer {
	pairs := []string{"Revise", naming.Capital(f.Verb), "revise", f.Verb}
	if f.Further != "" {
		pairs = append(pairs, "Archive", naming.Capital(f.Further), "archive", f.Further)
	}
	for _, form := range [][2]string{{"sample notes", f.Names}, {"sample note", f.Name}, {"SampleNotes", f.Types}, {"SampleNote", f.Type},
		{"sampleNotes", f.Camels}, {"sampleNote", f.Camel}, {"sample_notes", f.Snakes}, {"sample_note", f.Snake},
		{"sample-notes", f.Kebabs}, {"sample-note", f.Kebab}, {"samplenote", f.File}} {
		sample, name := form[0], form[1]
		pairs = append(pairs, " a "+sample, " "+naming.Article(name)+" "+name, " A "+sample, " "+naming.Capital(naming.Article(name))+" "+name, sample, name)
	}
	return strings.NewReplacer(pairs...)
}

var (
	validName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*([-_][A-Za-z0-9]+)*$`)
	validVerb = regexp.MustCompile(`^[a-z]{2,20}$`)
)

const maxNameLength = 40 // so that the names of tables and constraints fit into a database

// Renaming returns what replaces the sample's names by those of a record with a command to put it, and the name as its command has it. An
// empty plural stands for the usual one.
func Renaming(name, plural string) (*strings.Replacer, string, error) {
	f, err := parseName(name, plural, "put")
	if err != nil {
		return nil, "", err
	}
	return f.replacer(), f.Kebab, nil
}

// parseName returns the forms of a name, or an error of one line. The verb is that of the first command, or of a further one.
func parseName(name, plural, verb string) (forms, error) {
	refuse := func(format string, a ...any) (forms, error) {
		return forms{}, fmt.Errorf("the name %q %s", name, fmt.Sprintf(format, a...))
	}
	if !validName.MatchString(name) {
		return refuse("can't become an identifier: use letters and digits, with - or _ between words")
	}
	parts := naming.Words(name)
	snake := strings.Join(parts, "_")
	many := naming.Words(cmp.Or(plural, naming.Plural(strings.Join(parts, " "))))
	switch {
	case len(name) > maxNameLength:
		return refuse("is longer than %d characters: choose a shorter one", maxNameLength)
	case slices.ContainsFunc(parts, func(p string) bool { return len(p) < 2 }):
		return refuse("has a word of one letter: use at least two")
	case token.IsKeyword(snake):
		return refuse("is a keyword of Go: choose another one")
	case plural != "" && !validName.MatchString(plural) || slices.Equal(many, parts):
		return refuse("needs another plural: set one with --plural, such as staff-members")
	case naming.IsReserved(strings.Join(many, "_")):
		return refuse("has a plural that is a keyword of SQL: set another one with --plural")
	case !validVerb.MatchString(verb) || token.IsKeyword(verb) || slices.Contains([]string{"show", "get", "update", "exists"}, verb):
		return forms{}, fmt.Errorf("the verb %q is not possible: use one word in lowercase that is not show, get, update, exists or a keyword of Go", verb)
	}
	f := forms{
		Name: strings.Join(parts, " "), Names: strings.Join(many, " "),
		Snake: snake, Snakes: strings.Join(many, "_"),
		Kebab: strings.Join(parts, "-"), Kebabs: strings.Join(many, "-"),
		File: strings.Join(parts, ""), Verb: verb,
	}
	f.Type, f.Types = naming.Exported(naming.Pascal(parts)), naming.Exported(naming.Pascal(many))
	f.Camel, f.Camels = parts[0]+naming.Pascal(parts[1:]), many[0]+naming.Pascal(many[1:])
	return f, nil
}
