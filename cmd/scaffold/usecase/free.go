package usecase

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// free refuses a name that the service has given to something else, where the compiler would not: a command, a table or a route.
func (p *plan) free() error {
	w := p.words
	taken := func(what, file string) error {
		return fmt.Errorf("the name %q is taken: %s has %s", w.Kebab, file, what)
	}
	for _, folder := range []string{"adapters/cli", "cmd/" + p.service.Service + "/app"} {
		for _, file := range p.service.goFiles(folder) {
			if has, err := p.hasCommand(file); err != nil {
				return err
			} else if has {
				return taken("a command "+w.Kebab, file)
			}
		}
	}
	table := regexp.MustCompile(`(?i)\bCREATE TABLE (IF NOT EXISTS )?"?` + w.Snakes + `\b`)
	for _, kind := range []string{"sqlite", "postgres"} {
		for _, file := range p.service.files("adapters/sqlstore/migrations/"+kind, "*.sql") {
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

// hasCommand reports whether a file has a struct whose field is a command of the name.
func (p *plan) hasCommand(file string) (found bool, err error) {
	text, err := p.service.read(file)
	if err != nil {
		return false, err
	}
	syntax, err := parser.ParseFile(token.NewFileSet(), file, text, parser.SkipObjectResolution)
	if err != nil {
		return false, fmt.Errorf("what is there can't be read: %w", err)
	}
	ast.Inspect(syntax, func(n ast.Node) bool {
		field, ok := n.(*ast.Field)
		if !ok || field.Tag == nil || len(field.Names) == 0 {
			return true
		}
		quoted, _ := strconv.Unquote(field.Tag.Value) // the parser has seen to it
		tag := reflect.StructTag(quoted)
		if _, command := tag.Lookup("cmd"); command {
			name := tag.Get("name")
			if name == "" {
				name = strings.Join(split(field.Names[0].Name), "-")
			}
			found = found || name == p.words.Kebab
		}
		return true
	})
	return found, nil
}
