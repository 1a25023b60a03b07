package proof_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"pgregory.net/rapid"
)

// Every store gives the same results as one model, for random scripts that are split into random calls of Submit.
func TestModel(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s system) {
		store := s.open(t)
		service := application.New(store)
		var runs atomic.Int64
		rapid.Check(t, func(t *rapid.T) {
			by := staff
			by.Tenant = domain.TenantID(fmt.Sprint("run", runs.Add(1))) // a tenant without data, in the same store
			m := model{standing: make(map[string]string), keys: make(map[string]string)}
			script := rapid.SliceOfN(rapid.Custom(modelCommand), 1, 40).Draw(t, "script")
			for len(script) > 0 {
				n := min(len(script), rapid.IntRange(1, 12).Draw(t, "batch"))
				var batch []ports.Command
				for _, c := range script[:n] {
					batch = append(batch, ports.Command{By: by, Key: c.key, Actions: []ports.Action{c.action()}})
				}
				for i, reply := range service.Submit(context.Background(), batch...) {
					o, err := reply.One()
					got, want := modelCode(o, err), m.run(script[i])
					if got != want {
						t.Fatalf("%+v: result %q, the model has %q", script[i], got, want)
					}
				}
				script = script[n:]
			}
			m.require(t, service, by)
		})
	})
}

// A modelCall is one command for the model.
type modelCall struct {
	do, learner, key string
	settings         domain.Settings
}

func modelCommand(t *rapid.T) modelCall {
	c := modelCall{do: rapid.SampledFrom([]string{"enroll", "enroll", "enroll", "withdraw", "withdraw", "put"}).Draw(t, "do")}
	if rapid.IntRange(0, 3).Draw(t, "with a key") == 0 {
		c.key = rapid.SampledFrom([]string{"k1", "k2", "k3"}).Draw(t, "key")
	}
	if c.do != "put" {
		c.learner = rapid.SampledFrom([]string{"ada", "bob", "cyd", "dan", "eve", "fay"}).Draw(t, "learner")
		return c
	}
	maybe := func(what string) bool { return rapid.IntRange(0, 2).Draw(t, what) > 0 }
	if maybe("title") {
		c.settings.Title = new(rapid.SampledFrom([]string{"A", "B"}).Draw(t, "title"))
	}
	if maybe("capacity") {
		c.settings.Capacity = new(rapid.IntRange(0, 4).Draw(t, "capacity"))
	}
	if maybe("open") {
		c.settings.Open = new(rapid.IntRange(0, 2).Draw(t, "open") > 0)
	}
	if maybe("waitlist") {
		c.settings.WaitlistEnabled = new(rapid.Bool().Draw(t, "waitlist"))
	}
	return c
}

func (c modelCall) action() ports.Action {
	switch c.do {
	case "enroll":
		return ports.Enroll{Course: "c", Learner: domain.LearnerID(c.learner)}
	case "withdraw":
		return ports.Withdraw{Course: "c", Learner: domain.LearnerID(c.learner)}
	}
	return ports.PutCourse{Course: "c", Settings: c.settings}
}

// text is the same for two calls if they differ only in the key.
func (c modelCall) text() string {
	s := c.settings
	return fmt.Sprint(c.do, c.learner, valueOf(s.Title), valueOf(s.Capacity), valueOf(s.Open), valueOf(s.WaitlistEnabled))
}

func valueOf[T any](setting *T) any {
	if setting == nil {
		return nil
	}
	return *setting
}

func modelCode(o ports.Outcome, err error) string {
	if err != nil {
		return string(ports.KindOf(err))
	}
	var promoted []string
	for _, s := range o.Promoted {
		promoted = append(promoted, string(s.Learner))
	}
	return fmt.Sprintf("%s %d %s", o.Standing.Status, o.Position, promoted)
}

// A model implements the rules a second time, as plainly as possible: a set of seats and a queue.
type model struct {
	exists, open, waitlist bool
	title                  string
	capacity, changes      int
	standing               map[string]string // enrolled, waitlisted, withdrawn
	waiting                []string
	keys                   map[string]string // the call and its result
}

func (m *model) run(c modelCall) string {
	if c.key == "" {
		return m.do(c)
	}
	if before, ok := m.keys[c.key]; ok {
		call, code, _ := strings.Cut(before, " → ")
		if call != c.text() {
			return "idempotency_key_reused"
		}
		return code
	}
	code := m.do(c)
	m.keys[c.key] = c.text() + " → " + code
	return code
}

func (m *model) do(c modelCall) string {
	switch c.do {
	case "enroll":
		return m.enroll(c.learner)
	case "withdraw":
		return m.withdraw(c.learner)
	}
	return m.put(c.settings)
}

func (m *model) enroll(learner string) string {
	switch {
	case !m.exists:
		return "course_not_found"
	case m.standing[learner] == "enrolled":
		return "already_enrolled"
	case m.standing[learner] == "waitlisted":
		return "already_waitlisted"
	case !m.open:
		return "course_closed"
	case m.seats() < m.capacity && len(m.waiting) == 0:
		m.standing[learner] = "enrolled"
		m.changes++
		return "enrolled 0 []"
	case !m.waitlist:
		return "course_full"
	}
	m.standing[learner] = "waitlisted"
	m.waiting = append(m.waiting, learner)
	m.changes++
	return fmt.Sprintf("waitlisted %d []", len(m.waiting))
}

func (m *model) withdraw(learner string) string {
	switch {
	case !m.exists:
		return "course_not_found"
	case m.standing[learner] != "enrolled" && m.standing[learner] != "waitlisted":
		return "not_enrolled"
	}
	m.standing[learner] = "withdrawn"
	m.waiting = slices.DeleteFunc(m.waiting, func(l string) bool { return l == learner })
	m.changes++
	return fmt.Sprintf("withdrawn 0 %s", m.promote())
}

func (m *model) put(s domain.Settings) string {
	before := *m
	if !m.exists {
		if s.Title == nil || s.Capacity == nil {
			return "course_not_found"
		}
		m.exists, m.open, m.waitlist = true, true, true
	}
	if s.Title != nil {
		m.title = *s.Title
	}
	if s.Capacity != nil {
		m.capacity = *s.Capacity
	}
	if s.Open != nil {
		m.open = *s.Open
	}
	if s.WaitlistEnabled != nil {
		m.waitlist = *s.WaitlistEnabled
	}
	if before.exists != m.exists || before.open != m.open || before.waitlist != m.waitlist || before.title != m.title ||
		before.capacity != m.capacity {
		m.changes++
	}
	return fmt.Sprintf(" 0 %s", m.promote())
}

func (m *model) promote() (promoted []string) {
	for m.open && m.seats() < m.capacity && len(m.waiting) > 0 {
		promoted = append(promoted, m.waiting[0])
		m.standing[m.waiting[0]] = "enrolled"
		m.waiting = m.waiting[1:]
		m.changes++
	}
	return promoted
}

func (m *model) seats() (n int) {
	for _, status := range m.standing {
		if status == "enrolled" {
			n++
		}
	}
	return n
}

// require fails t if the stored data differs from the model.
func (m *model) require(t *rapid.T, s *application.Service, by ports.Actor) {
	ctx := context.Background()
	course, err := s.Course(ctx, by, "c")
	if !m.exists {
		if err == nil {
			t.Fatalf("course is %+v, the model has none", course)
		}
		return
	}
	want := domain.Course{ID: "c", Terms: domain.Terms{Title: m.title, Capacity: m.capacity, Open: m.open, WaitlistEnabled: m.waitlist},
		SeatsTaken: m.seats(), WaitlistLength: len(m.waiting), Sequence: int64(m.changes), Revision: course.Revision}
	if err != nil || course != want {
		t.Fatalf("course is %+v, %v, the model has %+v", course, err, want)
	}
	standings, err := s.Standings(ctx, by, "c", ports.StandingPage{Limit: 100})
	if err != nil || len(standings) != len(m.standing) {
		t.Fatalf("%d standings, %v, the model has %d", len(standings), err, len(m.standing))
	}
	var waiting []string
	for _, p := range standings {
		if string(p.Status) != m.standing[string(p.Learner)] {
			t.Fatalf("%+v, the model has %s", p, m.standing[string(p.Learner)])
		}
		if p.Status == domain.Waitlisted {
			waiting = append(waiting, string(p.Learner))
		}
	}
	if !slices.Equal(waiting, m.waiting) {
		t.Fatalf("the waitlist is %v, the model has %v", waiting, m.waiting)
	}
	if report, err := s.VerifyJournal(ctx, by, ""); err != nil || len(report.Differences) > 0 {
		t.Fatalf("check: %+v, %v", report, err)
	}
}
