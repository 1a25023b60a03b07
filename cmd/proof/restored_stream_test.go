package proof_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/cmd/example/occupancy/projection"
	"example.com/roster/ports/portstest"
)

// republishAll is the recipe of docs/operations.md for a broker that holds other events than the database.
const republishAll = "roster repair --purge-stream --republish 2000-01-01T00:00:00Z"

// says waits until the log has a text.
func (b *syncedBuffer) says(t *testing.T, text string) {
	t.Helper()
	portstest.Eventually(t, "the log says "+text, func() bool { return strings.Contains(b.text(), text) })
}

// learners returns the learners of the enrollments in the stream of events, in order.
func learners(t *testing.T, js jetstream.JetStream) (all []string) {
	t.Helper()
	for _, m := range messages(t, js, "ROSTER_EVENTS") {
		if e := read[event](t, string(m.Data())); e.Type == "learner.enrolled" {
			all = append(all, fmt.Sprint(read[map[string]any](t, string(e.Data))["learnerId"]))
		}
	}
	return all
}

// backup copies the database, as docs/operations.md says, and returns the copy's URL.
func (s system) backup(t *testing.T) string {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "copy.db")
	db, err := sql.Open("sqlite", strings.TrimPrefix(s.url, "sqlite:"))
	if err == nil {
		_, err = db.ExecContext(t.Context(), "VACUUM INTO ?", copied)
		err = errors.Join(err, db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + copied
}

// runRecipe runs a command of docs/operations.md.
func (s system) runRecipe(t *testing.T, command string, flags ...string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), command) {
		t.Fatalf("docs/operations.md does not have: %s", command)
	}
	s.must(t, "", append(strings.Fields(command)[1:], flags...)...)
}

// A publishingSystem is a system with a broker of its own, in which ada is enrolled.
type publishingSystem struct {
	system
	broker *externalBroker
	js     jetstream.JetStream
	log    *syncedBuffer
}

// newPublishingSystem returns a system whose serve has published all events and runs until stop is called.
func newPublishingSystem(t *testing.T) (s publishingSystem, stop func()) {
	t.Helper()
	s = publishingSystem{system: newSystem(t, "sqlite"), broker: newExternalBroker(t), log: new(syncedBuffer)}
	_, s.js = jetStream(t, s.broker.url())
	_, stop = s.publish(t)
	s.must(t, "", "course", "put", "go", "--title", "Go", "--capacity", "9")
	s.must(t, "", "enroll", "go", "ada")
	s.published(t)
	return s, stop
}

// publish runs serve until stop is called.
func (s publishingSystem) publish(t *testing.T) (addr string, stop func()) {
	t.Helper()
	return s.start(t, s.log, "--nats-url", s.broker.url(), "--admin-addr", "off", "--log-level", "warn")
}

// A database that was restored to an earlier time publishes nothing beside the events that it has lost. The recipe makes the stream
// what the database is, within the broker's duplicate window too, and a consumer that starts again reads one history.
func TestRestoredDatabaseBesideANewerStream(t *testing.T) {
	t.Parallel()
	s, stop := newPublishingSystem(t)
	stop()
	restored := s
	restored.url = s.backup(t)
	_, stop = s.publish(t)
	s.must(t, "", "enroll", "go", "bob")
	s.published(t)
	stop()
	if got := learners(t, s.js); !slices.Equal(got, []string{"ada", "bob"}) || strings.Contains(s.log.text(), "broker") {
		t.Fatalf("published %v\n%s", got, s.log.text())
	}

	addr, stop := restored.publish(t)
	defer stop()
	restored.must(t, "", "enroll", "go", "cyd")
	s.log.says(t, "the broker has an event that the database has not")
	s.log.says(t, strings.TrimSuffix(republishAll, " 2000-01-01T00:00:00Z"))
	if got := learners(t, s.js); !slices.Equal(got, []string{"ada", "bob"}) {
		t.Errorf("beside the lost history %v is published", got)
	}
	if code, _, _, err := newClient(t, "http://"+addr).do("GET", "/healthz", "", ""); err != nil || code != 200 {
		t.Errorf("serve does not answer: %d, %v", code, err)
	}

	restored.runRecipe(t, republishAll, "--nats-url", s.broker.url())
	restored.published(t)
	portstest.Eventually(t, "the stream has the database's history", func() bool {
		got := learners(t, s.js)
		return len(got) >= 2 && got[0] == "ada" && !slices.Contains(got, "bob") && slices.Contains(got, "cyd")
	})
	for _, m := range messages(t, s.js, "ROSTER_EVENTS") {
		if e := read[event](t, string(m.Data())); m.Headers().Get("ce-id") != e.EventID || !strings.HasPrefix(m.Headers().Get("Nats-Msg-Id"), e.EventID) {
			t.Errorf("event %s has the headers %v", e.EventID, m.Headers())
		}
	}
	projector, err := projection.Open(t.Context(), filepath.Join(t.TempDir(), "occupancy.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer projector.Close()
	if err := projector.CatchUp(t.Context(), s.js); err != nil {
		t.Errorf("a consumer that starts again: %v", err)
	}
}

// A broker that has lost what was published is noticed when serve starts, and while it runs. New events are published, and the recipe
// publishes the others again.
func TestEmptiedBrokerBesideANewerDatabase(t *testing.T) {
	t.Parallel()
	for _, running := range []bool{false, true} {
		for name, empty := range map[string]func(jetstream.JetStream) error{
			"purged":  func(js jetstream.JetStream) error { return purgeEvents(t, js) },
			"deleted": func(js jetstream.JetStream) error { return js.DeleteStream(t.Context(), "ROSTER_EVENTS") },
		} {
			if running && name == "purged" {
				continue // it refuses nothing; the next start notices it
			}
			t.Run(name+map[bool]string{true: " while serve runs"}[running], func(t *testing.T) {
				t.Parallel()
				s, stop := newPublishingSystem(t)
				defer func() { stop() }()
				if !running {
					stop()
				}
				if err := empty(s.js); err != nil {
					t.Fatal(err)
				}
				if !running {
					_, stop = s.publish(t)
				}
				s.must(t, "", "enroll", "go", "bob")
				s.published(t)
				s.log.says(t, "the broker has lost events that were published")
				s.log.says(t, "repair --republish")
				if got := learners(t, s.js); !slices.Equal(got, []string{"bob"}) {
					t.Errorf("published after the loss: %v", got)
				}
				s.runRecipe(t, "roster repair --republish 720h")
				s.published(t)
				if got := learners(t, s.js); !slices.Contains(got, "ada") {
					t.Errorf("published again: %v", got)
				}
			})
		}
	}
}

func purgeEvents(t *testing.T, js jetstream.JetStream) error {
	stream, err := js.Stream(t.Context(), "ROSTER_EVENTS")
	if err == nil {
		err = stream.Purge(t.Context())
	}
	return err
}

// repair --purge-stream removes nothing unless it also publishes again.
func TestPurgeStreamNeedsRepublish(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "sqlite")
	if r := s.run(t, "", "repair", "--dry-run", "--republish", "24h", "--purge-stream"); r.code != 2 || !strings.Contains(r.stderr, "--dry-run shows dead letters") {
		t.Errorf("with --dry-run: exit %d\n%s", r.code, r.stderr)
	}
	if r := s.run(t, "", "repair", "--purge-stream"); r.code != 2 || !strings.Contains(r.stderr, "--republish") {
		t.Errorf("exit %d, %s", r.code, r.stderr)
	}
}
