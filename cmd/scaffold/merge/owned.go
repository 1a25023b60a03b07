package merge

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"example.com/roster/cmd/scaffold/internal/filetree"
)

var (
	generatedHeader = regexp.MustCompile(`(?i)generated .*DO NOT EDIT`)
	row             = regexp.MustCompile(`(?m)^\| ([^|]*)\|.*$`)
	block           = regexp.MustCompile(`(?s)<!-- ([\w-]+):begin -->\n.*?<!-- ([\w-]+):end -->`)
)

// keepOwned gives the documents of a made service the drawings and tables that are generated in the owner's, so that these are no conflict,
// and lists the files that are generated.
func (m *merging) keepOwned(dir string) error {
	files, err := filetree.Load(os.DirFS(dir), ".")
	m.generated = nil // what the service as it was has generated may be the owner's now
	for name, text := range files {
		switch {
		case generatedHeader.MatchString(text[:min(len(text), 400)]):
			m.generated = append(m.generated, name)
		case strings.HasSuffix(name, ".md") && block.MatchString(text):
			text = withBlocks(text, m.repo.file(name))
			err = errors.Join(err, os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(text), 0o644))
		}
	}
	return err
}

// withBlocks returns a document with the generated blocks of another. Of a table, it has the other's row for each of its own, by the first
// cell, so that rows of parts come and go; but if a first cell is there twice, the other's whole table.
func withBlocks(text, other string) string {
	blocks := make(map[string]string)
	for _, b := range block.FindAllStringSubmatch(other, -1) {
		blocks[b[1]] = b[0]
	}
	return block.ReplaceAllStringFunc(text, func(found string) string {
		b := blocks[block.FindStringSubmatch(found)[1]]
		all, rows := row.FindAllStringSubmatch(b, -1), make(map[string]string)
		for _, r := range all {
			rows[r[1]] = r[0]
		}
		if b == "" || !row.MatchString(found) || len(rows) < len(all) {
			return cmp.Or(b, found)
		}
		return row.ReplaceAllStringFunc(found, func(line string) string {
			return cmp.Or(rows[row.FindStringSubmatch(line)[1]], line)
		})
	})
}
