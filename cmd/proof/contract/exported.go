package contract

import (
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
)

// Embedded are the packages for embedders and the internal ones that they import, as [Exported] takes them.
var Embedded = []string{
	"domain", "domain/domaintest", "ports", "application", "adapters/internal/renames", "adapters/memstore", "application/servicetest",
}

// Exported returns the exported API of packages, sorted, one line for each item that an importer can use. A struct has a line for each field:
// literals must name their fields. An interface has a line for each method.
//
// Packages are folders of a module, each after the ones that it imports. Internal ones add no lines.
func Exported(module string, fsys fs.FS, packages ...string) ([]string, error) {
	known := earlier{types: map[string]*types.Package{}, others: importer.ForCompiler(token.NewFileSet(), "gc", compiled)}
	var lines []string
	for _, folder := range packages {
		fset := token.NewFileSet()
		names, err := fs.Glob(fsys, folder+"/*.go")
		if err != nil {
			return nil, err
		}
		var files []*ast.File
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, err := fs.ReadFile(fsys, name)
			if err != nil {
				return nil, err
			}
			file, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			files = append(files, file)
		}
		config := types.Config{Importer: known}
		checked, err := config.Check(path.Join(module, folder), fset, files, nil)
		if err != nil {
			return nil, err
		}
		known.types[checked.Path()] = checked
		if !strings.Contains(folder, "internal/") { // other modules can't import it
			lines = append(lines, exported(folder, checked)...)
		}
	}
	slices.Sort(lines)
	return lines, nil
}

// compiled opens what the compiler has written about a package of the standard library. The importer's own way needs the path of Go in the
// program, which -trimpath leaves out.
func compiled(path string) (io.ReadCloser, error) {
	file, err := exec.Command("go", "list", "-export", "-f", "{{.Export}}", path).Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("%w: %s", err, failed.Stderr)
	}
	if err != nil {
		return nil, fmt.Errorf("go list -export %s: %w", path, err)
	}
	return os.Open(strings.TrimSpace(string(file)))
}

// Breaks returns what breaks importers: lines of promised that are missing or changed, and methods that an interface has more, since an
// implementation needs them all.
func Breaks(promised, now []string) (breaks []string) {
	for _, line := range promised {
		if !slices.Contains(now, line) {
			breaks = append(breaks, line)
		}
	}
	for _, line := range now {
		if head, _, method := strings.Cut(line, " interface, "); method && slices.Contains(promised, head+" interface") && !slices.Contains(promised, line) {
			breaks = append(breaks, line)
		}
	}
	return breaks
}

// earlier imports the packages that are already checked, and others as the compiler does.
type earlier struct {
	types  map[string]*types.Package
	others types.Importer
}

func (e earlier) Import(path string) (*types.Package, error) {
	if p, ok := e.types[path]; ok {
		return p, nil
	}
	return e.others.Import(path)
}

func exported(folder string, p *types.Package) []string {
	var lines []string
	scope := p.Scope()
	for _, name := range scope.Names() {
		if !token.IsExported(name) {
			continue
		}
		line := func(format string, a ...any) { lines = append(lines, folder+": "+fmt.Sprintf(format, a...)) }
		switch o := scope.Lookup(name).(type) {
		case *types.Const:
			line("const %s %s = %s", name, text(o.Type()), o.Val())
		case *types.Var:
			line("var %s %s", name, text(o.Type()))
		case *types.Func:
			line("func %s%s", name, signature(o))
		case *types.TypeName:
			describe(o, line)
		}
	}
	return lines
}

// describe writes the lines of a type.
func describe(o *types.TypeName, line func(string, ...any)) {
	if o.IsAlias() {
		line("type %s = %s", o.Name(), text(types.Unalias(o.Type())))
		return
	}
	switch u := o.Type().Underlying().(type) {
	case *types.Interface:
		line("type %s interface", o.Name())
		for m := range u.Methods() {
			line("type %s interface, %s%s", o.Name(), m.Name(), signature(m))
		}
		return
	case *types.Struct:
		line("type %s struct", o.Name())
		for f := range u.Fields() {
			if f.Exported() {
				line("type %s struct, %s %s", o.Name(), f.Name(), text(f.Type()))
			}
		}
	default:
		line("type %s %s", o.Name(), text(u))
	}
	values := types.NewMethodSet(o.Type())
	for m := range types.NewMethodSet(types.NewPointer(o.Type())).Methods() {
		if !m.Obj().Exported() {
			continue
		}
		receiver := "*" + o.Name()
		if values.Lookup(m.Obj().Pkg(), m.Obj().Name()) != nil {
			receiver = o.Name()
		}
		line("method (%s) %s%s", receiver, m.Obj().Name(), signature(m.Obj().(*types.Func)))
	}
}

// signature omits the names of parameters: a change of one breaks no importer.
func signature(f *types.Func) string {
	s := f.Signature()
	return text(types.NewSignatureType(nil, nil, nil, unnamed(s.Params()), unnamed(s.Results()), s.Variadic()))[len("func"):]
}

func unnamed(named *types.Tuple) *types.Tuple {
	var vars []*types.Var
	for v := range named.Variables() {
		vars = append(vars, types.NewParam(token.NoPos, nil, "", v.Type()))
	}
	return types.NewTuple(vars...)
}

func text(t types.Type) string { return types.TypeString(t, (*types.Package).Name) }
