package usecase

import (
	"bytes"
	"embed"
	"fmt"
	"go/format"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"text/template"

	"example.com/roster/cmd/scaffold/internal/naming"
)

//go:embed templates
var templates embed.FS

// A plan is what a use case changes in a service.
type plan struct {
	service service
	forms   forms
	changes map[string]change // by path
}

// A change is a file before and after.
type change struct {
	path      string
	was       []byte // nil for a new file
	now       []byte
	generated bool
}

// newPlan plans a use case, and refuses a name that the service uses already.
func newPlan(s service, f forms) (*plan, error) {
	p := &plan{service: s, forms: f, changes: make(map[string]change)}
	if err := p.checkNames(); err != nil {
		return nil, err
	}
	err := fs.WalkDir(templates, "templates", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return p.addFile(name)
	})
	if err != nil {
		return nil, err
	}
	for _, e := range edits {
		if err := p.addLines(e); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// sorted returns the changes in the order of paths.
func (p *plan) sorted() []change {
	return slices.SortedFunc(maps.Values(p.changes), func(a, b change) int { return strings.Compare(a.path, b.path) })
}

// addFile plans the file of a template, if the service has its folder with files of the same kind.
func (p *plan) addFile(name string) error {
	file := strings.TrimSuffix(strings.TrimPrefix(name, "templates/"), ".tmpl")
	file = strings.NewReplacer("NAME", p.forms.File, "NUMBER", p.service.Number).Replace(file)
	if len(p.service.files(path.Dir(file)+"/*"+path.Ext(file))) == 0 {
		return nil
	}
	if p.service.has(file) {
		return fmt.Errorf("the name %q is taken: the file %s exists; choose another name", p.forms.Kebab, file)
	}
	text, err := fs.ReadFile(templates, name)
	if err != nil {
		return err
	}
	now, err := p.fill(name, string(withLF(text)))
	if err == nil && path.Ext(file) == ".go" {
		now, err = format.Source(now)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if path.Ext(file) == ".go" {
		if err := p.checkDeclarations(file, now); err != nil {
			return err
		}
	}
	p.changes[file] = change{path: file, now: now}
	return nil
}

// articles put the indefinite article before a word, in lowercase or with a capital.
var articles = template.FuncMap{
	"an": func(word string) string { return naming.Article(word) + " " + word },
	"An": func(word string) string { return naming.Capital(naming.Article(word)) + " " + word },
}

// fill executes a text as a template with the forms of the name and the facts about the service.
func (p *plan) fill(name, text string) ([]byte, error) {
	t, err := template.New(name).Delims("«", "»").Funcs(articles).Parse(text)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, struct {
		forms
		service
	}{p.forms, p.service})
	return b.Bytes(), err
}
