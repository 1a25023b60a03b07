package create

import (
	"bytes"
	"fmt"
	"go/token"
	"go/types"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"example.com/roster/cmd/scaffold/internal/naming"
)

// resolveCollisions returns, by folder, identifiers whose translation the folder uses for something else, and another name for each.
func (d *dictionary) resolveCollisions(t Tree) map[string]map[string]string {
	used := make(map[string]map[string]bool)
	for name, text := range t {
		if path.Ext(name) == ".go" {
			folder := path.Dir(name)
			if used[folder] == nil {
				used[folder] = make(map[string]bool)
			}
			maps.Copy(used[folder], identifiers(text))
		}
	}
	resolved := make(map[string]map[string]string)
	folders := make(map[string]int) // by collision
	for folder, names := range used {
		resolved[folder] = make(map[string]string)
		for name := range names {
			to := d.translateName(name)
			if to == name || token.IsExported(to) || !names[to] && !token.IsKeyword(to) && types.Universe.Lookup(to) == nil {
				continue
			}
			prefix := "the"
			if d.verbs[to] {
				prefix = "do"
			}
			resolved[folder][name] = prefix + naming.Capital(to)
			folders[name+" would become "+to]++
		}
	}
	for _, collision := range slices.Sorted(maps.Keys(folders)) {
		d.warn("%s, but that name has another meaning in %d folders: it gets a longer name there", collision, folders[collision])
	}
	return resolved
}

// commandName matches the calls that make the commands of the command line. Its group is the command's name.
var commandName = regexp.MustCompile(`\b(?:Command|Group)\("([^ "]+)`)

// checkReserved refuses words that SQL or the command line has already.
func (d *dictionary) checkReserved(t Tree) error {
	commands := make(map[string]string) // name to file
	for name, text := range t {
		if strings.HasPrefix(name, "cmd/"+templateName+"/app/") || strings.HasPrefix(name, "adapters/cli/") {
			for _, m := range commandName.FindAllStringSubmatch(text, -1) {
				commands[m[1]] = name
			}
		}
	}
	for _, source := range d.sources {
		to := d.forms[source]
		if file := commands[to]; file != "" && wordOf(source).verb {
			return fmt.Errorf("--words: %s=%s: %s has a command %s already: choose another word", source, to, file, to)
		}
		if slices.Contains([]string{"order", "group", "table", "value", "index", "column", "check", "select", "transaction"}, to) {
			return fmt.Errorf("--words: %s=%s: %s is a keyword of SQL: choose another word", source, to, to)
		}
	}
	return nil
}

// wordsOf returns the words of a text, in lowercase.
func wordsOf(text string) (words []string) {
	for _, run := range letterRuns.FindAllString(text, -1) {
		for _, w := range naming.Split(run) {
			words = append(words, strings.ToLower(w))
		}
	}
	return words
}

// warnOfUsedWords warns of new words that the template uses already: afterwards, a reader can't tell the two meanings apart.
func (d *dictionary) warnOfUsedWords(t Tree) {
	files := make(map[string]int) // by word
	for _, text := range t {
		words := wordsOf(text)
		slices.Sort(words)
		for _, w := range slices.Compact(words) {
			files[w]++
		}
	}
	for _, source := range d.sources {
		to := d.forms[source]
		if n := files[to]; n > 0 {
			d.warn("%s=%s: %s has another meaning already in %d files", source, to, to, n)
		}
	}
}

// warnOfUnknownForms warns of words that contain an old word but are not one of its forms.
func (d *dictionary) warnOfUnknownForms(file, text string) {
	for n, line := range strings.Split(text, "\n") {
		for _, w := range wordsOf(line) {
			if _, known := d.forms[w]; known {
				continue
			}
			for _, source := range d.sources {
				if strings.Contains(w, source) {
					d.warn("%s:%d: %s contains %s, and was not changed", file, n+1, w, source)
				}
			}
		}
		if strings.Contains(line, "of course") && d.forms["course"] != "" && path.Ext(file) == ".md" {
			d.warn("%s:%d: does \"of course\" mean a course here?", file, n+1)
		}
	}
}

// checkDuplicates returns an error if a package declares a name twice.
func (d *dictionary) checkDuplicates(t Tree) error {
	module, err := t.parse()
	if err != nil {
		return fmt.Errorf("--words: choose other words, the result is not valid Go: %w", err)
	}
	declared := make(map[string]string) // folder, package and name, to file
	for _, file := range module.Files {
		if bytes.Contains(file.Text, []byte("//go:build")) {
			continue // may be an alternative to another file
		}
		for _, declaration := range naming.Declarations(file.Syntax.Decls...) {
			key := file.Folder() + " " + file.Syntax.Name.Name + " " + declaration.Name
			if other, ok := declared[key]; ok && declaration.Name != "init" {
				return fmt.Errorf("--words: %s and %s would both declare %s: choose another word", other, file.Path, declaration.Name)
			}
			declared[key] = file.Path
		}
	}
	return nil
}
