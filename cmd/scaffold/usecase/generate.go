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
)

// generated are the folders whose code is made of files that a use case changes. Their generators need nothing else.
var generated = []string{"ports", "adapters/httpapi"}

// generate adds to the plan what the generators make of it, in a folder of their own.
func (p *plan) generate(ctx context.Context) error {
	elsewhere, err := os.MkdirTemp("", "usecase-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(elsewhere)
	for _, name := range append([]string{"go.mod"}, generated...) {
		if err := p.copy(elsewhere, name); err != nil {
			return err
		}
	}
	for _, folder := range generated {
		for _, line := range p.generateLines(folder) {
			if err := p.runTool(ctx, filepath.Join(elsewhere, filepath.FromSlash(folder)), line); err != nil {
				return err
			}
		}
		if err := p.collect(elsewhere, folder); err != nil {
			return err
		}
	}
	p.sort()
	return nil
}

// copy writes what stands under name, as the plan has it, to another root.
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

// generateLines returns what the go:generate lines of a folder have a tool of the module do.
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

// runTool has a tool of the module do in a folder what a line says.
func (p *plan) runTool(ctx context.Context, folder, line string) error {
	words := strings.Fields(line)
	find := exec.CommandContext(ctx, "go", "tool", "-n", words[0])
	find.Dir = p.service.root
	tool, err := find.Output()
	if err != nil {
		return fmt.Errorf("go tool %s: %w", words[0], said(err))
	}
	run := exec.CommandContext(ctx, strings.TrimSpace(string(tool)), words[1:]...)
	run.Dir = folder
	if output, err := run.CombinedOutput(); err != nil {
		return fmt.Errorf("go tool %s: %w: %s", line, err, short(output))
	}
	return nil
}

func said(err error) error {
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		return fmt.Errorf("%w: %s", err, short(e.Stderr))
	}
	return err
}

// collect adds to the plan the files of a folder that are otherwise than it has them.
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

// build compiles the service as it will be, tests too, with the planned files laid over it.
func (p *plan) build(ctx context.Context) error {
	elsewhere, err := os.MkdirTemp("", "usecase-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(elsewhere)
	root, err := filepath.Abs(p.service.root)
	if err != nil {
		return err
	}
	over := struct{ Replace map[string]string }{make(map[string]string)}
	packages := map[string]bool{"./cmd/" + p.service.Service + "/...": true}
	for _, c := range p.changes {
		file := filepath.Join(elsewhere, filepath.FromSlash(c.path))
		if err := writeFile(file, c.now); err != nil {
			return err
		}
		over.Replace[filepath.Join(root, filepath.FromSlash(c.path))] = file
		if path.Ext(c.path) == ".go" {
			packages["./"+path.Dir(c.path)] = true
		}
	}
	overlay, err := json.Marshal(over)
	if err != nil {
		return err
	}
	list := filepath.Join(elsewhere, "overlay.json")
	if err := writeFile(list, overlay); err != nil {
		return err
	}
	args := []string{"vet", "-overlay", list}
	for name := range packages {
		args = append(args, name)
	}
	vet := exec.CommandContext(ctx, "go", args...)
	vet.Dir = root
	if output, err := vet.CombinedOutput(); err != nil {
		there := regexp.MustCompile(`\S*` + regexp.QuoteMeta(filepath.Base(elsewhere)) + `[/\\]`)
		return fmt.Errorf("what would be added does not compile: %s", short(there.ReplaceAll(output, nil)))
	}
	return nil
}
