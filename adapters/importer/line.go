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

// maxLine is how many bytes a line may have with its end. Longer ones are passed over, never held.
const maxLine = 64 << 10

var errLong = fmt.Errorf("is longer than %d bytes", maxLine)

// lines are those of a file that are not blank.
type lines struct {
	in     *bufio.Reader
	hash   hash.Hash // of all bytes so far
	bytes  int64     // so far
	number int       // of the line that was read last, the first is 1
}

func newLines(in io.Reader) *lines {
	return &lines{in: bufio.NewReaderSize(in, maxLine), hash: sha256.New()}
}

// sum tells the bytes so far from any others.
func (l *lines) sum() string { return hex.EncodeToString(l.hash.Sum(nil)) }

// next returns the next line, valid until the call after; the start of one that is too long, with errLong; io.EOF when there
// is none.
func (l *lines) next() ([]byte, error) {
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

// read returns a line without its end, which the last one need not have.
func (l *lines) read() ([]byte, error) {
	line, err := l.slice()
	if err == bufio.ErrBufferFull {
		start := bytes.Clone(line[:100])
		for err == bufio.ErrBufferFull {
			_, err = l.slice()
		}
		if err == nil || err == io.EOF {
			err = errLong
		}
		return start, err
	}
	if err == io.EOF && len(line) > 0 {
		err = nil
	}
	return bytes.TrimSuffix(line, []byte("\n")), err
}

func (l *lines) slice() ([]byte, error) {
	part, err := l.in.ReadSlice('\n')
	l.hash.Write(part)
	l.bytes += int64(len(part))
	return part, err
}
