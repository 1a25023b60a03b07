package importer

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"example.com/roster/domain"
)

// A Summary tells what came of a file. Its rows are done, rejected or failed.
type Summary struct {
	Rows     int            `json:"rows"`
	Outcomes map[string]int `json:"outcomes"` // by what the learner holds since, or by the code of the reject
	Promoted int            `json:"promoted"` // from the line to a seat, by these rows
	Rejected int            `json:"rejected"` // refused by a rule, or no command at all
	Failed   int            `json:"failed"`   // not done because the core could not
	Seconds  float64        `json:"seconds"`

	Replayed int      `json:"-"` // of the rows, how many an earlier run of the same file has done
	First    []string `json:"-"` // the first few rejects, in words
}

// String puts s into one line.
func (s Summary) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%d rows in %.1f s: ", s.Rows, s.Seconds)
	for _, name := range slices.Sorted(maps.Keys(s.Outcomes)) {
		fmt.Fprintf(&text, "%d %s, ", s.Outcomes[name], name)
	}
	fmt.Fprintf(&text, "%d promoted; %d rejected, %d failed", s.Promoted, s.Rejected, s.Failed)
	return text.String()
}

const (
	invalidRow domain.Kind = "invalid_row" // the code of a row that is no command
	maxFirst               = 5
)

func (j *job) reject(r row, code domain.Kind, detail string) {
	s := &j.summary
	s.Rejected++
	s.Outcomes[string(code)]++
	if len(s.First) < maxFirst {
		s.First = append(s.First, fmt.Sprintf("line %d: %s (%s)", r.line, detail, code))
	}
	j.rejects.add(r, code, detail)
}
