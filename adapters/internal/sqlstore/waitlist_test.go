package sqlstore_test

import (
	"fmt"
	"testing"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// The position of a learner is the one that counting from the head of the waitlist gives, whatever part a page shows.
func TestPositionsOnPages(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		s := db.store(t)
		var learners []domain.LearnerID
		for i := range 40 {
			learners = append(learners, domain.LearnerID(fmt.Sprintf("l%02d", i)))
		}
		must(t, change(t.Context(), s, "c", put(3)))
		must(t, change(t.Context(), s, "c", enroll(learners...), learners...))
		must(t, change(t.Context(), s, "c", withdraw("l00", "l07", "l09"), learners...))
		must(t, change(t.Context(), s, "c", enroll("l07"), "l07")) // at the end now

		var waitlist []domain.LearnerID
		for _, status := range []domain.Status{"", domain.Waitlisted, domain.Enrolled, domain.Withdrawn} {
			for _, limit := range []int{1, 2, 7, 1000} {
				waitlist = waitlist[:0]
				after := int64(0)
				for {
					page, err := s.Standings(t.Context(), tenant, "c", ports.StandingPage{Status: status, After: after, Limit: limit})
					must(t, err)
					if len(page) == 0 {
						break
					}
					for _, p := range page {
						if p.Sequence <= after || status != "" && p.Status != status {
							t.Errorf("%q after %d: %+v", status, after, p)
						}
						after = p.Sequence
						want := 0
						if p.Status == domain.Waitlisted {
							waitlist = append(waitlist, p.Learner)
							want = len(waitlist)
						}
						if alone, err := s.Standing(t.Context(), tenant, "c", p.Learner); err != nil || p.Position != want || alone != p {
							t.Errorf("%q by %d: on a page %+v, alone %+v, want position %d; %v", status, limit, p, alone, want, err)
						}
					}
				}
				if (status == "" || status == domain.Waitlisted) && (len(waitlist) != 35 || waitlist[34] != "l07") {
					t.Errorf("%q by %d: the waitlist is %v", status, limit, waitlist)
				}
			}
		}
	})
}
