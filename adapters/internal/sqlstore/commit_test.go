package sqlstore_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"testing"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Where nothing is heard of a COMMIT, the store finds out what became of it, by looking.
func TestUnknownOutcome(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		line := &line{}
		s := db.through(t, faults{line.commit})
		for _, c := range []struct {
			name      string
			committed bool
			decisions int
		}{
			{"the connection breaks after it", true, 1},
			{"the connection breaks before it", false, 2},
		} {
			id := domain.CourseID("made")
			if c.committed {
				id = "kept"
			}
			for _, before := range []int{0, 1} { // the course is new, the course is there
				line.breaks(c.committed, func() {})
				decisions := 0
				must(t, change(t.Context(), s, id, func(r *domain.Roster) { decisions++; grow(r) }))
				got, err := s.Course(t.Context(), tenant, id)
				must(t, err)
				if decisions != c.decisions || got.Capacity != before+1 || got.Sequence != int64(before+1) {
					t.Errorf("%s: %d decisions, %+v", c.name, decisions, got)
				}
			}

			line.breaks(c.committed, func() {})
			decisions := 0
			key := ports.IdempotencyKey{Subject: "ada", Name: string(id)}
			must(t, s.Update(t.Context(), ports.Need{Tenant: tenant, Keys: []ports.IdempotencyKey{key}}, func(l ports.Loaded) (ports.Changes, error) {
				decisions++
				return ports.Changes{Replies: []ports.IdempotencyRecord{{IdempotencyKey: key, Fingerprint: "f", At: at}}}, nil
			}))
			if decisions != c.decisions {
				t.Errorf("%s: a reply took %d decisions", c.name, decisions)
			}
		}
	})
}

// Who leaves while his change is being committed does not cut it, nor the looking.
func TestCallerLeavesDuringCommit(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		line := &line{}
		s := db.through(t, faults{line.commit})
		for _, committed := range []bool{true, false} {
			ctx, leave := context.WithCancel(t.Context())
			line.breaks(committed, leave)
			must(t, change(ctx, s, "c", grow))
		}
		if got, err := s.Course(t.Context(), tenant, "c"); err != nil || got.Sequence != 2 {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// A line that stays down is told as it is.
func TestLineStaysDown(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		s := db.through(t, faults{func(_, rollback func() error) error { return errors.Join(driver.ErrBadConn, rollback()) }})
		if err := change(t.Context(), s, "c", grow); !errors.Is(err, ports.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
		if _, err := s.Course(t.Context(), tenant, "c"); !errors.Is(err, domain.ErrCourseNotFound) {
			t.Errorf("got %v", err)
		}
	})
}

// A line breaks at the next commit, once.
type line struct {
	broken    bool
	committed bool
	then      func()
}

func (l *line) breaks(committed bool, then func()) { *l = line{true, committed, then} }

func (l *line) commit(commit, rollback func() error) error {
	if !l.broken {
		return commit()
	}
	l.broken = false
	l.then()
	if l.committed {
		return errors.Join(driver.ErrBadConn, commit())
	}
	return errors.Join(driver.ErrBadConn, rollback())
}
