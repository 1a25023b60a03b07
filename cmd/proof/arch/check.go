// Package arch checks the source against the architecture: a table of what each folder may import, and why.
package arch

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"

	"example.com/roster/cmd/proof/source"
)

// A Row says what some files may import. A file that matches several rows may import what any of them allows, and the last of them gives
// the reason.
type Row struct {
	Path     string // "domain"; "adapters/nats/..." includes all folders below; "domain/*_test.go" and "domain/id.go" are files
	Packages string // folders of this module; "a/..." includes all folders below
	Std      string // packages of the standard library, or "*"; functions that read the clock are listed: "time time.Now"
	Tech     string // packages of other modules; "m/..." includes all packages below
	Why      string // the reason, which ends the report of a violation
}

// Check returns the violations of the table, one line each: an import or a read of the clock that no row of the file allows, a struct
// tag in a folder that may have none, a folder without a row, a row without a file.
func Check(tree *source.Tree, table []Row) []string {
	var found []string
	unnamed := make(map[string]bool)
	used := make([]bool, len(table))
	for _, file := range tree.Files {
		var rows []Row
		for i, row := range table {
			if row.matches(file) {
				used[i] = true
				rows = append(rows, row)
			}
		}
		if !slices.ContainsFunc(rows, Row.forFolder) {
			unnamed[file.Folder()] = true
			continue
		}
		found = append(found, checkImports(tree, file, rows)...)
		found = append(found, checkClock(file, rows)...)
		found = append(found, checkTags(file)...)
	}
	for folder := range unnamed {
		found = append(found, folder+": no row names this folder: add one that says what it may import")
	}
	slices.Sort(found)
	for i, row := range table {
		if !used[i] {
			found = append(found, fmt.Sprintf("row %q matches no file: remove or correct it", row.Path))
		}
	}
	return found
}

// matches reports whether the row applies to file.
func (r Row) matches(file *source.File) bool {
	if r.forFolder() {
		return within(file.Folder(), r.Path)
	}
	folder, pattern := path.Split(r.Path)
	named, err := path.Match(pattern, path.Base(file.Path))
	return err == nil && named && within(file.Folder(), strings.TrimSuffix(folder, "/"))
}

// forFolder reports whether the row applies to folders, not to some of their files.
func (r Row) forFolder() bool { return path.Ext(r.Path) != ".go" }

func checkImports(tree *source.Tree, file *source.File, rows []Row) []string {
	var found []string
	for _, imported := range file.Imports() {
		if !slices.ContainsFunc(rows, func(r Row) bool { return r.allows(tree, file, imported.Path) }) {
			found = append(found, fmt.Sprintf("%s:%d: imports %q: %s", file.Path, imported.Line, imported.Path, why(rows)))
		}
	}
	return found
}

func (r Row) allows(tree *source.Tree, file *source.File, imported string) bool {
	if folder, ok := tree.Folder(imported); ok {
		return folder == file.Folder() || names(r.Packages, folder) // a test may be an external package of the folder
	}
	host, _, _ := strings.Cut(imported, "/")
	if strings.Contains(host, ".") {
		return names(r.Tech, imported)
	}
	return r.Std == "*" || names(r.Std, imported)
}

func checkClock(file *source.File, rows []Row) []string {
	var found []string
	for _, imported := range file.Imports() {
		if imported.Path != "time" {
			continue
		}
		if imported.Name == "." && !allowsStd(rows, "*") {
			found = append(found, fmt.Sprintf("%s:%d: imports \"time\" with a dot: name the package, so that reads of the clock are visible",
				file.Path, imported.Line))
		}
		ast.Inspect(file.Syntax, func(node ast.Node) bool {
			use, ok := node.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			from, ok := use.X.(*ast.Ident)
			if ok && from.Name == imported.Name && names(clock, use.Sel.Name) && !allowsStd(rows, "time."+use.Sel.Name) {
				found = append(found, fmt.Sprintf("%s:%d: uses time.%s: %s", file.Path, file.Line(use), use.Sel.Name, why(rows)))
			}
			return true
		})
	}
	return found
}

func allowsStd(rows []Row, name string) bool {
	return slices.ContainsFunc(rows, func(r Row) bool { return r.Std == "*" || names(r.Std, name) })
}

func checkTags(file *source.File) []string {
	if names(tagged, file.Folder()) {
		return nil
	}
	var found []string
	ast.Inspect(file.Syntax, func(node ast.Node) bool {
		if field, ok := node.(*ast.Field); ok && field.Tag != nil {
			found = append(found, fmt.Sprintf("%s:%d: tags a field %s: %s", file.Path, file.Line(field.Tag), field.Tag.Value, whyUntagged))
		}
		return true
	})
	return found
}

func why(rows []Row) string { return rows[len(rows)-1].Why }

// names reports whether a list of a [Row] has name.
func names(list, name string) bool {
	for pattern := range strings.FieldsSeq(list) {
		if within(name, pattern) {
			return true
		}
	}
	return false
}

// within reports whether a folder or package matches pattern: it is equal, or below the part before "/...".
func within(name, pattern string) bool {
	root, tree := strings.CutSuffix(pattern, "/...")
	return name == root || tree && strings.HasPrefix(name, root+"/")
}

// pure is the part of the standard library without I/O and clock.
const pure = "bytes cmp crypto/sha256 encoding/binary encoding/hex errors fmt hash iter maps math slices strconv strings time unicode unicode/utf8"

// clock are the functions of package time that read the clock or wait. A row that allows "time" allows none of these.
const clock = "After AfterFunc NewTicker NewTimer Now Since Sleep Tick Until"

// tagged are the folders that may have struct tags.
const tagged = "adapters/... cmd/..."

const whyUntagged = "only adapters and cmd know the external names of fields"
