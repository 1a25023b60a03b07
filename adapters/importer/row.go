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
	columns []string     // those of its table, as they are to stand among the rejects
	action  ports.Action // nil where it can't be one
	fault   string       // why it can't
}

// read returns the rows of the next chunk: as many as fit, or as there are. Where the file can't be read on it returns none,
// for a chunk that was cut short would not have the key that it has in a whole run.
func (j *job) read(rows []row) ([]row, error) {
	for len(rows) < j.chunk {
		line, err := j.lines.next()
		switch err {
		case nil, errLong:
			rows = append(rows, j.parse(line, err))
		case io.EOF:
			return rows, nil
		default:
			return nil, fmt.Errorf("read line %d: %w", j.lines.number, err)
		}
	}
	return rows, nil
}

// parse makes a row of a line, unless something is wrong with it. The columns of one that can't be taken apart stay empty,
// so that it can't become another row when the rejects are imported.
func (j *job) parse(line []byte, wrong error) row {
	r := row{line: j.lines.number, columns: make([]string, len(j.columns))}
	if wrong == nil {
		var columns []string
		if columns, wrong = j.split(line); wrong == nil {
			r.columns = columns
			if r.action, wrong = j.action(columns); wrong != nil {
				r.action, r.fault = nil, wrong.Error()
			}
			return r
		}
	}
	r.fault = fmt.Sprintf("the line %v: %.100q", wrong, line)
	return r
}

// clip copies as much of a field as is worth keeping. It cuts nothing that could be right.
func clip(field string) string { return strings.Clone(field[:min(len(field), 1024)]) }
