package usecase

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"example.com/roster/cmd/scaffold/internal/filetree"
)

// generatedFolders have code that is generated from files that a use case changes. Their generators read no other folder.
var generatedFolders = []string{"ports", "adapters/httpapi"}

// build applies the plan to a temporary folder that has what the generators need. It runs them, adds their output to the plan, and compiles
// the result.
func (p *plan) build(ctx context.Context) error {
	workDir, err := os.MkdirTemp("", "usecase-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(workDir)
	sources, err := filetree.Load(p.service.fsys, slices.Concat(generatedFolders, []string{"go.mod", "go.sum"})...)
	if err != nil {
		return err
	}
	for file, c := range p.changes {
		sources[file] = string(c.now)
	}
	if err := filetree.Write(sources, workDir); err != nil {
		return err
	}
	for _, folder := range generatedFolders {
		if err := run(ctx, workDir, "generate", "./"+folder); err != nil {
			return err
		}
	}
	made, err := filetree.Load(os.DirFS(workDir), generatedFolders...)
	if err != nil {
		return err
	}
	for file, text := range made {
		if before, exists := sources[file]; !exists || text != before {
			c, _ := p.planned(file)
			p.changes[file] = change{path: file, was: c.was, now: []byte(text), generated: true}
		}
	}
	return p.vet(ctx, workDir)
}

// vet compiles the service and its tests, with the changed files of a folder as an overlay.
func (p *plan) vet(ctx context.Context, workDir string) error {
	root, err := filepath.Abs(p.service.root)
	if err != nil {
		return err
	}
	overlay := struct{ Replace map[string]string }{make(map[string]string)}
	packages := map[string]bool{"./cmd/" + p.service.Service + "/...": true}
	for file := range p.changes {
		overlay.Replace[filepath.Join(root, filepath.FromSlash(file))] = filepath.Join(workDir, filepath.FromSlash(file))
		if path.Ext(file) == ".go" {
			packages["./"+path.Dir(file)] = true
		}
	}
	text, _ := json.Marshal(overlay) // a map of texts
	overlayFile := filepath.Join(workDir, "overlay.json")
	if err := os.WriteFile(overlayFile, text, 0o600); err != nil {
		return err
	}
	args := append([]string{"vet", "-overlay", overlayFile}, slices.Collect(maps.Keys(packages))...)
	if err := run(ctx, root, args...); err != nil {
		folder := regexp.MustCompile(`\S*` + regexp.QuoteMeta(filepath.Base(workDir)) + `[/\\]`)
		return fmt.Errorf("the result does not compile: %s", folder.ReplaceAllString(err.Error(), ""))
	}
	return nil
}

// run runs the go command in a folder. The error is what it says, in one line.
func run(ctx context.Context, folder string, args ...string) error {
	command := exec.CommandContext(ctx, "go", args...)
	command.Dir = folder
	_, err := command.Output()
	if e, ok := errors.AsType[*exec.ExitError](err); ok && len(e.Stderr) > 0 {
		err = errors.New(strings.NewReplacer("\n\t", " ", "\n", "; ", "\t", " ").Replace(strings.TrimSpace(string(e.Stderr))))
	}
	return err
}
