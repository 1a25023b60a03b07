package importer

import (
	"fmt"
	"io"
	"strings"

	"example.com/roster/ports"
)

// A row is one record of a file that is not blank, and that no condition leaves out.
type row struct {
	line    int          // of its first byte
	columns []string     // of its schema, as they are written to the rejects
	action  ports.Action // nil if the row is invalid
	fault   string       // why it is invalid
}

// A rowReader reads the rows of a file.
type rowReader struct {
	schema
	lines  *lineReader
	split  func(line []byte) ([]string, error) // into the schema's columns
	format string
	notes  Notes
}

// Notes are what a reader of rows has left out or changed.
type Notes struct {
	Skipped        int      `json:"skipped"`                  // rows that are blank, or that conditions leave out
	Trimmed        int      `json:"trimmed,omitempty"`        // rows with white space around an id
	IgnoredColumns []string `json:"ignoredColumns,omitempty"` // names that have no meaning here, sorted
}

// openRows returns a reader of the rows of a file, and reads its header.
func openRows(in io.Reader, sc schema, options Options) (*rowReader, error) {
	r := &rowReader{schema: sc, lines: newLineReader(in), split: splitJSON, format: "ndjson"}
	if !options.NDJSON {
		var err error
		r.format = "csv"
		if r.split, err = csvSplitter(r.lines, sc); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// next returns the next row, or [io.EOF].
func (r *rowReader) next() (row, error) {
	line, err := r.lines.next()
	if err != nil && err != errTooLong {
		return row{}, err
	}
	return r.parse(line, err), nil
}

// version returns the version and the format that are part of a key. The version is raised if the same bytes begin to mean other
// commands or other chunks.
func (r *rowReader) version() string { return "1-" + r.format }

// sum returns the hash of all bytes up to the end of the last row.
func (r *rowReader) sum() string { return r.lines.sum() }

// bytes returns how many bytes of the file are read.
func (r *rowReader) bytes() int64 { return r.lines.bytes }

// parse returns the row of a line; err is why the line could not be read. If the line can't be split, its columns stay empty,
// so that importing the rejects can't turn it into another row.
func (r *rowReader) parse(line []byte, err error) row {
	parsed := row{line: r.lines.number, columns: make([]string, len(r.columns))}
	if err == nil {
		var columns []string
		if columns, err = r.split(line); err == nil {
			parsed.columns = columns
			if parsed.action, err = r.action(columns); err != nil {
				parsed.action, parsed.fault = nil, err.Error()
			}
			return parsed
		}
	}
	parsed.fault = fmt.Sprintf("the line %v: %.100q", err, line)
	return parsed
}

// clip copies the start of a field. No valid value is longer than that.
func clip(field string) string { return strings.Clone(field[:min(len(field), 1024)]) }
