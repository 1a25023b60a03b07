package proof_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/roster/ports/portstest"
)

// Behind nginx, configured as docs/operations.md says, every link leads back through the proxy, and an id keeps every character.
func TestBehindNginx(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "memory")
	addr, _ := s.start(t, new(bytes.Buffer), "--log-level", "error", "--rate-limit", "off", "--base-path", "/roster")
	proxy := startNginx(t, addr)
	c := newClient(t, proxy)
	c.token = strings.TrimSpace(s.must(t, "", "token", "--subject", "proof", "--role", "staff"))
	follow := func(path string, want int) []byte {
		t.Helper()
		code, _, body, err := c.do("GET", path, "", "")
		if err != nil || code != want {
			t.Errorf("GET %s: %d, %v, %s", path, code, err, body)
		}
		return body
	}

	code, header, body, err := c.do("PUT", "/roster/v1/courses/go", "", `{"title":"Go","capacity":10}`)
	if err != nil || code != http.StatusCreated {
		t.Fatalf("PUT: %d, %v, %s", code, err, body)
	}
	follow(header.Get("Location"), 200)
	for _, course := range []string{"2024FA/MATH-101", "CS 115 (A)", "course-v1:MITx+6.00.1x+2T2024", "50%2F", "a//b", "a/../b"} {
		code, header, body, err := c.do("PUT", "/roster/v1/courses/"+url.PathEscape(course), "", `{"title":"T","capacity":1}`)
		if err != nil || code != http.StatusCreated {
			t.Fatalf("%q: %d, %v, %s", course, code, err, body)
		}
		var got struct{ CourseID string }
		if err := json.Unmarshal(follow(header.Get("Location"), 200), &got); err != nil || got.CourseID != course {
			t.Errorf("%s leads to %q, %v", header.Get("Location"), got.CourseID, err)
		}
	}
	learners := []string{"a/b", "50%", "50%25", "x y", "a+b", "ü", "..a", "a//b"}
	for _, learner := range learners {
		code, header, body, err := c.do("POST", "/roster/v1/courses/go/enrollments", "", fmt.Sprintf(`{"learnerId":%q}`, learner))
		if err != nil || code != http.StatusCreated {
			t.Fatalf("%q: %d, %v, %s", learner, code, err, body)
		}
		if want := "/roster/v1/courses/go/enrollments/" + url.PathEscape(learner); header.Get("Location") != want {
			t.Errorf("%q is at %s, want %s", learner, header.Get("Location"), want)
		}
		var got struct{ LearnerID string }
		if err := json.Unmarshal(follow(header.Get("Location"), 200), &got); err != nil || got.LearnerID != learner {
			t.Errorf("%s leads to %q, %v", header.Get("Location"), got.LearnerID, err)
		}
	}
	seen := 0
	for next := "/roster/v1/courses/go/enrollments?pageSize=3"; next != ""; {
		_, header, body, err := c.do("GET", next, "", "")
		if err != nil {
			t.Fatal(err)
		}
		seen += strings.Count(string(body), `"learnerId"`)
		next = ""
		if link := regexp.MustCompile(`^<([^>]+)>; rel="next"$`).FindStringSubmatch(header.Get("Link")); link != nil {
			next = link[1]
		}
	}
	if seen != len(learners) {
		t.Errorf("the pages have %d learners, want %d", seen, len(learners))
	}
	var missing struct{ Type, Instance string }
	if err := json.Unmarshal(follow("/roster/v1/courses/none", 404), &missing); err != nil || missing.Instance != "/roster/v1/courses/none" {
		t.Errorf("the instance is %s, %v", missing.Instance, err)
	}
	follow(missing.Type, 200)
	for _, path := range []string{"/roster/", "/roster/openapi.json", "/roster/docs", "/roster/docs/start.js", "/roster/readyz"} {
		follow(path, 200)
	}
	if long {
		if page := browser(t)(proxy + "/roster/docs"); !strings.Contains(page, "opblock") {
			t.Errorf("the page of the API shows no operation:\n%.2000s", page)
		}
	}
}

// startNginx runs nginx with the block of docs/operations.md in front of the service at addr, until t ends, and returns its URL.
func startNginx(t *testing.T, addr string) string {
	t.Helper()
	program, err := exec.LookPath("nginx")
	if err != nil {
		program, err = exec.LookPath("/usr/sbin/nginx")
	}
	if err != nil {
		t.Skip("NOT RUN: no nginx on this machine, so no proxy")
	}
	document, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```nginx\n(.*?)```").FindSubmatch(document)
	if block == nil {
		t.Fatal("docs/operations.md has no block for nginx")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	dir := t.TempDir()
	config := fmt.Sprintf(`daemon off; master_process off; pid nginx.pid; error_log stderr;
events {}
http {
	access_log off;
	client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
	server {
		listen %s;
%s	}
}`, address, strings.ReplaceAll(string(block[1]), "127.0.0.1:8080", addr))
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	nginx := exec.Command(program, "-p", dir, "-c", file, "-e", "stderr")
	nginx.Stderr = &log
	if err := nginx.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = nginx.Process.Signal(os.Interrupt)
		_ = nginx.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	portstest.Eventually(t, "nginx listens", func() bool {
		conn, err := net.DialTimeout("tcp", address, time.Minute)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return "http://" + address
}
