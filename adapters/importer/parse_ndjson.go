package importer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A jsonReader reads the fields of objects, one a line.
type jsonReader struct {
	rows    *rowReader
	layout  *layout
	own     *layout  // of lines that list prints
	changed bool     // the mapping would change what own reads
	names   []string // of the fields that list prints
	strings string   // the names of the mapped fields, as text
	fields  []field  // of the last object
	cells   []string // of the used fields
	seen    []bool   // which of these the object has
}

// A field of an object.
type field struct {
	name  string
	value []byte // JSON
}

func newJSONReader(r *rowReader) *jsonReader {
	names := func(i int) []string { return []string{camel(r.columns[i]), r.columns[i]} }
	j := &jsonReader{rows: r, layout: newLayout(r.schema, r.mapping, names)}
	j.own = newOwnLayout(r.schema, names)
	j.changed = j.own.changedBy(r.mapping)
	for _, column := range r.schema.own {
		j.names = append(j.names, camel(column))
	}
	var all []string
	for _, sources := range j.layout.sources {
		if len(sources) > 0 {
			all = append(all, j.layout.used[sources[0]])
		}
	}
	j.strings = strings.Join(all[:len(all)-1], ", ") + " and " + all[len(all)-1]
	return j
}

// read returns the cells of an object, valid until the next call, and the layout that they are for.
func (j *jsonReader) read(line []byte) (l *layout, cells []string, trimmed bool, err error) {
	if line = bytes.TrimSpace(line); len(line) == 0 {
		return nil, nil, false, errBlank
	}
	if !utf8.Valid(line) || !json.Valid(line) || !j.split(line) {
		return nil, nil, false, j.fault("")
	}
	l = j.layout
	if len(j.names) > 0 && !slices.ContainsFunc(j.names, func(name string) bool { return !j.has(name) }) {
		if l = j.own; j.changed {
			return nil, nil, false, errOwn
		}
	}
	if trimmed, err = j.readFields(l); err != nil {
		j.rows.version2 = true // an earlier version may have read it
	}
	return l, j.cells, trimmed, err
}

func (j *jsonReader) has(name string) bool {
	return slices.ContainsFunc(j.fields, func(f field) bool { return f.name == name })
}

// readFields reads the used fields, and notes the others.
func (j *jsonReader) readFields(l *layout) (trimmed bool, err error) {
	j.cells = append(j.cells[:0], make([]string, len(l.used))...)
	j.seen = append(j.seen[:0], make([]bool, len(l.used))...)
	for _, f := range j.fields {
		k := l.indexOf(f.name)
		switch {
		case k >= 0 && j.seen[k]:
			return false, fmt.Errorf("has %s twice", l.used[k])
		case k >= 0:
			j.seen[k] = true
			text, err := j.text(l, k, f.value)
			if err != nil {
				return false, err
			}
			j.cells[k] = text
			if l != j.own || !l.mapped(k) {
				j.cells[k] = strings.TrimSpace(text)
			}
			trimmed = trimmed || len(j.cells[k]) < len(text) && l.mapped(k)
		case l != j.own || !slices.Contains(j.names, f.name):
			if err := j.rows.unknown(f.name); err != nil {
				return false, fmt.Errorf("has a field that may not be ignored: %w", err)
			}
		}
	}
	return trimmed, j.differ(l)
}

// differ returns an error if a column that is not mapped has two names in an object, with different values.
func (j *jsonReader) differ(l *layout) error {
	for i, s := range l.sources {
		mapped := func(a Assignment) bool { return a.Column == j.rows.columns[i] }
		if len(s) == 2 && j.cells[s[0]] != "" && j.cells[s[1]] != "" && j.cells[s[0]] != j.cells[s[1]] && !slices.ContainsFunc(j.rows.mapping.Map, mapped) {
			return fmt.Errorf("has %s and %s, which differ", l.used[s[0]], l.used[s[1]])
		}
	}
	return nil
}

// text returns the text of a used field. Numbers and booleans are text in conditions. Broken text is refused and never replaced: two
// broken ids must not become the same id.
func (j *jsonReader) text(l *layout, k int, value []byte) (text string, err error) {
	switch value[0] {
	case '"':
		text = unquote(value)
		if strings.ContainsRune(text, utf8.RuneError) && bytes.Contains(value, []byte(`\u`)) {
			return "", errors.New(`has a \u escape that is half of a surrogate pair`)
		}
		return text[:min(len(text), maxCell)], nil
	case 'n':
		return "", nil
	case '{', '[':
		return "", j.fault(l.used[k] + " is an object or a list")
	}
	if l.mapped(k) {
		return "", j.fault(fmt.Sprintf("%s is %.20s", l.used[k], value))
	}
	return string(value), nil
}

func (j *jsonReader) fault(detail string) error {
	if detail != "" {
		detail = "; " + detail
	}
	return fmt.Errorf("is not a JSON object with the strings %s%s", j.strings, detail)
}

// split finds the fields of an object in valid JSON. It reports false for another value than an object.
func (j *jsonReader) split(text []byte) bool {
	j.fields = j.fields[:0]
	if string(text) == "null" {
		return true
	}
	if text[0] != '{' {
		return false
	}
	const blanks = " \t\r\n"
	for text = bytes.TrimLeft(text[1:], blanks); text[0] != '}'; text = bytes.TrimLeft(text, blanks+",") {
		n := valueLength(text)
		name := unquote(text[:n])
		text = bytes.TrimLeft(text[n:], blanks+":")
		n = valueLength(text)
		j.fields = append(j.fields, field{name, text[:n]})
		text = text[n:]
	}
	return true
}

// valueLength returns the length of the value that valid JSON begins with.
func valueLength(text []byte) int {
	depth, inside := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inside && c == '\\':
			i++
		case c == '"':
			inside = !inside
			if !inside && depth == 0 {
				return i + 1
			}
		case inside:
		case c == '{' || c == '[':
			depth++
		case depth > 0 && (c == '}' || c == ']'):
			if depth--; depth == 0 {
				return i + 1
			}
		case depth == 0 && bytes.IndexByte([]byte(",}] \t\r\n"), c) >= 0:
			return i
		}
	}
	return len(text)
}

// unquote returns the text of a string in valid JSON.
func unquote(value []byte) (text string) {
	if bytes.IndexByte(value, '\\') < 0 {
		return string(value[1 : len(value)-1])
	}
	_ = json.Unmarshal(value, &text) // it is a string
	return text
}
