package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"

	"github.com/valyala/fasthttp"
)

// enrolling is the workload in which everybody enrolls somebody new: on one course, or on one of many at random.
type enrolling struct {
	name    string // of the phase, in the learners' ids
	course  string // or the beginning of the courses' ids
	courses int
	clients []*enroller
}

func (w *enrolling) client(i int) script {
	e := &enroller{workload: w, learner: fmt.Appendf(nil, "%s-%03d-", w.name, i), random: rand.New(rand.NewPCG(1, uint64(i)))}
	w.clients = append(w.clients, e)
	return e
}

func (w *enrolling) check(ctx context.Context, t *target) error {
	answered := make(ledger)
	for _, c := range w.clients {
		c.tell(answered)
	}
	return t.verify(ctx, w.course, w.name, answered)
}

// An enroller enrolls his own learners, one after another.
type enroller struct {
	workload *enrolling
	learner  []byte // the beginning of their ids
	statuses []string
	random   *rand.Rand
	buffer   []byte
}

// tell writes down what his learners were told.
func (e *enroller) tell(answered ledger) {
	for i, status := range e.statuses {
		if status != "" {
			answered[string(e.id(nil, i))] = status
		}
	}
}

// id appends the id of learner i.
func (e *enroller) id(b []byte, i int) []byte {
	return strconv.AppendInt(append(b, e.learner...), int64(i), 10)
}

func (e *enroller) next(r *fasthttp.Request) {
	course := e.workload.course
	if n := e.workload.courses; n > 1 {
		course = fmt.Sprintf("%s%05d", course, e.random.IntN(n))
	}
	askToEnroll(r, course, e.id(e.buffer[:0], len(e.statuses)))
	e.statuses = append(e.statuses, "")
}

func (e *enroller) told(status int, body []byte) error {
	switch status {
	case http.StatusCreated:
		e.statuses[len(e.statuses)-1] = "enrolled"
	case http.StatusAccepted:
		e.statuses[len(e.statuses)-1] = "waitlisted"
	default:
		return unexpected(status, body)
	}
	return nil
}

func askToEnroll(r *fasthttp.Request, course string, learner []byte) {
	r.Header.SetMethod(http.MethodPost)
	r.SetRequestURI("/v1/courses/" + course + "/enrollments")
	r.ResetBody()
	r.AppendBodyString(`{"learnerId":"`)
	r.AppendBody(learner)
	r.AppendBodyString(`"}`)
}
