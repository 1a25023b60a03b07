package sqlstore_test

import (
	"strings"
	"testing"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A command of which any read fails is not decided: neither without its standings, nor without the waitlist or the saved reply.
func TestFailedReadDecidesNothing(t *testing.T) {
	t.Parallel()
	db := newSQLite(t)
	must(t, change(t.Context(), db.store(t), "c", put(1)))
	must(t, change(t.Context(), db.store(t), "c", enroll("bob", "cyd"), "bob", "cyd")) // one of them waits
	need := ports.Need{
		Tenant:  tenant,
		Courses: []ports.NeedCourse{{ID: "c", Learners: []domain.LearnerID{"ada"}, FirstWaiting: 10}},
		Keys:    []ports.IdempotencyKey{{Subject: "ada", Name: "k"}},
	}
	for failing := 1; ; failing++ {
		reads, loading, decided := 0, false, false
		s := db.through(t, rewriting{func(statement string) string {
			if loading && strings.HasPrefix(statement, "SELECT") {
				if reads++; reads == failing {
					return "SELECT no_such_column"
				}
			}
			return statement
		}})
		loading = true
		err := s.Update(t.Context(), need, func(ports.Loaded) (ports.Changes, error) {
			decided = true
			return ports.Changes{}, nil
		})
		if reads < failing {
			if reads != 4 || err != nil {
				t.Errorf("%d reads, %v; want those of courses, standings, waitlist and reply", reads, err)
			}
			return
		}
		if err == nil || decided {
			t.Errorf("read %d fails: decided is %v, and the error %v", failing, decided, err)
		}
	}
}
