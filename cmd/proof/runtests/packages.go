package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// A listing is what go list prints of a package.
type listing struct {
	ImportPath                string
	Deps                      []string
	TestGoFiles, XTestGoFiles []string
	Module                    struct{ Path string }
}

// list returns the packages of patterns such as ./a/..., without those of the patterns to leave. Those with most files of tests are
// first: go test begins with them, so that no long one is alone at the end.
func list(ctx context.Context, only, leave []string) (all []listing, err error) {
	left := make(map[string]bool)
	if len(leave) > 0 {
		out, err := goList(ctx, leave...)
		if err != nil {
			return nil, err
		}
		for _, path := range strings.Fields(string(out)) {
			left[path] = true
		}
	}
	out, err := goList(ctx, append([]string{"-json=ImportPath,Deps,TestGoFiles,XTestGoFiles,Module"}, only...)...)
	if err != nil {
		return nil, err
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var l listing
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			slices.SortStableFunc(all, func(a, b listing) int {
				return len(b.TestGoFiles) + len(b.XTestGoFiles) - len(a.TestGoFiles) - len(a.XTestGoFiles)
			})
			return all, nil
		} else if err != nil {
			return nil, err
		}
		if !left[l.ImportPath] {
			all = append(all, l)
		}
	}
}

func goList(ctx context.Context, args ...string) ([]byte, error) {
	c := exec.CommandContext(ctx, "go", append([]string{"list"}, args...)...)
	c.Stderr = os.Stderr
	return c.Output()
}

// split returns the packages that are tested with the race detector, and the others. With core, the first are those packages outside cmd
// that depend on this module and the standard library only: instrumented, they cost seconds, and all others minutes. With layers, they are
// all packages outside cmd: the adapters, too. With all, they are those that run this module's goroutines, such as whole programs.
func split(listed []listing, race string) (instrumented, rest []string) {
	for _, l := range listed {
		external := slices.ContainsFunc(l.Deps, func(dep string) bool {
			first, _, _ := strings.Cut(dep, "/")
			return strings.Contains(first, ".") && !strings.HasPrefix(dep, l.Module.Path+"/")
		})
		tested := len(l.TestGoFiles)+len(l.XTestGoFiles) > 0
		folder := strings.TrimPrefix(l.ImportPath, l.Module.Path+"/")
		layer := !strings.HasPrefix(folder, "cmd/")
		if tested && (race == "core" && layer && !external || race == "layers" && layer || race == "all" && !readsTexts(folder)) {
			instrumented = append(instrumented, l.ImportPath)
		} else {
			rest = append(rest, l.ImportPath)
		}
	}
	return instrumented, rest
}

// readsTexts reports whether the tests of a package read source and documents, or start programs, rather than goroutines of their own.
func readsTexts(folder string) bool {
	return strings.HasPrefix(folder, "cmd/scaffold/") ||
		strings.HasPrefix(folder, "cmd/proof/") && !slices.Contains([]string{"cmd/proof/hostile", "cmd/proof/promises"}, folder)
}
