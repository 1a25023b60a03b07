package importer

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"example.com/roster/adapters/internal/spelling"
	"example.com/roster/domain"
)

// deciders are names of columns that, in other systems, say what a row means.
var deciders = []string{
	"status", "state", "role", "type", "operation", "op", "verb", "active", "inactive", "enabled", "disabled", "enrolled", "withdrawn",
	"deleted", "removed", "drop", "dropped", "suspended", "cancelled", "canceled",
}

// meaning returns what an unknown column looks like, if it looks like one that decides what a row means: a column of ours, or the
// column itself.
func (sc schema) meaning(name string) string {
	plain := plainName(name)
	words := strings.FieldsFunc(splitCamel(name), func(r rune) bool { return plainName(string(r)) == "" })
	for i, column := range sc.columns {
		word := plainName(strings.TrimSuffix(column, "_id"))
		if spelling.Meant(plain, []string{plainName(column), word}) != "" || i >= sc.required && decides(words, column) {
			return column
		}
	}
	for _, d := range slices.Concat(deciders, sc.deciders) {
		misspelt := len(d) >= len("status") && spelling.Meant(plain, []string{d}) != "" // short words are like many others
		if misspelt || plain == d || plain == d+"s" || decides(words, d) {
			return name
		}
	}
	return ""
}

// decides reports whether a name ends with a word that decides, or consists of it and one more. The word may be a column of several, such as
// course_id. A co-op is no operation, and who has a date in enrolled_at enrolls.
func decides(words []string, word string) bool {
	n, k := len(words), 1+strings.Count(word, "_")
	is := func(some []string) bool { return strings.EqualFold(strings.Join(some, "_"), word) }
	return n >= k && len(word) > len("op") && (is(words[n-k:]) || n == k+1 && word != "enrolled" && is(words[:k]))
}

// unknown returns the error of a column that is not read. It keeps the first thousand: each row of NDJSON has names.
func (r *rowReader) unknown(name string) error {
	err, known := r.unread[name]
	if !known {
		if err = r.judge(name); len(r.unread) < 1000 && len(name) <= maxCell {
			r.unread[name] = err
		}
	}
	return err
}

// judge returns an error if a column that is not read looks like one that decides; else it notes the column as ignored.
func (r *rowReader) judge(name string) error {
	named := func(n string) bool { return sameName(n, name) }
	if name == "" || slices.ContainsFunc(r.mapping.IgnoreColumns, named) {
		return nil
	}
	instead := len(r.mapping.Map) > 0 && slices.ContainsFunc(r.columns[:r.required], func(c string) bool { return named(c) || named(camel(c)) })
	like, flag := r.meaning(name), quoteFlag(name)
	switch {
	case like == "" || instead:
		r.notes.ignore(name)
		return nil
	case like == name:
		return fmt.Errorf("%.100q looks as if it decides what a row means, but is not read: name it in a condition, such as --only %[2]s=VALUE, or pass --ignore-column %[2]s", name, flag)
	}
	return fmt.Errorf("%.100q looks like %[2]s, but is not read: rename it, or pass %[3]s or --ignore-column %[4]s", name, like, mapFlag(like, name), flag)
}

// unknownColumns returns a [domain.Violation] if the header has a column that may decide, and is not read.
func (r *rowReader) unknownColumns() error {
	for _, name := range r.csv.unread {
		if err := r.unknown(name); err != nil {
			return &domain.Violation{Field: "header", Detail: "has a column that may not be ignored: " + err.Error()}
		}
	}
	return nil
}

// maxIgnored is how many ignored columns a summary names.
const maxIgnored = 20

func (n *Notes) ignore(name string) {
	name = clip(name)[:min(len(name), 100)]
	if i, found := slices.BinarySearch(n.IgnoredColumns, name); !found && len(n.IgnoredColumns) < maxIgnored {
		n.IgnoredColumns = slices.Insert(n.IgnoredColumns, i, name)
	}
}

// plainName returns a name in lowercase, without what separates words.
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// splitCamel returns a name with a blank before each capital that follows another letter.
func splitCamel(name string) string {
	var b strings.Builder
	lower := false
	for _, r := range name {
		if lower && unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		lower = unicode.IsLower(r)
		b.WriteRune(r)
	}
	return b.String()
}
