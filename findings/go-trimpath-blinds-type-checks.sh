#!/usr/bin/env bash
# Built with -trimpath, a test that checks types cannot import fmt, although go is on PATH and the test runs in its folder.
#
# Guess:    -trimpath removes paths from what is built, so that it is the same in any folder. It may change what a stack trace shows.
#           What a test does stays the same: an architecture test that uses go/types asks the go command, as other tools do.
# Instead:  importer.Default and the importer of sources find the standard library through runtime.GOROOT, which is empty in a program
#           that was built with -trimpath. They fail on every import of the standard library. The environment variable GOROOT
#           repairs both. An importer that reads what "go list -export" names, and golang.org/x/tools/go/packages, need no repair.
#           So an architecture test passes on a laptop, and fails if -trimpath is in GOFLAGS, as in builds of distributions and CI.
# Versions: Go 1.26.8, golang.org/x/tools v0.51.0.
# Source:   https://github.com/golang/go/issues/51483: both use go/build.Default, whose GOROOT is runtime.GOROOT. That reads the variable
#           without os.Getenv, which is what the cache of go test records.
# Users:    In tests that check types, use go/packages, or importer.ForCompiler with files that "go list -export" names.
# Exit:     0 the finding holds; 1 the behavior changed; 2 not run.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
unset GOROOT
export GOWORK=off GOFLAGS=-mod=mod GOTOOLCHAIN=go1.26.8
cat >types_test.go <<'GO'
package types

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

func TestImport(t *testing.T) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "a.go", "package a\nimport \"fmt\"\nvar A = fmt.Sprint()", 0)
	if err != nil {
		t.Fatal(err)
	}
	listed := func(path string) (io.ReadCloser, error) {
		name, err := exec.Command("go", "list", "-export", "-f", "{{.Export}}", path).Output()
		if err != nil {
			return nil, err
		}
		return os.Open(strings.TrimSpace(string(name)))
	}
	for _, c := range []struct {
		name string
		by   types.Importer
	}{
		{"importer.Default", importer.Default()},
		{"the importer of sources", importer.ForCompiler(files, "source", nil)},
		{"an importer of what go list names", importer.ForCompiler(files, "gc", listed)},
	} {
		_, err := (&types.Config{Importer: c.by}).Check("a", files, []*ast.File{file}, nil)
		t.Logf("RESULT %s: %s", c.name, result(err == nil))
	}
	all, err := packages.Load(&packages.Config{Mode: packages.NeedTypes | packages.NeedImports | packages.NeedDeps | packages.NeedSyntax}, "fmt")
	t.Logf("RESULT go/packages: %s", result(err == nil && len(all) == 1 && len(all[0].Errors) == 0))
}

func result(ok bool) string {
	if ok {
		return "works"
	}
	return "fails"
}
GO
go mod init example.com/finding >/dev/null 2>&1 &&
	go get golang.org/x/tools@v0.51.0 >/dev/null 2>&1 || { echo "not run: the modules cannot be fetched"; exit 2; }
go version
{
	for flags in "" -trimpath; do
		echo "go test $flags"
		go test $flags -v . | sed -n 's/.*RESULT /  /p'
	done
	export GOROOT=$(go env GOROOT)
	for flags in "" -count=1; do
		echo "GOROOT=… go test -trimpath $flags"
		go test -trimpath $flags -v . | sed -nE 's/.*RESULT /  /p; s/^ok.*(.cached.)$/  \1/p'
	done
} | sed 's/ *$//' | tee output.txt
cat >expected.txt <<'TEXT'
go test
  importer.Default: works
  the importer of sources: works
  an importer of what go list names: works
  go/packages: works
go test -trimpath
  importer.Default: fails
  the importer of sources: fails
  an importer of what go list names: works
  go/packages: works
GOROOT=… go test -trimpath
  importer.Default: fails
  the importer of sources: fails
  an importer of what go list names: works
  go/packages: works
  (cached)
GOROOT=… go test -trimpath -count=1
  importer.Default: works
  the importer of sources: works
  an importer of what go list names: works
  go/packages: works
TEXT
diff expected.txt output.txt && echo "the finding holds" || { echo "the behavior changed"; exit 1; }
