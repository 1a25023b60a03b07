package usecase

import (
	"fmt"
	"go/token"
	"regexp"
	"slices"
	"strings"

	"example.com/roster/cmd/scaffold/internal/naming"
)

// forms are the forms of a use case's name.
type forms struct {
	Name, Names     string // room booking, room bookings
	Type, Types     string // in Go: RoomBooking, RoomBookings; an initialism is in capitals
	Pascal, Pascals string // in JSON: RoomBooking, RoomBookings; an initialism is a word like others
	Camel, Camels   string // in JSON: roomBooking, roomBookings
	Snake, Snakes   string // in SQL
	Kebab, Kebabs   string // in routes and on the command line
	File            string // in file names: joined, because the go command gives suffixes such as _test a meaning
	Verb, Do        string // Put, put
}

var (
	validName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*([-_][A-Za-z0-9]+)*$`)
	validVerb = regexp.MustCompile(`^[a-z]{2,20}$`)
)

const maxNameLength = 40 // so that the names of tables and constraints fit into a database

// ParseName returns the forms of a name, or an error of one line.
func ParseName(name string) (forms, error) { return parseName(name, "put") }

// parseName returns the forms of a name, or an error of one line.
func parseName(name, verb string) (forms, error) {
	refuse := func(format string, a ...any) (forms, error) {
		return forms{}, fmt.Errorf("the name %q %s", name, fmt.Sprintf(format, a...))
	}
	if !validName.MatchString(name) {
		return refuse("can't become an identifier: use letters and digits, with - or _ between words")
	}
	parts := naming.Words(name)
	snake := strings.Join(parts, "_")
	many := strings.Fields(naming.Plural(strings.Join(parts, " ")))
	switch {
	case len(name) > maxNameLength:
		return refuse("is longer than %d characters: choose a shorter one", maxNameLength)
	case slices.ContainsFunc(parts, func(p string) bool { return len(p) < 2 }):
		return refuse("has a word of one letter: use at least two")
	case token.IsKeyword(snake):
		return refuse("is a keyword of Go: choose another one")
	case slices.Contains([]string{"value", "reference"}, snake):
		return refuse("has a plural that is a keyword of SQL: choose another one")
	case !validVerb.MatchString(verb) || token.IsKeyword(verb) || slices.Contains([]string{"show", "get", "update", "exists"}, verb):
		return forms{}, fmt.Errorf("the verb %q is not possible: use one word in lowercase that is not show, get, update, exists or a keyword of Go", verb)
	}
	f := forms{
		Name: strings.Join(parts, " "), Names: strings.Join(many, " "),
		Pascal: naming.Pascal(parts), Pascals: naming.Pascal(many), Snake: snake, Snakes: strings.Join(many, "_"),
		Kebab: strings.Join(parts, "-"), Kebabs: strings.Join(many, "-"),
		File: strings.Join(parts, ""), Verb: naming.Capital(verb), Do: verb,
	}
	f.Type, f.Types = naming.Exported(f.Pascal), naming.Exported(f.Pascals)
	f.Camel = parts[0] + f.Pascal[len(parts[0]):]
	f.Camels = many[0] + f.Pascals[len(many[0]):]
	return f, nil
}
