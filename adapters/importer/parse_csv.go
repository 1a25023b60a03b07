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

	"example.com/roster/adapters/internal/spreadsheet"
	"example.com/roster/domain"
)

// csvSplitter reads the header and returns a function that splits a line below it into the schema's columns.
func csvSplitter(l *lineReader, sc schema) (func(line []byte) ([]string, error), error) {
	want := strings.Join(sc.columns, ",")
	line, err := l.next()
	switch {
	case err == io.EOF:
		return nil, &domain.Violation{Field: "file", Detail: "must not be empty: its first line names the columns, such as " + want}
	case err != nil && err != errTooLong:
		return nil, fmt.Errorf("read the header: %w", err)
	case !utf8.Valid(line):
		return nil, &domain.Violation{Field: "file", Detail: `must be UTF-8; save it as "CSV UTF-8"`}
	}
	header, _ := splitCSV(line) // a header that can't be split lacks the columns
	positions := make([]int, len(sc.columns))
	for i, name := range sc.columns {
		is := func(field string) bool { return strings.EqualFold(strings.TrimSpace(field), name) }
		positions[i] = slices.IndexFunc(header, is)
		missing := positions[i] < 0 && i < sc.required
		twice := positions[i] >= 0 && slices.ContainsFunc(header[positions[i]+1:], is)
		if missing || twice || err == errTooLong {
			return nil, &domain.Violation{Field: "header", Detail: fmt.Sprintf("must have each of the columns %s once, got %.100q", want, line)}
		}
	}
	rejects := len(header) > len(rejectColumns) && slices.Equal(header[len(header)-len(rejectColumns):], rejectColumns)
	return func(line []byte) ([]string, error) {
		fields, err := splitCSV(line)
		if err != nil {
			return nil, err
		}
		if len(fields) != len(header) {
			return nil, fmt.Errorf("has %d fields, but the header has %d", len(fields), len(header))
		}
		columns := make([]string, len(positions))
		for i, n := range positions {
			if n >= 0 {
				columns[i] = clip(fields[n])
			}
			if rejects {
				columns[i] = spreadsheet.UnescapeFormula(columns[i])
			}
		}
		return columns, nil
	}, nil
}

// splitCSV returns the fields of one line.
func splitCSV(line []byte) ([]string, error) {
	if bytes.IndexByte(line, '"') < 0 {
		return strings.Split(string(line), ","), nil
	}
	fields, err := csv.NewReader(bytes.NewReader(line)).Read()
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return nil, fmt.Errorf("has wrong quotes: %w", parse.Err)
	}
	return fields, err
}
