package filetree

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// Apply makes a variant of a tree: it applies the edits of the file NAME.edits, and adds the files of the folder NAME, if there is one.
// An edit is one of
//
//	drop PATH                  remove a file or folder
//	in FILE                    apply the following edits to this file
//	block BEGINNING            remove the line that begins so, the comment above it, and the lines below it that are indented further,
//	                           with their closing brace: a declaration of Go, a key of YAML or a target of make. In a document,
//	                           it is a row, an item, or a paragraph, with the list or code after it if it ends in a colon
//	section HEADING            remove a section of a document, up to the next heading of its rank
//	phrase¦OLD¦NEW¦            replace text; \n stands for a line break
//	all¦OLD¦NEW¦               replace text, any number of times
//	- LINE                     remove a line
//	= LINE                     keep a line; consecutive ones, removed or kept, form one block
//	+ LINE                     insert a line at the end of that block
//
// Each edit but all must match the original exactly once, the tree before any edit; else it is an error. If another variant has removed
// the text already, the edit does nothing. A line that begins with # is a comment, and separates two blocks of lines.
func (t Tree) Apply(original Tree, variants fs.FS, name string) error {
	edits, err := fs.ReadFile(variants, name+".edits")
	if err != nil {
		return err
	}
	e := editor{tree: t, original: original}
	for n, line := range strings.Split(WithLF(edits)+"\n", "\n") { // the last line, which is empty, applies the last block
		if err := e.apply(line); err != nil {
			return fmt.Errorf("%s.edits:%d: %w", name, n+1, err)
		}
	}
	added, err := LoadTexts(variants, name)
	maps.Copy(t, added)
	return err
}

// An editor applies edits in order.
type editor struct {
	tree      Tree
	original  Tree // before any edit
	file      string
	old, new  []string // the lines of the current block
	inserting bool     // whether it has a line to insert
}

func (e *editor) apply(edit string) error {
	kind, rest, _ := strings.Cut(edit, " ")
	if kind == "+" {
		e.new, e.inserting = append(e.new, rest+"\n"), true
		return nil
	}
	if kind != "-" && kind != "=" || e.inserting {
		if err := e.flush(); err != nil {
			return err
		}
	}
	switch kind {
	case "", "#":
		return nil
	case "-":
		e.old = append(e.old, rest+"\n")
		return nil
	case "=":
		e.old, e.new = append(e.old, rest+"\n"), append(e.new, rest+"\n")
		return nil
	case "drop", "in":
		if !e.original.Has(rest) {
			return fmt.Errorf("%s does not exist", rest)
		}
		if kind == "drop" {
			e.tree.Remove(rest)
		} else {
			e.file = rest
		}
		return nil
	case "section":
		return e.section(rest)
	case "block":
		return e.block(rest)
	}
	return e.substitute(edit)
}

// substitute applies an edit that begins with phrase or all.
func (e *editor) substitute(edit string) error {
	parts := strings.Split(strings.ReplaceAll(edit, `\n`, "\n"), "¦")
	if len(parts) == 4 && parts[0] == "phrase" {
		return e.replace(parts[1], parts[2])
	}
	if text, ok := e.tree[e.file]; len(parts) == 4 && parts[0] == "all" {
		if ok {
			e.tree[e.file] = strings.ReplaceAll(text, parts[1], parts[2])
		}
		return nil
	}
	return fmt.Errorf("%q is not an edit", edit)
}

// flush applies the current block: it replaces the old lines by the new ones.
func (e *editor) flush() error {
	if len(e.old) == 0 && len(e.new) == 0 {
		return nil
	}
	old, new := "\n"+strings.Join(e.old, ""), "\n"+strings.Join(e.new, "")
	e.old, e.new, e.inserting = nil, nil, false
	return e.replace(old, new)
}

func (e *editor) replace(old, new string) error {
	text, ok := e.tree[e.file]
	if n := strings.Count("\n"+e.original[e.file], old); n != 1 || strings.Count("\n"+text, old) > 1 {
		return fmt.Errorf("%s must contain %q once, before and after other edits, but does %d times", e.file, old, n)
	}
	if ok {
		e.tree[e.file] = strings.Replace("\n"+text, old, new, 1)[1:]
	}
	return nil
}

// section removes a section of a document.
func (e *editor) section(heading string) error {
	rank, fenced := strings.IndexByte(heading, ' '), false
	return e.removeLines(heading+"\n", func(line string) bool {
		fenced = fenced != strings.HasPrefix(line, "```")
		n := strings.IndexByte(line, ' ')
		return !fenced && n > 0 && n <= rank && strings.Trim(line[:n], "#") == ""
	})
}

func (e *editor) block(begin string) error {
	if path.Ext(e.file) == ".md" && !strings.ContainsAny(begin[:1], " -|0123456789") {
		return e.removeLines(begin, endOfParagraph())
	}
	return e.removeLines(begin, endOfBlock(begin))
}

// endOfBlock ends lines at one that is not blank, indented further or a closing brace.
func endOfBlock(begin string) (ends func(line string) bool) {
	return func(line string) bool {
		deeper := len(indentation(line)) - len(indentation(begin))
		return line != "\n" && (deeper < 0 || deeper == 0 && !strings.ContainsAny(strings.TrimSpace(line)[:1], "})]"))
	}
}

func indentation(line string) string { return line[:len(line)-len(strings.TrimLeft(line, " \t"))] }

// endOfParagraph ends lines after the blank line that follows a paragraph, and what it announces.
func endOfParagraph() (ends func(line string) bool) {
	last, fenced, more := "", false, false
	return func(line string) bool {
		over := last == "\n" && !fenced && !more
		if line == "\n" {
			more = strings.HasSuffix(last, ":\n")
		}
		fenced, last = fenced != strings.HasPrefix(line, "```"), line
		return over
	}
}

// removeLines removes what find finds.
func (e *editor) removeLines(begin string, ends func(line string) bool) error {
	if n := strings.Count("\n"+e.original[e.file], "\n"+begin); n != 1 {
		return fmt.Errorf("%s must have one line that begins with %q, but has %d", e.file, begin, n)
	}
	lines := slices.Collect(strings.Lines(e.tree[e.file]))
	if from, to, found := find(lines, begin, ends); found {
		e.tree[e.file] = strings.TrimRight(strings.Join(slices.Delete(lines, from, to), ""), "\n") + "\n"
	}
	return nil
}

// Block returns what the edit block removes from a file.
func (t Tree) Block(file, begin string) (string, error) {
	lines := slices.Collect(strings.Lines(t[file]))
	from, to, found := find(lines, begin, endOfBlock(begin))
	if !found {
		return "", fmt.Errorf("%s has no line that begins with %q", file, begin)
	}
	return strings.Join(lines[from:to], ""), nil
}

// find returns where the line that begins so is, with the comment above it, and the lines below it until one for which ends is true. It asks
// about the first, too.
func find(lines []string, begin string, ends func(line string) bool) (from, to int, found bool) {
	if from = slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, begin) }); from < 0 {
		return 0, 0, false
	}
	to = from
	for to < len(lines) && (!ends(lines[to]) || to == from) {
		to++
	}
	indent := indentation(begin)
	for indent != "" && lines[to-1] == "\n" {
		to--
	}
	for from > 0 && (strings.HasPrefix(lines[from-1], indent+"//") || strings.HasPrefix(lines[from-1], indent+"# ")) {
		from--
	}
	return from, to, true
}
