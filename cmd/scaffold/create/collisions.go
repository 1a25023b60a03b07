package create

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
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
			to := d.translateIdentifier(name)
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

// A namespace has names that stand alone: if both an old and a new word are among them, one name would have two meanings.
type namespace struct {
	what        string
	files, name *regexp.Regexp
	any         bool // a new word is refused even if no old one is among the names
}

var namespaces = []namespace{
	{"a command", programFiles, regexp.MustCompile(`\b(?:Command|Group)\("([^ "]+)`), false},
	{"a flag", programFiles, regexp.MustCompile(`\.\w*(?:Func|Var)\((?:&[\w.]+, )?"([\w-]+)"`), false},
	{"a property", regexp.MustCompile(`^adapters/httpapi/openapi\.yaml$`), regexp.MustCompile(`(?m)^ {8}(\w+): `), false},
	{"a column or table", regexp.MustCompile(`^adapters/.*\.sql$`), regexp.MustCompile(`\b([a-z]\w*)`), false},
	{"a field", regexp.MustCompile(`^adapters/cli/\w+\.go$`), regexp.MustCompile(`(?m)^\t([A-Z]\w*) +(?:context|io|ports)\.`), true}, // of Session, which others embed
}

var sqlComment = regexp.MustCompile(`(?m)^--.*|\s--\s.*`)

var programFiles = regexp.MustCompile(`^(?:cmd/` + templateName + `/app|adapters/cli)/.*\.go$`)

// checkReserved refuses words that are names of the template already, and keywords of SQL as names of columns.
func (d *dictionary) checkReserved(t Tree) error {
	for _, space := range namespaces {
		names := make(map[string]string) // to file
		for _, file := range slices.Sorted(maps.Keys(t)) {
			if space.files.MatchString(file) {
				for _, m := range space.name.FindAllStringSubmatch(sqlComment.ReplaceAllString(t[file], ""), -1) {
					names[strings.Join(naming.Words(m[1]), "-")] = file
				}
			}
		}
		for _, from := range slices.Sorted(maps.Keys(d.forms)) {
			to := hyphenated(d.forms[from])
			used, file := names[from], names[to]
			switch {
			case used == "" && !space.any || to == from:
			case file != "" && d.forms[to] == "":
				return fmt.Errorf("--words: %s has %s %s already, which %s would become, too: choose another word", file, space.what, to, from)
			case path.Ext(used) == ".sql" && naming.IsReserved(to):
				return fmt.Errorf("--words: %s has a column %s, and %s is a keyword of SQL: choose another word, such as %[3]s-item", used, from, to)
			}
		}
	}
	return nil
}

// wordsOf returns the words of a text, in lowercase.
func wordsOf(text string) []string {
	return naming.Words(strings.Join(letterRuns.FindAllString(text, -1), " "))
}

// warnOfUsedWords warns of new words that the template uses already: afterwards, a reader can't tell the two meanings apart. It also
// warns of nouns without a word of their own, and of irregular verbs without their forms.
func (d *dictionary) warnOfUsedWords(t Tree) {
	has := func(word string) func(file, line string) bool {
		return func(_, line string) bool {
			return strings.Contains(" "+strings.Join(wordsOf(line), " ")+" ", " "+word+" ")
		}
	}
	for _, source := range d.sources {
		to := d.forms[source]
		d.warn(t, to, has(to), "%s has another meaning here: after %s=%s, both look alike", to, source, to)
	}
	for _, noun := range d.derived {
		d.warn(t, noun, has(noun), "%s becomes %s, since --words has no word for it: add %s=…", noun, d.forms[noun], noun)
	}
	for _, source := range d.guessed {
		was := wordOf(source).forms[3]
		d.warn(t, was, has(was), "%s becomes %s, but %s is irregular: give its forms, as in %s=take/takes/took/taking/taken", was, d.forms[was], d.forms[source], source)
	}
	for _, source := range d.unsure {
		plural := naming.WithS(source)
		one, many := hyphenated(d.forms[source]), hyphenated(d.forms[plural])
		url := func(file, line string) bool {
			return path.Base(file) == "openapi.yaml" && strings.Contains(line, "/"+plural)
		}
		d.warn(t, plural, url, "the plural of %s is %s here, as in /%[2]s: give another by --plural %[1]s=…", one, many)
	}
}

// repeated matches what the compiler says about a name or a key that is there twice.
var repeated = regexp.MustCompile(`redeclared|^duplicate`)

// checkDuplicates returns an error if a package declares a name twice, or has two equal keys or cases.
func (d *dictionary) checkDuplicates(t Tree) error {
	module, err := t.parse()
	if err != nil {
		return fmt.Errorf("--words: choose other words, the result is not valid Go: %w", err)
	}
	packages := make(map[string][]*ast.File) // by folder and name
	for _, file := range module.Files {
		if !bytes.Contains(file.Text, []byte("//go:build")) { // else it may be an alternative to another file
			key := file.Folder() + " " + file.Syntax.Name.Name
			packages[key] = append(packages[key], file.Syntax)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(packages)) {
		var twice error
		config := types.Config{Error: func(err error) { // imports are missing, but names count
			if e, ok := errors.AsType[types.Error](err); ok && twice == nil && repeated.MatchString(e.Msg) {
				twice = fmt.Errorf("--words: choose another word, since %w", err)
			}
		}}
		if _, _ = config.Check(key, module.Fset, packages[key], nil); twice != nil {
			return twice
		}
	}
	return nil
}
