package create

import (
	"go/format"
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

// rename replaces the name in every file and in its path.
func (r renaming) rename(t Tree) Tree {
	renamed := make(Tree, len(t))
	for name, text := range t {
		to := r.renamePath(name)
		if isText(text) {
			text = restoreOrder(to, r.renameText(name, text))
		}
		renamed[to] = text
	}
	return renamed
}

func (r renaming) renamePath(name string) string {
	name = strings.ReplaceAll(name, "domain/"+templateName, "domain/"+r.aggregate)
	return strings.ReplaceAll(name, templateName, r.Plain)
}

var oldName = regexp.MustCompile(`example\.com/roster|(?i:roster)s?`)

func (r renaming) renameText(file, text string) string {
	identifiers := make(map[int]bool)
	if path.Ext(file) == ".go" {
		for _, i := range identifiersOf(text) {
			identifiers[i.offset] = true
		}
	}
	var b strings.Builder
	end := 0
	for _, at := range oldName.FindAllStringIndex(text, -1) {
		b.WriteString(text[end:at[0]])
		b.WriteString(r.newName(occurrence{file, text[:at[0]], text[at[0]:at[1]], text[at[1]:], identifiers[at[0]]}))
		end = at[1]
	}
	b.WriteString(text[end:])
	return b.String()
}

// An occurrence is the template's name in a file, with the text around it.
type occurrence struct {
	file                string
	before, name, after string
	identifier          bool // in Go
}

func (r renaming) newName(o occurrence) string {
	plural := ""
	if strings.HasSuffix(o.name, "s") {
		plural = "s"
	}
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

var (
	afterArticle = regexp.MustCompile(`(?i)\b(an?|the)\s+(// )?$`)
	afterQuote   = regexp.MustCompile(`["\x60]$`)
)

func (o occurrence) isAggregate() bool {
	switch {
	case strings.HasSuffix(o.before, "domain/"), afterArticle.MatchString(o.before):
		return true
	case path.Ext(o.file) != ".go" || !slices.Contains(coreFolders, path.Dir(o.file)):
		return false
	case o.identifier:
		return !strings.HasSuffix(o.file, "example_test.go")
	}
	line := o.before[strings.LastIndexByte(o.before, '\n')+1:]
	return strings.Contains(line, "//") && !afterQuote.MatchString(line) && !strings.HasPrefix(o.after, "_")
}

var (
	afterVariable      = regexp.MustCompile(`^( := |\.[A-Z])`)
	afterSnake         = regexp.MustCompile(`^(_|\.[a-z{%*>])`)
	beforeDatabaseName = regexp.MustCompile(`(5432/|POSTGRES_DB: |DATABASE |u\.Path != "/)$`)
)

// inCode reports whether the name is a variable in a document's Go code.
func (o occurrence) inCode() bool { return afterVariable.MatchString(o.after) }

// isSnake reports whether the name must have no hyphen: in SQL, metrics and subjects.
func (o occurrence) isSnake() bool {
	return beforeDatabaseName.MatchString(o.before) || afterSnake.MatchString(o.after) && !strings.HasPrefix(o.after, ".db")
}

// restoreOrder formats Go code, and sorts a list of exported names, after names have changed.
func restoreOrder(file, text string) string {
	switch {
	case path.Ext(file) == ".go":
		if formatted, err := format.Source([]byte(text)); err == nil {
			return string(formatted)
		}
	case path.Base(file) == "exported.txt":
		return naming.SortExported(text)
	}
	return text
}
