package usecase

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"strings"
)

// commands are the calls of a grammar that make its commands, with what they are called.
var commands = regexp.MustCompile(`\b(?:Command|Group)\("([^ "]+)`)

// free refuses a name that the service has given to something else, where the compiler would not: a command, a table or a route.
func (p *plan) free() error {
	w := p.words
	taken := func(what, file string) error {
		return fmt.Errorf("the name %q is taken: %s has %s", w.Kebab, file, what)
	}
	for _, folder := range []string{"adapters/cli", "cmd/" + p.service.Service + "/app"} {
		for _, file := range p.service.goFiles(folder) {
			text, err := p.service.read(file)
			if err != nil {
				return err
			}
			syntax, err := parser.ParseFile(token.NewFileSet(), "", text, parser.SkipObjectResolution)
			if err != nil {
				return fmt.Errorf("%s: what is there can't be read: %w", file, err)
			}
			for _, grammar := range []string{"Commands", "rootCommand"} {
				f := funcOf(syntax, grammar)
				if f == nil {
					continue
				}
				for _, m := range commands.FindAllSubmatch(text[f.Pos()-syntax.FileStart:f.End()-syntax.FileStart], -1) {
					if string(m[1]) == w.Kebab {
						return taken("a command "+w.Kebab, file)
					}
				}
			}
		}
	}
	table := regexp.MustCompile(`(?i)\bCREATE TABLE (IF NOT EXISTS )?"?` + w.Snakes + `\b`)
	for _, kind := range []string{"sqlite", "postgres"} {
		for _, file := range p.service.files("adapters/"+kind+"/migrations", "*.sql") {
			text, err := p.service.read(file)
			if err != nil {
				return err
			}
			if table.Match(text) {
				return taken("a table "+w.Snakes, file)
			}
		}
	}
	const spec = "adapters/httpapi/openapi.yaml"
	text, err := p.service.read(spec)
	if err != nil {
		return err
	}
	for _, line := range []string{"\n  /v1/" + w.Kebabs + ":\n", "\n  /v1/" + w.Kebabs + "/", "\n    " + w.Pascal + ":\n"} {
		if bytes.Contains(text, []byte(line)) {
			return taken(strings.Trim(line, "\n :"), spec)
		}
	}
	return nil
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
