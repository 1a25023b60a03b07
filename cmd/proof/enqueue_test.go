package proof_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"

	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/domain"
)

// Two enqueue send to a serve with an embedded broker, and no command is lost. A second serve on the same files does not start, and says
// why.
func TestEnqueueIntoServe(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "sqlite")
	if r := s.run(t, "course_id,learner_id\n", "enqueue", "-"); r.code != 4 || !strings.Contains(r.stderr, "serve") {
		t.Errorf("enqueue without a broker: exit %d, %s; want 4 and what to do", r.code, r.stderr)
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
			for range 2 { // the second run repeats the commands under the same keys
				got := read[summary](t, s.must(t, file.String(), "--json", "enqueue", "-"))
				if got.Rows != rows || got.Outcomes["queued"] != rows || got.Rejected+got.Failed > 0 {
					t.Errorf("enqueue reports %+v", got)
				}
			}
		})
	}
	both.Wait()
	_, js := jetStream(t, s.embeddedBroker(t))
	queueEmpty(t, js)
	s.published(t)
	for _, course := range []domain.CourseID{"go", "sql"} {
		all := names(allStandings(t, s.open(t), course, ""))
		if len(all) != rows || all[0] != "learner-0" || all[rows-1] != "learner-"+itoa(rows-1) {
			t.Errorf("%s: %d standings, want %d in the order of the file", course, len(all), rows)
		}
	}
	for course, events := range publishedEvents(t, s.embeddedBroker(t)) {
		if len(events) != rows+1 {
			t.Errorf("%s: %d events, want %d", course, len(events), rows+1)
		}
	}
	s.mustCheck(t)
}

// enqueue reports no row as queued that the broker drops as a duplicate.
func TestEnqueueReportsADuplicate(t *testing.T) {
	t.Parallel()
	s, b := newSystem(t, "sqlite"), newExternalBroker(t)
	conn, js := jetStream(t, b.url())
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ROSTER_COMMANDS", Subjects: []string{"nothing"}}); err != nil {
		t.Fatal(err)
	}
	for _, drops := range []bool{false, true} {
		answer := fmt.Appendf(nil, `{"stream":"ROSTER_COMMANDS","seq":1,"duplicate":%t}`, drops)
		queue, err := conn.Subscribe("roster.commands.>", func(m *natsio.Msg) { _ = m.Respond(answer) })
		if err != nil || conn.Flush() != nil {
			t.Fatal(err)
		}
		r := s.run(t, "course_id,learner_id\ngo,ada\n", "--json", "enqueue", "-", "--nats-url", b.url())
		queued, failed, code := 1, 0, 0
		if drops {
			queued, failed, code = 0, 1, 4
		}
		if got := read[summary](t, r.stdout); got.Outcomes["queued"] != queued || got.Failed != failed || r.code != code ||
			drops != strings.Contains(r.stderr, "duplicate") {
			t.Errorf("duplicate %t: exit %d\n%s%s", drops, r.code, r.stdout, r.stderr)
		}
		if err := queue.Unsubscribe(); err != nil || conn.Flush() != nil {
			t.Fatal(err)
		}
	}
}
