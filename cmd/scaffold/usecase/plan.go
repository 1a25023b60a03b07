package usecase

import (
	"bytes"
	"embed"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
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

// unused refuses a file that declares what its package has already.
func (p *plan) unused(place string, text []byte) error {
	fset := token.NewFileSet()
	added, err := parser.ParseFile(fset, place, text, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	wanted := declared(added)
	for _, file := range p.service.goFiles(path.Dir(place)) {
		text, err := p.service.read(file)
		if err != nil {
			return err
		}
		there, err := parser.ParseFile(fset, file, text, parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("what is there can't be read: %w", err)
		}
		if there.Name.Name != added.Name.Name {
			continue
		}
		for name, at := range declared(there) {
			if _, both := wanted[name]; both {
				return fmt.Errorf("the name %q is taken: %s is declared at %s:%d", p.words.Kebab, name, file, fset.Position(at).Line)
			}
		}
	}
	return nil
}

// declared returns what a file declares in its package; a method as "Type.Method".
func declared(file *ast.File) map[string]token.Pos {
	names := make(map[string]token.Pos)
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			name := d.Name.Name
			if d.Recv != nil {
				of := d.Recv.List[0].Type
				if star, ok := of.(*ast.StarExpr); ok {
					of = star.X
				}
				name = fmt.Sprint(of, ".", name)
			}
			names[name] = d.Pos()
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					names[spec.Name.Name] = spec.Pos()
				case *ast.ValueSpec:
					for _, n := range spec.Names {
						names[n.Name] = n.Pos()
					}
				}
			}
		}
	}
	delete(names, "_")
	return names
}

// how says in a few words what becomes of a file.
func (c change) how() string {
	switch {
	case c.was == nil:
		return "new"
	case c.generated:
		return "generated anew"
	}
	was, now := bytes.Split(c.was, []byte("\n")), bytes.Split(c.now, []byte("\n"))
	at := 0
	for at < len(was) && bytes.Equal(was[at], now[at]) {
		at++
	}
	more := fmt.Sprintf("%d lines more", len(now)-len(was))
	switch len(now) - len(was) {
	case 0:
		more = "lines grow"
	case 1:
		more = "one line more"
	}
	return fmt.Sprintf("%s, from line %d", more, at+1)
}

// A place is left to the user.
type place struct {
	path string
	line int
	what string
}

// places returns where a comment says that something is his, in the order of the way in: from the domain to the doors.
func (p *plan) places() (found []place) {
	for _, c := range p.changes {
		if c.generated {
			continue
		}
		was := bytes.Count(c.was, []byte("Yours: "))
		if bytes.Count(c.now, []byte("Yours: ")) == was {
			continue
		}
		old := slices.Collect(bytes.Lines(c.was))
		for i, line := range slices.Collect(bytes.Lines(c.now)) {
			if len(old) > 0 && bytes.Equal(old[0], line) {
				old = old[1:]
				continue
			}
			if _, what, ok := strings.Cut(string(line), "Yours: "); ok {
				found = append(found, place{c.path, i + 1, strings.TrimSpace(what)})
			}
		}
	}
	order := []string{"domain/", "ports/", "application/", "adapters/", "cmd/"}
	rank := func(pl place) int {
		return slices.IndexFunc(order, func(o string) bool { return strings.HasPrefix(pl.path, o) })
	}
	slices.SortStableFunc(found, func(a, b place) int { return rank(a) - rank(b) })
	return found
}
