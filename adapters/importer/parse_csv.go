package importer

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"strings"

	"example.com/roster/adapters/internal/spreadsheet"
)

// A csvReader reads the cells of CSV.
type csvReader struct {
	layout    *layout
	delimiter byte
	width     int      // columns of the header; 0: there is none
	need      int      // without a header: columns that each row has at least
	cellOf    [][]int  // the used columns that are read from a column of the file
	unread    []string // names of other columns
	rejects   bool     // the header is that of a file of rejects
	exact     bool     // white space around ids belongs to them
	escaped   bool     // cells are as [spreadsheet.EscapeFormula] returns them
	quotes    quotedSplitter
	cells     []string // of the used columns
	trimmed   bool     // a mapped cell of the last record had outer white space
	excess    bool     // the record that is read has cells beyond the header that are not empty
	surplus   bool     // the last record had empty cells beyond the header
}

// read returns the cells of a record, valid until the next call. It returns errBlank if all are empty.
func (c *csvReader) read(record []byte) ([]string, error) {
	clear(c.cells)
	c.trimmed = false
	n, blank := 0, true
	if bytes.IndexByte(record, '"') >= 0 {
		fields, err := c.quotes.split(record, c.delimiter)
		if err != nil {
			return nil, err
		}
		for ; n < len(fields); n++ {
			blank = c.readCell(n, []byte(fields[n])) && blank
		}
		return c.cells, c.checkWidth(n, blank)
	}
	for more := true; more; n++ {
		cell := record
		i := bytes.IndexByte(record, c.delimiter)
		if more = i >= 0; more {
			cell, record = record[:i], record[i+1:]
		}
		blank = c.readCell(n, cell) && blank
	}
	return c.cells, c.checkWidth(n, blank)
}

// readCell reads the cell of a column, and reports whether it is empty.
func (c *csvReader) readCell(column int, cell []byte) (empty bool) {
	text := trim(cell)
	empty = len(text) == 0
	if empty && !c.exact {
		return true
	}
	if column >= len(c.cellOf) {
		c.excess = c.excess || c.width > 0 && !empty
		return empty
	}
	for _, k := range c.cellOf[column] {
		text := text
		if c.exact && c.layout.mapped(k) {
			text = cell
		}
		c.trimmed = c.trimmed || len(text) < len(cell) && c.layout.mapped(k)
		c.cells[k] = string(text[:min(len(text), maxCell)])
		if c.escaped {
			c.cells[k] = spreadsheet.UnescapeFormula(c.cells[k])
		}
	}
	return empty
}

// checkWidth returns an error unless a record of n cells has as many as it needs.
func (c *csvReader) checkWidth(n int, blank bool) error {
	excess := c.excess
	c.excess, c.surplus = false, c.width > 0 && n > c.width
	switch {
	case blank:
		return errBlank
	case n < c.width || excess:
		return fmt.Errorf("has %d fields, but the header has %d", n, c.width)
	case n < c.need:
		return fmt.Errorf("has %d fields, but column %d is read", n, c.need)
	}
	return nil
}

// trim returns a cell without outer white space.
func trim(cell []byte) []byte {
	const del = 0x7f
	if len(cell) == 0 {
		return cell
	}
	if first, last := cell[0], cell[len(cell)-1]; first > ' ' && first < del && last > ' ' && last < del {
		return cell
	}
	return bytes.TrimSpace(cell)
}

var errBlank = errors.New("is blank")

// maxCell is the most bytes of a cell that are kept. No valid value is longer than that.
const maxCell = 1024

// clip copies the start of a cell.
func clip(cell string) string { return strings.Clone(cell[:min(len(cell), maxCell)]) }

// A quotedSplitter splits records that have quotes.
type quotedSplitter struct {
	in   *bytes.Reader
	line []byte // the record and a line end
	csv  *csv.Reader
}

func (q *quotedSplitter) split(record []byte, delimiter byte) ([]string, error) {
	if q.csv == nil {
		q.in = bytes.NewReader(nil)
		q.csv = csv.NewReader(q.in)
		q.csv.Comma, q.csv.FieldsPerRecord, q.csv.ReuseRecord = rune(delimiter), -1, true
	}
	q.line = append(append(q.line[:0], record...), "\r\n"...) // else it would remove a CR at the end
	q.in.Reset(q.line)
	before := q.csv.InputOffset()
	fields, err := q.csv.Read()
	if err == nil && q.csv.InputOffset() == before+int64(len(q.line)) {
		return fields, nil
	}
	q.csv = nil // it may hold the rest of the record
	if errors.Is(err, csv.ErrBareQuote) {
		return nil, errors.New("has wrong quotes: a cell that does not begin with a quote has one in it; put quotes around the cell, and double those in it")
	}
	return nil, errors.New("has wrong quotes: one is missing, or one within a cell is not doubled")
}
