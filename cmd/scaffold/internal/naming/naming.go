// Package naming is about names: their English forms, and those that a service has given already.
package naming

import (
	"go/ast"
	"go/types"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/gertd/go-pluralize"
)

var (
	sibilant  = regexp.MustCompile(`(s|x|z|ch|sh)$`)
	consonant = regexp.MustCompile(`[^aeiou]y$`)
)

// WithS returns the regular form of a word with s: the third person of a verb, and the plural of most nouns.
func WithS(word string) string {
	switch {
	case sibilant.MatchString(word):
		return word + "es"
	case consonant.MatchString(word):
		return strings.TrimSuffix(word, "y") + "ies"
	}
	return word + "s"
}

var english = sync.OnceValue(func() *pluralize.Client {
	c := pluralize.NewClient()
	for _, noun := range []string{"bias", "lens", "regimen", "schema", "specimen", "virus"} { // the library's plurals are wrong or rare
		c.AddIrregularRule(noun, WithS(noun))
	}
	return c
})

// Plural returns the plural of a noun, of which only the last word changes. Some nouns, such as news, have no other form.
func Plural(noun string) string {
	last := strings.LastIndexByte(noun, ' ') + 1
	return noun[:last] + english().Plural(noun[last:])
}

var unsure = regexp.MustCompile(`([^s]s|z|f|fe|[^aeo]o|um)$`)

// IsRegular reports whether no other plural than this one is to be expected.
func IsRegular(noun, plural string) bool { return plural == WithS(noun) && !unsure.MatchString(noun) }

var (
	vowel    = regexp.MustCompile(`^([aeiou]|hour|hono|heir)`)
	notVowel = regexp.MustCompile(`^(uni([^mn]|$)|us[aeu]|u[rt]i|eu|one)`) // by its sound
)

// Article returns the indefinite article of a word: a or an.
func Article(word string) string {
	if word = strings.ToLower(word); vowel.MatchString(word) && !notVowel.MatchString(word) {
		return "an"
	}
	return "a"
}

// Capital returns a word with a capital at its beginning.
func Capital(word string) string { return strings.ToUpper(word[:1]) + word[1:] }

// Split returns the words of a name in camel case: APIKey consists of API and Key.
func Split(name string) (words []string) {
	begin := 0
	upper := func(i int) bool { return 'A' <= name[i] && name[i] <= 'Z' }
	for i := 1; i < len(name); i++ {
		if upper(i) && (!upper(i-1) || i+1 < len(name) && 'a' <= name[i+1] && name[i+1] <= 'z') {
			words = append(words, name[begin:i])
			begin = i
		}
	}
	return append(words, name[begin:])
}

// Words returns the words of a name in any of the usual forms, in lowercase: room booking, room-booking, room_booking, RoomBooking.
func Words(name string) (words []string) {
	for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return strings.ContainsRune("-_ ", r) }) {
		for _, word := range Split(part) {
			words = append(words, strings.ToLower(word))
		}
	}
	return words
}

// Pascal returns words as one, each with a capital.
func Pascal(words []string) string {
	var b strings.Builder
	for _, w := range words {
		b.WriteString(Capital(w))
	}
	return b.String()
}

// initialisms are the words that the generator of the HTTP API's code writes in capitals.
var initialisms = strings.Fields("ACL API ASCII CPU CSS DNS EOF GUID HTML HTTP HTTPS ID IP JSON QPS RAM RPC SLA SMTP SQL SSH TCP " +
	"TLS TTL UDP UI GID UID UUID URI URL UTF8 VM XML XMPP XSRF XSS SIP RTP AMQP DB TS")

var camelWord = regexp.MustCompile(`[A-Z\d]+([a-z\d]+|$)`)

// Exported returns the identifier for a name in Pascal case: an initialism is in capitals.
func Exported(pascal string) string {
	return camelWord.ReplaceAllStringFunc(pascal, func(word string) string {
		if upper := strings.ToUpper(word); slices.Contains(initialisms, upper) {
			return upper
		}
		return word
	})
}

// A Declaration is a name that a file declares in its package.
type Declaration struct {
	Name string   // of a method, Type.Method
	Node ast.Node // an *ast.FuncDecl, *ast.TypeSpec or *ast.ValueSpec
}

// Declarations returns the names that the declarations of a file give in its package, without the blank one.
func Declarations(declarations ...ast.Decl) (found []Declaration) {
	for _, d := range declarations {
		switch d := d.(type) {
		case *ast.FuncDecl:
			found = append(found, Declaration{funcName(d), d})
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					found = append(found, Declaration{s.Name.Name, s})
				case *ast.ValueSpec:
					for _, n := range s.Names {
						found = append(found, Declaration{n.Name, s})
					}
				}
			}
		}
	}
	return slices.DeleteFunc(found, func(d Declaration) bool { return d.Name == "_" })
}

// Find returns the declaration of a name in a file, or nil.
func Find(file *ast.File, name string) ast.Node {
	for _, d := range Declarations(file.Decls...) {
		if d.Name == name {
			return d.Node
		}
	}
	return nil
}

// funcName returns the name of a function, and of a method Type.Method.
func funcName(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return d.Name.Name
	}
	receiver := d.Recv.List[0].Type
	if pointer, ok := receiver.(*ast.StarExpr); ok {
		receiver = pointer.X
	}
	if generic, ok := receiver.(*ast.IndexExpr); ok {
		receiver = generic.X
	}
	return types.ExprString(receiver) + "." + d.Name.Name
}
