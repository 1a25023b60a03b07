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

	"example.com/roster/cmd/proof/hexagon/drawing"
	"example.com/roster/cmd/proof/source"
)

// build applies the plan to a temporary copy of the service. It runs the generators there, adds their output to the plan, and compiles
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
		if err := p.generate(ctx, workDir, folder); err != nil {
			return err
		}
	}
	if err := p.vet(ctx, workDir); err != nil {
		return err
	}
	return p.draw(workDir)
}

// copySources writes the service's Go code, and the files that code and drawings are made from, to a folder, with the planned changes.
func (p *plan) copySources(to string) error {
	files := slices.Collect(maps.Keys(p.changes))
	err := fs.WalkDir(p.service.fsys, ".", func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && file != "." && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case entry.Type().IsRegular() && (slices.Contains([]string{".go", ".mod", ".yaml"}, path.Ext(file)) || file == "Dockerfile"):
			files = append(files, file)
		}
		return nil
	})
	if err != nil {
		return err
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

// generatedFolders have code that is generated from files that a use case changes. Their generators read no other folder.
var generatedFolders = []string{"ports", "adapters/httpapi"}

var generateLine = regexp.MustCompile(`(?m)^//go:generate go tool (\S+) (.*)$`)

// generate runs the tools of the module that the go:generate lines of a folder name, and adds to the plan what they change.
func (p *plan) generate(ctx context.Context, workDir, folder string) error {
	for _, file := range p.service.files(folder + "/*.go") {
		c, err := p.planned(file)
		if err != nil {
			return err
		}
		for _, m := range generateLine.FindAllStringSubmatch(string(c.now), -1) {
			tool, err := run(ctx, p.service.root, "go", "tool", "-n", m[1])
			if err == nil {
				_, err = run(ctx, filepath.Join(workDir, filepath.FromSlash(folder)), strings.TrimSpace(tool), strings.Fields(m[2])...)
			}
			if err != nil {
				return fmt.Errorf("go tool %s: %w", m[1], err)
			}
		}
	}
	work := os.DirFS(workDir)
	return fs.WalkDir(work, folder, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(work, file)
		if err != nil {
			return err
		}
		return p.addGenerated(file, text)
	})
}

// addGenerated adds a file to the plan, unless it is the same there.
func (p *plan) addGenerated(file string, now []byte) error {
	c, err := p.planned(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if !bytes.Equal(c.now, now) {
		p.changes[file] = change{path: file, was: c.was, now: now, generated: true}
	}
	return nil
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
	if _, err := run(ctx, root, "go", args...); err != nil {
		folder := regexp.MustCompile(`\S*` + regexp.QuoteMeta(filepath.Base(workDir)) + `[/\\]`)
		return fmt.Errorf("the result does not compile: %s", folder.ReplaceAllString(err.Error(), ""))
	}
	return nil
}

// draw adds to the plan the document that shows the imports, if the service has it.
func (p *plan) draw(workDir string) error {
	if !p.service.has(drawing.Document) {
		return nil
	}
	tree, err := source.Read(os.DirFS(workDir))
	if err != nil {
		return err
	}
	c, err := p.planned(drawing.Document)
	if err != nil {
		return err
	}
	drawn, err := drawing.Into(string(c.now), tree)
	if err != nil {
		return err
	}
	return p.addGenerated(drawing.Document, []byte(drawn))
}

// run runs a program in a folder, and returns its output. The error is what the program says, in one line.
func run(ctx context.Context, folder, program string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, program, args...)
	command.Dir = folder
	output, err := command.Output()
	if e, ok := errors.AsType[*exec.ExitError](err); ok && len(e.Stderr) > 0 {
		err = errors.New(strings.NewReplacer("\n\t", " ", "\n", "; ", "\t", " ").Replace(strings.TrimSpace(string(e.Stderr))))
	}
	return string(output), err
}
