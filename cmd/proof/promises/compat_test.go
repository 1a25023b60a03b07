package promises_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/ports/portstest"
)

const (
	hotCourses = 3
	callers    = 8 // for each course and server
)

// compatTime is how long the load lasts; it is not measured.
const compatTime = time.Minute

// migrate makes the tables of the program that the setup names.
func (s setup) migrate(ctx context.Context, url string) error {
	out, err := exec.CommandContext(ctx, s.program, "--database-url", url, "--data-dir", s.data, "migrate").CombinedOutput()
	if err != nil {
		return fmt.Errorf("migrate: %w\n%s", err, out)
	}
	return nil
}

// An acknowledged is a learner whose command was acknowledged, with the answer.
type acknowledged struct{ course, learner, key, body string }

// A serve of an older build and one of this build share a PostgreSQL and a broker under load. The older one has made the tables, and runs
// while this build migrates them. Nothing that was acknowledged is lost, events are published in order and without a gap, one process at a
// time is the relay, and each replays the other's keys. It is the order of an upgrade: migrate with the new build, serve with both, stop
// the older one.
func TestSideBySide(t *testing.T) {
	before := os.Getenv("ROSTER_BEFORE")
	if before == "" {
		t.Skip("ROSTER_BEFORE names no revision: see make compat")
	}
	old := setup{data: t.TempDir(), program: buildRevision(t, before)}
	old.url = pgtest.Database(t, old.migrate)
	s := setup{url: old.url, data: old.data}
	url := newServer(t)
	running := old.serveProcess(t, "--nats-url", url)
	s.must(t, "", "migrate")
	for i := range hotCourses {
		s.must(t, "", "course", "put", fmt.Sprint("hot-", i), "--title", "Hot", "--capacity", "50")
	}
	pool := openPool(t, s.url)
	servers := []server{running, s.serveProcess(t, "--nats-url", url)}
	for _, at := range servers { // what is not alive is restarted, and the older build would not start on newer tables
		if status, _, _, err := at.do("GET", "/healthz", ""); status != http.StatusOK {
			t.Errorf("/healthz after the migration: %d, %v", status, err)
		}
	}
	relayKey := texts(t, pool, "SELECT hashtextextended('roster turn relay', 0)::text")[0]
	relays := func() (holders []string) {
		return texts(t, pool, "SELECT pid::text FROM pg_locks WHERE locktype = 'advisory' AND granted AND ((classid::bigint << 32) | objid::bigint)::text = $1 "+
			"AND database = (SELECT oid FROM pg_database WHERE datname = current_database())", relayKey)
	}
	portstest.Eventually(t, "one of them is the relay", func() bool { return len(relays()) == 1 })

	ended := time.After(compatTime)
	done := make(chan struct{})
	var load sync.WaitGroup
	var mu sync.Mutex
	var all []acknowledged
	for i, at := range servers {
		for course := range hotCourses {
			for caller := range callers {
				load.Go(func() {
					for n := 0; ; n++ {
						select {
						case <-done:
							return
						default:
						}
						a := acknowledged{course: fmt.Sprint("hot-", course), learner: fmt.Sprintf("l-%d-%d-%d", i, caller, n), key: fmt.Sprintf("k-%d-%d-%d-%d", i, course, caller, n)}
						if a.enroll(t, at, servers[1-i], n%20 == 0) {
							mu.Lock()
							all = append(all, a)
							mu.Unlock()
						}
						if n%3 == 2 {
							at.do("DELETE", "/v1/courses/"+a.course+"/enrollments/"+fmt.Sprintf("l-%d-%d-%d", i, caller, n-1), "")
						}
					}
				})
			}
		}
	}
	for loaded := true; loaded; {
		select {
		case <-ended:
			loaded = false
		case <-time.After(100 * time.Millisecond): // steady: until the next look at the locks
			if holders := relays(); len(holders) > 1 {
				t.Errorf("%d sessions hold the relay's lock", len(holders))
			}
			if held := texts(t, pool, advisory); len(held) > 2 { // the relay's and the schedule's
				t.Fatalf("the builds lock by different keys, and do not exclude each other: %v", held)
			}
		}
	}
	close(done)
	load.Wait()
	t.Logf("%d enrollments were acknowledged", len(all))

	// Whichever is the relay ends, and the other takes over, in both directions. The older build would not start again on newer tables.
	for _, i := range []int{1, 0} {
		servers[i].stop()
		portstest.Eventually(t, "the other is the relay", func() bool { return len(relays()) == 1 })
		s.must(t, "", "enroll", "hot-0", fmt.Sprint("after-", i))
		publishedInOrder(t, s, url)
		if i == 1 {
			servers[1] = s.serveProcess(t, "--nats-url", url)
		}
	}
	requireAll(t, s, all)
	if report := s.must(t, "", "--json", "check"); !strings.Contains(report, `"differences":[]`) {
		t.Errorf("check: %s", report)
	}
	for i := range servers {
		servers[i].stop()
	}
}

// enroll asks until it is acknowledged. If twice is set, it asks the other server under the same key, which has to answer the same.
func (a *acknowledged) enroll(t *testing.T, at, other server, twice bool) bool {
	path, body, key := "/v1/courses/"+a.course+"/enrollments", fmt.Sprintf(`{"learnerId":%q}`, a.learner), fmt.Sprintf("Idempotency-Key: %q", a.key)
	for range 2400 { // two minutes
		status, _, content, err := at.do("POST", path, body, key)
		if err != nil || status >= 500 || status == http.StatusConflict && strings.Contains(string(content), "in_progress") {
			time.Sleep(50 * time.Millisecond) // steady: until the next attempt
			continue
		}
		if status != 201 && status != 202 {
			t.Errorf("%s on %s: %d %s", a.learner, a.course, status, content)
			return false
		}
		if a.body = string(content); twice {
			again, header, content, err := other.do("POST", path, body, key)
			if err != nil || again != status || string(content) != a.body || header.Get("Idempotent-Replayed") != "true" {
				t.Errorf("%s under the same key at the other: %d, %v, replayed %q\n%s\n%s", a.learner, again, err, header.Get("Idempotent-Replayed"), content, a.body)
			}
			if status, _, content, err := other.do("POST", path, `{"learnerId":"another"}`, key); err != nil || status != 422 {
				t.Errorf("another command under the key at the other: %d, %v\n%s", status, err, content)
			}
		}
		return true
	}
	t.Errorf("%s on %s is never acknowledged", a.learner, a.course)
	return false
}

// publishedInOrder waits until all events are published, and requires each once, in order, without a gap.
func publishedInOrder(t *testing.T, s setup, url string) {
	t.Helper()
	js := jetStream(t, url)
	defer js.Conn().Close()
	last := make(map[string]int)
	for line := range strings.Lines(s.must(t, "", "--json", "course", "list")) {
		var c struct {
			CourseID string
			Sequence int
		}
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		last[c.CourseID] = c.Sequence
	}
	total := 0
	for _, n := range last {
		total += n
	}
	portstest.Eventually(t, "all is published", func() bool {
		events, err := js.Stream(t.Context(), "ROSTER_EVENTS")
		return err == nil && int(events.CachedInfo().State.Msgs) >= total
	})
	got := sequences(t, js)
	for course, n := range last {
		if len(got[course]) != n {
			t.Errorf("%s: %d events are published of %d", course, len(got[course]), n)
		}
		for i, sequence := range got[course] {
			if sequence != i+1 {
				t.Fatalf("%s: event %d is published in the place of %d", course, sequence, i+1)
			}
		}
	}
}

// requireAll requires the enrollment of each acknowledged command.
func requireAll(t *testing.T, s setup, all []acknowledged) {
	t.Helper()
	stored := make(map[string]bool)
	for i := range hotCourses {
		for line := range strings.Lines(s.must(t, "", "--json", "list", fmt.Sprint("hot-", i))) {
			var at struct{ CourseID, LearnerID, EnrollmentID string }
			if err := json.Unmarshal([]byte(line), &at); err != nil {
				t.Fatal(err)
			}
			stored[fmt.Sprint(at.CourseID, at.LearnerID, at.EnrollmentID)] = true
		}
	}
	lost := 0
	for _, a := range all {
		var answer struct{ EnrollmentID string }
		if err := json.Unmarshal([]byte(a.body), &answer); err != nil {
			t.Fatal(err)
		}
		if !stored[fmt.Sprint(a.course, a.learner, answer.EnrollmentID)] {
			lost++
		}
	}
	if lost > 0 {
		t.Errorf("%d of %d acknowledged enrollments are lost", lost, len(all))
	}
}
