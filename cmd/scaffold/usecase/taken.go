package usecase

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"strings"

	"example.com/roster/cmd/scaffold/internal/naming"
)

// checkNames refuses a name that the service has for another command, table or route: the compiler would not.
func (p *plan) checkNames() error {
	f := p.forms
	taken := func(what, file string) error {
		return fmt.Errorf("the name %q is taken: %s has %s; choose another name", f.Kebab, file, what)
	}
	for _, folder := range []string{"adapters/cli", "cmd/" + p.service.Service + "/app"} {
		for _, file := range p.service.goFiles(folder) {
			text, err := p.service.read(file)
			if err != nil {
				return err
			}
			syntax, err := parser.ParseFile(token.NewFileSet(), "", text, parser.SkipObjectResolution)
			if err != nil {
				return fmt.Errorf("%s can't be parsed: %w", file, err)
			}
			for _, name := range []string{"Commands", "program.rootCommand"} {
				function := naming.Find(syntax, name)
				if function == nil {
					continue
				}
				body := text[function.Pos()-syntax.FileStart : function.End()-syntax.FileStart]
				for _, m := range naming.Commands.FindAllSubmatch(body, -1) {
					if string(m[1]) == f.Kebab {
						return taken("a command "+f.Kebab, file)
					}
				}
			}
		}
	}
	table := regexp.MustCompile(`(?i)\bCREATE TABLE (IF NOT EXISTS )?"?` + f.Snakes + `\b`)
	for _, database := range []string{"sqlite", "postgres"} {
		for _, file := range p.service.files("adapters/"+database+"/migrations", "*.sql") {
			text, err := p.service.read(file)
			if err != nil {
				return err
			}
			if table.Match(text) {
				return taken("a table "+f.Snakes, file)
			}
		}
	}
	const spec = "adapters/httpapi/openapi.yaml"
	text, err := p.service.read(spec)
	if err != nil {
		return err
	}
	for _, line := range []string{"\n  /v1/" + f.Kebabs + ":\n", "\n  /v1/" + f.Kebabs + "/", "\n    " + f.Pascal + ":\n"} {
		if bytes.Contains(text, []byte(line)) {
			return taken(strings.Trim(line, "\n :"), spec)
		}
	}
	return nil
}

// checkDeclarations refuses a file that declares a name that its package has already.
func (p *plan) checkDeclarations(file string, text []byte) error {
	fset := token.NewFileSet()
	added, err := parser.ParseFile(fset, file, text, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	names := make(map[string]bool)
	for _, declaration := range naming.Declarations(added.Decls...) {
		names[declaration.Name] = true
	}
	for _, other := range p.service.goFiles(path.Dir(file)) {
		text, err := p.service.read(other)
		if err != nil {
			return err
		}
		syntax, err := parser.ParseFile(fset, other, text, parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("a file of its package can't be parsed: %w", err)
		}
		if syntax.Name.Name != added.Name.Name {
			continue
		}
		for _, declaration := range naming.Declarations(syntax.Decls...) {
			if names[declaration.Name] {
				return fmt.Errorf("the name %q is taken: %s is declared at %s:%d; choose another name",
					p.forms.Kebab, declaration.Name, other, fset.Position(declaration.Node.Pos()).Line)
			}
		}
	}
	return nil
}
