package proof_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/roster/application"
	"example.com/roster/cmd/roster/app"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"pgregory.net/rapid"
)

// Every store gives the same results as one model, for random scripts that are split into random calls of Submit. Between them learners
// are renamed and forgotten, and journals purged.
func TestModel(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s system) {
		store := s.storage(t).(modelStore)
		service := application.New(store, application.WithErasure(store))
		var runs atomic.Int64
		rapid.Check(t, func(t *rapid.T) {
			by := staff
			by.Tenant = domain.TenantID(fmt.Sprint("run", runs.Add(1))) // a tenant without data, in the same store
			m := model{standing: make(map[string]string), keys: make(map[string]string)}
			script := rapid.SliceOfN(rapid.Custom(modelCommand), 1, 40).Draw(t, "script")
			if rapid.IntRange(0, 9).Draw(t, "with a course") > 0 {
				settings := domain.Settings{Title: new("A"), Capacity: new(rapid.IntRange(0, 3).Draw(t, "first capacity"))}
				script = slices.Insert(script, 0, modelCall{do: "put", settings: settings})
			}
			for len(script) > 0 {
				if result := script[0].alone(t, store, service, by); result != nil {
					if got, want := result(&m), m.do(script[0]); got != want {
						t.Fatalf("%+v: result %q, the model has %q", script[0], got, want)
					}
					script = script[1:]
					continue
				}
				n := min(len(script), rapid.IntRange(1, 12).Draw(t, "batch"))
				if i := slices.IndexFunc(script[:n], modelCall.isAlone); i > 0 {
					n = i
				}
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

type modelStore interface {
	app.Storage
	ports.MaintenanceStore
	ports.ErasureStore
}

// A modelCall is one command for the model.
type modelCall struct {
	do, learner, to, key string
	settings             domain.Settings
}

func modelCommand(t *rapid.T) modelCall {
	c := modelCall{do: rapid.SampledFrom([]string{"enroll", "enroll", "enroll", "enroll", "withdraw", "withdraw", "withdraw", "put", "put",
		"rename", "rename", "forget", "purge"}).Draw(t, "do")}
	if !c.isAlone() && rapid.IntRange(0, 3).Draw(t, "with a key") == 0 {
		c.key = rapid.SampledFrom([]string{"k1", "k2", "k3"}).Draw(t, "key")
	}
	if c.do != "put" {
		ids := rapid.SampledFrom([]string{"ada", "bob", "cyd", "dan", "eve", "fay"})
		c.learner, c.to = ids.Draw(t, "learner"), ids.Draw(t, "to")
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

// isAlone reports whether the call is none of Submit.
func (c modelCall) isAlone() bool { return c.do == "rename" || c.do == "forget" || c.do == "purge" }

// alone runs such a call, and returns its result, which may depend on the model before the call; nil for any other call.
func (c modelCall) alone(t *rapid.T, store modelStore, service *application.Service, by ports.Actor) func(*model) string {
	ctx, later := context.Background(), time.Now().Add(time.Hour)
	switch c.do {
	case "rename":
		n, err := service.Rename(ctx, by, domain.LearnerID(c.learner), domain.LearnerID(c.to))
		return func(*model) string { return fmt.Sprint(n, " ", kindOf(err)) }
	case "forget":
		data, err := service.About(ctx, by, domain.LearnerID(c.learner))
		must(t, err)
		found, err := service.Forget(ctx, by, domain.LearnerID(c.learner))
		must(t, err)
		if found.Standings != len(data.Standings) || found.Events != len(data.Events) || found.Replies != len(data.Replies) {
			t.Fatalf("forgot %+v, and before there was %+v", found, data)
		}
		_, err = store.Expire(ctx, later) // the model does not know the pseudonym in replies
		must(t, err)
		standings, err := service.Standings(ctx, by, "c", ports.StandingPage{Limit: 100})
		return func(m *model) string {
			m.pseudonym = ""
			for _, s := range standings {
				if _, known := m.standing[string(s.Learner)]; !known && err == nil {
					m.pseudonym = string(s.Learner)
				}
			}
			return fmt.Sprint(found.Standings)
		}
	case "purge":
		for {
			messages, err := store.Unpublished(ctx, 1000)
			must(t, err)
			if len(messages) == 0 {
				break
			}
			must(t, store.MarkPublished(ctx, messages))
		}
		_, err := store.Purge(ctx, later)
		return func(*model) string { return kindOf(err) }
	}
	return nil
}

func must(t *rapid.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func kindOf(err error) string {
	if err == nil {
		return ""
	}
	return string(ports.KindOf(err))
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
	pseudonym              string            // of the learner who is being forgotten
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
	case "rename":
		return m.rename(c.learner, c.to)
	case "forget":
		return m.forget(c.learner)
	case "purge":
		return ""
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

func (m *model) rename(from, to string) string {
	switch {
	case from == to:
		return "0 invalid_argument"
	case m.standing[from] == "":
		return "0 not_found"
	case m.standing[to] != "":
		return "0 already_exists"
	}
	m.replace(from, to)
	m.changes++
	return "1 "
}

func (m *model) replace(from, to string) {
	m.standing[to] = m.standing[from]
	delete(m.standing, from)
	if i := slices.Index(m.waiting, from); i >= 0 {
		m.waiting[i] = to
	}
}

func (m *model) forget(learner string) string {
	clear(m.keys)
	if m.standing[learner] == "" {
		return "0"
	}
	m.replace(learner, m.pseudonym)
	return "1"
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
