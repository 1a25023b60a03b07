package usecase

import (
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"regexp"
	"slices"

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

// addDeclarations adds the names that a file declares in its package, package.Name or package.Type.Method, each with the file and its line.
func addDeclarations(to map[string]string, file string, text []byte) error {
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, file, text, parser.SkipObjectResolution)
	if err != nil {
		return fmt.Errorf("the file can't be parsed: %w", err)
	}
	for _, d := range naming.Declarations(parsed.Decls...) {
		to[parsed.Name.Name+"."+d.Name] = fmt.Sprintf("%s:%d", file, fset.Position(d.Node.Pos()).Line)
	}
	return nil
}

// declarations returns the names that the files of folders declare.
func (p *plan) declarations(folders ...string) (map[string]string, error) {
	all := make(map[string]string)
	for _, folder := range folders {
		for _, file := range p.service.files(folder + "/*.go") {
			text, err := p.service.read(file)
			if err == nil {
				err = addDeclarations(all, file, text)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// checkDeclarations refuses a new file that declares a name which its package has already.
func (p *plan) checkDeclarations(file string, text []byte) error {
	added := make(map[string]string)
	if err := addDeclarations(added, file, text); err != nil {
		return err
	}
	existing, err := p.declarations(path.Dir(file))
	for _, name := range slices.Sorted(maps.Keys(added)) {
		if at := existing[name]; at != "" {
			return fmt.Errorf("the name %q is taken: %s is declared at %s; choose another name", p.title(), name, at)
		}
	}
	return err
}

// checkRecord returns an error if the service does not have what a further command needs of the use case: an earlier run has made it.
func (p *plan) checkRecord() error {
	at, err := p.declarations("ports", "domain", "application")
	if err != nil {
		return err
	}
	f := p.forms
	port := "ports." + f.Types
	switch taken := p.checkNames(); {
	case at[port] == "" && (taken != nil || at["domain."+f.Type] != ""):
		return fmt.Errorf("%q with the plural %s is not a simple record, and --command adds a command only to those that scaffold usecase has made: "+
			"if it was made with --plural, give that again, else write the command by hand", f.Kebab, f.Kebabs)
	case at[port] == "":
		return fmt.Errorf("there is no use case %q: make it by scaffold usecase %[1]s, and add the command then", f.Kebab)
	}
	for _, name := range []string{"domain." + f.Type + ".changed", "application.Service.change" + f.Type} {
		if at[name] == "" {
			return fmt.Errorf("the use case %q lacks %s, which a further command calls: add it as in a record that scaffold usecase makes", f.Kebab, name)
		}
	}
	return nil
}
