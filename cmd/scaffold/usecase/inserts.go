package usecase

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"example.com/roster/cmd/scaffold/internal/filetree"
)

// An insert adds lines to a file that all use cases share.
type insert struct {
	files    string // the file, or a pattern of files, without tests, one of which has the target
	where    string // an insertion and its target: see [insertionAt]
	lines    string
	optional bool // whether a service may do without the file
}

var (
	insertHeader = regexp.MustCompile(`(?m)^(in|if) (\S+): (.+)\n`)
	blockOf      = regexp.MustCompile(`(?m)^block (\S+): (.+)\n`)
)

// readInserts returns the inserts of a set, filled in. Text before the first of them is a comment.
func (p *plan) readInserts(sample map[string]string, set string) (inserts []insert, err error) {
	file, err := fs.ReadFile(templates, "templates/"+set+".inserts")
	text := blockOf.ReplaceAllStringFunc(filetree.WithLF(file), func(line string) string {
		m := blockOf.FindStringSubmatch(line)
		block, wrong := blockIn(sample, m[1], m[2])
		err = errors.Join(err, wrong)
		return block
	})
	text = p.fill(text)
	headers := insertHeader.FindAllStringSubmatchIndex(text, -1)
	for i, at := range headers {
		end := len(text)
		if i+1 < len(headers) {
			end = headers[i+1][0]
		}
		inserts = append(inserts, insert{text[at[4]:at[5]], text[at[6]:at[7]], text[at[1]:end], text[at[2]:at[3]] == "if"})
	}
	return inserts, err
}

// addLines plans an insert, after the earlier ones of the same file.
func (p *plan) addLines(i insert) error {
	for _, file := range p.service.files(i.files) {
		if strings.HasSuffix(file, "_test.go") && file != i.files {
			continue
		}
		c, err := p.planned(file)
		if err != nil {
			return err
		}
		now, found, err := insertionAt(file, i.where)(c.now, i.lines)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if found {
			p.changes[file] = change{path: file, was: c.was, now: now}
			return nil
		}
	}
	if i.optional {
		return nil
	}
	return fmt.Errorf("%s has no declaration to which a use case could add %q", i.files, strings.TrimSpace(i.lines))
}

// planned returns a file with the changes that are planned so far.
func (p *plan) planned(file string) (change, error) {
	if c, ok := p.changes[file]; ok {
		return c, nil
	}
	text, err := p.service.read(file)
	return change{path: file, was: text, now: text}, err
}
