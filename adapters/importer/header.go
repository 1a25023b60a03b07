package importer

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"example.com/roster/adapters/internal/spelling"
	"example.com/roster/domain"
)

// candidates are the delimiters that are recognised.
const candidates = ",;\t|"

// openCSV reads the header, and recognises the delimiter.
func openCSV(r *recordReader, sc schema, m Mapping) (*csvReader, error) {
	c := new(csvReader)
	c.delimiter, _ = m.delimiter() // it is valid
	r.delimiters, r.comment = candidates, m.Comment
	if c.delimiter != 0 {
		r.delimiters = string(rune(c.delimiter))
	}
	record, err := r.next()
	if separator, ok := separatorLine(record); ok && err == nil {
		c.delimiter = cmp.Or(c.delimiter, separator)
		r.delimiters = string(rune(c.delimiter))
		record, err = r.next()
	}
	switch {
	case err == io.EOF && !m.NoHeader:
		return nil, &domain.Violation{Field: "file", Detail: "must not be empty: its first line names the columns, such as " + strings.Join(sc.columns, ",")}
	case err == errTooLong && bytes.IndexByte(record, '\r') >= 0 && bytes.IndexByte(record, '\n') < 0:
		return nil, &domain.Violation{Field: "file", Detail: "must have LF or CRLF between its lines: they end with CR alone"}
	case err == errTooLong && m.NoHeader:
		return nil, &domain.Violation{Field: "first row", Detail: fmt.Sprintf("must have at most %d bytes, got %.100q", maxRecord, record)}
	case err == errTooLong:
		return nil, &domain.Violation{Field: "header", Detail: fmt.Sprintf("must have at most %d bytes, got %.100q", maxRecord, record)}
	case err != nil && err != io.EOF:
		return nil, fmt.Errorf("read the header: %w", err)
	}
	if m.NoHeader {
		r.again = bytes.Clone(record) // it is a row
		err = c.usePositions(r.again, sc, m)
	} else {
		err = c.useHeader(record, sc, m)
	}
	if c.layout != nil {
		c.cells = make([]string, len(c.layout.used))
	}
	r.delimiters = string(rune(c.delimiter))
	return c, err
}

// separatorLine returns the delimiter of a first line such as sep=; which spreadsheets write.
func separatorLine(record []byte) (byte, bool) {
	const begin = "sep="
	if len(record) == len(begin)+1 && strings.EqualFold(string(record[:len(begin)]), begin) {
		return record[len(begin)], true
	}
	return 0, false
}

// bestDelimiter returns the candidate whose cells of a record have the highest score.
func bestDelimiter(record []byte, score func(cells []string) int) (best byte) {
	highest := -1
	for _, candidate := range []byte(candidates) {
		if s := score(splitRecord(record, candidate)); s > highest {
			best, highest = candidate, s
		}
	}
	return best
}

// splitRecord returns the trimmed cells of a record; none if its quotes are wrong.
func splitRecord(record []byte, delimiter byte) (cells []string) {
	if bytes.IndexByte(record, '"') < 0 {
		cells = strings.Split(string(record), string(rune(delimiter)))
	} else if fields, err := new(quotedSplitter).split(record, delimiter); err == nil {
		cells = slices.Clone(fields)
	}
	for i, cell := range cells {
		cells[i] = strings.TrimSpace(cell)
	}
	return cells
}

// errOwn refuses a mapping for what list prints: an id would be read otherwise than it is stored, or a learner who has left would enroll.
var errOwn = &domain.Violation{Field: "file", Detail: "is what roster list prints: import it without a format, mapping or conditions, and do not ignore its columns"}

// usePositions finds the columns of a file without a header, which begins with a row.
func (c *csvReader) usePositions(first []byte, sc schema, m Mapping) error {
	for _, d := range []byte(candidates) {
		if header := splitRecord(first, d); isRejects(header) || sc.isOwn(header) {
			return &domain.Violation{Field: "no-header", Detail: "has no meaning for what roster list prints, or a file of rejects: its first line is a header"}
		}
	}
	if c.delimiter == 0 {
		c.delimiter = bestDelimiter(first, func(cells []string) int { return len(cells) })
	}
	c.layout = newLayout(sc, m, func(i int) []string {
		if len(m.Map) > 0 {
			return nil
		}
		return []string{strconv.Itoa(i + 1)}
	})
	for i, sources := range c.layout.sources {
		if i < sc.required && len(sources) == 0 {
			return &domain.Violation{Field: "map", Detail: fmt.Sprintf("must name the number of the column %[1]s, such as %[1]s=4", sc.columns[i])}
		}
	}
	for k, name := range c.layout.used {
		n, _ := strconv.Atoi(name) // it is valid
		c.readFrom(n-1, k)
		optional := slices.ContainsFunc(c.layout.sources[sc.required:], func(s []int) bool { return slices.Contains(s, k) })
		if !optional {
			c.need = max(c.need, n)
		}
	}
	return nil
}

// readFrom reads the used column k from a column of the file.
func (c *csvReader) readFrom(column, k int) {
	for len(c.cellOf) <= column {
		c.cellOf = append(c.cellOf, nil)
	}
	c.cellOf[column] = append(c.cellOf[column], k)
}

// useHeader finds the columns of a file that a header names.
func (c *csvReader) useHeader(record []byte, sc schema, m Mapping) error {
	l := newLayout(sc, m, func(i int) []string { return sc.columns[i : i+1] })
	if c.delimiter == 0 {
		c.delimiter = bestDelimiter(record, func(header []string) int {
			return maxColumns*l.found(header) + min(len(header), maxColumns-1)
		})
	}
	header := splitRecord(record, c.delimiter)
	var known []string
	if c.rejects = isRejects(header); c.rejects {
		known = rejectColumns
	}
	if sc.isOwn(header) {
		l = newOwnLayout(sc, func(i int) []string { return sc.columns[i : i+1] })
		if l.changedBy(m) {
			return errOwn
		}
		known = sc.own
	}
	c.layout, c.width, c.escaped = l, len(header), known != nil
	c.exact = c.escaped && len(sc.own) > 0
	if err := c.checkHeader(record, header, sc, m); err != nil {
		return err
	}
	for _, name := range header {
		if l.indexOf(name) < 0 && !slices.Contains(known, name) {
			c.unread = append(c.unread, name)
		}
	}
	c.cellOf = make([][]int, len(header))
	for k, name := range l.used {
		if n := indexOf(header, name); n >= 0 {
			c.readFrom(n, k)
		}
	}
	return nil
}

// indexOf returns the index of a name in a header, or -1.
func indexOf(header []string, name string) int {
	return slices.IndexFunc(header, func(h string) bool { return sameName(h, name) })
}

// found returns how many used columns a header has.
func (l *layout) found(header []string) (n int) {
	for _, name := range l.used {
		if indexOf(header, name) >= 0 {
			n++
		}
	}
	return n
}

// checkHeader returns a [domain.Violation] unless the header has what is read, each once.
func (c *csvReader) checkHeader(record []byte, header []string, sc schema, m Mapping) error {
	var twice []string
	missing := c.layout.missing(header, sc, m)
	for _, name := range c.layout.used {
		if i := indexOf(header, name); i >= 0 && indexOf(header[i+1:], name) >= 0 {
			twice = append(twice, name)
		}
	}
	if len(missing)+len(twice) == 0 {
		return nil
	}
	if !utf8.Valid(record) {
		return &domain.Violation{Field: "file", Detail: `must be UTF-8; save it as "CSV UTF-8", or pass --encoding windows-1252 if it is that`}
	}
	return &domain.Violation{Field: "header", Detail: c.headerDetail(record, header, missing, twice, sc, m)}
}

// missing returns what a header lacks: the columns that are required or mapped, and those of conditions.
func (l *layout) missing(header []string, sc schema, m Mapping) (missing []string) {
	lacks := func(name string) bool { return indexOf(header, name) < 0 }
	for i, sources := range l.sources {
		var names []string
		for _, k := range sources {
			names = append(names, l.used[k])
		}
		mapped := func(a Assignment) bool { return a.Column == sc.columns[i] }
		if (i < sc.required || slices.ContainsFunc(m.Map, mapped)) && !slices.ContainsFunc(names, func(name string) bool { return !lacks(name) }) {
			missing = append(missing, strings.Join(names, " or "))
		}
	}
	for _, condition := range slices.Concat(l.only, l.enrollIf, l.withdrawIf) {
		if name := l.used[condition.column]; lacks(name) && !slices.Contains(missing, name) {
			missing = append(missing, name)
		}
	}
	return missing
}

// formatOf returns the format of [Formats] whose columns a header has; empty: none.
func formatOf(header []string, sc schema) string {
	for _, name := range Formats() {
		m, err := FormatMapping(name)
		if err != nil || m.NoHeader || m.validate(sc, false) != nil {
			continue
		}
		if len(newLayout(sc, m, func(int) []string { return nil }).missing(header, sc, m)) == 0 {
			return name
		}
	}
	return ""
}

// headerDetail says what a header lacks, what it has, and what to do.
func (c *csvReader) headerDetail(record []byte, header, missing, twice []string, sc schema, m Mapping) string {
	var text strings.Builder
	if len(m.Map) == 0 {
		fmt.Fprintf(&text, "must have each of the columns %s once", strings.Join(sc.columns[:sc.required], ","))
	} else {
		text.WriteString("must have each mapped column once")
	}
	if len(missing) > 0 {
		fmt.Fprintf(&text, "; it lacks %s", strings.Join(missing, ", "))
	}
	if len(twice) > 0 {
		fmt.Fprintf(&text, "; it has twice %s", strings.Join(twice, ", "))
	}
	fmt.Fprintf(&text, "; got %.200q", record)
	other, format := bestDelimiter(record, c.layout.found), formatOf(header, sc)
	switch {
	case bytes.HasPrefix(record, []byte("{")) || bytes.HasPrefix(record, []byte("[")):
		text.WriteString("; for JSON, one object a line, pass --format ndjson")
	case bytes.IndexByte(record, '\r') >= 0:
		text.WriteString("; its lines end with CR alone: save it with LF or CRLF")
	case m.Delimiter != "" && c.layout.found(splitRecord(record, other)) > c.layout.found(header):
		fmt.Fprintf(&text, "; its delimiter is %q: leave --delimiter out", other)
	case len(m.Map) > 0 && slices.Equal(header, slices.Concat(sc.columns, rejectColumns)):
		text.WriteString("; it is a file of rejects: import it without a format or mapping")
	case format != "" && format != m.Format:
		fmt.Fprintf(&text, "; it has the columns of --format %s", format)
	case len(missing) > 0 && len(m.Map) == 0:
		fmt.Fprintf(&text, "; to read another column, map it, such as %s; not needed: %s", mapFlag(missing[0], suggest(header, missing[0], sc)), strings.Join(sc.columns[sc.required:], ", "))
	}
	return text.String()
}

// suggest returns the name of a header that is most like a column, and is not another of ours.
func suggest(header []string, column string, sc schema) string {
	word, _, _ := strings.Cut(column, "_")
	for _, known := range []string{plainName(column), word} {
		for _, name := range header {
			if plain := plainName(name); !slices.Contains(sc.columns, name) && (spelling.Meant(plain, []string{known}) != "" || strings.Contains(plain, known)) {
				return name
			}
		}
	}
	return "THEIR_COLUMN"
}

// quoteFlag quotes a name with blanks for a shell.
func quoteFlag(name string) string {
	if strings.ContainsAny(name, " \t;|&") {
		return "'" + name + "'"
	}
	return name
}

// mapFlag returns the flag that maps a column, for a shell. A comma separates assignments unless the value has quotes.
func mapFlag(ours, theirs string) string {
	if strings.ContainsAny(theirs, `,"`) {
		return fmt.Sprintf(`--map '"%s=%s"'`, ours, strings.ReplaceAll(theirs, `"`, `""`))
	}
	return fmt.Sprintf("--map %s=%s", ours, quoteFlag(theirs))
}
