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

// mixing is the workload of one course on which people come, go, and ask twice: of 100 requests 60 enroll somebody new, 25
// withdraw who has a seat, which promotes the head of the line, and 15 enroll who has a seat already. Half have a key.
type mixing struct {
	name    string
	course  string
	seeded  ledger
	clients []*mixer
}

// inLine is how many are in line before it begins; more enroll than withdraw, so it is never empty.
const inLine = 200

// mixedCourse is a new course that is full, with one seat for each client, and has a line.
func mixedCourse(b *bench, t *target, phase string) (workload, error) {
	w := &mixing{name: phase, course: "mixed-" + phase, seeded: make(ledger)}
	if err := t.course(b.ctx, w.course, clients); err != nil {
		return nil, err
	}
	seed := newClient(&running{}, &fasthttp.HostClient{Addr: t.addr}, t.token, &seeder{w})
	defer seed.http.CloseIdleConnections()
	for range clients + inLine {
		seed.script.next(seed.request)
		if err := seed.send(); err != nil {
			return nil, fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return w, nil
}

func (w *mixing) seed(i int) string { return fmt.Sprintf("%s-seed-%d", w.name, i) }

// A seeder fills seats and line.
type seeder struct{ *mixing }

func (s *seeder) next(r *fasthttp.Request) { askToEnroll(r, s.course, []byte(s.seed(len(s.seeded)))) }

func (s *seeder) told(status int, body []byte) error {
	learner := s.seed(len(s.seeded))
	switch {
	case status == http.StatusCreated && len(s.seeded) < clients:
		s.seeded[learner] = "enrolled"
	case status == http.StatusAccepted && len(s.seeded) >= clients:
		s.seeded[learner] = "waitlisted"
	default:
		return unexpected(status, body)
	}
	return nil
}

func (w *mixing) client(i int) script {
	m := &mixer{enroller: enroller{learner: fmt.Appendf(nil, "%s-%03d-", w.name, i), random: rand.New(rand.NewPCG(2, uint64(i)))}, mixing: w, holder: w.seed(i)}
	w.clients = append(w.clients, m)
	return m
}

func (w *mixing) check(ctx context.Context, t *target) error {
	answered := w.seeded
	for _, c := range w.clients {
		c.tell(answered)
	}
	for _, c := range w.clients {
		for _, learner := range c.withdrawn {
			answered[learner] = "withdrawn"
		}
	}
	return t.verify(ctx, w.course, w.name, answered)
}

// A mixer knows one learner who has a seat, and whom nobody else withdraws: first a seed, then whoever was promoted when he withdrew.
type mixer struct {
	enroller
	mixing    *mixing
	holder    string
	withdrawn []string
	asked     int
	does      byte // what the request that is under way does: 'e', 'w' or 'd'
}

func (m *mixer) next(r *fasthttp.Request) {
	m.asked++
	switch x := m.random.IntN(100); {
	case x < 60:
		m.does = 'e'
		askToEnroll(r, m.mixing.course, m.id(m.buffer[:0], len(m.statuses)))
		m.statuses = append(m.statuses, "")
	case x < 85:
		m.does = 'w'
		r.Header.SetMethod(http.MethodDelete)
		r.SetRequestURI("/v1/courses/" + m.mixing.course + "/enrollments/" + m.holder)
		r.ResetBody()
	default:
		m.does = 'd'
		askToEnroll(r, m.mixing.course, []byte(m.holder))
	}
	r.Header.Del("Idempotency-Key")
	if m.asked%2 == 0 {
		r.Header.Set("Idempotency-Key", `"`+string(m.learner)+strconv.Itoa(m.asked)+`"`)
	}
}

func (m *mixer) told(status int, body []byte) error {
	switch {
	case m.does == 'e':
		return m.enroller.told(status, body)
	case m.does == 'd' && status == http.StatusConflict:
		return nil
	case m.does == 'w' && status == http.StatusOK:
		return m.left(body)
	}
	return unexpected(status, body)
}

// left takes who got the seat.
func (m *mixer) left(body []byte) error {
	var answer struct {
		Promoted struct {
			LearnerID string `json:"learnerId"`
		} `json:"promoted"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return err
	}
	if answer.Promoted.LearnerID == "" {
		return errors.New("somebody withdrew, and nobody was promoted though there is a line")
	}
	m.withdrawn = append(m.withdrawn, m.holder)
	m.holder = answer.Promoted.LearnerID
	return nil
}
