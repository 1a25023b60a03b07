package create

import (
	"embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"slices"
	"strings"
)

// Parts are what a service can do without, in the order in which they are removed.
var Parts = []string{"postgres", "nats", "partner", "oidc", "telemetry"}

// A part is a file of edits that take it out of the template, and a folder of files that stand in its place. An edit is one of
//
//	drop PATH                  a file or folder
//	in FILE                    what follows is about this file
//	cut NAME                   the declaration of a Go file, and what is said of it
//	block LINE                 a line, and those below that are further in
//	section HEADING            the chapter of a document, up to the next of its rank
//	phrase¦OLD¦NEW¦            within a line, or across lines with \n
//	- LINE                     a line that goes; those that follow it go with it
//	+ LINE                     a line in their place
//
// Each has to find what it is about in the template, once: what the template no longer has is an error. What another part has
// taken already is left alone. Lines that begin with # say why, and part what goes from what goes elsewhere.
//
//go:embed all:parts
var parts embed.FS

// remove takes a part out of the tree.
func remove(t, template Tree, part string) error {
	edits, err := fs.ReadFile(parts, "parts/"+part+".edits")
	if err != nil {
		return fmt.Errorf("there is no part %q: there are %s", part, strings.Join(Parts, ", "))
	}
	e := editor{tree: t, template: template}
	for n, line := range strings.Split(string(edits), "\n") {
		if err := e.do(line); err != nil {
			return fmt.Errorf("without %s: line %d: %w", part, n+1, err)
		}
	}
	if err := e.flush(); err != nil {
		return fmt.Errorf("without %s: %w", part, err)
	}
	return put(t, part)
}

// put adds the files of a part's folder, if it has one. A Go file is called .go.txt there, so that it is no package of the template.
func put(t Tree, part string) error {
	folder := "parts/" + part
	return fs.WalkDir(parts, folder, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil && name == folder: // it has none
			return nil
		case err != nil || entry.IsDir():
			return err
		}
		text, err := parts.ReadFile(name)
		name = strings.TrimPrefix(name, folder+"/")
		if strings.HasSuffix(name, ".go.txt") {
			name = strings.TrimSuffix(name, ".txt")
		}
		t[name] = string(text)
		return err
	})
}

// bare returns what of the tree a service without courses has, and what it has in place of the rest.
func bare(t Tree) (Tree, error) {
	list, err := fs.ReadFile(parts, "parts/bare.keep")
	if err != nil {
		return nil, err
	}
	kept := make(Tree)
	for line := range strings.Lines(string(list)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			continue
		}
		if !t.has(line) {
			return nil, fmt.Errorf("bare: there is no %s", line)
		}
		for name, text := range t {
			if below(name, line) {
				kept[name] = text
			}
		}
	}
	return kept, put(kept, "bare")
}

// An editor does edits one after another.
type editor struct {
	tree     Tree
	template Tree // as it was before anything was removed
	file     string
	old, new []string // lines that were said to go and to come
}

func (e *editor) do(edit string) error {
	word, rest, _ := strings.Cut(edit, " ")
	if word == "-" && len(e.new) == 0 || word == "+" {
		lines := &e.old
		if word == "+" {
			lines = &e.new
		}
		*lines = append(*lines, rest+"\n")
		return nil
	}
	if err := e.flush(); err != nil {
		return err
	}
	switch {
	case edit == "" || word == "#":
		return nil
	case word == "-":
		e.old = []string{rest + "\n"}
		return nil
	case word == "drop":
		if !e.tree.drop(rest) && !e.template.has(rest) {
			return fmt.Errorf("there is no %s", rest)
		}
		return nil
	case word == "in":
		e.file = rest
		if !e.template.has(rest) {
			return fmt.Errorf("there is no %s", rest)
		}
		return nil
	case word == "cut":
		return e.cut(rest)
	case word == "section":
		return e.section(rest)
	case word == "block":
		return e.block(rest)
	case strings.HasPrefix(edit, "all¦"):
		if parts := strings.Split(edit, "¦"); len(parts) == 4 {
			if text, ok := e.tree[e.file]; ok {
				e.tree[e.file] = strings.ReplaceAll(text, parts[1], parts[2])
			}
			return nil
		}
	case strings.HasPrefix(edit, "phrase¦"):
		if parts := strings.Split(edit, "¦"); len(parts) == 4 {
			unbroken := strings.NewReplacer(`\n`, "\n")
			return e.replace(unbroken.Replace(parts[1]), unbroken.Replace(parts[2]))
		}
	}
	return fmt.Errorf("what is %q?", edit)
}

// flush puts the new lines in the place of the old.
func (e *editor) flush() error {
	if len(e.old) == 0 && len(e.new) == 0 {
		return nil
	}
	old, new := "\n"+strings.Join(e.old, ""), "\n"+strings.Join(e.new, "")
	e.old, e.new = nil, nil
	return e.replace(old, new)
}

func (e *editor) replace(old, new string) error {
	if n := strings.Count("\n"+e.template[e.file], old); n != 1 {
		return fmt.Errorf("%s has %d times %q", e.file, n, old)
	}
	if text, ok := e.tree[e.file]; ok {
		e.tree[e.file] = strings.Replace("\n"+text, old, new, 1)[1:]
	}
	return nil
}

// cut removes the declaration of a function, type, variable or constant; of a method as Type.Method.
func (e *editor) cut(name string) error {
	text, ok := e.tree[e.file]
	if !ok {
		return nil
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, e.file, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	for _, d := range file.Decls {
		begin, ok := declares(d, name)
		if !ok {
			continue
		}
		from, to := fset.Position(begin).Offset, fset.Position(d.End()).Offset
		if next := strings.IndexByte(text[to:], '\n'); next >= 0 {
			to += next + 1
		}
		e.tree[e.file] = text[:from] + strings.TrimPrefix(text[to:], "\n")
		return nil
	}
	return fmt.Errorf("%s declares no %s", e.file, name)
}

// declares reports whether d is the declaration of name, and where it begins with its comment.
func declares(d ast.Decl, name string) (token.Pos, bool) {
	begin := func(doc *ast.CommentGroup) token.Pos {
		if doc != nil {
			return doc.Pos()
		}
		return d.Pos()
	}
	switch d := d.(type) {
	case *ast.FuncDecl:
		return begin(d.Doc), funcName(d) == name
	case *ast.GenDecl:
		if len(d.Specs) == 1 {
			switch s := d.Specs[0].(type) {
			case *ast.TypeSpec:
				return begin(d.Doc), s.Name.Name == name
			case *ast.ValueSpec:
				return begin(d.Doc), s.Names[0].Name == name
			}
		}
	}
	return 0, false
}

// funcName returns the name of a function, of a method as Type.Method.
func funcName(d *ast.FuncDecl) string {
	if d.Recv != nil {
		of := d.Recv.List[0].Type
		if star, ok := of.(*ast.StarExpr); ok {
			of = star.X
		}
		if generic, ok := of.(*ast.IndexExpr); ok {
			of = generic.X
		}
		if of, ok := of.(*ast.Ident); ok {
			return of.Name + "." + d.Name.Name
		}
	}
	return d.Name.Name
}

// section removes a chapter of a document.
func (e *editor) section(heading string) error {
	if !strings.Contains(e.template[e.file], "\n"+heading+"\n") {
		return fmt.Errorf("%s has no %q", e.file, heading)
	}
	lines := strings.SplitAfter(e.tree[e.file], "\n")
	from := slices.Index(lines, heading+"\n")
	if from < 0 {
		return nil
	}
	rank, fenced, to := strings.IndexByte(heading, ' '), false, from+1
	for ; to < len(lines); to++ {
		if strings.HasPrefix(lines[to], "```") {
			fenced = !fenced
		}
		if n := strings.IndexByte(lines[to], ' '); !fenced && n > 0 && n <= rank && strings.Trim(lines[to][:n], "#") == "" {
			break
		}
	}
	e.tree[e.file] = strings.TrimRight(strings.Join(slices.Delete(lines, from, to), ""), "\n") + "\n"
	return nil
}

// block removes a line, and what follows further in.
func (e *editor) block(line string) error {
	if n := strings.Count("\n"+e.template[e.file], "\n"+line+"\n"); n != 1 {
		return fmt.Errorf("%s has %d times %q", e.file, n, line)
	}
	indent := func(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
	lines := strings.SplitAfter(e.tree[e.file], "\n")
	if from := slices.Index(lines, line+"\n"); from >= 0 {
		to := from + 1
		for to < len(lines) && indent(lines[to]) > indent(line) {
			to++
		}
		e.tree[e.file] = strings.Join(slices.Delete(lines, from, to), "")
	}
	return nil
}
