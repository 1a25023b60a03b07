package proof_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"example.com/roster/domain"
)

// In a browser, the page of the API shows its operations, reports no error and asks no other host: the content security policy
// allows all that the page needs.
func TestPageInABrowser(t *testing.T) {
	t.Parallel()
	browse := browser(t)
	page := browse(newSystem(t, "memory").serve(t) + "/docs")
	if !strings.Contains(page, "/v1/courses") || !strings.Contains(page, "opblock") {
		t.Errorf("the page shows no operation:\n%.2000s", page)
	}
}

// A page on another origin that --cors-origin names enrolls a learner, and reads the answer and its headers.
func TestPageOnAnotherOriginEnrolls(t *testing.T) {
	t.Parallel()
	browse := browser(t)
	s := newSystem(t, "memory")
	s.must(t, "", "course", "put", "go", "--title", "Go", "--capacity", "1")
	var html string
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, html)
	}))
	t.Cleanup(pages.Close)
	addr, _ := s.start(t, new(bytes.Buffer), "--log-level", "error", "--cors-origin", pages.URL)
	html = fmt.Sprintf(`<!doctype html><link rel="icon" href="data:,"><pre id="result">nothing</pre><script>
fetch("http://%s/v1/courses/go/enrollments", {
	method: "POST", body: "{}",
	headers: {"Authorization": "Bearer %s", "Content-Type": "application/json", "Idempotency-Key": '"k1"'},
}).then(async (answer) => {
	const body = await answer.json();
	document.getElementById("result").textContent = [answer.status, body.status, answer.headers.get("Location"), answer.headers.get("RateLimit")].join(" ");
});
</script>`, addr, strings.TrimSpace(s.must(t, "", "token", "--subject", "ada", "--role", "learner")))
	if page, want := browse(pages.URL), `201 enrolled /v1/courses/go/enrollments/ada "default";r=`; !strings.Contains(page, want) {
		t.Errorf("the page has no %s:\n%.2000s", want, page)
	}
	if n := len(allStandings(t, s.open(t), "go", domain.Enrolled)); n != 1 {
		t.Errorf("%d learners are enrolled", n)
	}
}

// browser returns a function that opens a page in a browser without a window, and returns the page as its scripts left it. An error in
// the console fails the test.
func browser(t *testing.T) func(url string) (page string) {
	if !long {
		t.Skip("NOT RUN in the short form: it starts a browser; make check does it")
	}
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("NOT RUN: no chromium on this machine, so no page in a browser")
	}
	return func(url string) string {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		run := exec.CommandContext(ctx, program, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+t.TempDir(),
			"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", // an address elsewhere is an error in the console
			"--enable-logging=stderr", "--virtual-time-budget=20000", "--dump-dom", url)
		run.WaitDelay = 10 * time.Second
		var page, log bytes.Buffer
		run.Stdout, run.Stderr = &page, &log
		if err := run.Run(); err != nil {
			t.Fatalf("%v\n%s", err, log.String())
		}
		for line := range strings.Lines(log.String()) {
			if strings.Contains(line, ":CONSOLE") {
				t.Errorf("the console of the browser has %s", line)
			}
		}
		return page.String()
	}
}
