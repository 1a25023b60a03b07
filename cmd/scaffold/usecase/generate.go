package usecase

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing/fstest"

	"example.com/roster/cmd/proof/hexagon/drawing"
	"example.com/roster/cmd/proof/source"
)

// generatedFolders have code that is generated from files that a use case changes. Their generators read no other folder.
var generatedFolders = []string{"ports", "adapters/httpapi"}

// generate runs the generators on the planned files in a temporary folder, and adds their output to the plan.
func (p *plan) generate(ctx context.Context) error {
	workDir, err := os.MkdirTemp("", "usecase-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(workDir)
	for _, name := range append([]string{"go.mod"}, generatedFolders...) {
		if err := p.copy(workDir, name); err != nil {
			return err
		}
	}
	for _, folder := range generatedFolders {
		for _, line := range p.generateLines(folder) {
			if err := p.runTool(ctx, filepath.Join(workDir, filepath.FromSlash(folder)), line); err != nil {
				return err
			}
		}
		if err := p.collect(workDir, folder); err != nil {
			return err
		}
	}
	if err := p.draw(); err != nil {
		return err
	}
	p.sort()
	return nil
}

// draw adds to the plan the document that shows the imports, if the service has it.
func (p *plan) draw() error {
	if !p.service.has(drawing.Document) {
		return nil
	}
	sources := make(fstest.MapFS)
	for _, c := range p.changes {
		sources[c.path] = &fstest.MapFile{Data: c.now}
	}
	err := fs.WalkDir(os.DirFS(p.service.root), ".", func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && file != "." && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(file) != ".go" && file != "go.mod" || sources[file] != nil:
			return nil
		}
		text, err := p.service.read(file)
		sources[file] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		return err
	}
	tree, err := source.Read(sources)
	if err != nil {
		return err
	}
	c, err := p.planned(drawing.Document)
	if err != nil {
		return err
	}
	drawn, err := drawing.Into(string(c.now), tree)
	if err == nil && drawn != string(c.now) {
		p.replace(change{path: c.path, was: c.was, now: []byte(drawn), generated: true})
	}
	return err
}

// copy writes the planned form of a file, or of all files of a folder, to another root.
func (p *plan) copy(to, name string) error {
	for _, c := range p.changes {
		if c.was == nil && strings.HasPrefix(c.path, name+"/") {
			if err := writeFile(filepath.Join(to, filepath.FromSlash(c.path)), c.now); err != nil {
				return err
			}
		}
	}
	return fs.WalkDir(os.DirFS(p.service.root), name, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		c, err := p.planned(file)
		if err != nil {
			return err
		}
		return writeFile(filepath.Join(to, filepath.FromSlash(file)), c.now)
	})
}

func writeFile(file string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}

// generateLines returns the go:generate lines of a folder that run a tool of the module, without their prefix.
func (p *plan) generateLines(folder string) (lines []string) {
	for _, file := range p.service.goFiles(folder) {
		c, err := p.planned(file)
		if err != nil {
			continue
		}
		for s := bufio.NewScanner(bytes.NewReader(c.now)); s.Scan(); {
			if line, ok := strings.CutPrefix(s.Text(), "//go:generate go tool "); ok {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

// runTool runs a go:generate line in a folder.
func (p *plan) runTool(ctx context.Context, folder, line string) error {
	args := strings.Fields(line)
	find := exec.CommandContext(ctx, "go", "tool", "-n", args[0])
	find.Dir = p.service.root
	tool, err := find.Output()
	if err != nil {
		return fmt.Errorf("go tool %s: %w", args[0], withStderr(err))
	}
	run := exec.CommandContext(ctx, strings.TrimSpace(string(tool)), args[1:]...)
	run.Dir = folder
	if output, err := run.CombinedOutput(); err != nil {
		return fmt.Errorf("go tool %s: %w: %s", line, err, oneLine(output))
	}
	return nil
}

func withStderr(err error) error {
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		return fmt.Errorf("%w: %s", err, oneLine(e.Stderr))
	}
	return err
}

// collect adds to the plan the files of a folder that differ from it.
func (p *plan) collect(from, folder string) error {
	return fs.WalkDir(os.DirFS(from), folder, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		now, err := os.ReadFile(filepath.Join(from, filepath.FromSlash(file)))
		if err != nil {
			return err
		}
		c, err := p.planned(file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if !bytes.Equal(c.now, now) {
			p.replace(change{path: file, was: c.was, now: now, generated: true})
		}
		return nil
	})
}

// build compiles the service and its tests, with the planned files as an overlay.
func (p *plan) build(ctx context.Context) error {
	workDir, err := os.MkdirTemp("", "usecase-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(workDir)
	root, err := filepath.Abs(p.service.root)
	if err != nil {
		return err
	}
	overlay := struct{ Replace map[string]string }{make(map[string]string)}
	packages := map[string]bool{"./cmd/" + p.service.Service + "/...": true}
	for _, c := range p.changes {
		file := filepath.Join(workDir, filepath.FromSlash(c.path))
		if err := writeFile(file, c.now); err != nil {
			return err
		}
		overlay.Replace[filepath.Join(root, filepath.FromSlash(c.path))] = file
		if path.Ext(c.path) == ".go" {
			packages["./"+path.Dir(c.path)] = true
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
	args := []string{"vet", "-overlay", overlayFile}
	for name := range packages {
		args = append(args, name)
	}
	vet := exec.CommandContext(ctx, "go", args...)
	vet.Dir = root
	if output, err := vet.CombinedOutput(); err != nil {
		folder := regexp.MustCompile(`\S*` + regexp.QuoteMeta(filepath.Base(workDir)) + `[/\\]`)
		return fmt.Errorf("the result does not compile: %s", oneLine(folder.ReplaceAll(output, nil)))
	}
	return nil
}
