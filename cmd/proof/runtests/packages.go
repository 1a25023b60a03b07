package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
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

func list(ctx context.Context) (all []listing, err error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-json=ImportPath,Deps,TestGoFiles,XTestGoFiles,Module", "./...").Output()
	if err != nil {
		return nil, err
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var l listing
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
}

// split returns the packages that are tested with the race detector, and the others. With all, these are only the scaffold's, which reads
// and writes texts. Else the first are those packages with tests, outside cmd, that depend on this module and the standard library
// only: instrumented, they cost seconds, and all others minutes.
func split(listed []listing, all bool) (instrumented, rest []string) {
	for _, l := range listed {
		external := slices.ContainsFunc(l.Deps, func(dep string) bool {
			first, _, _ := strings.Cut(dep, "/")
			return strings.Contains(first, ".") && !strings.HasPrefix(dep, l.Module.Path+"/")
		})
		tested := len(l.TestGoFiles)+len(l.XTestGoFiles) > 0
		race := tested && !external && !strings.HasPrefix(l.ImportPath, l.Module.Path+"/cmd/")
		if all {
			race = !strings.HasPrefix(l.ImportPath, l.Module.Path+"/cmd/scaffold")
		}
		if race {
			instrumented = append(instrumented, l.ImportPath)
		} else {
			rest = append(rest, l.ImportPath)
		}
	}
	return instrumented, rest
}
