package record_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/roster/cmd/roster/record"
)

// docs/privacy.md has the personal data of the record. To write them:
//
//	go test ./cmd/proof/record -run '^TestPrivacyDocument$' -update
func TestPrivacyDocument(t *testing.T) {
	t.Parallel()
	requireBlock(t, "docs/privacy.md", "record", personalTable(theRecord(t)))
	changed := theRecord(t)
	changed.PersonalData[0].Until = "for ever"
	if personalTable(changed) == personalTable(theRecord(t)) {
		t.Error("the table does not show for how long data are kept")
	}
}

// personalTable returns a row for the fields of a table or of the messages of a stream that have the same data for as long.
func personalTable(r record.Record) string {
	type row struct{ stored, what, until string }
	var rows []row
	fields := make(map[row][]string)
	for _, p := range r.PersonalData {
		table, field, _ := strings.Cut(p.Name, ".")
		at := row{"table `" + table + "`", p.What, p.Until}
		if p.Where == "message" {
			_, field, _ = strings.Cut(p.Name, " ")
			at.stored = "stream `" + streamOf(r, p).Name + "`"
		}
		if fields[at] == nil {
			rows = append(rows, at)
		}
		if field = "`" + field + "`"; !slices.Contains(fields[at], field) {
			fields[at] = append(fields[at], field)
		}
	}
	var b strings.Builder
	b.WriteString("| stored in | fields | what | for how long |\n| --- | --- | --- | --- |\n")
	for _, at := range rows {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", at.stored, strings.Join(fields[at], ", "), at.what, at.until)
	}
	return b.String()
}

// streamOf returns the stream of a message's field, or an empty one.
func streamOf(r record.Record, p record.Personal) (of record.Stream) {
	message, _, _ := strings.Cut(p.Name, " ")
	for _, s := range r.Streams {
		if p.Where == "message" && slices.ContainsFunc(s.Messages, func(m string) bool { return strings.HasSuffix(m, "/"+message) }) {
			of = s
		}
	}
	return of
}
