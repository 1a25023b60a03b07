package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A scripted is a transaction whose Load fails once, and whose first Save fails, if they have errors. Nothing is ever found.
type scripted struct {
	load, save error
	needs      []int // learners that each attempt loaded
}

func (s *scripted) begin(_, _ context.Context, need ports.Need) (Transaction, LoadedRows, error) {
	s.needs = append(s.needs, len(need.Courses[0].Learners))
	return s, LoadedRows{}, nil
}

func (s *scripted) Load(context.Context, ports.Need) (LoadedRows, error) {
	err := s.load
	s.load = nil
	return LoadedRows{}, err
}

func (s *scripted) Find(context.Context, WriteSet) (bool, error) { return false, nil }

func (s *scripted) Save(context.Context, WriteSet) error {
	err := s.save
	s.save = nil
	return err
}

func (s *scripted) End() {}

// After a More that failed, a retry loads the larger need at once. Update retries after a conflict, and after any failure while a write set
// is unsettled.
func TestRetryAfterAFailedMore(t *testing.T) {
	t.Parallel()
	conflict, broken := errors.New("conflict"), errors.New("broken")
	for _, c := range []struct {
		name       string
		load, save error
		want       []int
		fails      bool
	}{
		{"a conflict", conflict, nil, []int{1, 2}, false},
		{"another failure", broken, nil, []int{1}, true},
		{"another failure after an unsettled write set", broken, sql.ErrConnDone, []int{1, 1, 2}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				script := &scripted{load: c.load, save: c.save}
				s := New(Driver{Fault: func(err error) Fault {
					if errors.Is(err, conflict) {
						return Conflict
					}
					return Broken
				}}, Pools{Begin: script.begin})
				defer s.sendLast()
				need := func(learners ...domain.LearnerID) ports.Need {
					return ports.Need{Tenant: "t", Courses: []ports.NeedCourse{{ID: "c", Learners: learners}}}
				}
				err := s.Update(t.Context(), need("ada"), func(l ports.Loaded) (c ports.Changes, err error) {
					if script.save == nil && script.load != nil {
						_, err = l.More(need("ada", "bob"))
					}
					return c, err
				})
				if !slices.Equal(script.needs, c.want) || (err != nil) != c.fails {
					t.Errorf("the attempts loaded %v learners, want %v: %v", script.needs, c.want, err)
				}
			})
		})
	}
}
