package bboltstore

import (
	"errors"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"example.com/roster/application"
	"example.com/roster/application/servicetest"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

func open(t testing.TB, name string) *Store {
	s, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func newStore(t testing.TB) *Store { return open(t, filepath.Join(t.TempDir(), "roster.bbolt")) }

func TestStore(t *testing.T) {
	t.Parallel()
	portstest.TestStore(t, func(t testing.TB) ports.Store { return newStore(t) })
}

func TestFailedCommit(t *testing.T) {
	portstest.TestFailedCommit(t, func(t testing.TB, commit func() error) ports.Store {
		s := newStore(t)
		s.commit = func(tx *bbolt.Tx) error {
			if err := commit(); err != nil {
				return errors.Join(err, tx.Rollback())
			}
			return tx.Commit()
		}
		return s
	})
}

// A commit that took place although bbolt reports an error is no failure: the store finds out.
func TestUnknownCommit(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	s.commit = func(tx *bbolt.Tx) error { return errors.Join(tx.Commit(), errors.New("on purpose")) }
	roster := servicetest.NewOn(t, s)
	roster.Given("put capacity=1; enroll ada; enroll bob")
	if reply := roster.Submit(t.Context(), ports.Command{By: servicetest.Staff, Key: "k", Actions: roster.Actions("withdraw ada")})[0]; reply.Err != nil {
		t.Error(reply.Err)
	}
}

// A closed store returns an error, and no empty page or journal.
func TestClosed(t *testing.T) {
	t.Parallel()
	s, by := newStore(t), servicetest.Staff.Tenant
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, course := s.Course(t.Context(), by, "c")
	_, courses := s.Courses(t.Context(), by, ports.CoursePage{Limit: 1})
	_, standing := s.Standing(t.Context(), by, "c", "ada")
	_, standings := s.Standings(t.Context(), by, "c", ports.StandingPage{Limit: 1})
	var journal error
	for _, err := range s.Journal(t.Context(), by, "c", 0) {
		journal = err
	}
	for name, err := range map[string]error{
		"Course": course, "Courses": courses, "Standing": standing, "Standings": standings, "Journal": journal,
		"Snapshot": s.Snapshot(t.Context(), by, func(ports.Reader) error { return nil }),
		"Update":   s.Update(t.Context(), ports.Need{Tenant: by}, func(ports.Loaded) (ports.Changes, error) { return ports.Changes{}, nil }),
	} {
		if !errors.Is(err, ports.ErrUnavailable) {
			t.Errorf("%s: %v, want %v", name, err, ports.ErrUnavailable)
		}
	}
}

// What one process has saved, the next one has.
func TestOpenAgain(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "roster.bbolt")
	first, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	roster := application.New(first)
	_, put := roster.PutCourse(t.Context(), servicetest.Staff, servicetest.Course, domain.Settings{Title: new("Go"), Capacity: new(1)})
	_, ada := roster.Enroll(t.Context(), servicetest.Staff, servicetest.Course, "ada")
	_, bob := roster.Enroll(t.Context(), servicetest.Staff, servicetest.Course, "bob")
	if err := errors.Join(put, ada, bob, first.Close()); err != nil {
		t.Fatal(err)
	}
	again := application.New(open(t, name))
	left, err := again.Withdraw(t.Context(), servicetest.Staff, servicetest.Course, "ada")
	if err != nil || len(left.Promoted) != 1 || left.Promoted[0].Learner != "bob" {
		t.Errorf("ada's seat went to %+v, %v, want bob", left.Promoted, err)
	}
}
