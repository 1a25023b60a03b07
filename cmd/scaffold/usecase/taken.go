package usecase

import (
	"fmt"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"

	"example.com/roster/cmd/scaffold/internal/naming"
)

// checkNames refuses a name that the service has for another command, table or route: the compiler would not.
func (p *plan) checkNames() error {
	f, s := p.forms, p.service
	for _, other := range []struct{ what, files, is string }{
		{"a command " + f.Kebab, "adapters/cli/*.go", `\b(Command|Group)\("` + f.Kebab + `[ "]`},
		{"a command " + f.Kebab, "cmd/*/app/*.go", `\b(Command|Group)\("` + f.Kebab + `[ "]`},
		{"a table " + f.Snakes, "adapters/*/migrations/*.sql", `(?i)\bCREATE TABLE (IF NOT EXISTS )?"?` + f.Snakes + `\b`},
		{"/v1/" + f.Kebabs, "adapters/httpapi/openapi.yaml", `(?m)^  /v1/` + f.Kebabs + `(:$|/)`},
		{f.Type, "adapters/httpapi/openapi.yaml", `(?m)^    ` + f.Type + `:$`},
	} {
		for _, file := range s.files(other.files) {
			text, err := s.read(file)
			if err != nil {
				return err
			}
			if regexp.MustCompile(other.is).Match(text) {
				return fmt.Errorf("the name %q is taken: %s has %s; choose another name", f.Kebab, file, other.what)
			}
		}
	}
	return nil
}

// A declared is a name that a file declares in its package, package.Name or package.Type.Method, and the file with its line.
type declared struct{ name, at string }

func declarations(file string, text []byte) (all []declared, err error) {
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, file, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("the file can't be parsed: %w", err)
	}
	for _, d := range naming.Declarations(parsed.Decls...) {
		all = append(all, declared{parsed.Name.Name + "." + d.Name, fmt.Sprintf("%s:%d", file, fset.Position(d.Node.Pos()).Line)})
	}
	return all, nil
}

// declarationsIn returns what the files of a folder declare, in order.
func (p *plan) declarationsIn(folder string) (all []declared, err error) {
	for _, file := range p.service.files(folder + "/*.go") {
		text, err := p.service.read(file)
		if err != nil {
			return nil, err
		}
		found, err := declarations(file, text)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// checkDeclarations refuses a file that declares a name that its package has already.
func (p *plan) checkDeclarations(file string, text []byte) error {
	added, err := declarations(file, text)
	if err != nil {
		return err
	}
	existing, err := p.declarationsIn(path.Dir(file))
	if err != nil {
		return err
	}
	for _, d := range existing {
		if slices.ContainsFunc(added, func(a declared) bool { return a.name == d.name }) {
			return fmt.Errorf("the name %q is taken: %s is declared at %s; choose another name", p.title(), d.name, d.at)
		}
	}
	return nil
}

// firstVerb returns the verb of the first command of a use case that an earlier run has made, or an error if the service does not have
// what a further command needs of it.
func (p *plan) firstVerb() (string, error) {
	var all []declared
	for _, folder := range []string{"ports", "domain", "application"} {
		found, err := p.declarationsIn(folder)
		if err != nil {
			return "", err
		}
		all = append(all, found...)
	}
	has := func(name string) bool {
		return slices.ContainsFunc(all, func(d declared) bool { return d.name == name })
	}
	f := p.forms
	for _, name := range []string{"ports." + f.Types, "domain." + f.Type + ".changed", "application.Service.change" + f.Type} {
		if !has(name) {
			return "", fmt.Errorf("no use case %q has %s, which a further command needs: run scaffold usecase %[1]s first", f.Kebab, name)
		}
	}
	for _, d := range all {
		command, isPort := strings.CutPrefix(d.name, "ports.")
		verb, ok := strings.CutSuffix(command, f.Type)
		verb = strings.ToLower(verb)
		isFurther := strings.HasPrefix(d.at, "ports/"+f.File+verb+".go:")
		if ok && isPort && verb != "" && !isFurther && has("application.Service."+command) {
			return verb, nil
		}
	}
	return "", fmt.Errorf("package ports has no command that ends in %s: a further one needs a first one", f.Type)
}
