package create

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// A dictionary puts words in the place of others, each in its case and number.
type dictionary struct {
	forms    map[string]string // in small letters
	verbs    map[string]bool   // of the forms in place, those of verbs
	sources  []string
	warnings []string
}

// newDictionary reads words as they are given, such as course=flight.
func newDictionary(given map[string]string) (*dictionary, error) {
	d := &dictionary{forms: make(map[string]string), verbs: make(map[string]bool)}
	targets := make(map[string]string)
	for _, source := range slices.Sorted(maps.Keys(given)) {
		w := wordOf(source)
		if !spelled.MatchString(source) {
			return nil, fmt.Errorf("--words: %q is no word of small letters", source)
		}
		forms, err := w.inflect(given[source])
		if err != nil {
			return nil, fmt.Errorf("--words: %s: %w", source, err)
		}
		if other := targets[forms[0]]; other != "" && wordOf(other).verb == w.verb {
			return nil, fmt.Errorf("--words: %s and %s would both be %s, and could not be told apart", other, source, forms[0])
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
		d.forms[noun], d.forms[plural(noun)] = gerund, plural(gerund)
		d.warn("%s: not given, so it is %s: say %s=…", noun, gerund, noun)
	}
	if _, ok := d.forms["enroll"]; ok {
		d.forms["enrol"] = d.forms["enroll"][:len(d.forms["enroll"])-1] // a slip of the pen, in tests of those
	}
	return d, nil
}

func (d *dictionary) warn(format string, a ...any) {
	d.warnings = append(d.warnings, fmt.Sprintf(format, a...))
}

// foreign are files whose words are others'.
var foreign = []string{"LICENSE", "go.mod", "go.sum", "adapters/httpapi/docs"}

// apply puts the words into every file, and its name.
func (d *dictionary) apply(t Tree) (Tree, error) {
	if len(d.forms) == 0 {
		return t, nil
	}
	t = d.examples(t)
	if err := d.free(t); err != nil {
		return nil, err
	}
	identifiers := d.identifiers(t)
	d.taken(t)
	said := make(Tree, len(t))
	for _, name := range slices.Sorted(maps.Keys(t)) {
		text := t[name]
		if slices.ContainsFunc(foreign, func(f string) bool { return below(name, f) }) || !isText(text) {
			said[name] = text
			continue
		}
		to := d.text(name)
		if path.Ext(name) == ".go" {
			said[to] = tidy(to, d.goText(text, identifiers[path.Dir(name)]))
		} else {
			said[to] = resort(text, tidy(to, d.text(text)))
		}
		d.doubtful(name, text)
	}
	if len(said) < len(t) {
		return nil, errors.New("--words: two files would have one name")
	}
	return said, d.unambiguous(said)
}

// examples puts names of the field in the place of those that the template's examples are about.
func (d *dictionary) examples(t Tree) Tree {
	course, ok := d.forms["course"]
	if !ok {
		return t
	}
	names := strings.NewReplacer("go-101", course[:2]+"-101", "Go for engineers", "The first "+course)
	called := make(Tree, len(t))
	for name, text := range t {
		if isText(text) {
			text = names.Replace(text)
		}
		called[name] = text
	}
	return called
}

// goText puts words into a Go file: an identifier as its folder's have been settled, all else as text.
func (d *dictionary) goText(text string, identifiers map[string]string) string {
	var b strings.Builder
	end := 0
	for _, p := range tokensOf(text) {
		if p.kind == token.IDENT {
			b.WriteString(d.text(text[end:p.offset]))
			if to, ok := identifiers[p.text]; ok {
				b.WriteString(to)
			} else {
				b.WriteString(d.identifier(p.text))
			}
			end = p.offset + len(p.text)
		}
	}
	b.WriteString(d.text(text[end:]))
	return b.String()
}

var (
	// runs are of letters; an escape that ends in one is apart from what follows it.
	runs       = regexp.MustCompile(`(?:\\u[0-9a-fA-F]{4}|\\[abfnrtv]|%[0-9][0-9a-fA-F])|[A-Za-z]+`)
	aligned    = regexp.MustCompile(`^[^\s|\\]*( {2,})[^\s|]`)
	indefinite = regexp.MustCompile(`\b([Aa])n?(\s+(?://\s)?)$`)
)

// text puts words into any text. Where a word is followed by a column, that begins where it did.
func (d *dictionary) text(text string) string {
	out := make([]byte, 0, len(text))
	end, owed := 0, 0
	for _, at := range runs.FindAllStringIndex(text, -1) {
		gap := text[end:at[0]]
		if owed != 0 {
			gap, owed = pad(gap, owed)
		}
		out = append(out, gap...)
		end = at[1]
		was := text[at[0]:at[1]]
		is := d.identifier(was)
		if is != was {
			tail := out[max(0, len(out)-12):]
			if m := indefinite.FindSubmatch(tail); m != nil {
				out = append(out[:len(out)-len(m[0])], articleOf(string(m[1]), is)+string(m[2])...)
			}
			if aligned.MatchString(text[at[1]:min(len(text), at[1]+80)]) {
				owed += len(is) - len(was)
			}
		}
		out = append(out, is...)
	}
	gap := text[end:]
	if owed != 0 {
		gap, _ = pad(gap, owed)
	}
	return string(append(out, gap...))
}

// pad takes what a word has become longer from the space behind it, where a column begins, and gives what it has become shorter.
func pad(gap string, by int) (string, int) {
	i := strings.Index(gap, "  ")
	if i < 0 {
		return gap, by
	}
	n := len(gap[i:]) - len(strings.TrimLeft(gap[i:], " "))
	return gap[:i] + strings.Repeat(" ", max(2, n-by)) + gap[i+n:], 0
}

// articleOf returns the one that a word takes.
func articleOf(a, word string) string {
	word = strings.ToLower(word)
	vowel := strings.ContainsRune("aeiou", rune(word[0])) || strings.HasPrefix(word, "hour") || strings.HasPrefix(word, "hono")
	if vowel && !strings.HasPrefix(word, "uni") && !strings.HasPrefix(word, "use") && !strings.HasPrefix(word, "eu") && !strings.HasPrefix(word, "one") {
		return a + "n"
	}
	return a
}

// identifier puts words into a run of letters, each part of which begins with a capital or is of capitals.
func (d *dictionary) identifier(name string) string {
	var b strings.Builder
	for _, p := range partsOf(name) {
		to, ok := d.forms[strings.ToLower(p)]
		switch {
		case !ok:
			b.WriteString(p)
		case len(p) > 1 && p == strings.ToUpper(p):
			b.WriteString(strings.ToUpper(to))
		case p[0] <= 'Z':
			b.WriteString(capital(to))
		default:
			b.WriteString(to)
		}
	}
	return b.String()
}

// partsOf splits waitlistEnabled, HTTPServer and COURSE where a word begins.
func partsOf(name string) (parts []string) {
	begin := 0
	for i := 1; i < len(name); i++ {
		upper := func(i int) bool { return 'A' <= name[i] && name[i] <= 'Z' }
		letter := func(i int) bool { return upper(i) || 'a' <= name[i] && name[i] <= 'z' }
		if letter(i) != letter(i-1) || upper(i) && !upper(i-1) || upper(i) && i+1 < len(name) && letter(i+1) && !upper(i+1) {
			parts = append(parts, name[begin:i])
			begin = i
		}
	}
	return append(parts, name[begin:])
}

// identifiers settles what is called otherwise in each folder: where the new name is there already, for something else, it gets
// another.
func (d *dictionary) identifiers(t Tree) map[string]map[string]string {
	there := make(map[string]map[string]bool)
	for name, text := range t {
		if path.Ext(name) == ".go" {
			folder := path.Dir(name)
			if there[folder] == nil {
				there[folder] = make(map[string]bool)
			}
			maps.Copy(there[folder], identifiers(text))
		}
	}
	settled := make(map[string]map[string]string)
	clashes := make(map[string]int)
	for folder, names := range there {
		settled[folder] = make(map[string]string)
		for name := range names {
			to := d.identifier(name)
			if to == name || token.IsExported(to) || !names[to] && !token.IsKeyword(to) && types.Universe.Lookup(to) == nil {
				continue
			}
			prefix := "the"
			if d.verbs[to] {
				prefix = "do"
			}
			settled[folder][name] = prefix + capital(to)
			clashes[name+" would be "+to]++
		}
	}
	for _, clash := range slices.Sorted(maps.Keys(clashes)) {
		d.warn("%s, which is something else already in %d folders: it has a longer name there", clash, clashes[clash])
	}
	return settled
}

// free refuses words that Go, SQL or the command line has for itself.
func (d *dictionary) free(t Tree) error {
	commands := regexp.MustCompile(`\b(?:Command|Group)\("([^ "]+)`)
	taken := make(map[string]string)
	for name, text := range t {
		if strings.HasPrefix(name, "cmd/"+service+"/app/") || strings.HasPrefix(name, "adapters/cli/") {
			for _, m := range commands.FindAllStringSubmatch(text, -1) {
				taken[m[1]] = name
			}
		}
	}
	for _, source := range d.sources {
		to := d.forms[source]
		if file := taken[to]; file != "" && wordOf(source).verb {
			return fmt.Errorf("--words: %s=%s: %s has a command %s already", source, to, file, to)
		}
		if slices.Contains([]string{"order", "group", "table", "value", "index", "column", "check", "select", "transaction"}, to) {
			return fmt.Errorf("--words: %s=%s: that is SQL's own word: choose another", source, to)
		}
	}
	return nil
}

// taken warns of new words that the template has for something else, since nobody can tell the two apart any more.
func (d *dictionary) taken(t Tree) {
	files := make(map[string]int)
	for _, text := range t {
		seen := make(map[string]bool)
		for _, r := range runs.FindAllString(text, -1) {
			for _, p := range partsOf(r) {
				seen[strings.ToLower(p)] = true
			}
		}
		for _, source := range d.sources {
			if seen[d.forms[source]] {
				files[source]++
			}
		}
	}
	for _, source := range d.sources {
		if n := files[source]; n > 0 {
			d.warn("%s=%s: %s stands for something else already in %d files", source, d.forms[source], d.forms[source], n)
		}
	}
}

// doubtful warns of what holds a word and could not be told to be it.
func (d *dictionary) doubtful(file, text string) {
	for n, line := range strings.Split(text, "\n") {
		for _, r := range runs.FindAllString(line, -1) {
			for _, p := range partsOf(r) {
				p = strings.ToLower(p)
				if _, known := d.forms[p]; known {
					continue
				}
				for _, source := range d.sources {
					if strings.Contains(p, source) {
						d.warn("%s:%d: %s holds %s, and was left as it is", file, n+1, p, source)
					}
				}
			}
		}
		if i := strings.Index(line, "of course"); i >= 0 && d.forms["course"] != "" && path.Ext(file) == ".md" {
			d.warn("%s:%d: is this a course, or of course?", file, n+1)
		}
	}
}

// unambiguous returns an error where a package declares a name twice.
func (d *dictionary) unambiguous(t Tree) error {
	declared := make(map[string]string) // by folder, package and name
	for _, name := range slices.Sorted(maps.Keys(t)) {
		if path.Ext(name) != ".go" {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, t[name], parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("--words: what comes of them is no Go: %w", err)
		}
		if strings.Contains(t[name], "//go:build") {
			continue // stands in place of another
		}
		for _, what := range declarations(file) {
			key := path.Dir(name) + " " + file.Name.Name + " " + what
			if other, ok := declared[key]; ok && what != "init" && what != "_" {
				return fmt.Errorf("--words: %s and %s would both declare %s: choose another word", other, name, what)
			}
			declared[key] = name
		}
	}
	return nil
}

// declarations returns the names that a file declares for its package, a method as Type.Method.
func declarations(file *ast.File) (names []string) {
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			names = append(names, funcName(d))
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					names = append(names, s.Name.Name)
				case *ast.ValueSpec:
					for _, n := range s.Names {
						names = append(names, n.Name)
					}
				}
			}
		}
	}
	return names
}

var tableRows = regexp.MustCompile(`(?m)(?:^\| .*\n){3,}`)

// resort puts the rows of a document's table in order that were in order before.
func resort(before, text string) string {
	was := tableRows.FindAllString(before, -1)
	n := -1
	return tableRows.ReplaceAllStringFunc(text, func(table string) string {
		n++
		if n >= len(was) || !slices.IsSorted(rowsOf(was[n])) {
			return table
		}
		rows := rowsOf(table)
		head := table[:len(table)-len(strings.Join(rows, ""))]
		slices.Sort(rows)
		return head + strings.Join(rows, "")
	})
}

// rowsOf returns the rows of a table below its head.
func rowsOf(table string) []string {
	rows := strings.SplitAfter(strings.TrimSuffix(table, "\n"), "\n")
	for i := range rows {
		rows[i] = strings.TrimSuffix(rows[i], "\n") + "\n"
	}
	return rows[2:]
}
