package create

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"example.com/roster/cmd/proof/hexagon/drawing"
)

const archTable = "cmd/proof/arch/table.go"

// prune removes what speaks of what was removed: rows of the architecture's table that match nothing,
// links of documents that lead nowhere, arrows of the drawing.
func prune(t Tree) error {
	tree, err := t.source()
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
	t[archTable] = pruneTable(t[archTable], folders, imported)
	t["Makefile"] = pruneMakefile(t, t["Makefile"])
	for name, text := range t {
		if path.Ext(name) == ".md" {
			t[name] = pruneLinks(t, name, text)
		}
	}
	if text, ok := t[drawing.Document]; ok {
		t[drawing.Document], err = drawing.Into(text, tree)
	}
	return err
}

// pruneImports removes the imports of a Go file that it used before, and does no more.
func pruneImports(before, text string) string {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", text, parser.SkipObjectResolution)
	if err != nil {
		return text // whoever compiles it is told more
	}
	was, is := identifiers(before), identifiers(text)
	lines := strings.SplitAfter(text, "\n")
	for _, spec := range slices.Backward(file.Imports) {
		imported, _ := strconv.Unquote(spec.Path.Value)
		if called := calledBy(spec, imported, was); was[called] && !is[called] {
			n := fset.Position(spec.Pos()).Line
			lines = slices.Delete(lines, n-1, n)
		}
	}
	return strings.NewReplacer("import (\n\n", "import (\n", "\n\n)\n\n", "\n)\n\n", "import (\n)\n\n", "").Replace(strings.Join(lines, ""))
}

var major = regexp.MustCompile(`^v[0-9]+$`)

// calledBy returns the name under which a file knows a package: the one of those that its path suggests which the file uses.
func calledBy(spec *ast.ImportSpec, imported string, used map[string]bool) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	base := path.Base(imported)
	if major.MatchString(base) {
		base = path.Base(path.Dir(imported))
	}
	for _, name := range []string{base, strings.TrimPrefix(base, "go-"), strings.TrimSuffix(base, "-go"), strings.TrimSuffix(base, ".go")} {
		if used[name] {
			return name
		}
	}
	return base
}

var (
	row   = regexp.MustCompile(`(?s)\{\n\t\tPath: .*?\n\t\}(?:, )?`)
	where = regexp.MustCompile(`Path: +"([^"]*)"`)
	lists = regexp.MustCompile(`(?:Packages|Tech):\s+((?:"[^"]*"(?: \+\s*)?)+)`)
	words = regexp.MustCompile(`[^" ]+`)
)

// pruneTable removes rows that match none of the folders, and from rows the rooms that are none, and technology that nobody imports.
func pruneTable(text string, folders, imported []string) string {
	before, table, begins := strings.Cut(text, "var Table = []Row{\n")
	table, after, ends := strings.Cut(table, "\n}\n")
	if !begins || !ends {
		return text
	}
	table = row.ReplaceAllStringFunc(table, func(r string) string {
		if !anyMatches(where.FindStringSubmatch(r)[1], folders) {
			return ""
		}
		return lists.ReplaceAllStringFunc(r, func(list string) string { return pruneList(list, folders, imported) })
	})
	return before + "var Table = []Row{\n" + strings.ReplaceAll(table, "}, ,", "},") + "\n}\n" + after
}

func pruneList(list string, folders, imported []string) string {
	have := folders
	if strings.HasPrefix(list, "Tech") {
		have = imported
	}
	var kept []string
	for _, quoted := range regexp.MustCompile(`"[^"]*"`).FindAllString(list, -1) {
		for _, pattern := range words.FindAllString(quoted, -1) {
			if anyMatches(pattern, have) || strings.HasPrefix(pattern, "cmd/") {
				kept = append(kept, pattern)
			}
		}
	}
	text := strings.Join(kept, " ")
	if at := strings.LastIndexByte(text[:min(len(text), 105)], ' '); len(text) > 105 {
		text = text[:at] + "\" +\n\t\t\t\"" + text[at:]
	}
	return list[:strings.IndexByte(list, '"')] + "\"" + text + "\""
}

// anyMatches reports whether one of the names is what a pattern of the table says.
func anyMatches(pattern string, names []string) bool {
	expression := strings.NewReplacer(`\.\.\.`, ".*", `\*`, "[^/]*").Replace(regexp.QuoteMeta(pattern))
	expression = strings.ReplaceAll(expression, "/.*", "(/.*)?")
	return slices.ContainsFunc(names, regexp.MustCompile("^"+expression+"$").MatchString)
}

// A reference is a link of a document to a file, the name of a test with its file, or what make is to do.
var reference = regexp.MustCompile("\\[([^\\]]*)\\]\\(([^)#:]+)(?:#[^)]*)?\\)|`([\\w./-]+\\.go):(\\w+)`|`make ([a-z-]+)`")

// leads reports whether what a document refers to is there.
func (t Tree) leads(from string, reference []string) bool {
	switch {
	case reference[5] != "":
		return strings.Contains(t["Makefile"], "\n"+reference[5]+":")
	case reference[3] != "":
		return strings.Contains(t[reference[3]], "func "+reference[4]+"(")
	}
	return t.has(path.Join(path.Dir(from), reference[2]))
}

// pruneLinks removes rows of tables and paragraphs that only link to what is gone, then chapters in which nothing is left, and
// elsewhere such links alone.
func pruneLinks(t Tree, name, text string) string {
	dead := func(reference []string) bool { return !t.leads(name, reference) }
	alone := func(block string) bool { // reports whether all references of the block are dead
		all := reference.FindAllStringSubmatch(block, -1)
		return len(all) > 0 && !slices.ContainsFunc(all, func(r []string) bool { return !dead(r) })
	}
	lines := strings.SplitAfter(text, "\n")
	lines = slices.DeleteFunc(lines, func(line string) bool { return strings.HasPrefix(line, "| ") && alone(line) })
	blocks := strings.Split(strings.Join(lines, ""), "\n\n")
	blocks = slices.DeleteFunc(blocks, func(b string) bool { return !strings.HasPrefix(b, "|") && alone(b) })
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

var (
	target = regexp.MustCompile(`(?m)^([a-z-]+):.*\n(?:\t.*\n)*\n?`)
	phony  = regexp.MustCompile(`(?m)^\.PHONY: .*$`)
	folder = regexp.MustCompile(`\./(cmd/[\w/]+)`)
)

// pruneMakefile removes the targets that run what is gone, and what is said of them.
func pruneMakefile(t Tree, text string) string {
	for _, found := range target.FindAllStringSubmatch(text, -1) {
		for _, f := range folder.FindAllStringSubmatch(found[0], -1) {
			if !t.has(f[1]) && strings.Count(found[0], "./") == 1 {
				text = strings.Replace(text, found[0], "", 1)
			}
		}
	}
	text = folder.ReplaceAllStringFunc(text, func(f string) string {
		if t.has(strings.TrimPrefix(f, "./")) {
			return f
		}
		return ""
	})
	return phony.ReplaceAllStringFunc(text, func(line string) string {
		names := strings.Fields(line)
		return strings.Join(slices.DeleteFunc(names, func(name string) bool {
			return name != names[0] && !strings.Contains(text, "\n"+name+":")
		}), " ")
	})
}
