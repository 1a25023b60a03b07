package create

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"example.com/roster/cmd/scaffold/internal/filetree"
	"example.com/roster/cmd/scaffold/merge"
)

// Parts are what a service can leave out, in the order of removal.
var Parts = merge.Parts

// needs are the parts without which a part is left out, too.
var needs = map[string][]string{"deploy": {"postgres", "nats", "oidc"}}

// A part is a file of edits that remove it from the template, and a folder of files that replace what was removed. An edit is one of
//
//	drop PATH                  remove a file or folder
//	in FILE                    apply the following edits to this file
//	block BEGINNING            remove the line that begins so, the comment above it, and the lines below it that are indented further,
//	                           with their closing brace: a declaration of Go, a key of YAML or a target of make. In a document,
//	                           it is a row, an item, or a paragraph, with the list or code after it if it ends in a colon
//	section HEADING            remove a section of a document, up to the next heading of its rank
//	phrase¦OLD¦NEW¦            replace text; \n stands for a line break
//	all¦OLD¦NEW¦               replace text, any number of times
//	- LINE                     remove a line; consecutive ones form one block
//	+ LINE                     insert a line in place of that block
//
// Each edit but all must match the template exactly once; else it is an error. If another part has removed the text already, the
// edit does nothing. A line that begins with # is a comment, and separates two blocks of lines.
//
//go:embed all:parts
var parts embed.FS

// removePart removes a part from the tree.
func removePart(t, template Tree, part string) error {
	edits, err := fs.ReadFile(parts, "parts/"+part+".edits")
	if err != nil {
		return err
	}
	e := editor{tree: t, template: template}
	if err := e.apply(filetree.WithLF(edits)); err != nil {
		return fmt.Errorf("without %s: %w", part, err)
	}
	added, err := filetree.Load(parts, "parts/"+part)
	for name, text := range added { // Go files end in .txt there, so that they are not in the build
		t[strings.TrimSuffix(strings.TrimPrefix(name, "parts/"+part+"/"), ".txt")] = text
	}
	return err
}

// An editor applies edits in order.
type editor struct {
	tree     Tree
	template Tree // before any edit
	file     string
}

// blockOfLines matches lines to remove, and those to insert in their place.
var blockOfLines = regexp.MustCompile(`^(?:-(?: .*)?\n)*(?:\+(?: .*)?\n)*`)

func (e *editor) apply(edits string) error {
	for edits != "" {
		var err error
		lines := blockOfLines.FindString(edits)
		if edits = edits[len(lines):]; lines != "" {
			err = e.replaceLines(lines)
		} else {
			lines, edits, _ = strings.Cut(edits, "\n")
			err = e.edit(lines)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *editor) edit(edit string) error {
	kind, rest, _ := strings.Cut(edit, " ")
	switch kind {
	case "", "#":
		return nil
	case "drop", "in":
		if !e.template.has(rest) {
			return fmt.Errorf("%s does not exist", rest)
		}
		if kind == "drop" {
			e.tree.remove(rest)
		} else {
			e.file = rest
		}
		return nil
	case "section":
		return e.section(rest)
	case "block":
		return e.block(rest)
	}
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

func (e *editor) replaceLines(lines string) error {
	old, new := "\n", "\n"
	for line := range strings.Lines(lines) {
		if text := strings.TrimPrefix(line[1:], " "); line[0] == '-' {
			old += text
		} else {
			new += text
		}
	}
	return e.replace(old, new)
}

// replace replaces a text. Before a file there is a line break, so that a text may begin with one.
func (e *editor) replace(old, new string) error {
	text, ok := e.tree[e.file]
	if n := strings.Count("\n"+e.template[e.file], old); n != 1 || strings.Count("\n"+text, old) > 1 {
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

// block removes a line by its beginning, the comment above it, and the lines below it that are blank, indented further or a closing
// brace.
func (e *editor) block(begin string) error {
	if path.Ext(e.file) == ".md" && !strings.ContainsAny(begin[:1], " -|0123456789") {
		return e.paragraph(begin)
	}
	return e.removeLines(begin, func(line string) bool {
		deeper := len(indentation(line)) - len(indentation(begin))
		return line != "\n" && (deeper < 0 || deeper == 0 && !strings.ContainsAny(strings.TrimSpace(line)[:1], "})]"))
	})
}

func indentation(line string) string { return line[:len(line)-len(strings.TrimLeft(line, " \t"))] }

// paragraph removes a paragraph with the blank line after it, and what it announces.
func (e *editor) paragraph(begin string) error {
	last, fenced, more := "", false, false
	return e.removeLines(begin, func(line string) bool {
		over := last == "\n" && !fenced && !more
		if line == "\n" {
			more = strings.HasSuffix(last, ":\n")
		}
		fenced, last = fenced != strings.HasPrefix(line, "```"), line
		return over
	})
}

// removeLines removes the line that begins so, and the lines below it until one for which ends is true. It asks about the first, too.
func (e *editor) removeLines(begin string, ends func(line string) bool) error {
	if n := strings.Count("\n"+e.template[e.file], "\n"+begin); n != 1 {
		return fmt.Errorf("%s must have one line that begins with %q, but has %d", e.file, begin, n)
	}
	lines := slices.Collect(strings.Lines(e.tree[e.file]))
	from := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, begin) })
	if from < 0 {
		return nil
	}
	to := from
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
	e.tree[e.file] = strings.TrimRight(strings.Join(slices.Delete(lines, from, to), ""), "\n") + "\n"
	return nil
}
