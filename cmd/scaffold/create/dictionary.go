package create

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"example.com/roster/cmd/scaffold/internal/naming"
)

// A dictionary replaces words by others, and keeps case and number.
type dictionary struct {
	forms    map[string]string // old to new, in lowercase
	verbs    map[string]bool   // by new form: whether it is a verb's
	sources  []string          // the old words
	derived  []string          // nouns without a word, which get the gerund of their verb
	warnings []warning
}

// newDictionary reads words as the user gives them, such as course=flight.
func newDictionary(given map[string]string) (*dictionary, error) {
	d := &dictionary{forms: make(map[string]string), verbs: make(map[string]bool)}
	targets := make(map[string]string)
	for _, source := range slices.Sorted(maps.Keys(given)) {
		w := wordOf(source)
		if !lowercaseWord.MatchString(source) {
			return nil, fmt.Errorf("--words: %q must be a word of two or more letters from a to z", source)
		}
		forms, err := w.inflect(given[source])
		if err != nil {
			return nil, fmt.Errorf("--words: %s: %w", source, err)
		}
		if other := targets[forms[0]]; other != "" && wordOf(other).verb == w.verb {
			return nil, fmt.Errorf("--words: %s and %s must not both become %s: choose another word for one", other, source, forms[0])
		}
		targets[forms[0]] = source
		d.sources = append(d.sources, source)
		for i, form := range w.forms {
			d.forms[form] = forms[i]
			d.verbs[forms[i]] = w.verb
		}
	}
	for _, noun := range slices.Sorted(maps.Keys(derived)) {
		verb := derived[noun]
		if given[verb] == "" || given[noun] != "" {
			continue
		}
		gerund := d.forms[wordOf(verb).forms[2]]
		d.forms[noun], d.forms[naming.Plural(noun)] = gerund, naming.Plural(gerund)
		d.derived = append(d.derived, noun)
	}
	if _, ok := d.forms["enroll"]; ok {
		d.forms["enrol"] = d.forms["enroll"][:len(d.forms["enroll"])-1] // tests contain this typing error
	}
	return d, nil
}

// A warning is about a line of the service.
type warning struct {
	file string // its name in the template
	line int
	text string
}

// warn warns at the first line with the word for which at is true, and says how many other files have such a line.
func (d *dictionary) warn(t Tree, word string, at func(file, line string) bool, format string, a ...any) {
	var found []warning
	unaffected := func(file string) bool { return !mentions(t[file], word) || !translatable(file, t[file]) }
	for _, file := range slices.DeleteFunc(slices.Sorted(maps.Keys(t)), unaffected) {
		lines := strings.Split(t[file], "\n")
		if n := slices.IndexFunc(lines, func(line string) bool { return mentions(line, word) && at(file, line) }); n >= 0 {
			found = append(found, warning{file, n + 1, fmt.Sprintf(format, a...)})
		}
	}
	if len(found) > 1 {
		found[0].text += fmt.Sprintf(" (other files: %d)", len(found)-1)
	}
	d.warnings = append(d.warnings, found[:min(1, len(found))]...)
}

// mentions reports whether a text contains a word in lowercase, with a capital or in uppercase.
func mentions(text, word string) bool {
	return strings.Contains(text, word) || strings.Contains(text, naming.Capital(word)) || strings.Contains(text, strings.ToUpper(word))
}

// untranslated are third-party files.
var untranslated = []string{"LICENSE", "go.mod", "go.sum", "adapters/httpapi/docs"}

// foreign is the folder of files whose names belong to other systems. A service has it byte for byte.
const foreign = "adapters/importer/formats"

func translatable(name, text string) bool {
	return isText(text) && !within(name, foreign) && !slices.ContainsFunc(untranslated, func(f string) bool { return within(name, f) })
}

// translate replaces words in every file and in its name.
func (d *dictionary) translate(t Tree) (Tree, error) {
	if len(d.forms) == 0 {
		return t, nil
	}
	if err := d.checkReserved(t); err != nil {
		return nil, err
	}
	names := d.translateNames(t)
	d.warnOfUsedWords(t)
	examples := d.examples()
	translated := make(Tree, len(t))
	for _, name := range slices.Sorted(maps.Keys(t)) {
		text := t[name]
		if !translatable(name, text) {
			translated[name] = text
			continue
		}
		text = examples.Replace(text)
		to := d.translateText(name)
		if path.Ext(name) == ".go" {
			translated[to] = d.translateGo(text, names[path.Dir(name)])
		} else {
			translated[to] = sortTables(text, d.translateText(text))
		}
		d.warnOfUnknownForms(name, text)
	}
	if len(translated) < len(t) {
		return nil, errors.New("--words: two files would get the same name: choose other words")
	}
	return translated, d.checkDuplicates(translated)
}

// examples returns a replacement of the id and the title of the template's example course.
func (d *dictionary) examples() *strings.Replacer {
	if course, ok := d.forms["course"]; ok {
		return strings.NewReplacer("go-101", course[:2]+"-101", "Go for engineers", "The first "+course)
	}
	return strings.NewReplacer()
}

// translateGo replaces words in a Go file, and its identifiers by those of names.
func (d *dictionary) translateGo(text string, names map[string]string) string {
	var b strings.Builder
	end := 0
	for _, i := range identifiersOf(text) {
		b.WriteString(d.translateText(text[end:i.offset]))
		b.WriteString(names[i.name])
		end = i.offset + len(i.name)
	}
	b.WriteString(d.translateText(text[end:]))
	return b.String()
}

var (
	// letterRuns matches runs of letters. An escape that ends in a letter is a run of its own.
	letterRuns = regexp.MustCompile(`(?:\\u[0-9a-fA-F]{4}|\\[abfnrtv]|%[0-9][0-9a-fA-F])|[A-Za-z]+`)
	aligned    = regexp.MustCompile(`^[^\s|\\]*( {2,})[^\s|]`)
	indefinite = regexp.MustCompile(`\b([Aa])n?(\s+(?://\s)?)$`)
)

// translateText replaces words in any text. A column that follows a word keeps its position, and an indefinite article follows
// its word.
func (d *dictionary) translateText(text string) string {
	out := make([]byte, 0, len(text))
	end, shift := 0, 0
	for _, at := range letterRuns.FindAllStringIndex(text, -1) {
		out, shift = realign(out, text[end:at[0]], shift)
		end = at[1]
		old := text[at[0]:at[1]]
		translated := d.translateRun(old)
		if translated != old {
			tail := out[max(0, len(out)-12):]
			if m := indefinite.FindSubmatch(tail); m != nil {
				out = append(out[:len(out)-len(m[0])], string(m[1])+naming.Article(translated)[1:]+string(m[2])...)
			}
			if aligned.MatchString(text[at[1]:min(len(text), at[1]+80)]) {
				shift += len(translated) - len(old)
			}
		}
		out = append(out, translated...)
	}
	out, _ = realign(out, text[end:], shift)
	return string(out)
}

// realign appends the gap between two words to out, with the space before a column shorter by shift, and returns the shift that is left.
func realign(out []byte, gap string, shift int) ([]byte, int) {
	i := strings.Index(gap, "  ")
	if i < 0 || shift == 0 {
		return append(out, gap...), shift
	}
	n := len(gap[i:]) - len(strings.TrimLeft(gap[i:], " "))
	return append(out, gap[:i]+strings.Repeat(" ", max(2, n-shift))+gap[i+n:]...), 0
}

// translateRun replaces words in a run of letters, and keeps their case.
func (d *dictionary) translateRun(run string) string {
	var b strings.Builder
	for _, w := range naming.Split(run) {
		to, ok := d.forms[strings.ToLower(w)]
		switch {
		case !ok:
			b.WriteString(w)
		case len(w) > 1 && w == strings.ToUpper(w):
			b.WriteString(strings.ToUpper(to))
		case w[0] <= 'Z':
			b.WriteString(naming.Capital(to))
		default:
			b.WriteString(to)
		}
	}
	return b.String()
}

var markdownTable = regexp.MustCompile(`(?m)(?:^\| .*\n){3,}`)

// sortTables sorts the rows of each table of a document that was sorted before the translation.
func sortTables(before, text string) string {
	tables := markdownTable.FindAllString(before, -1)
	n := -1
	return markdownTable.ReplaceAllStringFunc(text, func(table string) string {
		n++
		lines := slices.Collect(strings.Lines(table))
		if n < len(tables) && slices.IsSorted(slices.Collect(strings.Lines(tables[n]))[2:]) {
			slices.Sort(lines[2:]) // below the head
		}
		return strings.Join(lines, "")
	})
}
