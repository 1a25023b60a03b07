package importer

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

const fuzzedColumns = 12

// readAll returns the trimmed cells of all records that are valid and not blank.
func readAll(text string, delimiter byte) (all [][]string, err error) {
	r := newRecordReader(bufio.NewReader(strings.NewReader(text)), "utf-8", nil)
	r.delimiters = string(rune(delimiter))
	c := &csvReader{delimiter: delimiter, layout: &layout{}, cells: make([]string, fuzzedColumns)}
	for i := range fuzzedColumns {
		c.readFrom(i, i)
	}
	for {
		record, err := r.next()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		cells, err := c.read(record)
		if err == nil {
			all = append(all, slices.Clone(cells))
		} else if err != errBlank {
			return all, err
		}
	}
}

// wantAll returns the same by encoding/csv.
func wantAll(text string, delimiter byte) (all [][]string, err error) {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord, r.Comma = -1, rune(delimiter)
	for {
		fields, err := r.Read()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		cells := make([]string, fuzzedColumns)
		for i, f := range fields {
			if f = strings.TrimSpace(f); i < fuzzedColumns {
				cells[i] = f[:min(len(f), maxCell)]
			}
		}
		if strings.TrimSpace(strings.Join(fields, "")) != "" {
			all = append(all, cells)
		}
	}
}

var csvSeeds = []string{
	"", "a,b\nc,d", "a\r\n\r\nb,\"c\r\nd\"\r\n", "\"a\"\"b\",\"\n,\n\"\n", "a\rb\n\r", "\"a\",b\r\r\n", "\"a\"\r\r\n", ",,\n \n\"\"\n", "\"a\n\nb", "a\"b\n", "\"a\" b\n",
	strings.Repeat("x", 2000) + "," + strings.Repeat("\"y\n\",", 100),
}

// The records of a valid file are those of encoding/csv, and an invalid file is invalid for both.
func FuzzRecords(f *testing.F) {
	for _, seed := range csvSeeds {
		f.Add(seed, false)
		f.Add(strings.ReplaceAll(seed, ",", ";"), true)
	}
	f.Fuzz(func(t *testing.T, text string, semicolon bool) {
		if len(text) > maxRecord || strings.HasPrefix(text, byteOrderMark) {
			return
		}
		delimiter := byte(',')
		if semicolon {
			delimiter = ';'
		}
		got, gotErr := readAll(text, delimiter)
		want, err := wantAll(text, delimiter)
		if fmt.Sprint(got) != fmt.Sprint(want) || (gotErr == nil) != (err == nil) {
			t.Errorf("%q\ngot  %q, %v\nwant %q, %v", text, got, gotErr, want, err)
		}
	})
}
