package create

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"

	"example.com/roster/cmd/proof/hexagon/drawing"
	"example.com/roster/cmd/proof/hexagon/views"
	"example.com/roster/cmd/proof/programs"
)

// archTables are the files of the architecture's table.
var archTables = []string{"cmd/proof/arch/table.go", "cmd/proof/arch/table_cmd.go"}

// exercises are texts about a state of the tree that only their working copies have.
const exercises = "cmd/learn/_exercises/"

// prune removes references to removed files: rows of the architecture's table that match nothing, dead links of documents, arrows
// of the drawing, sizes in the map.
func prune(t Tree) error {
	tree, err := t.parse()
	if err != nil {
		return err
	}
	var folders, imported []string
	for _, f := range tree.Files {
		folders = append(folders, f.Folder(), f.Path)
		for _, i := range f.Imports() {
			imported = append(imported, i.Path)
		}
	}
	for _, table := range archTables {
		t[table] = pruneTable(t[table], folders, imported)
	}
	for name, text := range t {
		if path.Ext(name) == ".md" && !strings.HasPrefix(name, exercises) {
			t[name] = pruneLinks(t, name, text)
		}
	}
	if text, ok := t[ownerFile]; ok {
		t[ownerFile] = pruneOwner(t, text)
	}
	if _, ok := t[programs.List]; ok {
		t[programs.List] = programs.ListText(tree)
	}
	if text, ok := t[drawing.Document]; ok {
		if t[drawing.Document], err = views.Into(text, tree); err != nil {
			return err
		}
	}
	t[views.Map], err = views.SizesInto(t[views.Map], tree)
	return err
}

// pruneImports removes the imports of a Go file that it used before, and uses no more.
func pruneImports(before, text string) string {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", text, parser.SkipObjectResolution)
	if err != nil {
		return text // the compiler will say more
	}
	unused := identifiers(before)
	for name := range identifiers(text) {
		delete(unused, name)
	}
	lines := strings.SplitAfter(text, "\n")
	for _, spec := range slices.Backward(file.Imports) {
		if slices.ContainsFunc(importNames(spec), func(name string) bool { return unused[name] }) {
			n := fset.Position(spec.Pos()).Line
			lines = slices.Delete(lines, n-1, n)
		}
	}
	return strings.NewReplacer("import (\n\n", "import (\n", "\n\n)\n\n", "\n)\n\n", "import (\n)\n\n", "").Replace(strings.Join(lines, ""))
}

// importNames returns the name of an imported package in a file: the one that the import gives it, or those that its path suggests.
func importNames(spec *ast.ImportSpec) []string {
	if spec.Name != nil {
		return []string{spec.Name.Name}
	}
	base := path.Base(versionSuffix.ReplaceAllString(strings.Trim(spec.Path.Value, `"`), ""))
	return []string{base, strings.TrimPrefix(base, "go-"), strings.TrimSuffix(base, "-go"), strings.TrimSuffix(base, ".go")}
}

var (
	tableRow  = regexp.MustCompile(`(?s)\{\n\t\tPath: .*?\n\t\}(?:, )?`)
	rowFolder = regexp.MustCompile(`Path: +"([^"]*)"`)
	rowList   = regexp.MustCompile(`(?:Packages|Tech):\s+(?:"[^"]*"(?: \+\s*)?)+`)
)

// pruneTable removes rows that match no folder, and from the other rows the packages that no folder or import matches.
func pruneTable(text string, folders, imported []string) string {
	text = tableRow.ReplaceAllStringFunc(text, func(row string) string {
		if !anyMatches(rowFolder.FindStringSubmatch(row)[1], folders) {
			return ""
		}
		return rowList.ReplaceAllStringFunc(row, func(list string) string { return pruneList(list, folders, imported) })
	})
	return strings.ReplaceAll(text, "}, ,", "},")
}

func pruneList(list string, folders, imported []string) string {
	have := folders
	if strings.HasPrefix(list, "Tech") {
		have = imported
	}
	label, quoted, _ := strings.Cut(list, `"`)
	patterns := strings.FieldsFunc(quoted, func(r rune) bool { return strings.ContainsRune("\"+ \n\t", r) })
	text := strings.Join(slices.DeleteFunc(patterns, func(pattern string) bool {
		return !anyMatches(pattern, have) && !strings.HasPrefix(pattern, "cmd/")
	}), " ")
	if at := strings.LastIndexByte(text[:min(len(text), 105)], ' '); len(text) > 105 {
		text = text[:at] + "\" +\n\t\t\t\"" + text[at:]
	}
	return label + `"` + text + `"`
}

// anyMatches reports whether one of the names matches a pattern of the table.
func anyMatches(pattern string, names []string) bool {
	expression := strings.NewReplacer(`\.\.\.`, ".*", `\*`, "[^/]*").Replace(regexp.QuoteMeta(pattern))
	expression = strings.ReplaceAll(expression, "/.*", "(/.*)?")
	return slices.ContainsFunc(names, regexp.MustCompile("^"+expression+"$").MatchString)
}

// reference matches a link of a document to a file, a test with its file, or a target of make.
var reference = regexp.MustCompile("\\[([^\\]]*)\\]\\(([^)#:]+)(?:#[^)]*)?\\)|`([\\w./-]+\\.go):(\\w+)`|`make ([a-z-]+)`")

// resolves reports whether the target of a document's reference exists.
func (t Tree) resolves(from string, reference []string) bool {
	switch {
	case reference[5] != "":
		return t.hasTarget(reference[5])
	case reference[3] != "":
		return t.hasFunction(reference[3], reference[4])
	}
	return t.has(path.Join(path.Dir(from), reference[2]))
}

func (t Tree) hasTarget(name string) bool { return strings.Contains(t["Makefile"], "\n"+name+":") }

func (t Tree) hasFunction(file, name string) bool {
	return strings.Contains(t[file], "\nfunc "+name+"(")
}

// pruneLinks removes table rows and paragraphs whose links are all dead, then sections that are empty. Elsewhere, it removes only
// the dead link.
func pruneLinks(t Tree, name, text string) string {
	dead := func(reference []string) bool { return !t.resolves(name, reference) }
	allDead := func(block string) bool { // and the block has references
		all := reference.FindAllStringSubmatch(block, -1)
		return len(all) > 0 && !slices.ContainsFunc(all, func(r []string) bool { return !dead(r) })
	}
	lines := strings.SplitAfter(text, "\n")
	lines = slices.DeleteFunc(lines, func(line string) bool { return strings.HasPrefix(line, "| ") && allDead(line) })
	blocks := strings.Split(strings.Join(lines, ""), "\n\n")
	blocks = slices.DeleteFunc(blocks, func(b string) bool { return !strings.HasPrefix(b, "|") && allDead(b) })
	for i := len(blocks) - 1; i >= 0; i-- {
		if strings.HasPrefix(blocks[i], "#") && (i == len(blocks)-1 || strings.HasPrefix(blocks[i+1], blocks[i][:strings.IndexByte(blocks[i], ' ')+1])) {
			blocks = slices.Delete(blocks, i, i+1)
		}
	}
	text = strings.TrimRight(strings.Join(blocks, "\n\n"), "\n") + "\n"
	for _, r := range reference.FindAllStringSubmatch(text, -1) {
		if dead(r) {
			text = strings.NewReplacer(", "+r[0], "", r[0]+", ", "", ",\n"+r[0], "", " ("+r[0]+")", "", r[0], r[1]).Replace(text)
		}
	}
	return text
}

// ownerFile is what the owner says about the service. In it, shown matches a test or a target of make that shows something.
const ownerFile = "cmd/roster/app/owner.yaml"

var shown = regexp.MustCompile(`\n      - (?:make ([a-z-]+)|(\S+):(\w+))`)

// pruneOwner removes what is not there from the lists of what shows something, and then what nothing shows.
func pruneOwner(t Tree, text string) string {
	items := strings.Split(text, "\n  - ")
	kept := items[0]
	for _, item := range items[1:] {
		if strings.Contains(item, "shownBy:") {
			item = shown.ReplaceAllStringFunc(item, func(line string) string {
				name := shown.FindStringSubmatch(line)
				if name[1] != "" && t.hasTarget(name[1]) || t.hasFunction(name[2], name[3]) {
					return line
				}
				return ""
			})
			if _, next, last := strings.Cut(item, "\n\n"); !shown.MatchString(item) {
				if last {
					kept += "\n\n" + next
				}
				continue
			}
		}
		kept += "\n  - " + item
	}
	return strings.TrimRight(strings.ReplaceAll(kept, "\n\n\n", "\n\n"), "\n") + "\n"
}
