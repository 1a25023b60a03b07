// Command platforms checks the types of all packages of this module, tests included, as they are built for other systems: what the
// compiler would refuse there. It reads the sources of the libraries, too, without the bodies of their functions, and compiles
// nothing.
//
//	go run ./cmd/proof/platforms windows/amd64 darwin/arm64 linux/386
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
)

func main() {
	for _, platform := range os.Args[1:] {
		goos, goarch, ok := strings.Cut(platform, "/")
		if !ok {
			fmt.Fprintf(os.Stderr, "platforms: %q is no system and architecture, such as windows/amd64\n", platform)
			os.Exit(2)
		}
		checked, err := check(".", goos, goarch)
		if err != nil {
			fmt.Fprintf(os.Stderr, "platforms: %s: %v\n", platform, err)
			os.Exit(1)
		}
		fmt.Printf("%s: the types of %d packages\n", platform, checked)
	}
}

// A listing is what go list prints of a package.
type listing struct {
	ImportPath, Dir   string
	GoFiles           []string
	ImportMap         map[string]string
	DepOnly, Standard bool
	Module            *struct{ GoVersion string }
	Error             *struct{ Err string }

	files []*ast.File
	errs  []error // of the parser
}

// check checks the types of the packages in a folder, and returns their number. The error names all that is wrong in them.
func check(dir, goos, goarch string) (checked int, err error) {
	packages, err := list(dir, goos, goarch)
	if err != nil {
		return 0, err
	}
	files := token.NewFileSet()
	parse(files, packages)
	done := map[string]*types.Package{"unsafe": types.Unsafe}
	var errs []error
	for _, p := range packages { // each comes after those that it imports
		if p.ImportPath == "unsafe" {
			continue
		}
		var wrong []error
		config := types.Config{
			Importer: importer{p.ImportMap, done}, Sizes: types.SizesFor("gc", goarch), IgnoreFuncBodies: p.DepOnly,
			Error: func(err error) { wrong = append(wrong, err) },
		}
		if p.Module != nil && p.Module.GoVersion != "" {
			config.GoVersion = "go" + p.Module.GoVersion
		}
		path, _, _ := strings.Cut(p.ImportPath, " ") // "a [a.test]" is a as its tests see it
		done[p.ImportPath], _ = config.Check(path, files, p.files, nil)
		if p.DepOnly {
			continue
		}
		checked++
		errs = append(errs, append(p.errs, wrong...)...)
		if p.Error != nil {
			errs = append(errs, errors.New(p.Error.Err))
		}
	}
	return checked, errors.Join(errs...)
}

// list returns the packages in a folder and below with all that they import, in order of dependencies.
func list(dir, goos, goarch string) (packages []*listing, err error) {
	c := exec.Command("go", "list", "-e", "-deps", "-test", "-json=ImportPath,Dir,GoFiles,ImportMap,DepOnly,Standard,Module,Error", "./...")
	c.Dir, c.Stderr = dir, os.Stderr
	c.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0")
	out, err := c.Output()
	if err != nil {
		return nil, err
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		p := &listing{}
		if err := d.Decode(p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, err
		}
		if !strings.HasSuffix(p.ImportPath, ".test") { // those are generated
			packages = append(packages, p)
		}
	}
}

// parse reads the files of packages.
func parse(files *token.FileSet, packages []*listing) {
	var all sync.WaitGroup
	slots := make(chan struct{}, 2*runtime.GOMAXPROCS(0))
	for _, p := range packages {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			for _, name := range p.GoFiles {
				file, err := parser.ParseFile(files, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
				if err != nil {
					p.errs = append(p.errs, err)
				}
				if file != nil {
					p.files = append(p.files, file)
				}
			}
		})
	}
	all.Wait()
}

// An importer finds the packages that one imports among those that are done.
type importer struct {
	names map[string]string // of an import, if it has another name
	done  map[string]*types.Package
}

func (i importer) Import(path string) (*types.Package, error) {
	if name, ok := i.names[path]; ok {
		path = name
	}
	if p := i.done[path]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("there is no package %s", path)
}
