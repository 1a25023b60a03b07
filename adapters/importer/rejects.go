package importer

import (
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"example.com/roster/domain"
)

// rejects is a file of the rows that were not done, which can itself be imported. A nil one is not written.
type rejects struct {
	*csv.Writer
	file *os.File
	path string // where the file is to be when complete
}

// createRejects begins the file beside its place, which it takes in close: until then what was there stays, be it the very
// file that is being imported. Into what is no ordinary file, such as a terminal or a pipe, it writes at once.
func createRejects(path string, columns []string) (*rejects, error) {
	if path == "" {
		return nil, nil
	}
	beside := path + ".part"
	if is, err := os.Stat(path); err == nil && !is.Mode().IsRegular() {
		beside = path
	}
	file, err := os.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return nil, &domain.Violation{Field: "rejects", Detail: "must be a file that can be written: " + err.Error()}
	}
	r := &rejects{csv.NewWriter(file), file, path}
	return r, r.Write(slices.Concat(columns, []string{"row", "code", "detail"}))
}

// add writes one reject. A failure shows in close.
func (r *rejects) add(rejected row, code domain.Kind, detail string) {
	if r == nil {
		return
	}
	fields := slices.Concat(rejected.columns, []string{strconv.Itoa(rejected.line), string(code), detail})
	for i, f := range fields {
		fields[i] = printable(f)
	}
	_ = r.Write(fields)
}

func (r *rejects) close() error {
	if r == nil {
		return nil
	}
	r.Flush()
	err := r.Error()
	if closed := r.file.Close(); err == nil {
		err = closed
	}
	if err == nil && r.file.Name() != r.path {
		err = os.Rename(r.file.Name(), r.path)
	}
	if err != nil {
		return fmt.Errorf("write the rejects: %w", err)
	}
	return nil
}

// printable puts the control character SUBSTITUTE where text has broken UTF-8 or another control character. So the file is
// valid, a row is a line, and what was no id is none still.
func printable(text string) string {
	const substitute = '\x1a'
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return substitute
		}
		return c
	}, strings.ToValidUTF8(text, string(substitute)))
}
