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
	"example.com/roster/ports/portstest"
)

func findBroker(t testing.TB, dir string) string {
	t.Helper()
	url, err := broker.Find(dir)
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// work runs a worker in this process until stop is called.
func (s system) work(t testing.TB, url string) (stop func()) {
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
	portstest.Receive(t, "the worker is ready", ready)
	return stop
}

// send sends one command of a tenant's staff to the queue for each action.
func send(t testing.TB, url string, tenant domain.TenantID, actions ...ports.Action) {
	t.Helper()
	bus, err := nats.Connect(url, nats.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	var commands []ports.Command
	for i, a := range actions {
		by := ports.Actor{Tenant: tenant, Subject: "proof", Role: ports.Staff}
		commands = append(commands, ports.Command{By: by, Key: "sent-" + itoa(i), Actions: []ports.Action{a}})
	}
	if n, err := bus.Send(t.Context(), commands); err != nil || n != len(commands) {
		t.Fatalf("sent %d of %d commands: %v", n, len(commands), err)
	}
}

// duplicated returns the commands, each 1 to times times: the first copies in the given order, the others at random later positions.
func duplicated(commands []ports.Command, times int) []ports.Command {
	type repeated struct {
		at      int
		command ports.Command
	}
	var all []ports.Command
	var copies []repeated
	for i, c := range commands {
		all = append(all, c)
		for range rand.N(times) {
			copies = append(copies, repeated{i + rand.N(2000), c})
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

// The year is sent to the queue with every message once or twice (one to five times in the long form), each with its own message id,
// while workers are killed and restart. The result is the one of the independent model. Every event is published in order, and once
// after deduplication.
func TestYearByQueue(t *testing.T) {
	t.Parallel()
	kinds, times := []string{"memory"}, 2
	if long {
		kinds, times = []string{"sqlite", "postgres"}, 5
	}
	on(t, kinds, func(t *testing.T, s system) {
		s.submit(t, sampleCourses())
		b := newExternalBroker(t)
		bus, err := nats.Connect(b.url(), nats.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer bus.Close()
		var commands []ports.Command
		for i, a := range actionsOf(sampleRows(t)) {
			commands = append(commands, ports.Command{By: staff, Key: "year-" + itoa(i), Actions: []ports.Action{a}})
		}
		all := duplicated(commands, times)
		sent := make(chan error, 1)
		go func() {
			n, err := bus.Send(context.WithoutCancel(t.Context()), all)
			if err == nil && n != len(all) {
				t.Errorf("sent %d of %d", n, len(all))
			}
			sent <- err
		}()
		interrupted := s.interruptWorkers(t, b.url())
		if err := <-sent; err != nil {
			t.Fatal(err)
		}
		stop := s.work(t, b.url())
		_, js := jetStream(t, b.url())
		queueEmpty(t, js)
		s.published(t)
		stop()
		t.Logf("%d commands in %d messages; %d workers were stopped", len(commands), len(all), interrupted)

		requireYear(t, s)
		requireYearPublished(t, b.url())
		if deadLetters := s.must(t, "", "repair", "--dry-run"); deadLetters != "no dead letters\n" {
			t.Errorf("dead letters: %s", deadLetters)
		}
	})
}

func itoa(i int) string { return strconv.Itoa(i) }

// interruptWorkers runs pairs of workers and stops each after a moment: by a kill, or, with a store in memory, by cancellation.
func (s system) interruptWorkers(t *testing.T, url string) (stopped int) {
	rounds := 3
	if long {
		rounds = 6
	}
	for range rounds {
		var both sync.WaitGroup
		for range 2 {
			stopped++
			both.Go(func() {
				if s.store != nil {
					stop := s.work(t, url)
					time.Sleep(300*time.Millisecond + rand.N(700*time.Millisecond)) // steady: any moment will do
					stop()
					return
				}
				victim := s.process(t, "worker", "--nats-url", url, "--admin-addr", "off")
				time.Sleep(2*time.Second + rand.N(2*time.Second)) // steady: any moment will do
				kill(victim)
			})
		}
		both.Wait()
	}
	return stopped
}

func kill(process *exec.Cmd) {
	_ = process.Process.Kill()
	_ = process.Wait()
}

// requireYearPublished requires the events of the year, each once.
func requireYearPublished(t *testing.T, url string) {
	t.Helper()
	counts, want := make(map[string]int), sample.Expected()
	all := publishedEvents(t, url)
	for course := range want.Courses {
		for _, e := range all[course] {
			if strings.HasPrefix(e.Type, "learner.") {
				counts[e.Type]++
			}
		}
	}
	if !maps.Equal(counts, want.Events) {
		t.Errorf("published %v, want %v", counts, want.Events)
	}
}

// A command that can't run becomes a dead letter with its reason. repair shows it, and runs it when that is possible.
func TestDeadLetters(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "sqlite")
	s.start(t, new(bytes.Buffer), "--log-level", "error")
	_, js := jetStream(t, s.embeddedBroker(t))
	for id, body := range map[string]string{
		"early":      `{"action":"enroll","courseId":"go","learnerId":"ada","key":"k"}`,
		"truncated":  `{"action":"enroll"`,
		"misspelled": `{"action":"enroll","actoin":"withdraw","courseId":"go","learnerId":"bob"}`,
		"padded":     `{"action":"enroll","courseId":"go","learnerId":"bob "}`,
	} {
		if _, err := js.Publish(t.Context(), "roster.commands.default.3", []byte(body), jetstream.WithMsgID(id), untilThere); err != nil {
			t.Fatal(err)
		}
	}
	var shown []string
	portstest.Eventually(t, "all are dead letters", func() bool {
		shown = strings.Split(strings.TrimSpace(s.must(t, "", "--json", "repair", "--dry-run")), "\n")
		return len(shown) == 4
	})
	for _, reason := range []string{"course_not_found", "invalid_argument", "unknown field actoin; did you mean action?", "learnerId must not begin or end"} {
		if text := strings.Join(shown, "\n"); !strings.Contains(text, reason) {
			t.Errorf("dry run, without %s: %s", reason, text)
		}
	}
	s.must(t, "", "course", "put", "go", "--title", "Go", "--capacity", "5")
	if text := s.must(t, "", "repair"); !strings.Contains(text, "enrolled") {
		t.Errorf("repaired: %s", text)
	}
	if shown := s.must(t, "", "--json", "repair", "--dry-run"); strings.Count(shown, "\n") != 3 || !strings.Contains(shown, "truncated") {
		t.Errorf("remaining: %s", shown)
	}
	if all := names(allStandings(t, s.open(t), "go", domain.Enrolled)); len(all) != 1 || all[0] != "ada" {
		t.Errorf("enrolled: %v", all)
	}
	s.mustCheck(t)
}

// The subject of a message has the tenant: the message changes no course of another tenant, and no other tenant gets a reply.
func TestQueueKeepsTenantsApart(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s system) {
		s.start(t, new(bytes.Buffer), "--log-level", "error")
		for _, tenant := range []string{"one", "two"} {
			s.must(t, "", "--tenant", tenant, "course", "put", "go", "--title", tenant, "--capacity", "5")
		}
		_, js := jetStream(t, s.embeddedBroker(t))
		send(t, s.embeddedBroker(t), "one", ports.Enroll{Course: "go", Learner: "ada"}, ports.Enroll{Course: "nowhere", Learner: "bob"})
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
			deadLetters := s.must(t, "", "--tenant", tenant, "--json", "repair", "--dry-run")
			if got := [2]int{strings.Count(standings, "\n"), strings.Count(deadLetters, "\n")}; got != want {
				t.Errorf("%s has standings and dead letters %v, want %v", tenant, got, want)
			}
		}
		replies := messages(t, js, "ROSTER_REPLIES")
		if len(replies) != 2 {
			t.Errorf("%d replies, want one for each command", len(replies))
		}
		for _, m := range replies {
			if m.Subject() != "roster.replies.one" {
				t.Errorf("%s got the reply %s", m.Subject(), m.Data())
			}
		}
	})
}

// While the broker is unavailable, the API answers, the backlog grows, and /readyz says degraded but ready. Then the backlog drains.
func TestUnavailableBroker(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "sqlite")
	b := newExternalBroker(t)
	b.stop()
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
	portstest.Eventually(t, "degraded", func() bool { return strings.Contains(ready(), "degraded") })
	if backlog, err := s.storage(t).Backlog(t.Context()); err != nil || backlog.Messages != 1 {
		t.Errorf("backlog: %+v, %v", backlog, err)
	}
	b.restart(t)
	s.published(t)
	portstest.Eventually(t, "not degraded", func() bool { return !strings.Contains(ready(), "degraded") })
	b.stop()
	put("b")
	put("c")
	portstest.Eventually(t, "degraded again", func() bool { return strings.Contains(ready(), "degraded") })
	b.restart(t)
	s.published(t)
	if all := publishedEvents(t, b.url()); len(all) != 3 {
		t.Errorf("events of %d courses, want 3", len(all))
	}
}
