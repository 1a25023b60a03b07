package importer

import (
	"fmt"
	"io"
)

// readChunk appends the rows of the next chunk to rows. If reading fails it returns none: a shorter chunk would have a key that
// no whole run has.
func (j *job) readChunk(rows []row) ([]row, error) {
	for len(rows) < j.chunkSize {
		r, err := j.rows.next()
		if err == io.EOF {
			return rows, nil
		} else if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// chunkKey returns the idempotency key of the chunk that ends at the last row that was read; empty: it has none.
func (j *job) chunkKey() string {
	if j.useCase == "" {
		return ""
	}
	return fmt.Sprintf("%s-%s-%s%s", j.useCase, j.rows.version(), j.again, j.rows.sum())
}
