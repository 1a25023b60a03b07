package merge

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	generatedHeader = regexp.MustCompile(`(?i)generated .*DO NOT EDIT`)
	row             = regexp.MustCompile(`(?m)^\| ([^|]*)\|.*$`)
	block           = regexp.MustCompile(`(?s)<!-- ([\w-]+):begin -->\n.*?<!-- ([\w-]+):end -->`)
)

// keepOwned gives the documents of a made service the drawings and tables that are generated in the owner's, so that these are no conflict,
// and lists the files that are generated.
func (m *merging) keepOwned(dir string) error {
	return filepath.WalkDir(dir, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		switch {
		case generatedHeader.Match(text[:min(len(text), 400)]):
			m.generated = append(m.generated, name)
		case strings.HasSuffix(name, ".md") && block.Match(text):
			return os.WriteFile(file, withBlocks(text, m.repo.file(name)), 0o644)
		}
		return nil
	})
}

// withBlocks returns a document with the generated blocks of another. Of a table, it has the other's row for each of its own, by the first
// cell, so that rows of parts come and go.
func withBlocks(text []byte, other string) []byte {
	blocks := make(map[string]string)
	for _, b := range block.FindAllStringSubmatch(other, -1) {
		blocks[b[1]] = b[0]
	}
	return block.ReplaceAllFunc(text, func(found []byte) []byte {
		b, ok := blocks[string(block.FindSubmatch(found)[1])]
		if !ok || !row.Match(found) {
			return []byte(cmp.Or(b, string(found)))
		}
		rows := make(map[string]string)
		for _, r := range row.FindAllStringSubmatch(b, -1) {
			rows[r[1]] = r[0]
		}
		return row.ReplaceAllFunc(found, func(line []byte) []byte {
			return []byte(cmp.Or(rows[string(row.FindSubmatch(line)[1])], string(line)))
		})
	})
}
