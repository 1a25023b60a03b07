package importer

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
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

	Replayed      int       `json:"replayed"`               // rows that an earlier run of the same file has done, or sent
	ReplayedFirst time.Time `json:"replayedFirst,omitzero"` // when the first of them were
	Unchanged     *int      `json:"unchanged,omitempty"`    // rows of a complete file whose standing is as wanted; nil: of another file
	DryRun        bool      `json:"dryRun,omitempty"`       // nothing was changed

	Refused   int      `json:"-"` // replayed rows that the earlier run has refused
	First     []string `json:"-"` // the first few rejects, as text
	Withdrawn []string `json:"-"` // the first few learners whom [Sync] withdraws, as text
	Before    string   `json:"-"` // what an earlier run has done with the replayed rows
}

// addReplayed counts the rows of a chunk that was done before.
func (s *Summary) addReplayed(reply ports.Reply) {
	for _, o := range reply.Outcomes {
		s.Replayed++
		if o.Refused != "" {
			s.Refused++
		}
	}
	if at := reply.ReplayedAt; s.ReplayedFirst.IsZero() || at.Before(s.ReplayedFirst) {
		s.ReplayedFirst = at.UTC()
	}
}

// String returns s in one line.
func (s Summary) String() string {
	var text strings.Builder
	if s.DryRun {
		text.WriteString("dry run, nothing is changed: ")
	}
	fmt.Fprintf(&text, "%d rows in %.1f s: ", s.Rows, s.Seconds)
	for _, name := range slices.Sorted(maps.Keys(s.Outcomes)) {
		fmt.Fprintf(&text, "%d %s, ", s.Outcomes[name], name)
	}
	if s.Unchanged != nil {
		fmt.Fprintf(&text, "%d unchanged, ", *s.Unchanged)
	}
	fmt.Fprintf(&text, "%d promoted; %d rejected, %d failed", s.Promoted, s.Rejected, s.Failed)
	return text.String() + s.Notes.String()
}

// InvalidRow is the code of an invalid row.
const InvalidRow domain.Kind = "invalid_row"

const maxFirst = 5 // rejects, and learners who are withdrawn, in a summary

func (j *job) reject(r row, code domain.Kind, detail string) {
	s := &j.summary
	s.Rejected++
	s.Outcomes[string(code)]++
	if len(s.First) < maxFirst {
		s.First = append(s.First, fmt.Sprintf("line %d: %s (%s)", r.line, detail, code))
	}
	j.rejects.add(r, code, detail)
}
