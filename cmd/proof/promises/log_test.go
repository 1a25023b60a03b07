package promises_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/ports/portstest"
)

// The keys of log lines: what a search or an alert on logs goes by. What a line says (msg) is for people and may change.
func TestLogKeys(t *testing.T) {
	t.Parallel()
	s := setup{data: t.TempDir()}
	s.must(t, "", "course", "put", "b", "--title", "B", "--capacity", "1")
	s.must(t, "", "enroll", "b", "ada", "--key", "old")
	s.query(t, "UPDATE replies SET replied_at = '2020-01-01 00:00:00+00:00' RETURNING name")
	c, log, stop := s.serve(t, "--log-level", "debug")
	c.do("PUT", "/v1/courses/a", `{"title":"A","capacity":1}`)
	c.do("GET", "/v1/courses/nowhere", "")
	s.must(t, "course_id,learner_id\na,ada\nnowhere,ada\n", "enqueue", "-")
	keys := make(map[string]bool)
	seen := func(key string) func() bool {
		return func() bool {
			for line := range strings.Lines(log.String()) {
				var fields map[string]any
				if json.Unmarshal([]byte(line), &fields) == nil {
					for k := range fields {
						keys[k] = true
					}
				}
			}
			return keys[key]
		}
	}
	portstest.Eventually(t, "a dead letter is logged", seen("letters"))
	portstest.Eventually(t, "what the schedule removes is logged", seen("removed"))

	// A partition whose consumer is gone is taken again, and says which.
	js := jetStream(t, s.broker(t))
	queue, err := js.Stream(t.Context(), "ROSTER_COMMANDS")
	if err != nil {
		t.Fatal(err)
	}
	names := func() (all []string) {
		for name := range queue.ConsumerNames(t.Context()).Name() {
			all = append(all, name)
		}
		return all
	}
	portstest.Eventually(t, "there are consumers", func() bool { return len(names()) > 0 })
	for _, name := range names() {
		if err := queue.DeleteConsumer(t.Context(), name); err != nil && err != jetstream.ErrConsumerNotFound {
			t.Log(err)
		}
	}
	portstest.Eventually(t, "a partition is logged", seen("partition"))
	stop()

	var lines []string
	for key := range keys {
		lines = append(lines, key)
	}
	hold(t, "log-keys", lines)
}
