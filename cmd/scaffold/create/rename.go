package create

import (
	"go/format"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
)

// What the template is called, and its aggregate.
const (
	template = "example.com/roster"
	service  = "roster"
)

// A renaming gives every file of the template the names of a new service. The template has one word for two things, the service
// and the aggregate of its domain: they part here.
type renaming struct {
	Names
	aggregate string // what the domain calls a course with its standings: one small word
}

// apply renames in every file, its name, and what Go code has to have in order.
func (r renaming) apply(t Tree) Tree {
	renamed := make(Tree, len(t))
	for name, text := range t {
		to := r.path(name)
		if isText(text) {
			text = tidy(to, r.text(name, text))
		}
		renamed[to] = text
	}
	return renamed
}

func (r renaming) path(name string) string {
	name = strings.ReplaceAll(name, "domain/"+service, "domain/"+r.aggregate)
	return strings.ReplaceAll(name, service, r.Plain)
}

var old = regexp.MustCompile(`example\.com/roster|(?i:roster)s?`)

func (r renaming) text(file, text string) string {
	identifiers := make(map[int]bool)
	if path.Ext(file) == ".go" {
		for _, t := range tokensOf(text) {
			if t.kind == token.IDENT && strings.HasPrefix(t.text, service) {
				identifiers[t.offset] = true
			}
		}
	}
	var b strings.Builder
	end := 0
	for _, at := range old.FindAllStringIndex(text, -1) {
		b.WriteString(text[end:at[0]])
		b.WriteString(r.name(use{file, text[:at[0]], text[at[0]:at[1]], text[at[1]:], identifiers[at[0]]}))
		end = at[1]
	}
	b.WriteString(text[end:])
	return b.String()
}

// A use is one place where a name stands.
type use struct {
	file                string
	before, name, after string
	identifier          bool // of Go
}

func (r renaming) name(u use) string {
	plural := ""
	if strings.HasSuffix(u.name, "s") {
		plural = "s"
	}
	switch {
	case u.name == template:
		return r.Module
	case strings.HasPrefix(u.name, "ROSTER"):
		return r.Env + u.name[len(service):]
	case strings.HasPrefix(u.name, "R"):
		return capital(r.aggregate) + plural
	case plural != "" || u.isAggregate():
		return r.aggregate + plural
	case u.identifier || u.inCode():
		return r.Go
	case u.isSnake():
		return r.Snake
	}
	return r.Plain
}

// core are the rooms that know nothing of a service, so that in them the word is the aggregate's.
var core = []string{"domain", "ports", "application", "adapters/memstore", "adapters/internal/sqlstore"}

var (
	article = regexp.MustCompile(`(?i)\b(an?|the)\s+(// )?$`)
	asked   = regexp.MustCompile(`["\x60]$`)
)

func (u use) isAggregate() bool {
	switch {
	case strings.HasSuffix(u.before, "domain/"), article.MatchString(u.before):
		return true
	case path.Ext(u.file) != ".go" || !slices.Contains(core, path.Dir(u.file)):
		return false
	case u.identifier:
		return !strings.HasSuffix(u.file, "example_test.go")
	}
	line := u.before[strings.LastIndexByte(u.before, '\n')+1:]
	return strings.Contains(line, "//") && !asked.MatchString(line) && !strings.HasPrefix(u.after, "_")
}

// inCode reports whether the name is a variable in a document's Go.
func (u use) inCode() bool {
	return strings.HasPrefix(u.after, " := ") || len(u.after) > 1 && u.after[0] == '.' && 'A' <= u.after[1] && u.after[1] <= 'Z'
}

var inSQL = regexp.MustCompile(`(5432/|POSTGRES_DB: |DATABASE |u\.Path != "/)$`)

// isSnake reports whether hyphens would end the name: in SQL, metrics and subjects.
func (u use) isSnake() bool {
	if strings.HasPrefix(u.after, "_") || inSQL.MatchString(u.before) {
		return true
	}
	return len(u.after) > 1 && u.after[0] == '.' && ('a' <= u.after[1] && u.after[1] <= 'z' || strings.ContainsRune("{%*>", rune(u.after[1]))) &&
		!strings.HasPrefix(u.after, ".db")
}

func capital(word string) string { return strings.ToUpper(word[:1]) + word[1:] }

// tidy puts what was in order of the old names into that of the new ones.
func tidy(file, text string) string {
	switch {
	case path.Ext(file) == ".go":
		if formatted, err := format.Source([]byte(text)); err == nil {
			return string(formatted)
		}
	case path.Base(file) == "exported.txt":
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		for i, line := range lines {
			if head, methods, ok := strings.Cut(strings.TrimSuffix(line, " }"), " interface { "); ok {
				all := strings.Split(methods, "; ")
				slices.Sort(all)
				lines[i] = head + " interface { " + strings.Join(all, "; ") + " }"
			}
		}
		slices.Sort(lines)
		return strings.Join(lines, "\n") + "\n"
	}
	return text
}
