package proof_test

import (
	"os/user"
	"strings"
	"testing"

	"example.com/roster/ports/portstest"
)

// A key belongs to its entry point: the same key of the same person means another command over HTTP, as a partner, on the command line and
// in the queue, and none blocks or answers the other's. HTTP keeps a key with its operation, and the subjects of the other entry points
// cannot be in a token. Files, whose keys are derived from their text, enroll beside them.
func TestEntryPointsShareNoKeys(t *testing.T) {
	t.Parallel()
	const key = "k1"
	who, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	onEveryStore(t, func(t *testing.T, s system) {
		s.must(t, "", "course", "put", "go", "--title", "Go", "--capacity", "10")
		c := s.client(t)
		as := func(role string) client {
			c := c
			c.token = strings.TrimSpace(s.must(t, "", "token", "--subject", who.Username, "--role", role))
			return c
		}
		enroll := func(role, path, header, body string) {
			if status, headers, content, err := as(role).do("POST", path, header, body); err != nil || status >= 300 || headers.Get("Idempotent-Replayed") != "" {
				t.Errorf("%s: %d, %v, %s", path, status, err, content)
			}
		}
		through := map[string]func(){
			"http": func() { enroll("staff", "/v1/courses/go/enrollments", key, `{"learnerId":"by-http"}`) },
			"partner": func() {
				enroll("partner", "/partner/v1/enrollments", "", `{"reference":"`+key+`","course":"go","person":"by-partner"}`)
			},
			"command line": func() { s.must(t, "", "enroll", "go", "by-command-line", "--key", key) },
			"queue": func() {
				throughQueueOfServe(t, s, []step{{do: "enroll", course: "go", learner: "by-queue", key: key}})
			},
			"import":  func() { s.must(t, "course_id,learner_id\ngo,by-import\n", "import", "-") },
			"enqueue": func() { s.must(t, "course_id,learner_id\ngo,by-enqueue\n", "enqueue", "-") },
		}
		for _, enroll := range through {
			enroll()
		}
		portstest.Eventually(t, "a learner is enrolled through each entry point", func() bool {
			return len(allStandings(t, s.open(t), "go", "")) == len(through)
		})
		for _, subject := range []string{"queue", "cli:" + who.Username} {
			if r := s.run(t, "", "token", "--subject", subject, "--role", "staff"); r.code == 0 {
				t.Errorf("a token for %s was made", subject)
			}
		}
	})
}
