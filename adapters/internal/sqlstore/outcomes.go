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

// Outcomes are stored as JSON. The first byte is the form of the rest: plain, or deflated from [deflateFrom] bytes on. The
// chunk of an import has a thousand outcomes: 130 kB of JSON for each reply, and 35 kB deflated.
//
// The names and the forms are a promise. During a rolling upgrade two versions of the program answer retries on one
// database, so each must read what the other stores: a name may be added, none changed. The types below exist because the
// domain's have no JSON names.
const (
	plain    = 'j'
	deflated = 'z'

	deflateFrom = 1024
)

var deflaters = sync.Pool{New: func() any {
	w, _ := flate.NewWriter(nil, flate.BestSpeed) // fails for unknown levels only
	return w
}}

func encodeOutcomes(outcomes []ports.Outcome) ([]byte, error) {
	text, err := json.Marshal(convert(outcomes, newOutcomeJSON))
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
		return nil, fmt.Errorf("decode outcomes: %d bytes of an unknown form", len(b))
	}
	var outcomes []outcomeJSON
	if err := json.NewDecoder(text).Decode(&outcomes); err != nil {
		return nil, fmt.Errorf("decode outcomes: %w", err)
	}
	return convert(outcomes, outcomeJSON.outcome), nil
}

type outcomeJSON struct {
	Refused  domain.Kind    `json:"r,omitzero"`
	Standing standingJSON   `json:"s,omitzero"`
	Position int            `json:"p,omitzero"`
	Promoted []standingJSON `json:"m,omitzero"`
	Course   courseJSON     `json:"c,omitzero"`
	Created  bool           `json:"n,omitzero"`
}

type standingJSON struct {
	Course     domain.CourseID     `json:"c,omitzero"`
	Learner    domain.LearnerID    `json:"l,omitzero"`
	Enrollment domain.EnrollmentID `json:"e,omitzero"`
	Status     domain.Status       `json:"t,omitzero"`
	Sequence   int64               `json:"q,omitzero"`
	Since      time.Time           `json:"a,omitzero"`
}

type courseJSON struct {
	ID domain.CourseID `json:"i,omitzero"`
	termsJSON
	SeatsTaken     int   `json:"s,omitzero"`
	WaitlistLength int   `json:"l,omitzero"`
	Sequence       int64 `json:"q,omitzero"`
	Revision       int64 `json:"v,omitzero"`
}

type termsJSON struct {
	Title           string `json:"t,omitzero"`
	Capacity        int    `json:"c,omitzero"`
	Open            bool   `json:"o,omitzero"`
	WaitlistEnabled bool   `json:"w,omitzero"`
}

func newOutcomeJSON(o ports.Outcome) outcomeJSON {
	return outcomeJSON{
		Refused:  o.Refused,
		Standing: standingJSON(o.Standing),
		Position: o.Position,
		Promoted: convert(o.Promoted, func(s domain.Standing) standingJSON { return standingJSON(s) }),
		Course: courseJSON{
			ID:             o.Course.ID,
			termsJSON:      termsJSON(o.Course.Terms),
			SeatsTaken:     o.Course.SeatsTaken,
			WaitlistLength: o.Course.WaitlistLength,
			Sequence:       o.Course.Sequence,
			Revision:       o.Course.Revision,
		},
		Created: o.Created,
	}
}

func (j outcomeJSON) outcome() ports.Outcome {
	return ports.Outcome{
		Refused:  j.Refused,
		Standing: domain.Standing(j.Standing),
		Position: j.Position,
		Promoted: convert(j.Promoted, func(s standingJSON) domain.Standing { return domain.Standing(s) }),
		Course: domain.Course{
			ID:             j.Course.ID,
			Terms:          domain.Terms(j.Course.termsJSON),
			SeatsTaken:     j.Course.SeatsTaken,
			WaitlistLength: j.Course.WaitlistLength,
			Sequence:       j.Course.Sequence,
			Revision:       j.Course.Revision,
		},
		Created: j.Created,
	}
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
