package create

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"example.com/roster/cmd/proof/source"
)

// New is `scaffold new MODULE [DIR]`.
type New struct {
	Module  string            // the path of its module, which ends in its name
	Dir     string            // where it is to be; called as the service if empty
	Words   map[string]string // of its field, by those of the template
	Without []string          // of Parts
	Bare    bool              // whether it has no courses and no parts, but one use case
	Usecase string            // with Bare: what that is about
	DryRun  bool
}

// A record is what the new service keeps of how it was made, in .scaffold.json.
type record struct {
	Version string            `json:"version"` // of the template
	Module  string            `json:"module"`
	Words   map[string]string `json:"words,omitempty"`
	Without []string          `json:"without,omitempty"`
	Bare    bool              `json:"bare,omitempty"`
	Usecase string            `json:"usecase,omitempty"`
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
	dir, err := filepath.Abs(cmp.Or(c.Dir, names.Plain))
	if err != nil {
		return err
	}
	if err := free(dir); err != nil {
		return err
	}
	tree, warnings, err := c.make(template, names, version)
	if err != nil {
		return err
	}
	if c.DryRun {
		tell(out, names, dir, tree, warnings)
		fmt.Fprintln(out, "\nNothing was done.")
		return nil
	}
	if err := place(tree, dir, func(dir string) error { return c.finish(dir, names) }); err != nil {
		return fmt.Errorf("nothing was made: %w", err)
	}
	tell(out, names, dir, tree, warnings)
	next(out, dir)
	return nil
}

// make returns the files of the service, and what to look at in them.
func (c New) make(template Tree, names Names, version string) (tree Tree, warnings []string, err error) {
	if tree, err = c.parts(template); err != nil {
		return nil, nil, err
	}
	d, aggregate, err := c.dictionary()
	if err != nil {
		return nil, nil, err
	}
	if tree, err = d.apply(tree); err != nil {
		return nil, nil, err
	}
	if err := names.clash(tree); err != nil {
		return nil, nil, err
	}
	tree = renaming{names.apart(tree), aggregate}.apply(tree)
	r := record{Version: version, Module: c.Module, Words: c.Words, Without: c.Without, Bare: c.Bare}
	if c.Bare {
		r.Usecase = c.Usecase
	}
	text, err := json.MarshalIndent(r, "", "  ")
	tree[recordFile] = string(text) + "\n"
	return tree, d.warnings, err
}

// parts returns what of the template the service has.
func (c New) parts(template Tree) (Tree, error) {
	out := c.Without
	if c.Bare {
		out = Parts
	}
	for _, part := range out {
		if !slices.Contains(Parts, part) {
			return nil, fmt.Errorf("--without: there is no part %q: there are %s", part, strings.Join(Parts, ", "))
		}
	}
	tree := maps.Clone(template)
	for _, part := range append(slices.Clone(Parts), service) {
		if part == service || slices.Contains(out, part) {
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
	return tree, prune(tree)
}

// dictionary returns the words that take the place of the template's, and that of the aggregate, which shares the service's name
// there. What a bare service takes of the template speaks of courses here and there.
func (c New) dictionary() (d *dictionary, aggregate string, err error) {
	words := maps.Clone(c.Words)
	if c.Bare {
		words = map[string]string{"course": "thing", "learner": "member", "enroll": "keep", "enrollment": "keeping"}
	}
	aggregate = cmp.Or(words[service], "register")
	delete(words, service)
	if !spelled.MatchString(aggregate) {
		return nil, "", fmt.Errorf("--words: %q is no word of small letters", aggregate)
	}
	d, err = newDictionary(words)
	return d, aggregate, err
}

// finish does what takes the files.
func (c New) finish(dir string, names Names) error {
	if _, err := run(dir, "go", "mod", "tidy"); err != nil {
		return err
	}
	if c.Bare {
		if _, err := run(dir, "go", "run", "./cmd/scaffold", "usecase", c.Usecase); err != nil {
			return err
		}
		if _, err := run(dir, "go", "run", "./cmd/proof/hexagon", "-write"); err != nil {
			return err
		}
	} else if len(c.Words) > 0 || len(c.Without) > 0 {
		if _, err := run(dir, "go", "generate", "./adapters/httpapi", "./ports", "./cmd/"+names.Plain+"/app"); err != nil {
			return err
		}
	}
	return commit(dir, "Begin "+names.Plain)
}

// tell prints what was made, or would be.
func tell(out io.Writer, names Names, dir string, tree Tree, warnings []string) {
	fmt.Fprintf(out, "%s: %d files\n\n  module       %s\n  program      %s, in cmd/%[4]s\n", dir, len(tree), names.Module, names.Plain)
	fmt.Fprintf(out, "  environment  %s_…\n  roles        %s_…\n\n", names.Env, names.Snake)
	rooms := make(map[string]int)
	for name := range tree {
		rooms[source.PackageOf(path.Dir(name))]++
	}
	for _, room := range slices.Sorted(maps.Keys(rooms)) {
		fmt.Fprintf(out, "  %4d  %s\n", rooms[room], room)
	}
	if len(warnings) > 0 {
		fmt.Fprintln(out, "\nLook at these:")
	}
	for _, w := range warnings {
		fmt.Fprintln(out, "  "+w)
	}
}

func next(out io.Writer, dir string) {
	fmt.Fprintf(out, "\nNext:\n\n  cd %s\n  make run\n  go run ./cmd/scaffold usecase NAME\n", dir)
}
