// Command platforms checks the types of all packages of this module, tests included, as they are built for other systems. It reads the
// sources of the libraries, too, without the bodies of their functions, and compiles nothing. It reports what the compiler would refuse
// there because of declarations, types and imports, and programs without a function main. It does not see what needs code to be made: a
// function whose body would be in assembly, a symbol that is too large, or an error of the linker.
//
//	go run ./cmd/proof/platforms windows/amd64 darwin/arm64 linux/386
package main

import (
	"bytes"
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
	"slices"
	"strings"
	"sync"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: platforms SYSTEM/ARCHITECTURE ..., such as windows/amd64 linux/386")
		os.Exit(2)
	}
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
	ImportPath, Dir string
	GoFiles         []string
	ImportMap       map[string]string
	DepOnly         bool // a library
	Module          *struct{ GoVersion string }
	Error           *struct{ Err string }

	files []*ast.File
	errs  []error // of the parser
}

// check checks the types of the packages in a folder, and returns their number. The error names all that is wrong in them, and in the
// declarations of the libraries.
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
		if p.Error != nil {
			errs = append(errs, errors.New(p.Error.Err))
		}
		errs = append(errs, p.errs...)
		if p.ImportPath == "unsafe" || len(p.GoFiles) == 0 {
			continue
		}
		config := types.Config{
			Importer: importer{p.ImportMap, done}, Sizes: types.SizesFor("gc", goarch), IgnoreFuncBodies: p.DepOnly,
			Error: func(err error) { errs = append(errs, err) },
		}
		if p.Module != nil && p.Module.GoVersion != "" {
			config.GoVersion = "go" + p.Module.GoVersion
		}
		path, _, variant := strings.Cut(p.ImportPath, " ") // "a [a.test]" is a as its tests see it
		declared, _ := config.Check(path, files, p.files, nil)
		if done[p.ImportPath] = declared; p.DepOnly {
			continue
		}
		checked++
		if declared.Name() == "main" && !variant && declared.Scope().Lookup("main") == nil {
			errs = append(errs, fmt.Errorf("%s: a program without a function main", path))
		}
	}
	return checked, join(errs)
}

// join joins errors, each text once: a package and the variant that its tests see have the same.
func join(errs []error) error {
	seen := make(map[string]bool)
	return errors.Join(slices.DeleteFunc(errs, func(err error) bool {
		again := seen[err.Error()]
		seen[err.Error()] = true
		return again
	})...)
}

// list returns the packages in a folder and below with all that they import, in order of dependencies. go list looks for files to embed
// only if it is asked for EmbedFiles.
func list(dir, goos, goarch string) (packages []*listing, err error) {
	c := exec.Command("go", "list", "-e", "-deps", "-test", "-json=ImportPath,Dir,GoFiles,EmbedFiles,ImportMap,DepOnly,Module,Error", "./...")
	c.Dir, c.Stderr = dir, os.Stderr
	c.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0")
	out, err := c.Output()
	if err != nil {
		return nil, err
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		p := &listing{}
		if err := d.Decode(p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, err
		}
		if strings.HasSuffix(p.ImportPath, ".test") {
			p.GoFiles = nil // they would be generated; go list reports what hinders it
		}
		packages = append(packages, p)
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
