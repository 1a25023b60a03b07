package sqlstore

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Outcomes are stored as JSON. The first byte is the form of the rest: plain, or deflated from [deflateFrom] bytes on. The
// chunk of an import has a thousand outcomes: 130 kB of JSON for each reply, and 35 kB deflated.
//
// The names and the forms are a promise. During a rolling upgrade two versions of the program answer retries on one
// database, so each must read what the other stores: a name may be added, none changed. A tenant is not stored.
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
	Refused  domain.Kind   `json:"r,omitzero"`
	Standing StandingRow   `json:"s,omitzero"`
	Position int           `json:"p,omitzero"`
	Promoted []StandingRow `json:"m,omitzero"`
	Course   CourseRow     `json:"c,omitzero"`
	Created  bool          `json:"n,omitzero"`
}

func newOutcomeJSON(o ports.Outcome) outcomeJSON {
	return outcomeJSON{
		Refused:  o.Refused,
		Standing: newStandingRow("", o.Standing),
		Position: o.Position,
		Promoted: convert(o.Promoted, func(s domain.Standing) StandingRow { return newStandingRow("", s) }),
		Course:   newCourseRow("", o.Course),
		Created:  o.Created,
	}
}

func (j outcomeJSON) outcome() ports.Outcome {
	return ports.Outcome{
		Refused:  j.Refused,
		Standing: j.Standing.standing(),
		Position: j.Position,
		Promoted: convert(j.Promoted, StandingRow.standing),
		Course:   j.Course.course(),
		Created:  j.Created,
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
