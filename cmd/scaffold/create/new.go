package create

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"example.com/roster/cmd/proof/source"
	"example.com/roster/cmd/scaffold/merge"
	"example.com/roster/cmd/scaffold/usecase"
)

// New is `scaffold new MODULE [DIR]`.
type New struct {
	Module  string            // its path, which ends in the service's name
	Dir     string            // the target folder; if empty, it has the service's name
	Words   map[string]string // the template's words, and what replaces each
	Plurals map[string]string // of new words
	Without []string          // of Parts
	Bare    bool              // no courses and no parts, but one use case
	Usecase string            // with Bare: the use case's name
	Learn   bool              // the exercises of cmd/learn, too
	DryRun  bool
	Git     bool // make a git repository even inside of one
	NoGit   bool // make none
}

// Run makes the service, and prints what to do next.
func (c New) Run(out io.Writer) error {
	dir, version, err := Source()
	if err != nil {
		return err
	}
	template, err := Read(dir)
	if err != nil {
		return err
	}
	return c.createFrom(template, version, out)
}

// createFrom makes the service from a template.
func (c New) createFrom(template Tree, version string, out io.Writer) error {
	names, err := NamesOf(c.Module)
	if err != nil {
		return err
	}
	dir, err := filepath.Abs(cmp.Or(c.Dir, names.Plain))
	if err != nil {
		return err
	}
	if err := checkTarget(dir); err != nil {
		return err
	}
	tree, warnings, err := c.transform(template, names, version)
	if err != nil {
		return err
	}
	if c.DryRun {
		c.report(out, names, dir, slices.Collect(maps.Keys(tree)), warnings)
		fmt.Fprintln(out, "\nNothing was written. Run the command again without --dry-run to make the service.")
		return nil
	}
	around := placeOf(dir)
	own := c.Git || !c.NoGit && around.repository == ""
	err = writeService(tree, dir, func(dir string) error {
		untidy, err := c.finish(dir, names, own)
		if untidy != nil {
			warnings = append(warnings, fmt.Sprintf("go.mod still requires what the service may not need: go mod tidy failed, so run it with a network (%v)", untidy))
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("nothing was written: %w", err)
	}
	files, err := listFiles(dir) // finish has added some
	if err != nil {
		return err
	}
	c.report(out, names, dir, files, warnings)
	around.printNextSteps(out, dir, own)
	return nil
}

// transform returns the files of the service, and warnings about the words that the user has given, each with its file and line.
func (c New) transform(template Tree, names Names, version string) (tree Tree, warnings []string, err error) {
	if tree, err = c.selectParts(template); err != nil {
		return nil, nil, err
	}
	d, aggregate, err := c.dictionary()
	if err != nil {
		return nil, nil, err
	}
	if tree, err = d.translate(tree); err != nil {
		return nil, nil, err
	}
	if err := names.checkAvailable(tree); err != nil {
		return nil, nil, err
	}
	answers := merge.Answers{Version: version, Module: c.Module, Words: c.Words, Plural: d.record(), Without: c.Without, Bare: c.Bare, Usecase: c.Usecase, Learn: c.Learn}
	renaming := renaming{names.disambiguate(tree), aggregate}
	tree = renaming.rename(tree, template)
	if len(c.Words) > 0 {
		if err := d.checkDuplicates(tree); err != nil {
			return nil, nil, err
		}
	}
	if c.Bare {
		answers.Plural = c.Plurals
	} else {
		for _, w := range d.warnings {
			warnings = append(warnings, fmt.Sprintf("%s:%d: %s", renaming.renamePath(d.translateText("", w.file)), w.line, w.text))
		}
	}
	tree[merge.RecordFile] = answers.String()
	return tree, warnings, nil
}

// selectParts returns the template without the parts that the service leaves out.
func (c New) selectParts(template Tree) (Tree, error) {
	for _, part := range c.Without {
		if !slices.Contains(Parts, part) {
			return nil, fmt.Errorf("--without: no part is named %q: choose from %s", part, strings.Join(Parts, ", "))
		}
	}
	tree, gone := maps.Clone(template), c.leftOut()
	switch {
	case c.Bare && len(c.Without) > 0:
		return nil, errors.New("--without: leave it out with --bare, which has none of the parts")
	case !c.Bare && c.Usecase != "":
		return nil, errors.New("--usecase: give it with --bare, or add the use case to the new service by scaffold usecase")
	case c.Bare && c.Learn:
		return nil, errors.New("--with-learn: leave it out with --bare, which has no courses for the exercises")
	case c.Learn && len(gone) > 0:
		return nil, errors.New("--with-learn: leave it out with --without, since the exercises and their page need all parts")
	case c.Bare:
		gone = []string{"bare"} // its packages have none
	case c.Learn:
		gone = append(gone, "impact")
	default:
		gone = append(gone, "learn")
	}
	for _, part := range append(gone, templateName) {
		if err := removePart(tree, template, part); err != nil {
			return nil, err
		}
	}
	for name, text := range tree {
		if before := template[name]; path.Ext(name) == ".go" && text != before {
			tree[name] = pruneImports(before, text)
		}
	}
	maps.Copy(tree, usecase.Texts(template))
	if !c.Bare {
		tree.remove(bareFolder)
		return tree, prune(tree)
	}
	tree, err := bareTree(tree)
	if err != nil {
		return nil, err
	}
	if tree, err = nameUsecase(tree, cmp.Or(c.Usecase, "note"), c.Plurals[c.Usecase]); err != nil {
		return nil, fmt.Errorf("--usecase: %w", err)
	}
	return tree, prune(tree)
}

// leftOut returns the parts that the service does not have: those that the user names, and those that need one of them.
func (c New) leftOut() []string {
	gone := func(part string) bool { return slices.Contains(c.Without, part) }
	return slices.DeleteFunc(slices.Clone(Parts), func(part string) bool { return !gone(part) && !slices.ContainsFunc(needs[part], gone) })
}

// dictionary returns the words that replace the template's, and the word for the aggregate: in the template, it has the service's
// name.
func (c New) dictionary() (d *dictionary, aggregate string, err error) {
	words := maps.Clone(c.Words)
	if c.Bare && len(words) > 0 {
		return nil, "", errors.New("--words: leave it out with --bare, which has nothing to rename")
	}
	aggregate = cmp.Or(words[templateName], "register")
	delete(words, templateName)
	if !lowercaseWord.MatchString(aggregate) {
		return nil, "", fmt.Errorf("--words: %s: %q must be a word of two or more letters from a to z", templateName, aggregate)
	}
	plurals := maps.Clone(c.Plurals)
	if c.Bare {
		delete(plurals, c.Usecase)
	}
	d, err = newDictionary(words, plurals)
	return d, aggregate, err
}

// finish runs the steps that need the files on disk: it generates code, and commits if the service gets a repository of its own.
// go mod tidy needs modules that no build does, so without a network it may fail: that is untidy, and no error if all that is imported
// is there.
func (c New) finish(dir string, names Names, own bool) (untidy, err error) {
	here := in(dir)
	if untidy = here.RunAll([]string{"go", "mod", "tidy"}); untidy != nil {
		if err := here.RunAll([]string{"go", "list", "-deps", "-test", "./..."}); err != nil {
			return nil, untidy
		}
		lines := strings.Split(untidy.Error(), "\n")
		untidy = errors.New(strings.TrimSpace(lines[len(lines)-1])) // the others say what imports it
	}
	var steps [][]string
	switch {
	case c.Bare: // the wiring does not name the use case
		steps = [][]string{{"go", "generate", "./adapters/httpapi", "./ports"}}
	case len(c.Words) > 0 || len(c.Without) > 0:
		steps = [][]string{{"go", "generate", "./adapters/httpapi", "./ports", "./cmd/" + names.Plain + "/app"}}
	}
	if err := here.RunAll(steps...); err != nil || !own {
		return untidy, err
	}
	return untidy, commit(dir, "Create "+names.Plain)
}

// report prints what the service consists of.
func (c New) report(out io.Writer, names Names, dir string, files, warnings []string) {
	fmt.Fprintf(out, "%s: %d files\n\n  module       %s\n  program      %s, in cmd/%[4]s\n", dir, len(files), names.Module, names.Plain)
	fmt.Fprintf(out, "  environment  %s_…\n  roles        %s_…\n\n", names.Env, names.Snake)
	for _, part := range c.leftOut() {
		if !c.Bare && !slices.Contains(c.Without, part) {
			fmt.Fprintf(out, "  also without %s, which needs %s\n\n", part, strings.Join(needs[part], ", "))
		}
	}
	counts := make(map[string]int)
	for _, name := range files {
		counts[source.PackageOf(path.Dir(name))]++
	}
	for _, folder := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(out, "  %4d  %s\n", counts[folder], folder)
	}
	if len(warnings) > 0 {
		fmt.Fprintln(out, "\nCheck these:")
	}
	for _, w := range warnings {
		fmt.Fprintln(out, "  "+w)
	}
}
