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

// translateNames returns, by folder, the translation of each identifier. If the folder uses that for something else, it is another name.
func (d *dictionary) translateNames(t Tree) map[string]map[string]string {
	used := t.identifiers()
	translated := make(map[string]map[string]string)
	for _, folder := range slices.Sorted(maps.Keys(used)) {
		names := used[folder]
		translated[folder] = make(map[string]string)
		for _, name := range slices.Sorted(maps.Keys(names)) {
			to := d.translateText(name)
			translated[folder][name] = to
			if to == name || token.IsExported(to) || !names[to] && !token.IsKeyword(to) && types.Universe.Lookup(to) == nil {
				continue
			}
			prefix := "the"
			if d.verbs[to] {
				prefix = "do"
			}
			translated[folder][name] = prefix + naming.Capital(to)
			here := func(file, line string) bool {
				return path.Ext(file) == ".go" && path.Dir(file) == folder && identifiers(line)[name]
			}
			d.warn(t, name, here, "%s would become %s, but that name has another meaning in this folder: here it is %s", name, to, translated[folder][name])
		}
	}
	return translated
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

// warnOfUsedWords warns of new words that the template uses already: afterwards, a reader can't tell the two meanings apart. It also
// warns of nouns without a word of their own.
func (d *dictionary) warnOfUsedWords(t Tree) {
	has := func(word string) func(file, line string) bool {
		return func(_, line string) bool { return slices.Contains(wordsOf(line), word) }
	}
	for _, source := range d.sources {
		to := d.forms[source]
		d.warn(t, to, has(to), "%s has another meaning here: after %s=%s, both look alike", to, source, to)
	}
	for _, noun := range d.derived {
		d.warn(t, noun, has(noun), "%s becomes %s, since --words has no word for it: add %s=…", noun, d.forms[noun], noun)
	}
}

var ofCourse = regexp.MustCompile(`(?i)\bof course\b`)

// warnOfUnknownForms warns of words that contain an old word but are not one of its forms.
func (d *dictionary) warnOfUnknownForms(file, text string) {
	for n, line := range strings.Split(text, "\n") {
		lower := strings.ToLower(line)
		if !slices.ContainsFunc(d.sources, func(source string) bool { return strings.Contains(lower, source) }) {
			continue
		}
		for _, w := range wordsOf(line) {
			for _, source := range d.sources {
				if _, known := d.forms[w]; !known && strings.Contains(w, source) {
					d.warnings = append(d.warnings, warning{file, n + 1, w + " contains " + source + ", and was not changed"})
				}
			}
		}
		if d.forms["course"] != "" && path.Ext(file) == ".md" && ofCourse.MatchString(line) {
			d.warnings = append(d.warnings, warning{file, n + 1, "does \"of course\" mean a course here?"})
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
