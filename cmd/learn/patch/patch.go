// Package patch applies the output of git diff to a tree that may have changed since. It needs no git, so it works for learners who have Go
// alone.
//
// A hunk is found by its old lines: the removed lines and their context must be in the file, in this order. If they are in several places,
// the place nearest to the hunk's line number counts. White space in them does not count. Line numbers may be wrong, but no line is ever guessed.
package patch

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// A Patch is a change of files.
type Patch struct {
	Note  string // what is written above the first file
	Files []File
}

// A File is the change of one file. A patch that renames a file deletes the one and creates the other.
type File struct {
	Name    string // with slashes, from the root of the tree
	Created bool
	Deleted bool
	Hunks   []Hunk
}

// A Hunk replaces some lines by others. Both include the lines around them, which stay.
type Hunk struct {
	Line     int // the number of its first old line when the patch was made, from 1
	Old, New []string
}

// none stands for the file before its creation and after its deletion.
const none = "/dev/null"

// Parse reads the output of git diff. Line ends may be CRLF.
func Parse(text string) (Patch, error) {
	p := parser{lines: strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")}
	if last := len(p.lines) - 1; p.lines[last] == "" {
		p.lines = p.lines[:last]
	}
	note := p.until(func(line string) bool {
		return strings.HasPrefix(line, "diff --git ") || strings.HasPrefix(line, "--- ")
	})
	patch := Patch{Note: strings.TrimSpace(strings.Join(note, "\n"))}
	for p.at < len(p.lines) {
		file, err := p.file()
		if err != nil {
			return Patch{}, fmt.Errorf("line %d of the patch: %w", p.at+1, err)
		}
		patch.Files = append(patch.Files, file)
	}
	if len(patch.Files) == 0 {
		return Patch{}, errors.New("the patch changes no file: make it by git diff")
	}
	return patch, nil
}

type parser struct {
	lines []string
	at    int
}

// until returns the lines before the first one for which stop is true, and moves there.
func (p *parser) until(stop func(line string) bool) []string {
	begin := p.at
	for p.at < len(p.lines) && !stop(p.lines[p.at]) {
		p.at++
	}
	return p.lines[begin:p.at]
}

// after returns the rest of a line that begins with the prefix, and moves behind it.
func (p *parser) after(prefix string) (rest string, err error) {
	if p.at == len(p.lines) {
		return "", fmt.Errorf("%q is missing at the end", strings.TrimSpace(prefix))
	}
	rest, ok := strings.CutPrefix(p.lines[p.at], prefix)
	if !ok {
		return "", fmt.Errorf("want %q, got %q", strings.TrimSpace(prefix), p.lines[p.at])
	}
	p.at++
	return rest, nil
}

func (p *parser) file() (File, error) {
	p.until(func(line string) bool { return strings.HasPrefix(line, "--- ") })
	before, err := p.after("--- ")
	if err != nil {
		return File{}, err
	}
	after, err := p.after("+++ ")
	if err != nil {
		return File{}, err
	}
	f := File{Created: before == none, Deleted: after == none}
	if f.Name = strings.TrimPrefix(after, "b/"); f.Deleted {
		f.Name = strings.TrimPrefix(before, "a/")
	}
	if !f.Created && !f.Deleted && strings.TrimPrefix(before, "a/") != f.Name {
		return File{}, fmt.Errorf("%s becomes %s: make the patch by git diff --no-renames", before, after)
	}
	if !fs.ValidPath(f.Name) {
		return File{}, fmt.Errorf("%q is no path in the tree", f.Name)
	}
	for p.at < len(p.lines) && strings.HasPrefix(p.lines[p.at], "@@ ") {
		hunk, err := p.hunk()
		if err != nil {
			return File{}, err
		}
		if len(hunk.Old) == 0 && !f.Created {
			return File{}, fmt.Errorf("%s gets lines, and no line says between which: make the hunk with a line around them, by git diff -U1", f.Name)
		}
		f.Hunks = append(f.Hunks, hunk)
	}
	if len(f.Hunks) == 0 {
		return File{}, fmt.Errorf("%s has no hunk", f.Name)
	}
	return f, nil
}

func (p *parser) hunk() (h Hunk, err error) {
	if _, err := fmt.Sscanf(p.lines[p.at], "@@ -%d", &h.Line); err != nil {
		return Hunk{}, fmt.Errorf("%q has no line number", p.lines[p.at])
	}
	p.at++
	for ; p.at < len(p.lines); p.at++ {
		switch line := p.lines[p.at]; {
		case line == "": // an editor has removed the space of an empty line
			h.Old, h.New = append(h.Old, ""), append(h.New, "")
		case line[0] == ' ':
			h.Old, h.New = append(h.Old, line[1:]), append(h.New, line[1:])
		case line[0] == '-':
			h.Old = append(h.Old, line[1:])
		case line[0] == '+':
			h.New = append(h.New, line[1:])
		default:
			if line[0] == '\\' {
				return Hunk{}, errors.New("a file must end with a line end")
			}
			return h, nil
		}
	}
	return h, nil
}

// Apply returns the new texts of the files that the patch changes, by name. The text of a deleted file is nil. It is an error if a file or
// the old lines of a hunk are missing, or if a file to be created exists.
func (p Patch) Apply(tree fs.FS) (map[string][]byte, error) {
	changed := make(map[string][]byte)
	for _, f := range p.Files {
		text, err := f.apply(tree)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		changed[f.Name] = text
	}
	return changed, nil
}

func (f File) apply(tree fs.FS) ([]byte, error) {
	old, err := fs.ReadFile(tree, f.Name)
	switch {
	case f.Created && err == nil:
		return nil, errors.New("the patch creates this file, and it exists")
	case f.Created:
		return []byte(strings.Join(f.Hunks[0].New, "\n") + "\n"), nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("the patch changes this file, and it does not exist")
	case err != nil:
		return nil, err
	case f.Deleted:
		return nil, nil
	}
	lines := strings.Split(strings.ReplaceAll(string(old), "\r\n", "\n"), "\n")
	var text []string
	done, moved := 0, 0 // the lines that text has, and how far the last hunk was from its line number
	for _, h := range f.Hunks {
		at, err := h.in(lines, done, h.Line-1+moved)
		if err != nil {
			return nil, err
		}
		text = append(text, lines[done:at]...)
		stays := make(map[string]string) // as the file has it
		for i, line := range h.Old {
			stays[line] = lines[at+i]
		}
		for _, line := range h.New {
			if is, ok := stays[line]; ok {
				line = is
			}
			text = append(text, line)
		}
		done, moved = at+len(h.Old), at-(h.Line-1)
	}
	return []byte(strings.Join(append(text, lines[done:]...), "\n")), nil
}

// in returns the index of the hunk's first old line among the lines from index from on, the nearest to near.
func (h Hunk) in(lines []string, from, near int) (int, error) {
	best := -1
	for at := from; at+len(h.Old) <= len(lines); at++ {
		if slices.EqualFunc(lines[at:at+len(h.Old)], h.Old, sameWords) && (best < 0 || abs(at-near) < abs(best-near)) {
			best = at
		}
	}
	if best < 0 {
		return 0, fmt.Errorf("these lines are not there (they were at line %d):\n%s\nEither the file has changed, or an earlier patch is missing", h.Line,
			strings.Join(h.Old, "\n"))
	}
	return best, nil
}

// sameWords compares lines without regard to white space: gofmt aligns a column again when one of its names becomes longer.
func sameWords(a, b string) bool {
	return a == b || slices.Equal(strings.Fields(a), strings.Fields(b))
}

func abs(n int) int { return max(n, -n) }
