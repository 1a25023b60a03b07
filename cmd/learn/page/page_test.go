package page

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"example.com/roster/ports/portstest"
)

const root = "../../.."

func TestMain(m *testing.M) {
	if len(os.Args) > 3 && os.Args[1] == "--data-dir" {
		fakeRoster(os.Args[2], os.Args[3])
		return
	}
	goleak.VerifyTestMain(m)
}

// fakeExercises are three exercises, of which the second is done when it is checked.
type fakeExercises struct {
	begun chan bool // a check of the first has begun
	ended bool      // and ended

	mu   sync.Mutex
	list []Exercise
}

func newExercises() *fakeExercises {
	return &fakeExercises{begun: make(chan bool, 1), list: []Exercise{
		{N: 1, Chapter: "A. Parts", Title: "Mark the lines"},
		{N: 2, Chapter: "B. Rules", Title: "A waitlist <b>rule</b>"},
		{N: 3, Chapter: "B. Rules", Title: "A repository that decides", Done: true},
	}}
}

func (f *fakeExercises) List() ([]Exercise, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Exercise(nil), f.list...), nil
}

func (f *fakeExercises) change(n int, by func(e *Exercise)) (err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n < 1 || n > len(f.list) {
		return fmt.Errorf("there is no exercise %d", n)
	}
	by(&f.list[n-1])
	return nil
}

func (f *fakeExercises) Text(n int) (string, error) {
	return fmt.Sprintf("## Goal\n\nExercise %d. Read `domain/roster.go`.\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n```go\nfunc f() {}\n```\n", n), nil
}

func (f *fakeExercises) Start(n int) (string, error) {
	return "Change **one** file.", f.change(n, func(e *Exercise) { e.Started = true })
}

func (f *fakeExercises) Check(ctx context.Context, n int) (Verdict, error) {
	if n == 1 {
		f.begun <- true
		<-ctx.Done() // a check that takes as long as its request
		f.ended = true
		return Verdict{}, ctx.Err()
	}
	return Verdict{Done: n == 2, Says: "- right: `Enroll`\n- not yet: <script>"}, f.change(n, func(e *Exercise) { e.Done = n == 2 })
}

func (f *fakeExercises) Hint(int) (string, error) { return "", errors.New("there are no more hints") }

func (f *fakeExercises) Solution(n int) (string, error) {
	return "```\n+func f() {}\n```", f.change(n, func(*Exercise) {})
}

func (f *fakeExercises) Reset(n int) (string, error) {
	return "Saved.", f.change(n, func(e *Exercise) { e.Started = false })
}

func newServer(t *testing.T) *Server {
	t.Helper()
	s := New(root, newExercises())
	t.Cleanup(s.Close)
	return s
}

// ask sends a request as this page does, with headers in pairs, and returns the answer.
func ask(s http.Handler, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = "127.0.0.1:8083"
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		} else {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// A page of another site reaches the loopback, by its address, or by a name that it rebinds.
func TestOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, c := range []struct {
		method  string
		headers []string
		want    int
	}{
		{"GET", nil, 200},
		{"GET", []string{"Host", "localhost:8083"}, 200},
		{"GET", []string{"Host", "[::1]:8083"}, 200},
		{"GET", []string{"Host", "evil.example:8083"}, 403},
		{"GET", []string{"Host", "127.0.0.1.evil.example:8083"}, 403},
		{"GET", []string{"Host", "localhost"}, 403},
		{"GET", []string{"Host", ""}, 403},
		{"POST", []string{"Host", "evil.example:8083", "Origin", "http://evil.example:8083", "Sec-Fetch-Site", "same-origin"}, 403},
		{"POST", []string{"Origin", "http://127.0.0.1:8083", "Sec-Fetch-Site", "same-origin"}, 200},
		{"POST", []string{"Origin", "http://127.0.0.1:8083"}, 200}, // a browser without Sec-Fetch-Site
		{"POST", nil, 200}, // no browser
		{"POST", []string{"Origin", "https://evil.example"}, 403},
		{"POST", []string{"Origin", "null"}, 403},
		{"POST", []string{"Origin", "http://127.0.0.1:9999"}, 403}, // another program of this machine
		{"POST", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"POST", []string{"Sec-Fetch-Site", "same-site"}, 403},
	} {
		path := "/words"
		if c.method == "POST" {
			path = "/exercises/2/start"
		}
		w := ask(s, c.method, path, "{}", c.headers...)
		if w.Code != c.want {
			t.Errorf("%s with %q: %d, want %d", c.method, c.headers, w.Code, c.want)
		}
		if got := w.Header().Get("Content-Security-Policy"); got != policy {
			t.Errorf("%s with %q has the policy %q", c.method, c.headers, got)
		}
	}
}

// No page has inline code or styles, which the policy forbids, or an address of another host, and each link and script is there.
func TestPagesKeepToThePolicy(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	seen := map[string]bool{"/": true}
	for queue := []string{"/"}; len(queue) > 0; queue = queue[1:] {
		w := ask(s, "GET", queue[0], "")
		text := w.Body.String()
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d %s", queue[0], w.Code, text)
		}
		if !strings.HasPrefix(text, "<!doctype html>") {
			continue
		}
		for _, forbidden := range []string{`<script>`, `<style`, ` style=`, ` onclick=`, `javascript:`, `http://`, `https://`} {
			if strings.Contains(text, forbidden) {
				t.Errorf("%s contains %s", queue[0], forbidden)
			}
		}
		if n := strings.Count(text, "<h1>"); n != 1 {
			t.Errorf("%s has %d headings of level 1", queue[0], n)
		}
		for _, m := range regexp.MustCompile(`(?:href|src)="(/[^"]*)"`).FindAllStringSubmatch(text, -1) {
			if !seen[m[1]] {
				seen[m[1]] = true
				queue = append(queue, m[1])
			}
		}
	}
	for _, page := range []string{"/exercises/3", "/words", "/static/page.css", "/static/exercise.js"} {
		if !seen[page] {
			t.Errorf("no page leads to %s", page)
		}
	}
	for _, none := range []string{"/exercises/4", "/exercises/x", "/static/words.html", "/static/none.js", "/static/..%2fpage.go", "/unknown"} {
		if w := ask(s, "GET", none, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", none, w.Code)
		}
	}
}

func TestListOfExercises(t *testing.T) {
	t.Parallel()
	text := ask(newServer(t), "GET", "/", "").Body.String()
	for _, want := range []string{"1 of 3 exercises are done", `<h2>B. Rules</h2>`, `<a href="/exercises/2">A waitlist &lt;b&gt;rule&lt;/b&gt;</a>`, "✓ done"} {
		if !strings.Contains(text, want) {
			t.Errorf("the list has no %s:\n%s", want, text)
		}
	}
	if n := strings.Count(text, "<h2>"); n != 2 {
		t.Errorf("the list has %d chapters", n)
	}
}

func TestVerbsOfAnExercise(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, c := range []struct {
		path string
		code int
		want string
	}{
		{"/exercises/2/start", 200, `{"done":false,"html":"<p>Change <strong>one</strong> file.</p>\n"}`},
		{"/exercises/2/check", 200, `{"done":true,"html":"<ul>\n<li>right: <code>Enroll</code></li>\n<li>not yet: &lt;script&gt;</li>\n</ul>\n"}`},
		{"/exercises/2/hint", 422, `{"error":"there are no more hints"}`},
		{"/exercises/2/solution", 200, `{"done":false,"html":"<pre tabindex=\"0\"><code>+func f() {}</code></pre>\n"}`},
		{"/exercises/2/reset", 200, `{"done":false,"html":"<p>Saved.</p>\n"}`},
		{"/exercises/9/start", 422, `{"error":"there is no exercise 9"}`},
		{"/exercises/2/solve", 404, ""},
		{"/exercises/x/start", 404, ""},
	} {
		w := ask(s, "POST", c.path, "{}")
		var got, want any
		if w.Code != c.code {
			t.Errorf("%s: %d, want %d", c.path, w.Code, c.code)
		}
		if c.want == "" {
			continue
		}
		if err := errors.Join(json.Unmarshal(w.Body.Bytes(), &got), json.Unmarshal([]byte(c.want), &want)); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %s, want %s: %v", c.path, w.Body, c.want, err)
		}
	}
}

// A check ends when the reader leaves, or the page ends.
func TestCheckEndsWithThePage(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	out, print := io.Pipe()
	ended := make(chan error, 1)
	exercises := newExercises()
	go func() { ended <- New(root, exercises).Serve(ctx, "127.0.0.1:0", print) }()
	line := make([]byte, 200)
	n, err := out.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	url := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(string(line[:n]))
	checked := make(chan error, 1)
	go func() {
		answer, err := http.Post(url+"/exercises/1/check", "application/json", nil)
		if err == nil {
			err = answer.Body.Close()
		}
		checked <- err
	}()
	portstest.Receive(t, "the check begins", exercises.begun)
	cancel()
	if err := portstest.Receive(t, "the page ends", ended); err != nil {
		t.Error(err)
	}
	if !exercises.ended {
		t.Error("the page has ended before the check")
	}
	portstest.Receive(t, "the request ends", checked)
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}

func TestServeOnTheLoopbackOnly(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"0.0.0.0:0", "example.com:80", "127.0.0.1", ":0", "localhost:0"} {
		if err := New(root, newExercises()).Serve(t.Context(), addr, io.Discard); err == nil || !strings.Contains(err.Error(), "loopback") {
			t.Errorf("%s: %v, want an error about the loopback", addr, err)
		}
	}
}
