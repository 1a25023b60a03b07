package proof_test

import (
	"bytes"
	"context"
	"io"
	"maps"
	"math/rand/v2"
	"os/exec"
	"strconv"

	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/adapters/nats"
	"example.com/roster/adapters/nats/broker"
	"example.com/roster/cmd/demo/sample"
	"example.com/roster/cmd/roster/app"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

func findBroker(t testing.TB, dir string) string {
	t.Helper()
	url, err := broker.Find(dir)
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// work runs a worker in this process until the function that it returns is called.
func (s stage) work(t testing.TB, url string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan int, 1)
	ready, stderr := make(chan bool, 1), new(bytes.Buffer)
	go func() {
		ended <- app.Run(ctx, app.Options{
			Args:  s.args("worker", "--nats-url", url, "--admin-addr", "off", "--log-level", "warn"),
			Store: s.store, Stdout: io.Discard, Stderr: stderr, Ready: func(string) { ready <- true },
		})
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		if code := <-ended; code != 0 {
			t.Errorf("worker: exit %d\n%s", code, stderr)
		}
	})
	t.Cleanup(stop)
	select {
	case <-ready:
	case <-time.After(time.Minute):
		t.Fatal("the worker is not ready after a minute")
	}
	return stop
}

// doubled returns commands, each of them once to so many times: the first in its place, the others among those behind it.
func doubled(commands []ports.Command, times int) []ports.Command {
	type late struct {
		at      int
		command ports.Command
	}
	var all []ports.Command
	var copies []late
	for i, c := range commands {
		all = append(all, c)
		for range rand.N(times) {
			copies = append(copies, late{i + rand.N(2000), c})
		}
		left := copies[:0]
		for _, l := range copies {
			if l.at <= i {
				all = append(all, l.command)
			} else {
				left = append(left, l)
			}
		}
		copies = left
	}
	for _, l := range copies {
		all = append(all, l.command)
	}
	return all
}

// The year, sent to the queue with every message once or twice (one to five times in the long form), under fresh message ids, while workers are killed and
// come back, ends as the independent model says; and every event is told, once after deduplication, in order.
func TestYearByQueue(t *testing.T) {
	t.Parallel()
	kinds, times := []string{"memory"}, 2
	if long {
		kinds, times = []string{"sqlite", "postgres"}, 5
	}
	on(t, kinds, func(t *testing.T, s stage) {
		s.must(t, "", "course", "import", sampleFiles(t).courses)
		b := newOutside(t)
		bus, err := nats.Connect(b.url())
		if err != nil {
			t.Fatal(err)
		}
		defer bus.Close()
		var commands []ports.Command
		for i, row := range sampleRows(t) {
			var a ports.Action = ports.Enroll{Course: domain.CourseID(row[0]), Learner: domain.LearnerID(row[1])}
			if row[2] == "withdraw" {
				a = ports.Withdraw{Course: domain.CourseID(row[0]), Learner: domain.LearnerID(row[1])}
			}
			commands = append(commands, ports.Command{By: staff, Key: "year-" + itoa(i), Actions: []ports.Action{a}})
		}
		all := doubled(commands, times)
		sent := make(chan error, 1)
		go func() {
			n, err := bus.Send(context.WithoutCancel(t.Context()), all)
			if err == nil && n != len(all) {
				t.Errorf("sent %d of %d", n, len(all))
			}
			sent <- err
		}()
		interrupted := s.disturb(t, b.url())
		if err := <-sent; err != nil {
			t.Fatal(err)
		}
		stop := s.work(t, b.url())
		_, js := jetStream(t, b.url())
		queueEmpty(t, js)
		s.published(t)
		stop()
		t.Logf("%d commands in %d messages; %d workers were ended meanwhile", len(commands), len(all), interrupted)

		requireYear(t, s)
		requireYearHeard(t, b.url())
		if letters := s.must(t, "", "repair", "--dry-run"); letters != "no dead letters\n" {
			t.Errorf("dead letters: %s", letters)
		}
	})
}

func itoa(i int) string { return strconv.Itoa(i) }

// disturb runs pairs of workers, and ends each after a moment: with a store in memory as one asks, else by a kill.
func (s stage) disturb(t *testing.T, url string) (ended int) {
	rounds := 3
	if long {
		rounds = 6
	}
	for range rounds {
		var both sync.WaitGroup
		for range 2 {
			ended++
			both.Go(func() {
				if s.store != nil {
					stop := s.work(t, url)
					time.Sleep(300*time.Millisecond + rand.N(700*time.Millisecond))
					stop()
					return
				}
				victim := s.process(t, "worker", "--nats-url", url, "--admin-addr", "off")
				time.Sleep(2*time.Second + rand.N(2*time.Second))
				kill(victim)
			})
		}
		both.Wait()
	}
	return ended
}

func kill(process *exec.Cmd) {
	_ = process.Process.Kill()
	_ = process.Wait()
}

// requireYearHeard requires the events of the year, and no learner's event twice.
func requireYearHeard(t *testing.T, url string) {
	t.Helper()
	counts, want := make(map[string]int), sample.Expected()
	all := heard(t, url)
	for course := range want.Courses {
		for _, e := range all[course] {
			if strings.HasPrefix(e.Type, "learner.") {
				counts[e.Type]++
			}
		}
	}
	if !maps.Equal(counts, want.Events) {
		t.Errorf("heard %v, want %v", counts, want.Events)
	}
}

// Two enqueue into a serve that has the broker inside, and nothing is lost; a second serve on the same files says why it
// won't start.
func TestEnqueueIntoServe(t *testing.T) {
	t.Parallel()
	s := newStage(t, "sqlite")
	if r := s.run(t, "course_id,learner_id\n", "enqueue", "-"); r.code != 4 || !strings.Contains(r.stderr, "serve") {
		t.Errorf("enqueue without a broker: exit %d, %s; want 4, and what to do", r.code, r.stderr)
	}
	s.must(t, "", "course", "put", "go", "--title", "Go", "--capacity", "5")
	s.must(t, "", "course", "put", "sql", "--title", "SQL", "--capacity", "5")
	s.start(t, new(bytes.Buffer), "--log-level", "warn")

	second := s.run(t, "", "serve", "--addr", "127.0.0.1:0", "--admin-addr", "off")
	if second.code != 4 || !strings.Contains(second.stderr, "--data-dir") {
		t.Errorf("a second serve: exit %d\n%s", second.code, second.stderr)
	}

	const rows = 700
	var both sync.WaitGroup
	for _, course := range []string{"go", "sql"} {
		var file strings.Builder
		file.WriteString("course_id,learner_id\n")
		for i := range rows {
			file.WriteString(course + ",learner-" + itoa(i) + "\n")
		}
		both.Go(func() {
			for range 2 { // the second time nothing new is asked for
				got := read[summary](t, s.must(t, file.String(), "--json", "enqueue", "-"))
				if got.Rows != rows || got.Outcomes["queued"] != rows || got.Rejected+got.Failed > 0 {
					t.Errorf("enqueue says %+v", got)
				}
			}
		})
	}
	both.Wait()
	_, js := jetStream(t, s.brokerInside(t))
	queueEmpty(t, js)
	s.published(t)
	for _, course := range []domain.CourseID{"go", "sql"} {
		all := names(allStandings(t, s.open(t), course, ""))
		if len(all) != rows || all[0] != "learner-0" || all[rows-1] != "learner-"+itoa(rows-1) {
			t.Errorf("%s: %d standings, want %d in the order of the file", course, len(all), rows)
		}
	}
	for course, events := range heard(t, s.brokerInside(t)) {
		if len(events) != rows+1 {
			t.Errorf("%s: %d events, want %d", course, len(events), rows+1)
		}
	}
	s.mustCheck(t)
}

// What can't be done is buried with its reason, shown, and done when it can be.
func TestDeadLetters(t *testing.T) {
	t.Parallel()
	s := newStage(t, "sqlite")
	s.start(t, new(bytes.Buffer), "--log-level", "error")
	_, js := jetStream(t, s.brokerInside(t))
	for id, body := range map[string]string{
		"early": `{"action":"enroll","courseId":"go","learnerId":"ada","key":"k"}`,
		"torn":  `{"action":"enroll"`,
	} {
		if _, err := js.Publish(t.Context(), "roster.commands.default.3", []byte(body), jetstream.WithMsgID(id)); err != nil {
			t.Fatal(err)
		}
	}
	var shown []string
	eventually(t, "both are buried", func() bool {
		shown = strings.Split(strings.TrimSpace(s.must(t, "", "--json", "repair", "--dry-run")), "\n")
		return len(shown) == 2
	})
	if text := strings.Join(shown, "\n"); !strings.Contains(text, "course_not_found") || !strings.Contains(text, "invalid_argument") {
		t.Errorf("shown: %s", text)
	}
	s.must(t, "", "course", "put", "go", "--title", "Go", "--capacity", "5")
	if text := s.must(t, "", "repair"); !strings.Contains(text, "enrolled") {
		t.Errorf("repaired: %s", text)
	}
	if shown := s.must(t, "", "--json", "repair", "--dry-run"); strings.Count(shown, "\n") != 1 || !strings.Contains(shown, "torn") {
		t.Errorf("left: %s", shown)
	}
	if all := names(allStandings(t, s.open(t), "go", domain.Enrolled)); len(all) != 1 || all[0] != "ada" {
		t.Errorf("enrolled: %v", all)
	}
	s.mustCheck(t)
}

// A message's subject says whose course it is about: nobody else's is touched, and nobody else is told.
func TestQueueKeepsTenantsApart(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s stage) {
		s.start(t, new(bytes.Buffer), "--log-level", "error")
		for _, tenant := range []string{"one", "two"} {
			s.must(t, "", "--tenant", tenant, "course", "put", "go", "--title", tenant, "--capacity", "5")
		}
		conn, js := jetStream(t, s.brokerInside(t))
		told, err := conn.SubscribeSync("roster.replies.two")
		if err != nil {
			t.Fatal(err)
		}
		s.must(t, "course_id,learner_id\ngo,ada\nnowhere,bob\n", "--tenant", "one", "enqueue", "-")
		queueEmpty(t, js)
		s.published(t)
		events := make(map[string]int)
		for _, m := range messages(t, js, "ROSTER_EVENTS") {
			events[read[event](t, string(m.Data())).Tenant]++
		}
		if events["one"] != 2 || events["two"] != 1 {
			t.Errorf("events: %v, want two of one and one of two", events)
		}
		for tenant, want := range map[string][2]int{"one": {1, 1}, "two": {0, 0}} {
			standings := s.must(t, "", "--tenant", tenant, "--json", "list", "go")
			letters := s.must(t, "", "--tenant", tenant, "--json", "repair", "--dry-run")
			if got := [2]int{strings.Count(standings, "\n"), strings.Count(letters, "\n")}; got != want {
				t.Errorf("%s has standings and dead letters %v, want %v", tenant, got, want)
			}
		}
		if m, err := told.NextMsg(50 * time.Millisecond); err == nil {
			t.Errorf("two was told %s", m.Data)
		}
	})
}

// While the broker is away the API answers, the backlog grows, and /readyz says degraded but ready; then it drains.
func TestBrokerAway(t *testing.T) {
	t.Parallel()
	s := newStage(t, "sqlite")
	b := newOutside(t)
	b.away()
	addr, _ := s.start(t, new(bytes.Buffer), "--log-level", "error", "--nats-url", b.url())
	c := newClient(t, "http://"+addr)
	c.token = strings.TrimSpace(s.must(t, "", "token", "--subject", "proof", "--role", "staff"))
	ready := func() string {
		code, _, content, err := c.do("GET", "/readyz", "", "")
		if err != nil || code != 200 {
			t.Fatalf("readyz: %d, %v, %s", code, err, content)
		}
		return string(content)
	}
	put := func(id string) {
		if code, _, content, err := c.do("PUT", "/v1/courses/"+id, "", `{"title":"T","capacity":1}`); err != nil || code != 201 {
			t.Fatalf("put: %d, %v, %s", code, err, content)
		}
	}
	put("a")
	eventually(t, "degraded", func() bool { return strings.Contains(ready(), "degraded") })
	if backlog, err := s.storage(t).Backlog(t.Context()); err != nil || backlog.Messages != 1 {
		t.Errorf("backlog: %+v, %v", backlog, err)
	}
	b.back(t)
	s.published(t)
	eventually(t, "not degraded", func() bool { return !strings.Contains(ready(), "degraded") })
	b.away()
	put("b")
	put("c")
	eventually(t, "degraded again", func() bool { return strings.Contains(ready(), "degraded") })
	b.back(t)
	s.published(t)
	if all := heard(t, b.url()); len(all) != 3 {
		t.Errorf("heard of %d courses, want 3", len(all))
	}
}

// A relay that is killed, again and again, loses nothing and keeps the order of each course.
func TestKilledRelay(t *testing.T) {
	t.Parallel()
	kills, kinds := 2, []string{"sqlite"}
	if long {
		kills, kinds = 5, []string{"sqlite", "postgres"}
		if soak {
			kills = 50
		}
	}
	on(t, kinds, func(t *testing.T, s stage) {
		b := newOutside(t)
		const courses = 20
		for i := range courses {
			s.must(t, "", "course", "put", "c-"+itoa(i), "--title", "T", "--capacity", "3")
		}
		b.forgetful(t)
		n, underWay, outbox := 0, 0, s.storage(t)
		waiting := func() int {
			backlog, err := outbox.Backlog(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return backlog.Messages
		}
		for range kills {
			var file strings.Builder
			file.WriteString("course_id,learner_id\n")
			for range 6000 {
				n++
				file.WriteString("c-" + itoa(n%courses) + ",l-" + itoa(n) + "\n")
			}
			s.must(t, file.String(), "import", "-", "--again")
			before := waiting()
			victim := s.process(t, "worker", "--nats-url", b.url(), "--admin-addr", "off")
			eventually(t, "the relay is at it", func() bool { return waiting() < before })
			time.Sleep(rand.N(100 * time.Millisecond))
			kill(victim)
			if waiting() > 0 {
				underWay++
			}
		}
		stop := s.work(t, b.url())
		s.published(t)
		stop()
		total := 0
		for _, events := range heard(t, b.url()) {
			total += len(events)
		}
		if total != n+courses {
			t.Errorf("heard %d events, want %d", total, n+courses)
		}
		_, js := jetStream(t, b.url())
		stream, err := js.Stream(t.Context(), "ROSTER_EVENTS")
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d of %d were killed while at it; %d events in %d messages", underWay, kills, total, stream.CachedInfo().State.Msgs)
	})
}
