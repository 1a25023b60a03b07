package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"

	"github.com/valyala/fasthttp"
)

// In an enrollWorkload each request enrolls a new learner: on one course, or on a random one of many.
type enrollWorkload struct {
	name    string // of the phase; prefix of the learners' ids
	course  string // if there are many, the prefix of their ids
	courses int
	clients []*enrollClient
}

func (w *enrollWorkload) client(i int) script {
	e := &enrollClient{workload: w, learner: fmt.Appendf(nil, "%s-%03d-", w.name, i), random: rand.New(rand.NewPCG(1, uint64(i)))}
	w.clients = append(w.clients, e)
	return e
}

func (w *enrollWorkload) check(ctx context.Context, t *target) error {
	answered := make(ledger)
	for _, c := range w.clients {
		c.addTo(answered)
	}
	return t.verify(ctx, w.course, w.name, answered)
}

// An enrollClient enrolls its own learners, one after another.
type enrollClient struct {
	workload *enrollWorkload
	learner  []byte // prefix of their ids
	statuses []string
	random   *rand.Rand
	buffer   []byte
}

// addTo adds the answers to the client's learners.
func (e *enrollClient) addTo(answered ledger) {
	for i, status := range e.statuses {
		if status != "" {
			answered[string(e.id(nil, i))] = status
		}
	}
}

// id appends the id of learner i.
func (e *enrollClient) id(b []byte, i int) []byte {
	return strconv.AppendInt(append(b, e.learner...), int64(i), 10)
}

func (e *enrollClient) prepare(r *fasthttp.Request) {
	course := e.workload.course
	if n := e.workload.courses; n > 1 {
		course = fmt.Sprintf("%s%05d", course, e.random.IntN(n))
	}
	prepareEnroll(r, course, e.id(e.buffer[:0], len(e.statuses)))
	e.statuses = append(e.statuses, "")
}

func (e *enrollClient) handle(status int, body []byte) error {
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

func prepareEnroll(r *fasthttp.Request, course string, learner []byte) {
	r.Header.SetMethod(http.MethodPost)
	r.SetRequestURI("/v1/courses/" + course + "/enrollments")
	r.ResetBody()
	r.AppendBodyString(`{"learnerId":"`)
	r.AppendBody(learner)
	r.AppendBodyString(`"}`)
}
