package importer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// A jsonReader reads the fields of objects, one a line.
type jsonReader struct {
	rows    *rowReader
	plan    *plan
	own     *plan // of lines that list prints
	strings string
}

func newJSONReader(r *rowReader) *jsonReader {
	names := func(i int) []string { return []string{camel(r.columns[i]), r.columns[i]} }
	j := &jsonReader{rows: r, plan: newPlan(r.schema, r.mapping, names)}
	if r.plain() {
		j.own = newOwnPlan(r.schema, names)
	}
	var all []string
	for _, sources := range j.plan.sources {
		if len(sources) > 0 {
			all = append(all, j.plan.used[sources[0]])
		}
	}
	j.strings = strings.Join(all[:len(all)-1], ", ") + " and " + all[len(all)-1]
	return j
}

// read returns the cells of an object, and the plan that they are for. Broken text is refused and never replaced: two broken ids
// must not become the same id.
func (j *jsonReader) read(line []byte) (_ *plan, cells []string, trimmed bool, err error) {
	var fields map[string]json.RawMessage
	if !utf8.Valid(line) || json.Unmarshal(line, &fields) != nil {
		return nil, nil, false, j.fault("")
	}
	has := func(name string) bool { _, ok := fields[camel(name)]; return ok }
	p := j.plan
	if j.own != nil && j.rows.isOwn(has) {
		p = j.own
		j.rows.changed = true
	}
	cells = make([]string, len(p.used))
	seen := make([]bool, len(p.used))
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		k := p.indexOf(name)
		switch {
		case k < 0:
			continue
		case seen[k]:
			return nil, nil, false, fmt.Errorf("has %s twice", p.used[k])
		}
		seen[k] = true
		if cells[k], err = j.text(p, k, fields[name]); err != nil {
			return nil, nil, false, err
		}
		if text := strings.TrimSpace(cells[k]); text != cells[k] {
			cells[k], trimmed = text, trimmed || p.mapped(k)
		}
	}
	for i, sources := range p.sources {
		if err := j.differ(p, i, sources, cells); err != nil {
			return nil, nil, false, err
		}
	}
	return p, cells, trimmed, j.unknown(p, fields)
}

// differ returns an error if a column that is not mapped has two names in an object, with different values.
func (j *jsonReader) differ(p *plan, column int, sources []int, cells []string) error {
	if len(sources) != 2 || cells[sources[0]] == "" || cells[sources[1]] == "" || cells[sources[0]] == cells[sources[1]] {
		return nil
	}
	if slices.ContainsFunc(j.rows.mapping.Map, func(a Assignment) bool { return a.Column == j.rows.columns[column] }) {
		return nil
	}
	j.rows.changed = true
	return fmt.Errorf("has %s and %s, which differ", p.used[sources[0]], p.used[sources[1]])
}

// text returns the text of a used field. Numbers and booleans are text in conditions.
func (j *jsonReader) text(p *plan, k int, value json.RawMessage) (text string, err error) {
	switch value[0] {
	case '"':
		if err := json.Unmarshal(value, &text); err != nil {
			return "", j.fault("")
		}
		if strings.ContainsRune(text, utf8.RuneError) && bytes.Contains(value, []byte(`\u`)) {
			return "", errors.New(`has a \u escape that is half of a surrogate pair`)
		}
		return clip(text), nil
	case 'n':
		return "", nil
	case '{', '[':
		return "", j.fault(p.used[k] + " is an object or a list")
	}
	if p.mapped(k) {
		return "", j.fault(fmt.Sprintf("%s is %.20s", p.used[k], value))
	}
	return string(value), nil
}

func (j *jsonReader) fault(detail string) error {
	if detail != "" {
		detail = "; " + detail
	}
	return fmt.Errorf("is not a JSON object with the strings %s%s", j.strings, detail)
}

// unknown returns an error if the object has a field that may decide, and is not read.
func (j *jsonReader) unknown(p *plan, fields map[string]json.RawMessage) error {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if p.indexOf(name) >= 0 || p == j.own && slices.ContainsFunc(j.rows.own, func(own string) bool { return camel(own) == name }) {
			continue
		}
		if err := j.rows.unknown(name); err != nil {
			j.rows.changed = true
			return fmt.Errorf("has a field that may not be ignored: %w", err)
		}
	}
	return nil
}
