package create

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// An error of types is found, in a package and in its tests.
func TestCompiler(t *testing.T) {
	t.Parallel()
	for want, tree := range map[string]Tree{
		"":                          {"a/a.go": "package a\n\nvar A = 1\n", "a/a_test.go": "package a_test\n\nimport \"m/a\"\n\nvar _ int = a.A\n"},
		"a/b.go:3:5: A redeclared":  {"a/a.go": "package a\n\nvar A = 1\n", "a/b.go": "package a\n\nvar A = 1\n"},
		"a/a_test.go:5:14: cannot":  {"a/a.go": "package a\n\nvar A = 1\n", "a/a_test.go": "package a_test\n\nimport \"m/a\"\n\nvar _ bool = a.A\n"},
		"a/a.go:3:1: expected decl": {"a/a.go": "package a\n\nA\n"},
	} {
		errs := fmt.Sprint(newCompiler(tree, "m", nil).compile())
		if want == "" && errs != "[]" || !strings.Contains(errs, want) {
			t.Errorf("got %s, want %q", errs, want)
		}
	}
}

// A compiler checks the types of a service in memory. The packages of other modules are those that the template was compiled with.
type compiler struct {
	files    map[string][]*ast.File // by folder
	module   string
	fset     *token.FileSet
	others   types.Importer
	packages map[string]*types.Package
	errs     []error
}

func newCompiler(t Tree, module string, compiled map[string]string) *compiler {
	k := &compiler{files: make(map[string][]*ast.File), module: module, fset: token.NewFileSet(), packages: make(map[string]*types.Package)}
	k.others = importer.ForCompiler(k.fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(compiled[path]) })
	context := build.Default
	context.BuildTags = []string{"grpcnotrace", "wireinject"} // what Wire generates is made after the service
	context.OpenFile = func(name string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(t[filepath.ToSlash(name)])), nil
	}
	for _, name := range slices.Sorted(maps.Keys(t)) {
		if match, err := context.MatchFile(path.Dir(name), path.Base(name)); path.Ext(name) == ".go" && (match || err != nil) {
			file, err := parser.ParseFile(k.fset, name, t[name], parser.SkipObjectResolution)
			k.files[path.Dir(name)] = append(k.files[path.Dir(name)], file)
			if err != nil {
				k.errs = append(k.errs, err)
			}
		}
	}
	return k
}

// compile checks all packages, with the tests that have a package of their own.
func (k *compiler) compile() []error {
	for folder := range k.files {
		_, _ = k.Import(k.module + "/" + folder)
		if tests := k.of(folder, func(file, name string) bool { return strings.HasSuffix(name, "_test") }); len(tests) > 0 {
			k.check(k.module+"/"+folder+"_test", tests)
		}
	}
	return k.errs
}

// of returns the files of a folder by the name of the file and of its package.
func (k *compiler) of(folder string, is func(file, name string) bool) (files []*ast.File) {
	for _, file := range k.files[folder] {
		if is(path.Base(k.fset.File(file.Package).Name()), file.Name.Name) {
			files = append(files, file)
		}
	}
	return files
}

// Import implements types.Importer. A package has its export_test.go, too.
func (k *compiler) Import(importPath string) (*types.Package, error) {
	folder, ours := strings.CutPrefix(importPath, k.module+"/")
	if !ours {
		return k.others.Import(importPath)
	}
	if k.packages[importPath] == nil {
		k.packages[importPath] = k.check(importPath, k.of(folder, func(file, name string) bool {
			return (!strings.HasSuffix(file, "_test.go") || file == "export_test.go") && !strings.HasSuffix(name, "_test")
		}))
	}
	return k.packages[importPath], nil
}

func (k *compiler) check(importPath string, files []*ast.File) *types.Package {
	config := types.Config{Importer: k, Error: func(err error) { k.errs = append(k.errs, err) }}
	p, _ := config.Check(importPath, k.fset, files, nil)
	return p
}

// compiledModules returns, by import path, the file with the types of each package that the template imports from other modules.
func compiledModules(t *testing.T, template Tree) map[string]string {
	t.Helper()
	module, err := template.parse()
	if err != nil {
		t.Fatal(err)
	}
	imports := make(map[string]bool)
	for _, file := range module.Files {
		for _, i := range file.Imports() {
			imports[i.Path] = !within(i.Path, templateModule) && i.Path != "C"
		}
	}
	maps.DeleteFunc(imports, func(_ string, other bool) bool { return !other })
	list := []string{"list", "-e", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}"}
	listed, err := in("../../..").Run("go", append(list, slices.Sorted(maps.Keys(imports))...)...)
	if err != nil {
		t.Fatal(err)
	}
	compiled := make(map[string]string)
	for line := range strings.Lines(listed) {
		importPath, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		compiled[importPath] = file
	}
	return compiled
}

// A service may have the name of a package of the standard library.
func TestNameOfAPackage(t *testing.T) {
	if os.Getenv("ROSTER_LONG") == "" && os.Getenv("ROSTER_MATRIX") == "" {
		t.Skip("it takes a minute: set ROSTER_LONG=1")
	}
	template := readTemplate(t)
	compiled := compiledModules(t, template)
	for _, name := range []string{"http", "time", "errors", "testing"} {
		names, err := NamesOf("example.com/acme/" + name)
		if err != nil {
			t.Fatal(err)
		}
		tree, _, err := New{Module: names.Module}.transform(template, names, "v1.2.3")
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range newCompiler(tree, names.Module, compiled).compile() {
			t.Error(err)
		}
	}
}
