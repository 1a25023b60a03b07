package usecase

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
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
	if err := p.copySources(workDir); err != nil {
		return err
	}
	for _, folder := range generatedFolders {
		if err := run(ctx, workDir, "generate", "./"+folder); err != nil {
			return err
		}
		err := fs.WalkDir(os.DirFS(workDir), folder, func(file string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			return p.addGenerated(workDir, file)
		})
		if err != nil {
			return err
		}
	}
	return p.vet(ctx, workDir)
}

// copySources writes the module's files, the folders with generators and the planned changes to a folder.
func (p *plan) copySources(to string) error {
	files := slices.Concat(slices.Collect(maps.Keys(p.changes)), p.service.files("go.mod"), p.service.files("go.sum"))
	for _, folder := range generatedFolders {
		err := fs.WalkDir(p.service.fsys, folder, func(file string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() {
				files = append(files, file)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	for _, file := range files {
		c, err := p.planned(file)
		if err != nil {
			return err
		}
		if err := writeFile(filepath.Join(to, filepath.FromSlash(file)), c.now); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(file string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}

// addGenerated adds a file of the work folder to the plan, unless it is the same there.
func (p *plan) addGenerated(workDir, file string) error {
	now, err := os.ReadFile(filepath.Join(workDir, filepath.FromSlash(file)))
	if err != nil {
		return err
	}
	c, err := p.planned(file)
	if err == nil && !bytes.Equal(c.now, now) || errors.Is(err, fs.ErrNotExist) {
		p.changes[file], err = change{path: file, was: c.was, now: now, generated: true}, nil
	}
	return err
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
	text, err := json.Marshal(overlay)
	if err != nil {
		return err
	}
	overlayFile := filepath.Join(workDir, "overlay.json")
	if err := writeFile(overlayFile, text); err != nil {
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
