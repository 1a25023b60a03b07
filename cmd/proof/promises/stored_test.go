package promises_test

import (
	"compress/flate"
	"encoding/hex"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.com/roster/ports/portstest"
)

// What is written into the database: values of columns, the names under which replies are saved, fingerprints, and saved outcomes byte by
// byte. Ids and times, which differ from run to run, are left out.
func TestStoredValues(t *testing.T) {
	t.Parallel()
	s := setup{data: t.TempDir()}
	c, _, stop := s.serve(t)
	ask := func(c client, method, path, key, body string) {
		t.Helper()
		status, _, content, err := c.do(method, path, body, "Idempotency-Key: "+strconv.Quote(key))
		if err != nil || status >= 500 {
			t.Fatalf("%s %s: %d, %v\n%s", method, path, status, err, content)
		}
	}
	ask(c, "PUT", "/v1/courses/a", "put", `{"title":"A","capacity":1}`)
	ask(c, "PUT", "/v1/courses/a", "same", `{"title":"A","capacity":1}`)
	ask(c, "POST", "/v1/courses/a/enrollments", "enroll", `{"learnerId":"ada"}`)
	ask(c, "POST", "/v1/courses/a/enrollments", "wait", `{"learnerId":"bob"}`)
	ask(c, "POST", "/v1/courses/a/enrollments", "refused", `{"learnerId":"bob"}`)
	ask(c, "DELETE", "/v1/courses/a/enrollments/ada", "withdraw", "")
	ask(c, "POST", "/courses/a/enrollments", "unversioned", `{"learnerId":"cy"}`)
	partner := c
	partner.token = s.token(t, "partner")
	if status, _, content, err := partner.do("POST", "/partner/v1/enrollments", `{"reference":"reference","course":"a","person":"eve"}`); err != nil || status != 200 {
		t.Fatalf("partner: %d, %v\n%s", status, err, content)
	}
	s.must(t, "", "enroll", "a", "dan", "--key", "enroll")
	s.must(t, "", "withdraw", "a", "dan", "--key", "withdraw")
	s.must(t, "course_id,learner_id,action\na,dan,withdraw\na,fay,\n", "import", "-", "--allow-rejects", "not_enrolled")
	s.must(t, `{"course_id":"a","learner_id":"gil"}`+"\n", "import", "-", "--format", "ndjson")
	s.must(t, "course_id,learner_id,action\na,hal,\nnowhere,hal,withdraw\n", "enqueue", "-")
	portstest.Eventually(t, "the queue is done", func() bool {
		return len(s.query(t, "SELECT letter_id FROM dead_letters"))+len(s.query(t, "SELECT learner_id FROM standings WHERE learner_id = 'hal'")) == 2
	})
	s.must(t, "course_id,title,capacity\nb,B,1000\n", "course", "import", "-")
	s.must(t, rows("b", 100), "import", "-")
	s.must(t, "", "course", "put", "a", "--open", "false")
	s.must(t, "", "course", "put", "a", "--capacity", "2")
	stop()

	var lines []string
	for _, q := range []struct{ topic, query string }{
		{"status", "SELECT DISTINCT status FROM standings"},
		{"type", "SELECT DISTINCT type FROM journal"},
		{"from", "SELECT DISTINCT coalesce(from_status, 'NULL') FROM journal"},
		{"event", "SELECT DISTINCT type || (learner_id IS NULL) || (enrollment_id IS NULL) || (from_status IS NULL) || (title IS NULL) || (capacity IS NULL) || (open IS NULL) || (waitlist IS NULL) FROM journal"},
		{"id before", "SELECT DISTINCT type || (previous_learner_id IS NULL) FROM journal"},
		{"correlation of an import", "SELECT DISTINCT correlation FROM journal WHERE correlation LIKE '%import%'"},
		{"times", "SELECT DISTINCT typeof(since) || typeof(occurred_at) FROM standings, journal"},
		{"reply", "SELECT replace(subject, 'cli:' || substr(subject, 5), 'cli:USER') || ' ' || name || ' ' || fingerprint FROM replies"},
		{"dead letter", "SELECT subject || ' ' || role || ' ' || key || ' ' || learner_id || ' ' || reason || ' ' || tries || ' ' || body FROM dead_letters"},
	} {
		lines = append(lines, prefixed(q.topic+": ", s.query(t, q.query))...)
	}
	for _, saved := range s.query(t, "SELECT name || ' ' || hex(outcomes) FROM replies") {
		i := strings.LastIndexByte(saved, ' ')
		lines = append(lines, "outcome: "+saved[:i+1]+readOutcome(t, saved[i+1:]))
	}
	hold(t, "stored", lines)
}

var (
	anyID   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	anyTime = regexp.MustCompile(`20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z`)
)

// readOutcome returns the first byte and the text behind it, which is deflated after a z; of many outcomes alike the first.
func readOutcome(t *testing.T, text string) string {
	t.Helper()
	saved, err := hex.DecodeString(text)
	if err != nil || len(saved) == 0 {
		t.Fatalf("%q: %v", text, err)
	}
	content := saved[1:]
	if saved[0] == 'z' {
		if content, err = io.ReadAll(flate.NewReader(strings.NewReader(string(content)))); err != nil {
			t.Fatal(err)
		}
		content = content[:slices.Index(content, '}')+2]
	}
	content = anyID.ReplaceAll(content, []byte("ID"))
	return string(saved[0]) + " " + string(anyTime.ReplaceAll(content, []byte("TIME")))
}
