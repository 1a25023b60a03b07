package sqlstore

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// What is kept comes back as it was, nil slices and empty ones told apart.
func TestOutcomesComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := outcomes().Draw(t, "outcomes")
		kept, err := encodeOutcomes(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeOutcomes(kept)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%v: got %+v, want %+v", err, got, want)
		}
	})
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
	kept, err := encodeOutcomes(chunk)
	if err != nil || len(kept) > 64*len(chunk) {
		t.Errorf("%d bytes, %v", len(kept), err)
	}
	for _, bad := range [][]byte{nil, {plain}, {deflated, 1, 2, 3}, {'?', '[', ']'}} {
		if got, err := decodeOutcomes(bad); err == nil {
			t.Errorf("%q came back as %v", bad, got)
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
				WaitlistLength: rapid.Int().Draw(t, "line"),
				Sequence:       rapid.Int64().Draw(t, "sequence"),
				Revision:       rapid.Int64().Draw(t, "revision"),
			},
			Created: rapid.Bool().Draw(t, "created"),
		}
	})
	return sliceOf(outcome)
}

func text(t *rapid.T) string { return rapid.StringN(0, 20, -1).Draw(t, "text") }

// sliceOf draws nil, too.
func sliceOf[T any](of *rapid.Generator[T]) *rapid.Generator[[]T] {
	return rapid.OneOf(rapid.Just[[]T](nil), rapid.SliceOfN(of, 0, 12))
}
