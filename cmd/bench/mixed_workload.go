package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"

	"github.com/valyala/fasthttp"
)

// A mixedWorkload is on one course. Of 100 requests 60 enroll a new learner, 25 withdraw a learner with a seat, which promotes the
// first on the waitlist, and 15 enroll a learner who already has a seat. Half of the requests have a key.
type mixedWorkload struct {
	name    string
	course  string
	initial ledger
	clients []*mixedClient
}

// initialWaitlist is the length of the waitlist at the start. More learners enroll than withdraw, so it is never empty.
const initialWaitlist = 200

// mixedCourse creates a full course with one seat for each client, and a waitlist.
func mixedCourse(b *bench, t *target, phase string) (workload, error) {
	w := &mixedWorkload{name: phase, course: "mixed-" + phase, initial: make(ledger)}
	if err := t.createCourse(b.ctx, w.course, clients); err != nil {
		return nil, err
	}
	seed := newClient(&phaseRun{}, &fasthttp.HostClient{Addr: t.addr}, t.token, &seeder{w})
	defer seed.http.CloseIdleConnections()
	for range clients + initialWaitlist {
		seed.script.prepare(seed.request)
		if err := seed.send(); err != nil {
			return nil, fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return w, nil
}

func (w *mixedWorkload) seed(i int) string { return fmt.Sprintf("%s-seed-%d", w.name, i) }

// A seeder fills the seats and the waitlist.
type seeder struct{ *mixedWorkload }

func (s *seeder) prepare(r *fasthttp.Request) {
	prepareEnroll(r, s.course, []byte(s.seed(len(s.initial))))
}

func (s *seeder) handle(status int, body []byte) error {
	learner := s.seed(len(s.initial))
	switch {
	case status == http.StatusCreated && len(s.initial) < clients:
		s.initial[learner] = "enrolled"
	case status == http.StatusAccepted && len(s.initial) >= clients:
		s.initial[learner] = "waitlisted"
	default:
		return unexpected(status, body)
	}
	return nil
}

func (w *mixedWorkload) client(i int) script {
	m := &mixedClient{enrollClient: enrollClient{learner: fmt.Appendf(nil, "%s-%03d-", w.name, i), random: rand.New(rand.NewPCG(2, uint64(i)))}, workload: w, holder: w.seed(i)}
	w.clients = append(w.clients, m)
	return m
}

func (w *mixedWorkload) check(ctx context.Context, t *target) error {
	answered := w.initial
	for _, c := range w.clients {
		c.addTo(answered)
	}
	for _, c := range w.clients {
		for _, learner := range c.withdrawn {
			answered[learner] = "withdrawn"
		}
	}
	return t.verify(ctx, w.course, w.name, answered)
}

// A mixedClient has one learner with a seat, whom no other client withdraws: at first a seed, then the learner promoted by its last
// withdrawal.
type mixedClient struct {
	enrollClient
	workload  *mixedWorkload
	holder    string
	withdrawn []string
	requests  int
	action    string // of the current request: enroll, withdraw or duplicate
}

func (m *mixedClient) prepare(r *fasthttp.Request) {
	m.requests++
	switch x := m.random.IntN(100); {
	case x < 60:
		m.action = "enroll"
		prepareEnroll(r, m.workload.course, m.id(m.buffer[:0], len(m.statuses)))
		m.statuses = append(m.statuses, "")
	case x < 85:
		m.action = "withdraw"
		r.Header.SetMethod(http.MethodDelete)
		r.SetRequestURI("/v1/courses/" + m.workload.course + "/enrollments/" + m.holder)
		r.ResetBody()
	default:
		m.action = "duplicate"
		prepareEnroll(r, m.workload.course, []byte(m.holder))
	}
	r.Header.Del("Idempotency-Key")
	if m.requests%2 == 0 {
		r.Header.Set("Idempotency-Key", `"`+string(m.learner)+strconv.Itoa(m.requests)+`"`)
	}
}

func (m *mixedClient) handle(status int, body []byte) error {
	switch {
	case m.action == "enroll":
		return m.enrollClient.handle(status, body)
	case m.action == "duplicate" && status == http.StatusConflict:
		return nil
	case m.action == "withdraw" && status == http.StatusOK:
		return m.handleWithdrawal(body)
	}
	return unexpected(status, body)
}

// handleWithdrawal reads the learner who got the seat.
func (m *mixedClient) handleWithdrawal(body []byte) error {
	var answer struct {
		Promoted struct {
			LearnerID string `json:"learnerId"`
		} `json:"promoted"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return err
	}
	if answer.Promoted.LearnerID == "" {
		return errors.New("a withdrawal promoted no learner, although there is a waitlist")
	}
	m.withdrawn = append(m.withdrawn, m.holder)
	m.holder = answer.Promoted.LearnerID
	return nil
}
