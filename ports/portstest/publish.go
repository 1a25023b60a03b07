package portstest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var publishCases = []Case[OpenBus]{
	{"messages as they are", "what is published is the entry: of every type, with every field", messagesAsTheyAre},
	{"published in order", "messages of a course stand in the order of their sequence", publishedInOrder},
	{"published again", "one that is sent again may arrive again, and order holds: consumers know it by its ID", publishedAgain},
	{"publishing is cut off", "what follows one that did not arrive does not arrive either", publishingIsCutOff},
	{"publish nothing", "Publish returns how many of the first the broker has acknowledged", publishNothing},
	{"publish many", "Publish takes as many as there are", publishMany},
}

// A wire is a bus with messages for it.
type wire struct {
	testing.TB
	Bus
	at time.Time
}

func newWire(t testing.TB, open OpenBus) *wire {
	return &wire{t, open(t), time.Date(2026, 3, 29, 0, 59, 59, 123456000, time.UTC)}
}

func (w *wire) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 3*patience)
	w.Cleanup(cancel)
	return ctx
}

// message returns the message of a course that has this sequence.
func (w *wire) message(id domain.CourseID, sequence int64) ports.Message {
	return ports.Message{Tenant: tenant, Entry: ports.Entry{
		ID: newID(), Correlation: "suite", Trace: traceparent,
		Event: domain.Event{
			Type: domain.LearnerEnrolled, Course: id, Sequence: sequence, At: w.at.Add(time.Duration(sequence) * time.Microsecond),
			Learner: domain.LearnerID(fmt.Sprint("learner ", sequence)), Enrollment: newEnrollment(),
		},
	}}
}

// messages returns n messages of so many courses, in turn.
func (w *wire) messages(n, courses int) []ports.Message {
	all := make([]ports.Message, n)
	for i := range all {
		all[i] = w.message(courseN(i%courses), int64(1+i/courses))
	}
	return all
}

// publish requires that the broker acknowledges all.
func (w *wire) publish(messages ...ports.Message) {
	w.Helper()
	if n, err := w.Publish(w.ctx(), messages); n != len(messages) || err != nil {
		w.Fatalf("%d of %d were acknowledged: %v", n, len(messages), err)
	}
}

// arrived requires that the broker holds exactly these messages in this order, whichever of them twice.
func (w *wire) arrived(want ...ports.Message) {
	w.Helper()
	got := w.published()
	if len(got) != len(want) {
		w.Fatalf("%d messages are published, want %d", len(got), len(want))
	}
	w.begins(want, got)
}

// begins requires that all begins with these messages.
func (w *wire) begins(all, first []ports.Message) {
	w.Helper()
	for i, m := range first {
		if i == len(all) || !sameMessage(m, all[i]) {
			w.Fatalf("message %d is\n%+v, want it of\n%+v", i, m, all[i:min(i+1, len(all))])
		}
	}
}

// published returns what the broker holds, without messages whose ID has come before.
func (w *wire) published() (first []ports.Message) {
	known := make(map[string]bool)
	for _, m := range w.Published(w.TB) {
		if !known[m.ID] {
			first = append(first, m)
		}
		known[m.ID] = true
	}
	return first
}

func sameMessage(a, b ports.Message) bool {
	at := a.At.Equal(b.At)
	a.At = b.At
	return at && a == b
}

func messagesAsTheyAre(t testing.TB, open OpenBus) {
	w := newWire(t, open)
	var messages []ports.Message
	add := func(m ports.Message) {
		m.Sequence = int64(len(messages) + 1)
		messages = append(messages, m)
	}
	terms := domain.Terms{Title: `Bobby "Tables" <O'Neil> & \ 😀 é ` + "\u2028", Capacity: domain.MaxCapacity}
	for _, each := range []domain.EventType{domain.CourseOpened, domain.CourseChanged, domain.CourseClosed} {
		m := w.message("c", 1)
		m.Type, m.Terms, m.Learner, m.Enrollment = each, terms, "", ""
		m.Open, m.WaitlistEnabled = each != domain.CourseClosed, each == domain.CourseOpened
		add(m)
	}
	for _, each := range []domain.EventType{domain.LearnerEnrolled, domain.LearnerWaitlisted, domain.LearnerPromoted} {
		m := w.message("c", 1)
		m.Type = each
		add(m)
	}
	for _, from := range []domain.Status{domain.Enrolled, domain.Waitlisted} {
		m := w.message("c", 1)
		m.Type, m.From = domain.LearnerWithdrawn, from
		add(m)
	}
	for _, odd := range oddLearners {
		m := w.message("c", 1)
		m.Learner = odd
		add(m)
	}
	for _, whose := range oddTenants {
		for _, id := range oddCourses {
			m := w.message(id, 1)
			m.Tenant = whose
			messages = append(messages, m)
		}
	}
	w.publish(messages...)
	w.arrived(messages...)
}

// What may be an id, as odd as it may be.
var (
	oddLearners = []domain.LearnerID{
		"a.b", "a b", " a ", "*", ">", "a.*.>", "%", "%20", "a/b", `"quoted"`, `\`, "'", "é", "e\u0301", "😀", "\u2028", "\u202e",
		"<script>", "&amp;", "null", "{}", "a:b", "a\u00a0b", domain.LearnerID(make255()),
	}
	oddTenants = []domain.TenantID{tenant, "T", "_", "-", "a-b_C-9", domain.TenantID(make255()[:64])}
	oddCourses = []domain.CourseID{"c", "C", "_", "-", "0", "x-_9", domain.CourseID(make255()[:64])}
)

func publishedInOrder(t testing.TB, open OpenBus) {
	w := newWire(t, open)
	messages := w.messages(600, 7)
	for begin, size := 0, 1; begin < len(messages); begin, size = begin+size, size*2 {
		w.publish(messages[begin:min(begin+size, len(messages))]...)
	}
	w.arrived(messages...)
}

func publishedAgain(t testing.TB, open OpenBus) {
	w := newWire(t, open)
	messages := w.messages(60, 3)
	w.publish(messages[:30]...)
	w.publish(messages[:30]...)   // the acknowledgement was lost
	w.publish(messages[15:45]...) // that of a part
	w.publish(messages[45:]...)
	w.arrived(messages...)
}

// publishingIsCutOff ends ctx sooner or later in the middle, and each time begins again with what was not acknowledged.
func publishingIsCutOff(t testing.TB, open OpenBus) {
	const rounds, each = 8, 500
	w := newWire(t, open)
	messages := w.messages(rounds*each, 3)
	acknowledged := 0
	for round := range rounds {
		ctx, cancel := context.WithTimeout(w.ctx(), time.Duration(round*round)*50*time.Microsecond)
		sent := messages[acknowledged:min(acknowledged+each, len(messages))]
		n, err := w.Publish(ctx, sent)
		cancel()
		switch {
		case n < 0 || n > len(sent) || (n < len(sent)) != (err != nil):
			t.Fatalf("%d of %d were acknowledged: %v", n, len(sent), err)
		case err != nil && !errors.Is(err, ports.ErrUnavailable) && !errors.Is(err, ports.ErrInternal):
			t.Fatalf("Publish returned %v, want %v", err, ports.ErrUnavailable)
		}
		acknowledged += n
		arrived := w.published()
		if len(arrived) < acknowledged {
			t.Fatalf("%d messages are published, and %d were acknowledged", len(arrived), acknowledged)
		}
		w.begins(messages, arrived)
	}
	w.publish(messages[acknowledged:]...)
	w.arrived(messages...)
}

func publishNothing(t testing.TB, open OpenBus) {
	w := newWire(t, open)
	w.publish()
	w.arrived()
}

func publishMany(t testing.TB, open OpenBus) {
	w := newWire(t, open)
	messages := w.messages(5000, 50)
	w.publish(messages...)
	w.arrived(messages...)
}
