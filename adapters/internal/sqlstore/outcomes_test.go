package sqlstore

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Stored outcomes are read as they were, nil slices apart from empty ones.
func TestOutcomesRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := outcomes().Draw(t, "outcomes")
		stored, err := encodeOutcomes(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeOutcomes(stored)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%v: got %+v, want %+v", err, got, want)
		}
	})
}

// The stored form is a promise: an older program on the same database reads it.
func TestStoredForm(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 2, 3, 4, 5, 6, 7000, time.UTC)
	standing := domain.Standing{Course: "c", Learner: "l", Enrollment: "e", Status: domain.Enrolled, Sequence: 1, Since: at}
	outcomes := []ports.Outcome{{Standing: standing, Promoted: []domain.Standing{standing}}, {
		Refused:  domain.ErrNotEnrolled,
		Position: 2,
		Course: domain.Course{
			ID:             "c",
			Terms:          domain.Terms{Title: "t", Capacity: 3, Open: true, WaitlistEnabled: true},
			SeatsTaken:     4,
			WaitlistLength: 5,
			Sequence:       6,
			Revision:       7,
		},
		Created: true,
	}}
	const s = `{"c":"c","l":"l","e":"e","t":"enrolled","q":1,"a":"2026-02-03T04:05:06.000007Z"}`
	const want = `j[{"s":` + s + `,"m":[` + s + `]},` +
		`{"r":"not_enrolled","p":2,"c":{"i":"c","t":"t","c":3,"o":true,"w":true,"s":4,"l":5,"q":6,"v":7},"n":true}]`
	if got, err := encodeOutcomes(outcomes); err != nil || string(got) != want {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}
}

func TestOutcomesOfAChunkAreSmall(t *testing.T) {
	t.Parallel()
	at := time.Now().UTC().Truncate(time.Microsecond)
	chunk := make([]ports.Outcome, ports.MaxActions)
	for i := range chunk {
		learner := domain.LearnerID(rapid.StringMatching("[a-z]{12}").Example(i))
		enrollment := domain.EnrollmentID(rapid.StringMatching("[0-9a-f]{32}").Example(i))
		chunk[i].Standing = domain.Standing{Course: "c", Learner: learner, Enrollment: enrollment, Status: domain.Enrolled, Since: at}
	}
	stored, err := encodeOutcomes(chunk)
	if err != nil || len(stored) > 64*len(chunk) {
		t.Errorf("%d bytes, %v", len(stored), err)
	}
	for _, bad := range [][]byte{nil, {plain}, {deflated, 1, 2, 3}, {'?', '[', ']'}} {
		if got, err := decodeOutcomes(bad); err == nil {
			t.Errorf("%q is read as %v", bad, got)
		}
	}
}

func outcomes() *rapid.Generator[[]ports.Outcome] {
	times := rapid.SampledFrom([]time.Time{{}, time.UnixMicro(1).UTC(), time.UnixMicro(1_800_000_000_123_456).UTC()})
	standing := rapid.Custom(func(t *rapid.T) domain.Standing {
		return domain.Standing{
			Course:     domain.CourseID(text(t)),
			Learner:    domain.LearnerID(text(t)),
			Enrollment: domain.EnrollmentID(text(t)),
			Status:     rapid.SampledFrom([]domain.Status{"", domain.Enrolled, domain.Waitlisted, domain.Withdrawn}).Draw(t, "status"),
			Sequence:   rapid.Int64().Draw(t, "sequence"),
			Since:      times.Draw(t, "since"),
		}
	})
	outcome := rapid.Custom(func(t *rapid.T) ports.Outcome {
		return ports.Outcome{
			Refused:  rapid.SampledFrom(append(ports.Kinds(), "")).Draw(t, "refused"),
			Standing: standing.Draw(t, "standing"),
			Position: rapid.Int().Draw(t, "position"),
			Promoted: sliceOf(standing).Draw(t, "promoted"),
			Course: domain.Course{
				ID: domain.CourseID(text(t)),
				Terms: domain.Terms{
					Title:           text(t),
					Capacity:        rapid.Int().Draw(t, "capacity"),
					Open:            rapid.Bool().Draw(t, "open"),
					WaitlistEnabled: rapid.Bool().Draw(t, "waitlist"),
				},
				SeatsTaken:     rapid.Int().Draw(t, "seats"),
				WaitlistLength: rapid.Int().Draw(t, "waitlist length"),
				Sequence:       rapid.Int64().Draw(t, "sequence"),
				Revision:       rapid.Int64().Draw(t, "revision"),
			},
			Created: rapid.Bool().Draw(t, "created"),
		}
	})
	return sliceOf(outcome)
}

func text(t *rapid.T) string { return rapid.StringN(0, 20, -1).Draw(t, "text") }

// sliceOf also draws nil.
func sliceOf[T any](of *rapid.Generator[T]) *rapid.Generator[[]T] {
	return rapid.OneOf(rapid.Just[[]T](nil), rapid.SliceOfN(of, 0, 12))
}
