package create

import (
	"errors"
	"fmt"
	"go/token"
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
	plurals  map[string]string // as given, by new singular
	unsure   []string          // old nouns whose new plural may be another
	guessed  []string          // old verbs whose new past is none, such as lended
	warnings []warning
}

// newDictionary reads words and plurals as the user gives them, such as course=flight and person=people.
func newDictionary(given, plurals map[string]string) (*dictionary, error) {
	d := &dictionary{forms: make(map[string]string), verbs: make(map[string]bool), plurals: make(map[string]string)}
	for one, many := range plurals {
		words, err := wordsOfName(one)
		if err == nil {
			d.plurals[words], err = wordsOfName(many)
		}
		if err != nil {
			return nil, fmt.Errorf("--plural: %w", err)
		}
	}
	targets := make(map[string]string) // new form to the old word
	nouns := make(map[string]bool)
	for _, source := range slices.Sorted(maps.Keys(given)) {
		w := wordOf(source)
		if !lowercaseWord.MatchString(source) {
			return nil, fmt.Errorf("--words: %q must be a word of two or more letters from a to z", source)
		}
		forms, err := w.inflect(given[source], d.plurals)
		if err != nil {
			return nil, fmt.Errorf("--words: %s: %w", source, err)
		}
		nouns[forms[0]] = !w.verb
		for i, form := range w.forms {
			other := targets[forms[i]]
			if other != "" && other != source && wordOf(other).verb == w.verb {
				return nil, fmt.Errorf("--words: %s and %s must not both become %s: choose another word for one", other, source, forms[i])
			}
			targets[forms[i]] = source
			d.forms[form] = forms[i]
			d.verbs[forms[i]] = w.verb
		}
		d.sources = append(d.sources, source)
		if w.verb && slices.Contains(irregular, forms[0]) && forms[3] == past(forms[0]) {
			d.guessed = append(d.guessed, source)
		}
		if !w.verb && !strings.Contains(given[source], "/") && d.plurals[forms[0]] == "" && !naming.IsRegular(forms[0], forms[1]) {
			d.unsure = append(d.unsure, source)
		}
	}
	for one := range d.plurals {
		if !nouns[one] {
			return nil, fmt.Errorf("--plural: %s is none of the new nouns of --words", one)
		}
	}
	for _, noun := range slices.Sorted(maps.Keys(derived)) {
		verb := derived[noun]
		if given[verb] == "" || given[noun] != "" {
			continue
		}
		gerund := d.forms[wordOf(verb).forms[2]]
		d.forms[noun], d.forms[naming.WithS(noun)] = gerund, naming.WithS(gerund)
		d.derived = append(d.derived, noun)
	}
	if _, ok := d.forms["enroll"]; ok {
		d.forms["enrol"] = d.forms["enroll"][:len(d.forms["enroll"])-1] // tests contain this typing error
	}
	return d, nil
}

// record returns the plurals that were given, and those that a later version of the program may form in another way.
func (d *dictionary) record() map[string]string {
	plurals := make(map[string]string)
	for one, many := range d.plurals {
		plurals[hyphenated(one)] = hyphenated(many)
	}
	for _, source := range d.unsure {
		plurals[hyphenated(d.forms[source])] = hyphenated(d.forms[naming.WithS(source)])
	}
	return plurals
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

// untranslated are third-party files, and the names of parts.
var untranslated = []string{"LICENSE", "go.mod", "go.sum", "adapters/httpapi/docs", "cmd/scaffold/merge/parts.go"}

// foreign is the folder of mapping files, whose names belong to other systems. Only those that ownNames matches are the template's.
const foreign = "adapters/importer/formats"

var ownNames = regexp.MustCompile(`(?m)^[a-z-]+:|^  (?:course_id|learner_id|action):`)

func translatable(name, text string) bool {
	return isText(text) && !within(name, foreign) && !slices.ContainsFunc(untranslated, func(f string) bool { return within(name, f) })
}

// translate replaces words in every file and in its name.
func (d *dictionary) translate(t Tree) (Tree, error) {
	if len(d.forms) == 0 {
		return t, nil
	}
	for _, source := range d.sources {
		if !slices.ContainsFunc(slices.Collect(maps.Values(t)), func(text string) bool { return mentions(text, source) }) {
			return nil, fmt.Errorf("--words: the template has no word %s: look at its README for those that it has", source)
		}
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
		if within(name, foreign) {
			text = ownNames.ReplaceAllStringFunc(text, func(own string) string { return d.translateText(name, own) })
		}
		if !translatable(name, text) {
			translated[name] = text
			continue
		}
		text = examples.Replace(text)
		to := d.translateText("", name)
		if path.Ext(name) == ".go" {
			translated[to] = d.translateGo(text, names[path.Dir(name)])
		} else {
			translated[to] = sortTables(text, d.translateText(name, text))
		}
	}
	if len(translated) < len(t) {
		return nil, errors.New("--words: two files would get the same name: choose other words")
	}
	return translated, nil
}

// examples returns a replacement of the ids of the template's example courses, and of the title of the first.
func (d *dictionary) examples() *strings.Replacer {
	if course, ok := d.forms["course"]; ok {
		return strings.NewReplacer("go-101", course[:2]+"-101", "go-102", course[:2]+"-102", "Go for engineers", "The first "+course)
	}
	return strings.NewReplacer()
}

// translateGo replaces words in a Go file, and its identifiers by those of names.
func (d *dictionary) translateGo(text string, names map[string]string) string {
	var b strings.Builder
	end := 0
	translate := func(to int, c occasion) {
		c.file = ".go"
		b.WriteString(d.translatePart(text, end, to, c))
		end = to
	}
	for _, l := range lexemesOf(text) {
		translate(l.offset, occasion{})
		if l.kind == token.STRING {
			translate(l.offset+len(l.text), occasion{sql: sqlText.MatchString(l.text), raw: l.text[0] == '`'})
		} else {
			b.WriteString(names[l.text])
			end = l.offset + len(l.text)
		}
	}
	translate(len(text), occasion{})
	return b.String()
}

var (
	// letterRuns matches runs of letters. An escape that ends in a letter is a run of its own.
	letterRuns = regexp.MustCompile(`(?:\\u[0-9a-fA-F]{4}|\\[abfnrtv]|%[0-9][0-9a-fA-F])|[A-Za-z]+`)
	aligned    = regexp.MustCompile(`^[^\s|\\]*( {2,})[^\s|]`)
	possessive = regexp.MustCompile(`^s'[^A-Za-z]?$`)
	indefinite = regexp.MustCompile(`\b([Aa])n?(\s+(?://\s)?)$`)
)

// translateText replaces words in the text of a file, or in a path if file is empty.
func (d *dictionary) translateText(file, text string) string {
	return d.translatePart(text, 0, len(text), occasion{file: file})
}

// translatePart replaces words in a part of a text. A column that follows a word keeps its position, and an indefinite article follows
// its word.
func (d *dictionary) translatePart(text string, from, to int, c occasion) string {
	out := make([]byte, 0, to-from)
	end, shift := from, 0
	for _, at := range letterRuns.FindAllStringIndex(text[from:to], -1) {
		begin := from + at[0]
		out, shift = realign(out, text[end:begin], shift)
		end = from + at[1]
		c.before, c.word, c.after = text[:begin], text[begin:end], text[end:]
		translated := d.translateRun(c)
		if translated != c.word {
			tail := out[max(0, len(out)-12):]
			if m := indefinite.FindSubmatch(tail); m != nil {
				out = append(out[:len(out)-len(m[0])], string(m[1])+naming.Article(translated)[1:]+string(m[2])...)
			}
			if aligned.MatchString(text[end:min(to, end+80)]) {
				shift += len(translated) - len(c.word)
			}
		}
		out = append(out, translated...)
		if possessive.MatchString(text[end-1:min(to, end+2)]) && !strings.HasSuffix(translated, "s") && !strings.HasSuffix(c.before, "'") {
			out = append(out, "'s"...) // learners' becomes people's
			end++
		}
	}
	out, _ = realign(out, text[end:to], shift)
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
func (d *dictionary) translateRun(c occasion) string {
	parts := naming.Split(c.word)
	to, ok := d.forms[strings.ToLower(c.word)]
	if ok && len(parts) == 1 && strings.Contains(to, " ") {
		return c.spell(strings.Fields(to))
	}
	return d.translateName(parts, func(pascal string) string { return pascal })
}

// translateIdentifier replaces words in an identifier of Go.
func (d *dictionary) translateIdentifier(name string) string {
	return letterRuns.ReplaceAllStringFunc(name, func(run string) string { return d.translateName(naming.Split(run), naming.Exported) })
}

// translateName replaces words of a name in camel case. Words with a capital have the spelling of exported.
func (d *dictionary) translateName(words []string, exported func(pascal string) string) string {
	var b strings.Builder
	for _, w := range words {
		to, ok := d.forms[strings.ToLower(w)]
		switch {
		case !ok:
			b.WriteString(w)
		case len(w) > 1 && w == strings.ToUpper(w):
			b.WriteString(strings.ToUpper(strings.ReplaceAll(to, " ", "")))
		case w[0] <= 'Z':
			b.WriteString(exported(naming.Pascal(strings.Fields(to))))
		default:
			b.WriteString(camel(strings.Fields(to)))
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
