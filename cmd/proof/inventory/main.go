// Command inventory writes the lists that the program embeds and cannot find out when it runs: its packages with their imports, from the
// source, and the licences of its modules, from the module cache.
//
//	go generate ./cmd/roster/app
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"example.com/roster/cmd/proof/programs"
	"example.com/roster/cmd/proof/source"
)

// licenceList is the file with the licences, which the program embeds: a line for each module, with an SPDX expression.
const licenceList = "cmd/roster/app/licences.txt"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "inventory:", err)
		os.Exit(1)
	}
}

func run() error {
	root, err := goList(".", "", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return err
	}
	dir := root[0]
	tree, err := source.Read(os.DirFS(dir))
	if err != nil {
		return err
	}
	modules, err := modulesOf(dir, "./cmd/roster")
	if err != nil {
		return err
	}
	licences, err := listLicences(modules)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, programs.List), []byte(programs.ListText(tree)), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, licenceList), []byte(licences), 0o644)
}

// A module is a module of the program, and the folder with its files.
type module struct{ path, dir string }

// modulesOf returns the modules that a program is linked from on any of the platforms, in order of path.
func modulesOf(dir, program string) ([]module, error) {
	var modules []module
	for _, platform := range programs.Platforms {
		lines, err := goList(dir, platform, "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Dir}}{{end}}{{end}}", program)
		if err != nil {
			return nil, err
		}
		for _, line := range lines {
			if path, dir, ok := strings.Cut(line, "\t"); ok {
				modules = append(modules, module{path, dir})
			}
		}
	}
	slices.SortFunc(modules, func(a, b module) int { return strings.Compare(a.path, b.path) })
	return slices.Compact(modules), nil
}

// goList returns the lines that go list prints in a folder, for a platform or for this one.
func goList(dir, platform string, args ...string) ([]string, error) {
	command := exec.Command("go", append([]string{"list"}, args...)...)
	command.Dir, command.Stderr = dir, os.Stderr
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if system, processor, ok := strings.Cut(platform, "/"); ok {
		command.Env = append(command.Env, "GOOS="+system, "GOARCH="+processor)
	}
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", command, err)
	}
	return strings.Split(strings.TrimSpace(string(output)), "\n"), nil
}
