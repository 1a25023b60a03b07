package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A mutant is the code with one change.
type mutant struct {
	id       string // the same in each tree with the same line
	file     string // from the root, with slashes
	line     int
	operator string
	from, to int    // the bytes that new replaces
	old, new string // for a line of the report
}

// String is the beginning of the mutant's line in the results.
func (m mutant) String() string {
	return fmt.Sprintf("%s\t%s:%d\t%s\t%s => %s", m.id, m.file, m.line, m.operator, short(m.old), short(m.new))
}

func short(code string) string {
	code = strings.Join(strings.Fields(code), " ")
	if runes := []rune(code); len(runes) > 60 {
		code = string(runes[:60]) + "…"
	}
	return "`" + code + "`"
}

func (m mutant) apply(text string) string { return text[:m.from] + m.new + text[m.to:] }

// folder returns the package of the mutant: migrations belong to the folder above.
func (m mutant) folder() string {
	return strings.TrimSuffix(filepath.ToSlash(filepath.Dir(m.file)), "/migrations")
}

// findAll returns the possible mutants of each area.
func findAll(root string, areas []string) ([][]mutant, error) {
	all := make([][]mutant, len(areas))
	for i, area := range areas {
		for folder := range strings.SplitSeq(area, ",") {
			for _, pattern := range []string{"*.go", "migrations/*.sql"} {
				files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(folder), pattern))
				if err != nil {
					return nil, err
				}
				for _, file := range files {
					found, err := findIn(root, file)
					if err != nil {
						return nil, err
					}
					all[i] = append(all[i], found...)
				}
			}
		}
		if len(all[i]) == 0 {
			return nil, fmt.Errorf("area %s has no code to change: run the command in the root of the repository, or give -root", area)
		}
	}
	return all, nil
}

func findIn(root, file string) ([]mutant, error) {
	content, err := os.ReadFile(file)
	if err != nil || strings.HasSuffix(file, "_test.go") {
		return nil, err
	}
	name, err := filepath.Rel(root, file)
	if err != nil {
		return nil, err
	}
	text := string(content)
	var found []mutant
	if strings.HasSuffix(file, ".sql") {
		found = changesOfSQL(text, 0)
	} else if found, err = changesOfGo(text); err != nil {
		return nil, err
	}
	seen := make(map[string]int)
	for i := range found {
		m := &found[i]
		m.file = filepath.ToSlash(name)
		m.line = 1 + strings.Count(text[:m.from], "\n")
		m.old = text[m.from:m.to]
		begin := strings.LastIndexByte(text[:m.from], '\n') + 1
		line, _, _ := strings.Cut(text[begin:], "\n")
		key := strings.Join([]string{m.file, m.operator, strings.TrimSpace(line), m.old, m.new}, "\x00")
		seen[key]++ // equal lines of a file are counted
		sum := sha256.Sum256(fmt.Append([]byte(key), seen[key]))
		m.id = hex.EncodeToString(sum[:5])
	}
	return found, nil
}

// draw puts mutants in an order that depends on the seed and their code alone.
func draw(all []mutant, seed uint64) {
	rank := make(map[string]uint64, len(all))
	for _, m := range all {
		sum := sha256.Sum256(fmt.Append([]byte(m.id), seed))
		rank[m.id] = binary.BigEndian.Uint64(sum[:])
	}
	slices.SortFunc(all, func(a, b mutant) int { return cmp.Compare(rank[a.id], rank[b.id]) })
}
