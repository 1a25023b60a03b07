package importer

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"example.com/roster/domain"
)

// csvSplitter reads the header and returns what takes the lines below it apart.
func csvSplitter(l *lines, t table) (func(line []byte) ([]string, error), error) {
	want := strings.Join(t.columns, ",")
	line, err := l.next()
	switch {
	case err == io.EOF:
		return nil, &domain.Violation{Field: "file", Detail: "must not be empty: its first line names the columns, such as " + want}
	case err != nil && err != errLong:
		return nil, fmt.Errorf("read the header: %w", err)
	case !utf8.Valid(line):
		return nil, &domain.Violation{Field: "file", Detail: `must be UTF-8; save it as "CSV UTF-8"`}
	}
	header, _ := splitCSV(line) // what can't be taken apart has none of the columns
	at := make([]int, len(t.columns))
	for i, name := range t.columns {
		is := func(field string) bool { return strings.EqualFold(strings.TrimSpace(field), name) }
		at[i] = slices.IndexFunc(header, is)
		missing := at[i] < 0 && i < t.required
		twice := at[i] >= 0 && slices.ContainsFunc(header[at[i]+1:], is)
		if missing || twice || err == errLong {
			return nil, &domain.Violation{Field: "header", Detail: fmt.Sprintf("must have each of %s once, not %.100q", want, line)}
		}
	}
	return func(line []byte) ([]string, error) {
		fields, err := splitCSV(line)
		if err != nil {
			return nil, err
		}
		if len(fields) != len(header) {
			return nil, fmt.Errorf("has %d fields where the header has %d", len(fields), len(header))
		}
		columns := make([]string, len(at))
		for i, n := range at {
			if n >= 0 {
				columns[i] = clip(fields[n])
			}
		}
		return columns, nil
	}, nil
}

// splitCSV takes one line apart.
func splitCSV(line []byte) ([]string, error) {
	if bytes.IndexByte(line, '"') < 0 {
		return strings.Split(string(line), ","), nil
	}
	fields, err := csv.NewReader(bytes.NewReader(line)).Read()
	if wrong, ok := errors.AsType[*csv.ParseError](err); ok {
		return nil, fmt.Errorf("has wrong quotes: %w", wrong.Err)
	}
	return fields, err
}
