// Package overlay builds the program with changed files. The files themselves stay as they are.
package overlay

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// Build builds a package of the module at root, such as ./cmd/roster, into the folder dir, and returns the path of the program. The files
// of replace, by their absolute paths, have these texts. The environment of go build has the further variables.
func Build(root, dir, pkg string, replace map[string][]byte, variables ...string) (program string, err error) {
	var overlay struct{ Replace map[string]string }
	overlay.Replace = make(map[string]string)
	for path, text := range replace {
		replacement := filepath.Join(dir, fmt.Sprint(len(overlay.Replace), ".go"))
		overlay.Replace[path] = replacement
		if err := os.WriteFile(replacement, text, 0o600); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		return "", err
	}
	config := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(config, text, 0o600); err != nil {
		return "", err
	}
	program = filepath.Join(dir, "program")
	build := exec.Command("go", "build", "-buildvcs=false", "-ldflags=-s -w", "-overlay", config, "-o", program, pkg)
	build.Dir, build.Env = root, append(os.Environ(), variables...)
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, output)
	}
	return program, nil
}

// Insert returns text with insertions, each before the byte at its offset.
func Insert(text []byte, insertions map[int]string) []byte {
	var changed []byte
	last := 0
	for _, at := range slices.Sorted(maps.Keys(insertions)) {
		changed = append(append(changed, text[last:at]...), insertions[at]...)
		last = at
	}
	return append(changed, text[last:]...)
}
