package usecase

import (
	"bytes"
	"embed"
	"fmt"
	"go/format"
	"io/fs"
	"path"
	"slices"
	"strings"
	"text/template"
)

//go:embed templates
var templates embed.FS

// A plan is what a use case changes in a service.
type plan struct {
	service service
	words   words
	changes []change
}

// A change is a file as it was and as it will be.
type change struct {
	path      string
	was       []byte // nil for a new file
	now       []byte
	generated bool
}

// draw plans a use case, and refuses one that stands in the way of what is there.
func draw(s service, w words) (*plan, error) {
	p := &plan{service: s, words: w}
	if err := p.free(); err != nil {
		return nil, err
	}
	err := fs.WalkDir(templates, "templates", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return p.file(name)
	})
	if err != nil {
		return nil, err
	}
	for _, e := range edits {
		if err := p.edit(e); err != nil {
			return nil, err
		}
	}
	p.sort()
	return p, nil
}

func (p *plan) sort() {
	slices.SortFunc(p.changes, func(a, b change) int { return strings.Compare(a.path, b.path) })
}

// file plans the file of a template, if the service has its folder with files of the kind.
func (p *plan) file(name string) error {
	place := strings.TrimSuffix(strings.TrimPrefix(name, "templates/"), ".tmpl")
	place = strings.NewReplacer("NAME", p.words.File, "NUMBER", p.service.Number).Replace(place)
	if len(p.service.files(path.Dir(place), "*"+path.Ext(place))) == 0 {
		return nil
	}
	if p.service.has(place) {
		return fmt.Errorf("the name %q is taken: there is a file %s", p.words.Kebab, place)
	}
	text, err := fs.ReadFile(templates, name)
	if err != nil {
		return err
	}
	now, err := p.fill(name, string(text))
	if err == nil && path.Ext(place) == ".go" {
		now, err = format.Source(now)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", place, err)
	}
	if path.Ext(place) == ".go" {
		if err := p.unused(place, now); err != nil {
			return err
		}
	}
	p.changes = append(p.changes, change{path: place, now: now})
	return nil
}

// articles are a word with its article, and so at the beginning of a sentence.
var articles = template.FuncMap{
	"an": an,
	"An": func(word string) string { return "A" + an(word)[1:] },
}

// fill puts the words in their places in a text.
func (p *plan) fill(name, text string) ([]byte, error) {
	t, err := template.New(name).Delims("«", "»").Funcs(articles).Parse(text)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, struct {
		words
		service
	}{p.words, p.service})
	return b.Bytes(), err
}
