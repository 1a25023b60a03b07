package create

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
)

// Source returns the folder of the program's source, and its version. In a checkout, that is the checkout, and the commit. If the program
// runs by version, as `go run example.com/roster/cmd/scaffold@VERSION`, it is the module that Go downloaded to build the program.
func Source() (dir, version string, err error) {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Path != templateModule {
		return "", "", errors.New("the program has no record of its source: build it with go build or go run")
	}
	version = info.Main.Version
	if here, err := askGo("list", "-m", "-json"); err == nil && here.Path == templateModule {
		return here.Dir, cmp.Or(revision(here.Dir), version), nil
	}
	if version == "" || strings.HasPrefix(version, "(") || strings.Contains(version, "+dirty") {
		return "", "", fmt.Errorf("the source of this program is not here: run it in its checkout, or as go run %s/cmd/scaffold@VERSION", templateModule)
	}
	there, err := askGo("mod", "download", "-json", templateModule+"@"+version)
	if err != nil {
		return "", "", fmt.Errorf("find the source of %s@%s: %w", templateModule, version, err)
	}
	return there.Dir, version, nil
}

// revision returns the commit of a checkout, with "+dirty" if tracked files have changed since, or "" if there is no repository in dir.
func revision(dir string) string {
	if _, err := os.Stat(filepath.Join(dir, ".git")); err != nil {
		return ""
	}
	commit, _ := in(dir).Ask("git", "-c", "safe.directory=*", "describe", "--always", "--exclude=*", "--abbrev=40", "--dirty=+dirty")
	return commit
}

// A moduleInfo is what go list and go mod download print about a module.
type moduleInfo struct{ Path, Dir, Error string }

func askGo(args ...string) (m moduleInfo, err error) {
	output, err := in(".").Run("go", args...)
	if wrong := json.Unmarshal([]byte(output), &m); err == nil {
		err = wrong
	}
	if m.Error != "" {
		err = errors.New(m.Error)
	}
	return m, err
}
