package merge

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	generatedHeader = regexp.MustCompile(`(?i)generated .*DO NOT EDIT`)
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
			return os.WriteFile(file, withBlocks(text, m.file(name)), 0o644)
		}
		return nil
	})
}

// withBlocks returns a document with the generated blocks of another.
func withBlocks(text []byte, other string) []byte {
	blocks := make(map[string]string)
	for _, b := range block.FindAllStringSubmatch(other, -1) {
		blocks[b[1]] = b[0]
	}
	return block.ReplaceAllFunc(text, func(found []byte) []byte {
		if b, ok := blocks[string(block.FindSubmatch(found)[1])]; ok {
			return []byte(b)
		}
		return found
	})
}
