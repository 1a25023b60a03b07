package importer

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"example.com/roster/adapters/internal/spreadsheet"
	"example.com/roster/domain"
)

// A rejectsFile holds the rejected rows as CSV that can be imported. Methods of a nil rejectsFile do nothing.
type rejectsFile struct {
	*csv.Writer
	file     *os.File
	path     string // of the complete file
	replaces bool   // the imported file is at path
}

// createRejects creates the file that the options name, unless that would replace the file that is read, and with it the accepted rows.
// A file of rejects may be replaced by the rest of them, but not by those of a dry run, which accepts nothing.
//
// The file has a temporary name, and close renames it. Until then a file at the path stays as it is, even if it is the one that is being
// imported. Of several runs with the same path, the last one to end has its file there. If that is not a regular file, such as a terminal
// or a pipe, rows are written to it directly.
func (j *job) createRejects(o Options) (*rejectsFile, error) {
	if o.Rejects == "" {
		return nil, nil
	}
	replaces := isFile(o.File, o.Rejects)
	if replaces && (o.DryRun || !j.rows.ofRejects()) {
		return nil, &domain.Violation{Field: "--rejects", Detail: "must not be the imported file, because the accepted rows would be lost"}
	}
	file, err := openRejects(o.Rejects)
	if err != nil {
		return nil, &domain.Violation{Field: "rejects", Detail: "must be the path of a writable file: " + err.Error()}
	}
	r := &rejectsFile{csv.NewWriter(file), file, o.Rejects, replaces}
	return r, r.Write(slices.Concat(j.columns, rejectColumns))
}

// isFile reports whether a path leads to the file, and that is a regular one. No path leads to nil.
func isFile(file os.FileInfo, path string) bool {
	info, err := os.Stat(path)
	return err == nil && file != nil && info.Mode().IsRegular() && os.SameFile(file, info)
}

// rejectColumns are the columns of a rejects file after those of the rows.
var rejectColumns = []string{"row", "code", "detail"}

// isRejects reports whether a header is that of a rejects file.
func isRejects(header []string) bool {
	n := len(header) - len(rejectColumns)
	return n > 0 && slices.Equal(header[n:], rejectColumns)
}

// openRejects opens the file to write to. Its owner alone can read it, for it may name people. It is a new one, of this run alone.
func openRejects(path string) (*os.File, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return os.OpenFile(path, os.O_WRONLY, 0)
	}
	return os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".part-*") // with mode 0600
}

// add writes one reject. close returns the first error.
func (r *rejectsFile) add(rejected row, code domain.Kind, detail string) {
	if r == nil {
		return
	}
	fields := slices.Concat(rejected.columns, []string{strconv.Itoa(rejected.line), string(code), detail})
	for i, f := range fields {
		fields[i] = spreadsheet.EscapeFormula(printable(f))
	}
	_ = r.Write(fields)
}

// close completes the file. After a run that stopped early, an imported file stays as it is: it still has the rows that were not read.
func (r *rejectsFile) close(stopped bool) error {
	if r == nil {
		return nil
	}
	r.Flush()
	err := cmp.Or(r.Error(), r.file.Close())
	switch name := r.file.Name(); {
	case err != nil || name == r.path:
	case stopped && r.replaces:
		err = os.Remove(name)
	default:
		err = os.Rename(name, r.path)
	}
	if err != nil {
		return fmt.Errorf("write the rejects: %w", err)
	}
	return nil
}

// printable replaces broken UTF-8 and control characters by the control character SUBSTITUTE. So the file is valid, a row is one
// line, and an invalid id stays invalid.
func printable(text string) string {
	const substitute = '\x1a'
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return substitute
		}
		return c
	}, strings.ToValidUTF8(text, string(substitute)))
}
