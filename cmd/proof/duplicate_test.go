package proof_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/ports"
)

// Two tenants send commands with one message id and one key, one right after the other: both run, both get their reply and their event.
func TestEqualMessageIDsOfTwoTenants(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s system) {
		s.start(t, new(bytes.Buffer), "--log-level", "error")
		_, js := jetStream(t, s.embeddedBroker(t))
		tenants := []string{"one", "two"}
		for _, tenant := range tenants {
			s.must(t, "", "--tenant", tenant, "course", "put", "go", "--title", tenant, "--capacity", "5")
		}
		for _, tenant := range tenants {
			subject := "roster.commands." + tenant + "." + itoa(ports.PartitionOf("go"))
			body := []byte(`{"action":"enroll","courseId":"go","learnerId":"ada","key":"order-1"}`)
			if ack, err := js.Publish(t.Context(), subject, body, jetstream.WithMsgID("order-1"), untilThere); err != nil || ack.Duplicate {
				t.Fatalf("%s: %+v, %v", tenant, ack, err)
			}
		}
		queueEmpty(t, js)
		s.published(t)
		got := make(map[string]int)
		for _, stream := range []string{"ROSTER_EVENTS", "ROSTER_REPLIES"} {
			for _, m := range messages(t, js, stream) {
				got[m.Subject()]++
			}
		}
		for _, tenant := range tenants {
			for _, subject := range []string{"roster.replies." + tenant, "roster.events." + tenant + ".go.learner_enrolled"} {
				if got[subject] != 1 {
					t.Errorf("%s has %d messages, want 1", subject, got[subject])
				}
			}
			if standings := s.must(t, "", "--tenant", tenant, "--json", "list", "go"); strings.Count(standings, "enrolled") != 1 {
				t.Errorf("%s: %s", tenant, standings)
			}
		}
	})
}
