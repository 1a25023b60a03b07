package create

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// New is `scaffold new MODULE [DIR]`.
type New struct {
	Module  string   `arg:"" help:"The module path of the new service, as example.com/team/booking; what it ends in is the service's name."`
	Dir     string   `arg:"" optional:"" help:"Where it is to be: a folder that is not there yet, or empty. If not given: called as the service."`
	Without []string `placeholder:"PART,…" help:"Leave these out, with their wiring, configuration, tests and documents: postgres, nats, partner, oidc, telemetry."`
	Bare    bool     `help:"Only the rooms, their wiring and one small use case, named by --usecase: no courses, none of the parts."`
	Usecase string   `default:"note" placeholder:"NAME" help:"With --bare: what its use case is about, a noun such as note or room-booking."`
	DryRun  bool     `help:"Tell what would be done, and do nothing."`
}

// Record is what the new service keeps of how it was made, in .scaffold.json.
type Record struct {
	Version string   `json:"version"` // of the template
	Module  string   `json:"module"`
	Without []string `json:"without,omitempty"`
	Bare    bool     `json:"bare,omitempty"`
	Usecase string   `json:"usecase,omitempty"`
}

const recordFile = ".scaffold.json"

// Run makes the service, and tells what to do next.
func (c New) Run(out io.Writer) error {
	dir, version, err := locate()
	if err != nil {
		return err
	}
	template, err := Read(dir)
	if err != nil {
		return err
	}
	return c.from(template, version, out)
}

// from makes the service of a template.
func (c New) from(template Tree, version string, out io.Writer) error {
	names, err := NamesOf(c.Module)
	if err != nil {
		return err
	}
	if err := names.clash(template); err != nil {
		return err
	}
	dir := c.Dir
	if dir == "" {
		dir = names.Plain
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	if err := free(dir); err != nil {
		return err
	}
	tree, err := c.make(template, names, version)
	if err != nil {
		return err
	}
	if c.DryRun {
		c.plan(out, names, dir, tree)
		return nil
	}
	if err := place(tree, dir, c.finish(names)); err != nil {
		return fmt.Errorf("nothing was made: %w", err)
	}
	tell(out, names, dir, tree)
	return nil
}

// make returns the files of the service.
func (c New) make(template Tree, names Names, version string) (Tree, error) {
	tree := maps.Clone(template)
	for _, part := range c.Without {
		if !slices.Contains(Parts, part) {
			return nil, fmt.Errorf("there is no part %q to leave out: there are %s", part, strings.Join(Parts, ", "))
		}
	}
	for _, part := range append(slices.Clone(Parts), "roster") {
		if part == "roster" || c.Bare || slices.Contains(c.Without, part) {
			if err := remove(tree, template, part); err != nil {
				return nil, err
			}
		}
	}
	for name, text := range tree {
		if before := template[name]; path.Ext(name) == ".go" && text != before {
			tree[name] = pruneImports(before, text)
		}
	}
	if c.Bare {
		var err error
		if tree, err = bare(tree); err != nil {
			return nil, err
		}
		tree["README.md"] = strings.ReplaceAll(tree["README.md"], "USECASE", c.Usecase)
	}
	if err := prune(tree); err != nil {
		return nil, err
	}
	tree = renaming{Names: names, aggregate: "register"}.apply(tree)
	r := Record{Version: version, Module: c.Module, Without: c.Without, Bare: c.Bare}
	if c.Bare {
		r.Usecase = c.Usecase
	}
	record, err := json.MarshalIndent(r, "", "  ")
	tree[recordFile] = string(record) + "\n"
	return tree, err
}

// finish does what takes the files.
func (c New) finish(names Names) func(dir string) error {
	return func(dir string) error {
		if err := tidyModule(dir); err != nil {
			return err
		}
		if c.Bare {
			if _, err := run(dir, "go", "run", "./cmd/scaffold", "usecase", c.Usecase); err != nil {
				return err
			}
			if _, err := run(dir, "go", "run", "./cmd/proof/hexagon", "-write"); err != nil {
				return err
			}
		} else if slices.Contains(c.Without, "partner") {
			if _, err := run(dir, "go", "generate", "./adapters/httpapi"); err != nil {
				return err
			}
		}
		return commit(dir, "Begin "+names.Plain)
	}
}

func (c New) plan(out io.Writer, names Names, dir string, tree Tree) {
	fmt.Fprintf(out, "Would write %d files to %s:\n\n", len(tree), dir)
	fmt.Fprintf(out, "  module       %s\n  program      %s, in cmd/%[2]s\n  environment  %s_…\n  in SQL       %s_…\n", names.Module, names.Plain, names.Env, names.Snake)
	rooms := make(map[string]int)
	for name := range tree {
		parts := strings.SplitN(name, "/", 3)
		rooms[strings.Join(parts[:max(0, min(2, len(parts)-1))], "/")]++
	}
	fmt.Fprintln(out)
	for _, room := range slices.Sorted(maps.Keys(rooms)) {
		fmt.Fprintf(out, "  %4d  ./%s\n", rooms[room], room)
	}
	fmt.Fprintln(out, "\nNothing was done.")
}

func tell(out io.Writer, names Names, dir string, tree Tree) {
	fmt.Fprintf(out, "Made %s in %s: %d files.\n\nNext:\n\n  cd %s\n  make run\n  go run ./cmd/scaffold usecase NAME\n", names.Plain, dir, len(tree), dir)
}
