package create

import (
	"go/format"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"

	"example.com/roster/cmd/scaffold/internal/naming"
)

// The names of the template. Its aggregate has the service's name.
const (
	templateModule = "example.com/roster"
	templateName   = "roster"
)

// A renaming replaces the template's name in every file. The template has one name for two things, the service and the aggregate
// of its domain: a new service has two names.
type renaming struct {
	Names
	aggregate string // the domain's name for a course with its standings: one lowercase word
}

// rename replaces the name in every file and in its path. It formats those that differ from the template's.
func (r renaming) rename(t, template Tree) Tree {
	renamed := make(Tree, len(t))
	for name, text := range t {
		if within(name, foreign) {
			renamed[name] = text
			continue
		}
		to := r.renamePath(name)
		if isText(text) {
			text = restoreOrder(to, template[to], r.renameText(name, text))
		}
		renamed[to] = text
	}
	return renamed
}

func (r renaming) renamePath(name string) string {
	name = strings.ReplaceAll(name, "domain/"+templateName, "domain/"+r.aggregate)
	return strings.ReplaceAll(name, templateName, r.Plain)
}

var oldName = regexp.MustCompile(`^(?:example\.com/roster|(?i:roster)s?)`)

func (r renaming) renameText(file, text string) string {
	identifiers := make(map[int]bool)
	if path.Ext(file) == ".go" && strings.Count(text, templateName) > strings.Count(text, templateModule) {
		for _, l := range lexemesOf(text) {
			identifiers[l.offset] = l.kind == token.IDENT
		}
	}
	var b strings.Builder
	for at := 0; at < len(text); {
		next := at + max(0, strings.IndexAny(text[at:], "erR"))
		name, to := oldName.FindString(text[next:min(len(text), next+len(templateModule))]), text[next:next+1]
		if strings.EqualFold(text[max(0, next-len("one")):next], "one") { // OneRoster is another system's format
			name = ""
		}
		if name != "" {
			to = r.newName(occurrence{file, text[:next], name, text[next+len(name):], identifiers[next]})
		}
		b.WriteString(text[at:next] + to)
		at = next + max(1, len(name))
	}
	return b.String()
}

// An occurrence is the template's name in a file, with the text around it.
type occurrence struct {
	file                string
	before, name, after string
	identifier          bool // in Go
}

func (r renaming) newName(o occurrence) string {
	_, plural, _ := strings.Cut(strings.ToLower(o.name), templateName)
	switch {
	case o.name == templateModule:
		return r.Module
	case strings.HasPrefix(o.name, "ROSTER"):
		return r.Env + o.name[len(templateName):]
	case strings.HasPrefix(o.name, "R"):
		return naming.Capital(r.aggregate) + plural
	case plural != "" || o.isAggregate():
		return r.aggregate + plural
	case o.identifier || o.inCode():
		return r.Go
	case o.isSnake():
		return r.Snake
	}
	return r.Plain
}

// coreFolders know nothing about the service, so that the name is the aggregate's there.
var coreFolders = []string{"domain", "ports", "application", "adapters/memstore", "adapters/internal/sqlstore"}

var afterArticle = regexp.MustCompile(`(?i)\b(an?|the)\s+(// )?$`)

// tail returns the end of the text before the name.
func (o occurrence) tail() string { return o.before[max(0, len(o.before)-40):] }

func (o occurrence) isAggregate() bool {
	line := o.before[strings.LastIndexByte(o.before, '\n')+1:]
	switch {
	case strings.HasSuffix(o.before, "domain/"), afterArticle.MatchString(o.tail()):
		return true
	case slices.ContainsFunc(coreFolders, func(folder string) bool { return strings.HasPrefix(line, "| "+folder+" |") }):
		return true // a row of a document about the folder
	case path.Ext(o.file) != ".go" || !slices.Contains(coreFolders, path.Dir(o.file)):
		return false
	case o.identifier:
		return !strings.HasSuffix(o.file, "example_test.go")
	}
	return strings.Contains(line, "//") && strings.TrimRight(line, "\"`") == line && !strings.HasPrefix(o.after, "_")
}

var (
	afterVariable      = regexp.MustCompile(`^( := |\.[A-Z])`)
	afterSnake         = regexp.MustCompile(`^(_|\.[a-z{%*>"])`)
	beforeDatabaseName = regexp.MustCompile(`(5432/|POSTGRES_DB: |DATABASE |u\.Path != "/)$`)
)

// inCode reports whether the name is a variable in a document's Go code.
func (o occurrence) inCode() bool { return afterVariable.MatchString(o.after) }

// isSnake reports whether the name must have no hyphen: in SQL, metrics and subjects.
func (o occurrence) isSnake() bool {
	return beforeDatabaseName.MatchString(o.tail()) || afterSnake.MatchString(o.after) && !strings.HasPrefix(o.after, ".db")
}

// restoreOrder formats Go code, and sorts a list of exported names, if it has changed.
func restoreOrder(file, before, text string) string {
	switch {
	case text == before:
	case path.Ext(file) == ".go":
		if formatted, err := format.Source([]byte(text)); err == nil {
			return string(formatted)
		}
	case path.Base(file) == "exported.txt":
		return strings.Join(slices.Sorted(strings.Lines(text)), "")
	}
	return text
}
