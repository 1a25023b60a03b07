package importer

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
)

// maxRecord is the maximum length of a record in bytes, its line end included. A longer record is skipped, and never held in memory.
const maxRecord = 64 << 10

var errTooLong = fmt.Errorf("is longer than %d bytes", maxRecord)

// A recordReader reads the records of a file as text. A record is a line, or several if a quoted cell of CSV has line ends.
type recordReader struct {
	in          *bufio.Reader
	hash        hash.Hash // of all text read
	bytes       int64     // of text read
	delimiters  string    // of CSV, each a byte; empty: a line is a record
	comment     string    // what a line begins with that is no record, whatever quotes it has; empty: there are none
	first, last int       // lines of the last record, from 1
	open        bool      // the last record ends in a quoted cell, at the end of the file
	again       []byte    // the last record, if next is to return it once more
	held        []byte    // of a record that is not in the buffer of in
}

// newRecordReader reads text in an encoding. The hash begins with the seed, and with the encoding unless it is UTF-8.
func newRecordReader(text *bufio.Reader, encoding string, seed []byte) *recordReader {
	r := &recordReader{in: text, hash: sha256.New()}
	r.hash.Write(seed)
	if encoding != "utf-8" {
		r.hash.Write([]byte(encoding))
	}
	if start, _ := text.Peek(len(byteOrderMark)); string(start) == byteOrderMark {
		r.hash.Write(start)
		n, _ := text.Discard(len(start))
		r.bytes += int64(n)
	}
	return r
}

// next returns the next record that is neither empty nor a comment, without its line end. It is valid until the next call. If the record
// is too long, next returns its start and errTooLong. At the end of the file it returns io.EOF.
func (r *recordReader) next() (record []byte, err error) {
	if record, r.again = r.again, nil; record != nil {
		return record, nil
	}
	for {
		record, err = r.read()
		record = bytes.TrimSuffix(record, []byte("\r"))
		if err != nil || len(record) > 0 && !r.isComment(record) {
			return record, err
		}
	}
}

func (r *recordReader) isComment(text []byte) bool {
	return r.comment != "" && bytes.HasPrefix(text, []byte(r.comment))
}

// read returns a record without its newline, which the last one need not have.
func (r *recordReader) read() ([]byte, error) {
	r.first, r.open = r.last+1, false
	part, err := r.slice()
	quotes := r.delimiters != "" && !r.isComment(part)
	if err == nil && (!quotes || bytes.IndexByte(part, '"') < 0) {
		r.last++
		return part[:len(part)-1], nil
	}
	return r.readParts(part, quotes, err)
}

// readParts returns a record that begins with part. It may have several lines if it has quotes, be too long, or be the last.
func (r *recordReader) readParts(part []byte, quotes bool, err error) ([]byte, error) {
	e, tooLong := newExtent(r.delimiters), false
	r.held, r.last = r.held[:0], r.first-1
	for {
		if tooLong = tooLong || len(r.held)+len(part) > maxRecord; !tooLong {
			r.held = append(r.held, part...)
		}
		if quotes {
			e.scan(part)
		}
		if err == nil || err == io.EOF && len(part) > 0 {
			r.last++
		}
		switch {
		case err == io.EOF && len(r.held) == 0:
			return nil, io.EOF
		case err == io.EOF || err == nil && (!quotes || e.ends()):
			r.open = err == io.EOF && quotes && !e.ends()
			if tooLong {
				return r.held, errTooLong
			}
			return bytes.TrimSuffix(r.held, []byte("\n")), nil
		case err != nil && err != bufio.ErrBufferFull:
			return nil, err
		}
		part, err = r.slice()
	}
}

// slice returns the text up to the next newline, or [bufio.ErrBufferFull] and a part of a long line.
func (r *recordReader) slice() ([]byte, error) {
	part, err := r.in.ReadSlice('\n')
	r.hash.Write(part)
	r.bytes += int64(len(part))
	return part, err
}

// An extent finds out whether a line end ends a record of CSV. Text in a cell must never become a row, even if a quote is wrong:
// neither doubled nor before a delimiter. Such a quote may end its cell or not, so both are followed, and a record ends at the first
// line end that no reading has in a cell.
type extent struct {
	delimiters string
	readings   []cellState // of all text up to here
}

type cellState byte

const (
	begin           cellState = iota // of a cell; blanks before a quote belong to it
	plain                            // in a cell without quotes
	quoted                           // in a cell with quotes
	afterQuote                       // a quote in a quoted cell: its end, or the first of two
	afterQuoteAndCR                  // and a CR, which may begin a line end
)

func newExtent(delimiters string) *extent { return &extent{delimiters, make([]cellState, 1, 2)} }

// scan reads a part of a record.
func (e *extent) scan(part []byte) {
	for _, c := range part {
		delimiter := strings.IndexByte(e.delimiters, c) >= 0
		for i, state := range e.readings {
			next, wrong := state.next(c, delimiter)
			e.readings[i] = next
			if wrong && len(e.readings) == 1 {
				e.readings = append(e.readings, plain)
			}
		}
	}
}

// ends reports whether the line end that was read last ends the record. A reading that would end it begins another one.
func (e *extent) ends() bool {
	inCell := slices.Contains(e.readings, quoted)
	for i, s := range e.readings {
		if s != quoted {
			e.readings[i] = begin
		}
	}
	return !inCell
}

// next returns the state after a byte, and whether the quote before it is wrong.
func (s cellState) next(c byte, delimiter bool) (next cellState, wrong bool) {
	switch {
	case s == quoted && c == '"':
		return afterQuote, false
	case s == quoted:
		return quoted, false
	case delimiter && s != afterQuoteAndCR:
		return begin, false
	case s == begin && c == '"':
		return quoted, false
	case s == begin && (c == ' ' || c == '\t'):
		return begin, false
	case s <= plain, c == '\n':
		return plain, false
	case s == afterQuote && c == '"':
		return quoted, false
	case s == afterQuote && c == '\r':
		return afterQuoteAndCR, false
	}
	return quoted, true
}
