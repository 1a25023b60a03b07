package importer

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"example.com/roster/domain"
)

// A Mapping says which columns of a file are read, and what their values mean. The zero value reads the columns of the schema. Its
// YAML is a mapping file.
type Mapping struct {
	Format        string      `yaml:"format,omitempty"`         // a name of [Formats] that the others change
	Map           Assignments `yaml:"map,omitempty"`            // our column, and the columns to take it from: the first that is not empty
	Only          Assignments `yaml:"only,omitempty"`           // conditions: a row that does not meet all of them is skipped
	EnrollIf      Assignments `yaml:"enroll-if,omitempty"`      // a row that meets all of them enrolls
	WithdrawIf    Assignments `yaml:"withdraw-if,omitempty"`    // a row that meets all of them withdraws
	IgnoreColumns []string    `yaml:"ignore-column,omitempty"`  // columns that have no meaning, whatever their name
	Delimiter     string      `yaml:"delimiter,omitempty"`      // between cells; empty: recognised
	NoHeader      bool        `yaml:"no-header,omitempty"`      // the first row is one of the rows, and columns have numbers, from 1
	Encoding      string      `yaml:"encoding,omitempty"`       // empty: UTF-8, or UTF-16 if it is recognised
	Comment       string      `yaml:"comment,omitempty"`        // what a line begins with that is not a row
	IgnoreCase    bool        `yaml:"ignore-case,omitempty"`    // of values in conditions
	KeepIfActive  bool        `yaml:"keep-if-active,omitempty"` // a row does not withdraw if another row of the file enrolls the learner in the course
}

// An Assignment gives values to a column: the columns to read it from, or the values that meet a condition.
type Assignment struct {
	Column string   `json:"c"`
	Values []string `json:"v"`
}

// Assignments are in the order of a file or of flags.
type Assignments []Assignment

// ParseAssignments reads assignments as flags have them: COLUMN=VALUE|VALUE.
func ParseAssignments(texts []string) (all Assignments, err error) {
	for _, text := range texts {
		column, values, ok := strings.Cut(text, "=")
		if column = strings.TrimSpace(column); !ok || column == "" {
			return nil, fmt.Errorf("must be COLUMN=VALUE or COLUMN=VALUE|VALUE, got %.100q", text)
		}
		all = append(all, Assignment{column, split(values)})
	}
	return all, nil
}

// split returns the values of a text.
func split(text string) []string {
	values := strings.Split(text, "|")
	for i, v := range values {
		values[i] = strings.TrimSpace(v)
	}
	return values
}

// Over returns m on top of base. An assignment to a column replaces those of base to the same column.
func (m Mapping) Over(base Mapping) Mapping {
	over := func(top, base Assignments) Assignments {
		replaced := func(b Assignment) bool {
			return slices.ContainsFunc(top, func(t Assignment) bool { return sameName(t.Column, b.Column) })
		}
		return append(slices.DeleteFunc(slices.Clone(base), replaced), top...)
	}
	m.Format = cmp.Or(m.Format, base.Format)
	m.Map = over(m.Map, base.Map)
	m.Only, m.EnrollIf, m.WithdrawIf = over(m.Only, base.Only), over(m.EnrollIf, base.EnrollIf), over(m.WithdrawIf, base.WithdrawIf)
	m.IgnoreColumns = slices.Concat(base.IgnoreColumns, m.IgnoreColumns)
	m.Delimiter, m.Encoding, m.Comment = cmp.Or(m.Delimiter, base.Delimiter), cmp.Or(m.Encoding, base.Encoding), cmp.Or(m.Comment, base.Comment)
	m.NoHeader, m.IgnoreCase, m.KeepIfActive = m.NoHeader || base.NoHeader, m.IgnoreCase || base.IgnoreCase, m.KeepIfActive || base.KeepIfActive
	return m
}

// sameName reports whether two names of columns are the same.
func sameName(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) }

// canonical returns bytes that are different for mappings with different results; none for the zero value.
func (m Mapping) canonical() []byte {
	text, err := json.Marshal(m)
	if zero, _ := json.Marshal(Mapping{}); err != nil || string(text) == string(zero) { // of a struct of strings there is no error
		return nil
	}
	return append(text, 0)
}

// plain reports whether the columns are those of the schema, without conditions.
func (m Mapping) plain() bool {
	m.Delimiter, m.Encoding, m.IgnoreColumns = "", "", nil
	return m.canonical() == nil
}

// validate returns a [domain.Violation] unless m can be applied to files of a schema.
func (m Mapping) validate(sc schema, ndjson bool) error {
	for _, a := range m.Map {
		if !slices.Contains(sc.columns, a.Column) {
			return &domain.Violation{Field: "map", Detail: fmt.Sprintf("must be a column of %s, an equals sign and the file's column, got %.100q", strings.Join(sc.columns, ", "), a.Column)}
		}
	}
	if sc.actionColumn < 0 && len(m.EnrollIf)+len(m.WithdrawIf) > 0 {
		return &domain.Violation{Field: "enroll-if", Detail: "and withdraw-if have no meaning here"}
	}
	if ndjson && (m.NoHeader || m.Delimiter != "" || m.Comment != "") {
		return &domain.Violation{Field: "format", Detail: "is ndjson, which has no delimiter, header or comments"}
	}
	if m.NoHeader {
		if err := m.validatePositions(); err != nil {
			return err
		}
	}
	if _, err := m.delimiter(); err != nil {
		return err
	}
	return validateEncoding(m.Encoding)
}

// validatePositions returns a [domain.Violation] unless all columns of the file are numbers.
func (m Mapping) validatePositions() error {
	var names []string
	for _, a := range m.Map {
		names = append(names, a.Values...)
	}
	for _, a := range slices.Concat(m.Only, m.EnrollIf, m.WithdrawIf) {
		names = append(names, a.Column)
	}
	for _, name := range names {
		if n, err := strconv.Atoi(name); err != nil || n < 1 || n > maxColumns {
			return &domain.Violation{Field: "no-header", Detail: fmt.Sprintf("names columns by their number from 1, such as course_id=4, got %.100q", name)}
		}
	}
	return nil
}

// maxColumns is the highest number of a column.
const maxColumns = 10_000

// delimiter returns the byte between cells; 0: it is to be recognised.
func (m Mapping) delimiter() (byte, error) {
	switch d := m.Delimiter; {
	case d == "":
		return 0, nil
	case d == "tab" || d == `\t`:
		return '\t', nil
	case len(d) == 1 && (d[0] > ' ' && d[0] < 0x7f && d[0] != '"' || d[0] == '\t'):
		return d[0], nil
	}
	return 0, &domain.Violation{Field: "delimiter", Detail: fmt.Sprintf("must be one ASCII character, such as ; or tab, got %.100q", m.Delimiter)}
}
