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
	{"messages unchanged", "A message must arrive as it is, with every field.", messagesUnchanged},
	{"published in order", "messages of a course are in order of sequence", publishedInOrder},
	{"published again", "One that is sent again may arrive again: consumers recognize it by its ID.", publishedAgain},
	{"publishing is cancelled", "If a message does not arrive, no later one may arrive", publishingCancelled},
	{"publish nothing", "It returns how many of the first the broker has acknowledged.", publishNothing},
	{"publish many", "Publish sends messages, any number, in order.", publishMany},
}

// A bus is a [Bus] with the time of its first message.
type bus struct {
	testing.TB
	Bus
	at time.Time
}

func newBus(t testing.TB, open OpenBus) *bus {
	return &bus{t, open(t), time.Date(2026, 3, 29, 0, 59, 59, 123456000, time.UTC)}
}

func (b *bus) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 3*timeout)
	b.Cleanup(cancel)
	return ctx
}

// message returns a message of a course.
func (b *bus) message(id domain.CourseID, sequence int64) ports.Message {
	return ports.Message{Tenant: tenant, Entry: ports.Entry{
		ID: newID(), Correlation: "suite", Trace: traceparent,
		Event: domain.Event{
			Type: domain.LearnerEnrolled, Course: id, Sequence: sequence, At: b.at.Add(time.Duration(sequence) * time.Microsecond),
			Learner: domain.LearnerID(fmt.Sprint("learner ", sequence)), Enrollment: newEnrollment(),
		},
	}}
}

// messages returns n messages that alternate between courses.
func (b *bus) messages(n, courses int) []ports.Message {
	all := make([]ports.Message, n)
	for i := range all {
		all[i] = b.message(courseN(i%courses), int64(1+i/courses))
	}
	return all
}

// publish requires that the broker acknowledges all.
func (b *bus) publish(messages ...ports.Message) {
	b.Helper()
	if n, err := b.Publish(b.ctx(), messages); n != len(messages) || err != nil {
		b.Fatalf("%d of %d were acknowledged: %v", n, len(messages), err)
	}
}

// requirePublished requires that the broker holds exactly these messages, in this order; any of them may be there twice.
func (b *bus) requirePublished(want ...ports.Message) {
	b.Helper()
	got := b.published()
	if len(got) != len(want) {
		b.Fatalf("%d messages are published, want %d", len(got), len(want))
	}
	b.requirePrefix(want, got)
}

// requirePrefix requires that all starts with first.
func (b *bus) requirePrefix(all, first []ports.Message) {
	b.Helper()
	for i, m := range first {
		if i == len(all) || !sameMessage(m, all[i]) {
			b.Fatalf("message %d is\n%+v, want\n%+v", i, m, all[i:min(i+1, len(all))])
		}
	}
}

// published returns the messages that the broker holds, each ID once.
func (b *bus) published() (first []ports.Message) {
	known := make(map[string]bool)
	for _, m := range b.Published(b.TB) {
		if !known[m.ID] {
			first = append(first, m)
		}
		known[m.ID] = true
	}
	return first
}

func sameMessage(a, b ports.Message) bool {
	at := a.At.Equal(b.At)
	a.At, a.Republication = b.At, b.Republication // a number of the sender's alone
	return at && a == b
}

func messagesUnchanged(t testing.TB, open OpenBus) {
	b := newBus(t, open)
	var messages []ports.Message
	add := func(m ports.Message) {
		m.Sequence = int64(len(messages) + 1)
		messages = append(messages, m)
	}
	terms := domain.Terms{Title: `Bobby "Tables" <O'Neil> & \ 😀 é ` + "\u2028", Capacity: domain.MaxCapacity}
	for _, each := range []domain.EventType{domain.CourseOpened, domain.CourseChanged, domain.CourseClosed} {
		m := b.message("c", 1)
		m.Type, m.Terms, m.Learner, m.Enrollment = each, terms, "", ""
		m.Open, m.WaitlistEnabled = each != domain.CourseClosed, each == domain.CourseOpened
		add(m)
	}
	for _, each := range []domain.EventType{domain.LearnerEnrolled, domain.LearnerWaitlisted, domain.LearnerPromoted} {
		m := b.message("c", 1)
		m.Type = each
		add(m)
	}
	for _, from := range []domain.Status{domain.Enrolled, domain.Waitlisted} {
		m := b.message("c", 1)
		m.Type, m.From = domain.LearnerWithdrawn, from
		add(m)
	}
	for _, odd := range oddLearners {
		m := b.message("c", 1)
		m.Learner = odd
		add(m)
		m.Type, m.ID, m.Learner, m.Previous = domain.LearnerRenamed, newID(), "ada", odd
		add(m)
	}
	for _, owner := range oddTenants {
		for _, id := range oddCourses {
			m := b.message(id, 1)
			m.Tenant = owner
			messages = append(messages, m)
		}
	}
	b.publish(messages...)
	b.requirePublished(messages...)
}

// Unusual ids that are valid.
var (
	oddLearners = []domain.LearnerID{
		"a.b", "a b", " a ", "*", ">", "a.*.>", "%", "%20", "a/b", `"quoted"`, `\`, "'", "é", "e\u0301", "😀", "\u2028", "\u202e",
		"<script>", "&amp;", "null", "{}", "a:b", "a\u00a0b", domain.LearnerID(make255()),
	}
	oddTenants = []domain.TenantID{tenant, "T", "_", "-", "a-b_C-9", domain.TenantID(make255()[:64])}
	oddCourses = []domain.CourseID{
		"c", "C", "_", "-", "0", "x-_9", "course-v1:MITx+6.00.1x+2T2024", "453c1c1.S1.592", "CS 115 (A)", "2024FA/MATH-101", "*", ">", "a.*.>",
		"...", "%20", "=20", `"\`, "é", "e\u0301", "😀", "a\u2028b", domain.CourseID(make255()),
	}
)

func publishedInOrder(t testing.TB, open OpenBus) {
	b := newBus(t, open)
	messages := b.messages(600, 7)
	for begin, size := 0, 1; begin < len(messages); begin, size = begin+size, size*2 {
		b.publish(messages[begin:min(begin+size, len(messages))]...)
	}
	b.requirePublished(messages...)
}

func publishedAgain(t testing.TB, open OpenBus) {
	b := newBus(t, open)
	messages := b.messages(60, 3)
	b.publish(messages[:30]...)
	b.publish(messages[:30]...)   // the acknowledgement was lost
	b.publish(messages[15:45]...) // so was that of a part
	b.publish(messages[45:]...)
	b.requirePublished(messages...)
}

// publishingCancelled ends ctx at different moments, and each time continues with the first message that was not acknowledged.
func publishingCancelled(t testing.TB, open OpenBus) {
	const rounds, each = 8, 500
	b := newBus(t, open)
	messages := b.messages(rounds*each, 3)
	acknowledged := 0
	for round := range rounds {
		ctx, cancel := context.WithTimeout(b.ctx(), time.Duration(round*round)*50*time.Microsecond) // steady: any number may arrive
		sent := messages[acknowledged:min(acknowledged+each, len(messages))]
		n, err := b.Publish(ctx, sent)
		cancel()
		switch {
		case n < 0 || n > len(sent) || (n < len(sent)) != (err != nil):
			t.Fatalf("%d of %d were acknowledged: %v", n, len(sent), err)
		case err != nil && !errors.Is(err, ports.ErrUnavailable) && !errors.Is(err, ports.ErrInternal):
			t.Fatalf("Publish returned %v, want %v", err, ports.ErrUnavailable)
		}
		acknowledged += n
		arrived := b.published()
		if len(arrived) < acknowledged {
			t.Fatalf("%d messages are published, and %d were acknowledged", len(arrived), acknowledged)
		}
		b.requirePrefix(messages, arrived)
	}
	b.publish(messages[acknowledged:]...)
	b.requirePublished(messages...)
}

func publishNothing(t testing.TB, open OpenBus) {
	b := newBus(t, open)
	b.publish()
	b.requirePublished()
}

func publishMany(t testing.TB, open OpenBus) {
	b := newBus(t, open)
	messages := b.messages(5000, 50)
	b.publish(messages...)
	b.requirePublished(messages...)
}
