package importer

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A row is one record of a file that is not blank, and that no condition leaves out.
type row struct {
	line    int          // the first of its lines
	columns []string     // of its schema, as they are written to the rejects
	action  ports.Action // nil if the row is invalid
	fault   string       // why it is invalid
	named   []string     // columns, even if what the row does is not known; nil: whom it names is not known
}

// A rowReader reads the rows of a file.
type rowReader struct {
	schema
	mapping  Mapping
	plain    bool // see Mapping.plain
	records  *recordReader
	csv      *csvReader
	json     *jsonReader // instead of csv
	encoding string
	active   *activeLearners  // nil: rows withdraw as they say
	version2 bool             // see version
	unread   map[string]error // see unknown
	skipped  map[string]bool  // courses of rows that conditions leave out; nil: they are not noted
	notes    Notes
}

// Notes are what a reader of rows has left out or changed.
type Notes struct {
	Skipped        int      `json:"skipped"`                  // rows that are blank, or that conditions leave out
	Blank          int      `json:"-"`                        // those that are blank
	Trimmed        int      `json:"trimmed,omitempty"`        // rows with white space around an id or the action
	SkippedCourses int      `json:"skippedCourses,omitempty"` // courses that only skipped rows of a complete file name
	IgnoredColumns []string `json:"ignoredColumns,omitempty"` // names that have no meaning here, sorted; some of them if there are many
}

// String returns n as the end of a line; empty if there is nothing to say.
func (n Notes) String() string {
	var text strings.Builder
	if n.Skipped > 0 {
		fmt.Fprintf(&text, "; %d skipped", n.Skipped)
	}
	if n.Blank > 0 {
		fmt.Fprintf(&text, " (%d blank)", n.Blank)
	}
	if n.SkippedCourses > 0 {
		fmt.Fprintf(&text, "; %d courses are in skipped rows only, and stay as they are", n.SkippedCourses)
	}
	if n.Trimmed > 0 {
		fmt.Fprintf(&text, "; white space removed in %d rows", n.Trimmed)
	}
	if len(n.IgnoredColumns) > 0 {
		fmt.Fprintf(&text, "; columns without meaning here: %s", strings.Join(n.IgnoredColumns, ", "))
	}
	return text.String()
}

// openRows returns a reader of the rows of a file, and reads its header. If the rows depend on later ones, it first reads a copy of the
// file as a whole. The caller calls closed when it is done, which removes the copy.
func openRows(in io.Reader, sc schema, options Options) (r *rowReader, closed func(), err error) {
	if err := options.Mapping.validate(sc, options.NDJSON); err != nil {
		return nil, nil, err
	}
	if !options.Mapping.KeepIfActive {
		r, err = newRowReader(in, sc, options, nil)
		return r, func() {}, err
	}
	file, remove, err := spool(in)
	if err != nil {
		return nil, nil, err
	}
	active, err := findActive(file, sc, options)
	if err == nil {
		r, err = newRowReader(file, sc, options, active)
	}
	if err != nil {
		remove()
		return nil, nil, err
	}
	return r, remove, nil
}

func newRowReader(in io.Reader, sc schema, options Options, active *activeLearners) (*rowReader, error) {
	seed := options.Mapping.canonical()
	r := &rowReader{schema: sc, mapping: options.Mapping, plain: options.Mapping.plain(), active: active, unread: map[string]error{}}
	text, encoding, err := decode(in, r.mapping.Encoding)
	if err != nil {
		return nil, err
	}
	r.encoding = encoding
	if active != nil {
		seed = append(seed, active.file...)
	}
	r.records = newRecordReader(text, encoding, seed)
	if options.NDJSON {
		r.json = newJSONReader(r)
		return r, nil
	}
	if r.csv, err = openCSV(r.records, sc, r.mapping); err != nil {
		return nil, err
	}
	return r, r.unknownColumns()
}

// next returns the next row, or [io.EOF].
func (r *rowReader) next() (row, error) {
	for {
		record, err := r.records.next()
		if err == io.EOF {
			return row{}, err
		} else if err != nil && err != errTooLong {
			return row{}, fmt.Errorf("read line %d: %w", r.records.last+1, err)
		}
		var columns []string
		if err == nil {
			columns, err = r.split(record)
		}
		parsed := row{line: r.records.first, named: columns}
		if r.records.last > r.records.first {
			r.version2 = true
		}
		switch {
		case err == errBlank || err == errLeftOut:
			r.notes.Skipped++
			if err == errBlank {
				r.notes.Blank++
			} else if r.skipped != nil && columns[0] != "" {
				r.skipped[columns[0]] = true
			}
			r.version2 = r.version2 || len(bytes.TrimSpace(record)) > 0
			continue
		case err != nil: // the columns stay empty, so that importing the rejects can't turn the row into another
			parsed.columns = make([]string, len(r.columns))
			parsed.fault = fmt.Sprintf("%s %v: %.100q", r.lines(), err, record)
			return parsed, nil
		}
		parsed.columns = columns
		if parsed.action, err = r.action(columns); err != nil {
			parsed.action, parsed.fault = nil, r.invalid(columns, err)
		}
		if r.active.skips(parsed.action) {
			r.notes.Skipped++
			continue
		}
		r.noteVersion(columns)
		return parsed, nil
	}
}

// ErrNoRowUsed is the code of a run that did nothing, because the conditions of its mapping leave out all rows of the file.
const ErrNoRowUsed domain.Kind = "no_row_used"

// noneUsed returns an error if there are rows, but the mapping leaves out all of them. What list prints may well have no others.
func (r *rowReader) noneUsed(used int) error {
	if left := r.notes.Skipped - r.notes.Blank; used == 0 && left > 0 && !r.plain {
		return fmt.Errorf("%w: no row was used: the conditions leave out all %d; compare --format, --only, --enroll-if and --withdraw-if with the values in the file", ErrNoRowUsed, left)
	}
	return nil
}

// each calls use for the rows up to the end of the file.
func (r *rowReader) each(use func(row)) error {
	for {
		next, err := r.next()
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		use(next)
	}
}

// split returns the columns of a record. It returns errLeftOut, too, if a condition leaves it out.
func (r *rowReader) split(record []byte) (columns []string, err error) {
	l, cells, trimmed := (*layout)(nil), []string(nil), false
	if r.csv != nil {
		l = r.csv.layout
		cells, err = r.csv.read(record)
		trimmed = r.csv.trimmed
		r.version2 = r.version2 || r.csv.surplus
	} else {
		l, cells, trimmed, err = r.json.read(record)
	}
	if err != nil {
		return nil, err
	}
	if columns, err = l.columns(cells); err != nil {
		return columns, err
	}
	if trimmed {
		r.notes.Trimmed++
		r.version2 = true
	}
	if err := r.checkText(columns); err != nil {
		return nil, err
	}
	return columns, nil
}

// checkText returns an error if decoding has replaced a part of a column: two broken ids must not become the same id.
func (r *rowReader) checkText(columns []string) error {
	for i, text := range columns {
		if r.encoding != "utf-8" && strings.ContainsRune(text, utf8.RuneError) {
			return fmt.Errorf("has a %s that is not %s", r.columns[i], r.encoding)
		}
	}
	return nil
}

// invalid returns why a row is invalid, and what may have caused it.
func (r *rowReader) invalid(columns []string, err error) string {
	if slices.ContainsFunc(columns, func(text string) bool { return !utf8.ValidString(text) }) {
		return err.Error() + `; if the file is windows-1252, save it as "CSV UTF-8", or pass --encoding windows-1252`
	}
	return err.Error()
}

// lines says in which lines the last record is.
func (r *rowReader) lines() string {
	if r.records.last <= r.records.first {
		return "the line"
	}
	text := fmt.Sprintf("the row in lines %d to %d", r.records.first, r.records.last)
	if r.records.open {
		text += ", from a quote that is never closed to the end of the file,"
	}
	return text
}

// version returns the version and the format that are part of a key. The version is raised if the same bytes begin to mean other
// commands or other chunks. In version 1 a line was a row and text was not trimmed, so a file is version 2 from the first row that it
// would have read otherwise.
func (r *rowReader) version() string {
	format := "csv"
	if r.json != nil {
		format = "ndjson"
	}
	switch {
	case r.mapping.Format != "":
		return "1-" + r.mapping.Format
	case r.mapping.canonical() != nil:
		return "1-mapped-" + format
	case r.version2:
		return "2-" + format
	}
	return "1-" + format
}

// ofRejects reports whether the file has the rejects of another one.
func (r *rowReader) ofRejects() bool { return r.csv != nil && r.csv.rejects }

// sum returns the hash of all that the rows up to the last one depend on.
func (r *rowReader) sum() string { return hex.EncodeToString(r.records.hash.Sum(nil)) }

// noteVersion notes whether version 1 would have read a row otherwise.
func (r *rowReader) noteVersion(columns []string) {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
	token := func(id string) bool { return len(id) <= 64 && strings.Trim(id, letters) == "" }
	action := r.actionColumn
	if !r.version2 && r.plain {
		r.version2 = !token(columns[0]) || strings.TrimSpace(columns[1]) != columns[1] || action >= 0 && columns[action] != strings.ToLower(columns[action])
	}
}
