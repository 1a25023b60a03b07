package importer

import (
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"sync"

	"example.com/roster/ports"
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

// A part of a chunk is submitted as one command, at the same time as the other parts. The rows on a course are in one part, in order.
type part struct {
	rows     []row
	outcomes []ports.Outcome
	err      error
}

// submitChunk submits the rows of a chunk and counts their results. Its error is that of the part that begins first.
func (j *job) submitChunk(ctx context.Context, rows []row) error {
	parts := make([]part, (len(rows)+j.partSize-1)/j.partSize)
	of := func(r row) *part { return &parts[crc32.ChecksumIEEE([]byte(r.columns[0]))%uint32(len(parts))] }
	for _, r := range rows {
		p := of(r)
		p.rows = append(p.rows, r)
	}
	submit := func(p *part) {
		if len(p.rows) > 0 {
			p.outcomes, p.err = j.submit(ctx, p.rows)
		}
	}
	var others sync.WaitGroup
	for i := range parts[1:] {
		others.Go(func() { submit(&parts[1+i]) })
	}
	submit(&parts[0])
	others.Wait()
	var err error
	for _, r := range rows {
		p := of(r)
		if err == nil {
			err = p.err
		}
		p.outcomes = j.countRow(r, p.outcomes)
	}
	return err
}

// chunkKey returns the idempotency key of the chunk that ends at the last row that was read; empty: it has none.
func (j *job) chunkKey() string {
	if j.useCase == "" {
		return ""
	}
	return fmt.Sprintf("%s-%s-%s%s", j.useCase, j.rows.version(), j.again, j.rows.sum())
}
