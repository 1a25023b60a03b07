package importer

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
)

// maxLine is the maximum length of a line in bytes, newline included. A longer line is skipped, and never held in memory.
const maxLine = 64 << 10

var errTooLong = fmt.Errorf("is longer than %d bytes", maxLine)

// A lineReader reads the lines of a file that are not blank.
type lineReader struct {
	in     *bufio.Reader
	hash   hash.Hash // of all bytes read
	bytes  int64     // read
	number int       // of the last line read, from 1
}

func newLineReader(in io.Reader) *lineReader {
	return &lineReader{in: bufio.NewReaderSize(in, maxLine), hash: sha256.New()}
}

// sum returns the hash of all bytes read.
func (l *lineReader) sum() string { return hex.EncodeToString(l.hash.Sum(nil)) }

// next returns the next line, valid until the next call. If the line is too long, it returns its start and errTooLong. At the
// end of the file it returns io.EOF.
func (l *lineReader) next() ([]byte, error) {
	for {
		line, err := l.read()
		l.number++
		if l.number == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if err != nil || len(bytes.TrimSpace(line)) > 0 {
			return bytes.TrimSuffix(line, []byte("\r")), err
		}
	}
}

// read returns a line without its newline, which the last line need not have.
func (l *lineReader) read() ([]byte, error) {
	line, err := l.slice()
	if err == bufio.ErrBufferFull {
		start := bytes.Clone(line[:100])
		for err == bufio.ErrBufferFull {
			_, err = l.slice()
		}
		if err == nil || err == io.EOF {
			err = errTooLong
		}
		return start, err
	}
	if err == io.EOF && len(line) > 0 {
		err = nil
	}
	return bytes.TrimSuffix(line, []byte("\n")), err
}

func (l *lineReader) slice() ([]byte, error) {
	part, err := l.in.ReadSlice('\n')
	l.hash.Write(part)
	l.bytes += int64(len(part))
	return part, err
}
