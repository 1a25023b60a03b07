package usecase

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

// An edit adds lines to a file that all use cases share.
type edit struct {
	files    string // the file, or a pattern of files, without tests, one of which has the target
	where    string // an insertion and its target: see [insertionAt]
	lines    string
	optional bool // whether a service may do without the file
}

var editHeader = regexp.MustCompile(`(?m)^(in|if|keys) (\S+): (.+)\n`)

// readEdits returns the edits of a set of templates, filled in. Text before the first of them is a comment.
func (p *plan) readEdits(set string) (edits []edit, err error) {
	text, err := fs.ReadFile(templates, "templates/"+set+".edits")
	if err != nil {
		return nil, err
	}
	filled, _ := p.fill(string(withLF(text)))
	headers := editHeader.FindAllStringSubmatchIndex(filled, -1)
	for i, at := range headers {
		end := len(filled)
		if i+1 < len(headers) {
			end = headers[i+1][0]
		}
		if kind := filled[at[2]:at[3]]; kind != "keys" || p.service.Keys {
			edits = append(edits, edit{filled[at[4]:at[5]], filled[at[6]:at[7]], filled[at[1]:end], kind == "if"})
		}
	}
	return edits, nil
}

// addLines plans an edit, after the earlier ones of the same file.
func (p *plan) addLines(e edit) error {
	for _, file := range p.service.files(e.files) {
		if strings.HasSuffix(file, "_test.go") && file != e.files {
			continue
		}
		c, err := p.planned(file)
		if err != nil {
			return err
		}
		now, found, err := insertionAt(file, e.where)(c.now, e.lines)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if found {
			p.changes[file] = change{path: file, was: c.was, now: now}
			return nil
		}
	}
	if e.optional {
		return nil
	}
	return fmt.Errorf("%s has no declaration to which a use case could add %q", e.files, strings.TrimSpace(e.lines))
}

// planned returns a file with the changes that are planned so far.
func (p *plan) planned(file string) (change, error) {
	if c, ok := p.changes[file]; ok {
		return c, nil
	}
	text, err := p.service.read(file)
	return change{path: file, was: text, now: text}, err
}
