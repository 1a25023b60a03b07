package importer

import (
	"fmt"
	"io"
	"strings"

	"example.com/roster/ports"
)

// A row is one line of a file that is not blank.
type row struct {
	line    int
	columns []string     // of its schema, as they are written to the rejects
	action  ports.Action // nil if the row is invalid
	fault   string       // why it is invalid
}

// readChunk appends the rows of the next chunk to rows. If reading fails it returns none: a shorter chunk would have a key that
// no whole run has.
func (j *job) readChunk(rows []row) ([]row, error) {
	for len(rows) < j.chunkSize {
		line, err := j.lines.next()
		switch err {
		case nil, errTooLong:
			rows = append(rows, j.parse(line, err))
		case io.EOF:
			return rows, nil
		default:
			return nil, fmt.Errorf("read line %d: %w", j.lines.number, err)
		}
	}
	return rows, nil
}

// parse returns the row of a line; err is why the line could not be read. If the line can't be split, its columns stay empty,
// so that importing the rejects can't turn it into another row.
func (j *job) parse(line []byte, err error) row {
	r := row{line: j.lines.number, columns: make([]string, len(j.columns))}
	if err == nil {
		var columns []string
		if columns, err = j.split(line); err == nil {
			r.columns = columns
			if r.action, err = j.action(columns); err != nil {
				r.action, r.fault = nil, err.Error()
			}
			return r
		}
	}
	r.fault = fmt.Sprintf("the line %v: %.100q", err, line)
	return r
}

// clip copies the start of a field. No valid value is longer than that.
func clip(field string) string { return strings.Clone(field[:min(len(field), 1024)]) }
