package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"example.com/roster/cmd/demo/sample"
	"example.com/roster/cmd/roster/app"
)

// A start resumes an interrupted load and prints its result; the commands that it suggests work; the next start loads nothing.
// Then testSignals starts it as a process.
func TestStart(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	interruptLoad(t, dir)

	first, stop := start(t, dir)
	expected := sample.Expected()
	for _, outcome := range []string{"enrolled", "waitlisted", "withdrawn", "course_full", "not_enrolled", "promoted"} {
		want := fmt.Sprintf(`(?m)^ *%d  +%s`, expected.Outcomes[outcome], outcome)
		if !regexp.MustCompile(want).MatchString(first) {
			t.Errorf("the demo does not print %s", want)
		}
	}
	for id, course := range expected.Courses {
		want := fmt.Sprintf(`(?m)^ *%d +%d +%d  +%s$`, course.Capacity, len(course.Enrolled), len(course.Waitlisted), id)
		if !regexp.MustCompile(want).MatchString(first) {
			t.Errorf("the demo does not print %s", want)
		}
	}
	try(t, dir, first)
	stop()

	second, stop := start(t, dir)
	try(t, dir, second)
	stop()
	if !strings.Contains(second, "already loaded") || strings.Contains(second, "Loading") {
		t.Errorf("the second start loads again:\n%s", second)
	}
	testSignals(t, dir)
	if t.Failed() {
		t.Logf("the first start printed\n%s", first)
	}
}

// testSignals is replaced on Unix.
var testSignals = func(t *testing.T, _ string) { t.Log("NOT RUN: signals") }

var anyPorts = []address{
	{flag: "--addr", hostPort: "127.0.0.1:0"},
	{flag: "--admin-addr", hostPort: "127.0.0.1:0"},
}

// start runs the demo until it serves, and returns its output and a function that stops it.
func start(t *testing.T, dir string) (string, func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	output, stdout := io.Pipe()
	var stderr bytes.Buffer
	result := make(chan error, 1)
	go func() {
		d := demo{dataDir: dir, addresses: anyPorts, program: "bin/roster", stdout: stdout, stderr: &stderr}
		err := d.run(ctx)
		stdout.Close()
		result <- err
	}()
	var text strings.Builder
	lines := bufio.NewScanner(output)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "The first puts ") {
		text.WriteString(lines.Text() + "\n")
	}
	go io.Copy(io.Discard, output)
	return text.String(), func() {
		cancel()
		if err := <-result; err != nil {
			t.Errorf("the demo ended with %v\n%s", err, stderr.String())
		}
	}
}

// try runs what the demo suggests, as far as a test can without a shell.
func try(t *testing.T, dir, output string) {
	t.Helper()
	address := regexp.MustCompile(`http://\S+/enrollments`).FindString(output)
	learner := strings.Trim(regexp.MustCompile(`"ada[-0-9]*`).FindString(output), `"`)
	request, err := http.NewRequest("POST", address, strings.NewReader(`{"learnerId":"`+learner+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", regexp.MustCompile(`Bearer [^"]+`).FindString(output))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if response.StatusCode != http.StatusAccepted {
		t.Errorf("POST %s: %s", address, response.Status)
	}
	commands := regexp.MustCompile(`(?m)^  bin/roster (.*)$`).FindAllStringSubmatch(output, -1)
	if len(commands) != 2 {
		t.Fatalf("%d commands to try in\n%s", len(commands), output)
	}
	for i, want := range []string{`"` + learner + `"`, "promoted"} {
		var stdout, stderr bytes.Buffer
		code := app.Run(t.Context(), app.Options{
			Args:   append([]string{"--data-dir", dir, "--json"}, strings.Fields(commands[i][1])...),
			Stdin:  strings.NewReader(""),
			Stdout: &stdout,
			Stderr: &stderr,
		})
		if code != 0 || !strings.Contains(stdout.String(), want) {
			t.Errorf("roster %s: exited with %d, and %q is not in\n%s%s", commands[i][1], code, want, stdout.String(), stderr.String())
		}
	}
}
