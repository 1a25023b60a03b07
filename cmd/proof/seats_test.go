package proof_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// Sixty-four clients want the last seats of one course, through every entry point at once.
func TestLastSeatsThroughEveryEntryPoint(t *testing.T) {
	t.Parallel()
	const clients, seats = 64, 20
	onEveryStore(t, func(t *testing.T, s system) {
		s.must(t, "", "course", "put", "go", "--title", "Go", "--capacity", fmt.Sprint(seats))
		c := s.client(t)
		var wg sync.WaitGroup
		for i := range clients {
			learner := fmt.Sprint("learner-", i)
			wg.Go(func() {
				switch i % 5 {
				case 0:
					if r := s.run(t, "", "enroll", "go", learner); r.code != 0 {
						t.Errorf("enroll: exit %d, %s", r.code, r.stderr)
					}
				case 1:
					if r := s.run(t, "course_id,learner_id\ngo,"+learner+"\n", "import", "-"); r.code != 0 {
						t.Errorf("import: exit %d, %s", r.code, r.stderr)
					}
				case 2:
					if r := s.run(t, "course_id,learner_id\ngo,"+learner+"\n", "enqueue", "-"); r.code != 0 {
						t.Errorf("enqueue: exit %d, %s", r.code, r.stderr)
					}
				case 3:
					partner := c
					partner.token = strings.TrimSpace(s.must(t, "", "token", "--subject", "shop", "--role", "partner"))
					order := fmt.Sprintf(`{"reference":%q,"course":"go","person":%[1]q}`, learner)
					status, _, body, err := partner.do("POST", "/partner/v1/enrollments", "", order)
					if err != nil || status != 200 {
						t.Errorf("partner: %d, %v, %s", status, err, body)
					}
				default:
					status, _, body, err := c.do("POST", "/v1/courses/go/enrollments", "", `{"learnerId":"`+learner+`"}`)
					if err != nil || status != 201 && status != 202 {
						t.Errorf("POST: %d, %v, %s", status, err, body)
					}
				}
			})
		}
		wg.Wait()
		store := s.open(t)
		portstest.Eventually(t, "the queue is done", func() bool { return len(allStandings(t, store, "go", "")) >= clients })
		course, err := store.Course(t.Context(), tenant, "go")
		if err != nil || course.SeatsTaken != seats || course.WaitlistLength != clients-seats || course.Sequence != clients+1 {
			t.Errorf("course is %+v, %v", course, err)
		}
		if n := len(allStandings(t, store, "go", domain.Enrolled)); n != seats {
			t.Errorf("%d learners hold the %d seats", n, seats)
		}
		waiting := allStandings(t, store, "go", domain.Waitlisted)
		for i, s := range waiting {
			if s.Position != i+1 || i > 0 && s.Sequence <= waiting[i-1].Sequence {
				t.Errorf("%+v is at position %d of the waitlist", s, i+1)
			}
		}
		if len(waiting) != clients-seats {
			t.Errorf("%d wait, want %d", len(waiting), clients-seats)
		}
		s.mustCheck(t)
	})
}

// A course grows from 10 seats to 5,000 with 20,000 learners on the waitlist, while others enroll. Seats go to the waitlist in order, and
// one transaction promotes at most 1,000.
func TestALongWaitlistIsServedInSeveralTransactions(t *testing.T) {
	t.Parallel()
	waiting, grown, clients, each := 3_000, 2_500, 8, 5
	if long {
		waiting, grown, clients, each = 20_000, 5_000, 16, 20
	}
	onEveryStore(t, func(t *testing.T, s system) {
		s.must(t, "", "course", "put", "go", "--title", "Go", "--capacity", "10")
		var actions []ports.Action
		for i := range 10 + waiting {
			actions = append(actions, ports.Enroll{Course: "go", Learner: domain.LearnerID(fmt.Sprintf("first-%06d", i))})
		}
		s.submit(t, actions)

		c := s.client(t)
		var wg sync.WaitGroup
		var seated atomic.Int64
		for i := range clients {
			wg.Go(func() {
				for j := range each {
					_, _, body, err := c.do("POST", "/v1/courses/go/enrollments", "", fmt.Sprintf(`{"learnerId":"late-%d-%d"}`, i, j))
					var got struct{ Status string }
					if err != nil || json.Unmarshal(body, &got) != nil || got.Status == "" {
						t.Errorf("POST: %v, %s", err, body)
					} else if got.Status == "enrolled" {
						seated.Add(1)
					}
				}
			})
		}
		if status, _, body, err := c.do("PUT", "/v1/courses/go", "", fmt.Sprintf(`{"capacity":%d}`, grown)); err != nil || status != 200 {
			t.Errorf("PUT: %d, %v, %s", status, err, body)
		}
		wg.Wait()

		store := s.open(t)
		course, err := store.Course(t.Context(), tenant, "go")
		if err != nil || course.SeatsTaken != grown || course.WaitlistLength != 10+waiting+clients*each-grown {
			t.Errorf("course is %+v, %v", course, err)
		}
		if seated.Load() > 0 {
			t.Errorf("%d late learners got a seat before the waitlist", seated.Load())
		}
		for i, s := range allStandings(t, store, "go", domain.Enrolled) {
			if s.Learner != domain.LearnerID(fmt.Sprintf("first-%06d", i)) {
				t.Fatalf("seat %d went to %s", i+1, s.Learner)
			}
		}
		if most := mostPromotedAtOnce(t, store); most > 1000 {
			t.Errorf("one transaction promoted %d, want at most 1000", most)
		}
		s.mustCheck(t)
	})
}

// mostPromotedAtOnce returns the highest number of promotions with one time: a transaction reads the clock once.
func mostPromotedAtOnce(t *testing.T, store ports.Reader) (most int) {
	at := make(map[int64]int)
	for e, err := range store.Journal(t.Context(), tenant, "go", 0) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Type == domain.LearnerPromoted {
			at[e.At.UnixMicro()]++
			most = max(most, at[e.At.UnixMicro()])
		}
	}
	return most
}
