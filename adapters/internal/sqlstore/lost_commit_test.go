package sqlstore_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// If a COMMIT is not answered, the store looks whether its rows are stored.
func TestUnansweredCommit(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		conn := &breakingConn{}
		s := db.through(t, faults{commit: conn.commit})
		for _, c := range []struct {
			name      string
			committed bool
			decisions int
		}{
			{"the connection breaks after COMMIT", true, 1},
			{"the connection breaks before COMMIT", false, 2},
		} {
			id := domain.CourseID("lost")
			if c.committed {
				id = "stored"
			}
			for _, before := range []int{0, 1} { // the course is new; the course exists
				conn.breakAtCommit(c.committed, func() {})
				decisions := 0
				must(t, change(t.Context(), s, id, func(r *domain.Roster) { decisions++; grow(r) }))
				got, err := s.Course(t.Context(), tenant, id)
				must(t, err)
				if decisions != c.decisions || got.Capacity != before+1 || got.Sequence != int64(before+1) {
					t.Errorf("%s: %d decisions, %+v", c.name, decisions, got)
				}
			}

			must(t, change(t.Context(), s, id, enroll("ada"), "ada"))
			conn.breakAtCommit(c.committed, func() {})
			decisions := 0
			must(t, change(t.Context(), s, id, func(r *domain.Roster) { decisions++; must(t, r.Rename("ada", "zoe", at)) }, "ada", "zoe"))
			if _, err := s.Standing(t.Context(), tenant, id, "zoe"); err != nil || decisions != c.decisions {
				t.Errorf("%s: %d decisions on a rename, %v", c.name, decisions, err)
			}

			conn.breakAtCommit(c.committed, func() {})
			decisions = 0
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

// The end of the caller's context cuts neither a COMMIT nor the search for its rows.
func TestContextEndsDuringCommit(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		conn := &breakingConn{}
		s := db.through(t, faults{commit: conn.commit})
		for _, committed := range []bool{true, false} {
			ctx, cancel := context.WithCancel(t.Context())
			conn.breakAtCommit(committed, cancel)
			must(t, change(ctx, s, "c", grow))
		}
		if got, err := s.Course(t.Context(), tenant, "c"); err != nil || got.Sequence != 2 {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// The store looks for its rows until it can connect again, however often it can't meanwhile.
func TestDatabaseRestartsDuringCommit(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		conn := &breakingConn{}
		var refusals atomic.Int64
		s := db.through(t, faults{conn.commit, func() error {
			if refusals.Add(-1) >= 0 {
				return syscall.ECONNREFUSED
			}
			return nil
		}})
		attempts := int64(22) // more than the retries after conflicts
		if db.kind == "postgres" {
			attempts *= 2 // it connects with TLS, then without
		}
		conn.breakAtCommit(true, func() { refusals.Store(attempts) })
		decisions := 0
		must(t, change(t.Context(), s, "c", func(r *domain.Roster) { decisions++; grow(r) }))
		if got, err := s.Course(t.Context(), tenant, "c"); err != nil || got.Sequence != 1 || decisions != 1 {
			t.Errorf("%+v, %v after %d decisions", got, err, decisions)
		}
	})
}

// If the connection breaks at each COMMIT, the update fails in the end.
func TestConnectionStaysDown(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		s := db.through(t, faults{commit: func(_, rollback func() error) error { return errors.Join(driver.ErrBadConn, rollback()) }})
		s.(interface{ SettleWithin(time.Duration) }).SettleWithin(100 * time.Millisecond)
		if err := change(t.Context(), s, "c", grow); !errors.Is(err, ports.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
		if _, err := s.Course(t.Context(), tenant, "c"); !errors.Is(err, domain.ErrCourseNotFound) {
			t.Errorf("got %v", err)
		}
	})
}

// A breakingConn breaks at the next COMMIT, once.
type breakingConn struct {
	breaks    bool
	committed bool
	then      func()
}

func (c *breakingConn) breakAtCommit(committed bool, then func()) {
	*c = breakingConn{true, committed, then}
}

func (c *breakingConn) commit(commit, rollback func() error) error {
	if !c.breaks {
		return commit()
	}
	c.breaks = false
	c.then()
	if c.committed {
		return errors.Join(driver.ErrBadConn, commit())
	}
	return errors.Join(driver.ErrBadConn, rollback())
}
