package importer

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"example.com/roster/domain"
)

// A Summary counts the rows of a file by their results. Each row is done, rejected or failed.
type Summary struct {
	Rows     int            `json:"rows"`
	Outcomes map[string]int `json:"outcomes"` // done rows by the learner's new status, rejects by their code
	Promoted int            `json:"promoted"` // learners who got a seat from the waitlist through these rows
	Rejected int            `json:"rejected"` // refused by a rule, or invalid
	Failed   int            `json:"failed"`   // the core could not process them
	Seconds  float64        `json:"seconds"`
	Notes

	Replayed int      `json:"-"` // rows that an earlier run of the same file has submitted
	First    []string `json:"-"` // the first few rejects, as text
}

// String returns s in one line.
func (s Summary) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%d rows in %.1f s: ", s.Rows, s.Seconds)
	for _, name := range slices.Sorted(maps.Keys(s.Outcomes)) {
		fmt.Fprintf(&text, "%d %s, ", s.Outcomes[name], name)
	}
	fmt.Fprintf(&text, "%d promoted; %d rejected, %d failed", s.Promoted, s.Rejected, s.Failed)
	return text.String() + s.Notes.String()
}

const invalidRow domain.Kind = "invalid_row" // the code of an invalid row

const maxFirst = 5 // rejects in a summary

func (j *job) reject(r row, code domain.Kind, detail string) {
	s := &j.summary
	s.Rejected++
	s.Outcomes[string(code)]++
	if len(s.First) < maxFirst {
		s.First = append(s.First, fmt.Sprintf("line %d: %s (%s)", r.line, detail, code))
	}
	j.rejects.add(r, code, detail)
}
