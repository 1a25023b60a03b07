package sqlstore

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Outcomes are kept as JSON with short names, deflated where there are many: a chunk of an import has a thousand, much
// alike. The first byte tells which.
const (
	plain    = 'j'
	deflated = 'z'

	deflateFrom = 1024 // bytes
)

var deflaters = sync.Pool{New: func() any {
	w, _ := flate.NewWriter(nil, flate.BestSpeed) // fails for unknown levels only
	return w
}}

func encodeOutcomes(outcomes []ports.Outcome) ([]byte, error) {
	text, err := json.Marshal(convert(outcomes, newOutcomeDoc))
	if err != nil {
		return nil, fmt.Errorf("encode outcomes: %w", err)
	}
	if len(text) < deflateFrom {
		return append([]byte{plain}, text...), nil
	}
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	var b bytes.Buffer
	b.WriteByte(deflated)
	w.Reset(&b)
	_, err = w.Write(text)
	err = errors.Join(err, w.Close())
	return b.Bytes(), err
}

func decodeOutcomes(b []byte) ([]ports.Outcome, error) {
	var text io.Reader
	switch {
	case len(b) > 0 && b[0] == plain:
		text = bytes.NewReader(b[1:])
	case len(b) > 0 && b[0] == deflated:
		text = flate.NewReader(bytes.NewReader(b[1:]))
	default:
		return nil, fmt.Errorf("decode outcomes: %d bytes of no known form", len(b))
	}
	var docs []outcomeDoc
	if err := json.NewDecoder(text).Decode(&docs); err != nil {
		return nil, fmt.Errorf("decode outcomes: %w", err)
	}
	return convert(docs, outcomeDoc.outcome), nil
}

type outcomeDoc struct {
	Refused  domain.Kind   `json:"r,omitzero"`
	Standing standingDoc   `json:"s,omitzero"`
	Position int           `json:"p,omitzero"`
	Promoted []standingDoc `json:"m,omitzero"`
	Course   courseDoc     `json:"c,omitzero"`
	Created  bool          `json:"n,omitzero"`
}

func newOutcomeDoc(o ports.Outcome) outcomeDoc {
	return outcomeDoc{
		Refused:  o.Refused,
		Standing: standingDoc(o.Standing),
		Position: o.Position,
		Promoted: convert(o.Promoted, func(s domain.Standing) standingDoc { return standingDoc(s) }),
		Course: courseDoc{
			ID:             o.Course.ID,
			Title:          o.Course.Title,
			Capacity:       o.Course.Capacity,
			Open:           o.Course.Open,
			Waitlist:       o.Course.WaitlistEnabled,
			SeatsTaken:     o.Course.SeatsTaken,
			WaitlistLength: o.Course.WaitlistLength,
			Sequence:       o.Course.Sequence,
			Revision:       o.Course.Revision,
		},
		Created: o.Created,
	}
}

func (d outcomeDoc) outcome() ports.Outcome {
	return ports.Outcome{
		Refused:  d.Refused,
		Standing: domain.Standing(d.Standing),
		Position: d.Position,
		Promoted: convert(d.Promoted, func(s standingDoc) domain.Standing { return domain.Standing(s) }),
		Course: domain.Course{
			ID: d.Course.ID,
			Terms: domain.Terms{
				Title:           d.Course.Title,
				Capacity:        d.Course.Capacity,
				Open:            d.Course.Open,
				WaitlistEnabled: d.Course.Waitlist,
			},
			SeatsTaken:     d.Course.SeatsTaken,
			WaitlistLength: d.Course.WaitlistLength,
			Sequence:       d.Course.Sequence,
			Revision:       d.Course.Revision,
		},
		Created: d.Created,
	}
}

type standingDoc struct {
	Course     domain.CourseID     `json:"c,omitzero"`
	Learner    domain.LearnerID    `json:"l,omitzero"`
	Enrollment domain.EnrollmentID `json:"e,omitzero"`
	Status     domain.Status       `json:"t,omitzero"`
	Sequence   int64               `json:"q,omitzero"`
	Since      time.Time           `json:"a,omitzero"`
}

type courseDoc struct {
	ID             domain.CourseID `json:"i,omitzero"`
	Title          string          `json:"t,omitzero"`
	Capacity       int             `json:"c,omitzero"`
	Open           bool            `json:"o,omitzero"`
	Waitlist       bool            `json:"w,omitzero"`
	SeatsTaken     int             `json:"s,omitzero"`
	WaitlistLength int             `json:"l,omitzero"`
	Sequence       int64           `json:"q,omitzero"`
	Revision       int64           `json:"v,omitzero"`
}

// convert keeps nil apart from empty.
func convert[A, B any](as []A, to func(A) B) []B {
	if as == nil {
		return nil
	}
	bs := make([]B, len(as))
	for i, a := range as {
		bs[i] = to(a)
	}
	return bs
}
