package recorder

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/roster/cmd/proof/recorder/entered"
	"example.com/roster/ports/portstest"
)

// A recording is a run of programs that record into a file, from the moment when [recording.begin] makes it.
type recording struct {
	dir, file string
	roots     []string
}

func newRecording(t *testing.T, roots ...string) recording {
	t.Helper()
	dir := t.TempDir()
	return recording{dir, filepath.Join(dir, "record"), roots}
}

func (r recording) begin(t *testing.T) {
	t.Helper()
	if err := os.WriteFile(r.file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// calls returns what is recorded so far.
func (r recording) calls(t *testing.T) []Call {
	t.Helper()
	calls, err := ReadCalls(r.file)
	if err != nil {
		t.Fatal(err)
	}
	return calls
}

// command returns a command that records, and that is killed after two minutes.
func (r recording) command(t *testing.T, program string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	command := exec.CommandContext(ctx, program, args...)
	command.Dir = r.dir
	command.Env = append(os.Environ(), entered.Variable+"="+r.file, entered.Roots+"="+strings.Join(r.roots, ","))
	return command
}

// must runs a command that has to succeed, and returns its output.
func (r recording) must(t *testing.T, program string, args ...string) string {
	t.Helper()
	output, err := r.command(t, program, args...).Output()
	if err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	return strings.TrimSpace(string(output))
}

// start starts a command, and returns when its log matches a pattern: with the first group, and a function that interrupts the command.
func (r recording) start(t *testing.T, pattern, program string, args ...string) (found string, stop func()) {
	t.Helper()
	command := r.command(t, program, args...)
	log, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill() })
	lines := bufio.NewScanner(log)
	for pattern != "" && found == "" && lines.Scan() {
		if m := regexp.MustCompile(pattern).FindStringSubmatch(lines.Text()); m != nil {
			found = m[1]
		}
	}
	if pattern != "" && found == "" {
		t.Fatalf("%q ended without a line that matches %s", args, pattern)
	}
	return found, func() {
		t.Helper()
		_ = command.Process.Signal(os.Interrupt)
		for lines.Scan() {
		}
		if err := command.Wait(); err != nil {
			t.Errorf("%q: %v", args, err)
		}
	}
}

const module = "example.com/roster/"

var serve = []string{"serve", "--addr", "127.0.0.1:0", "--admin-addr", "off"}

// enroll records one POST of an enrollment through serve on SQLite, after the relay has published all and waits: before, the store keeps no
// entries for it, and the request may open the connection that writes.
func enroll(t *testing.T, program string) []Call {
	t.Helper()
	const requests = "net/http.(*Server).Serve"
	r := newRecording(t, requests, module+"application.(*Relay).Run")
	r.must(t, program, "course", "put", "go-101", "--title", "Go", "--capacity", "1")
	token := r.must(t, program, "token", "--subject", "staff", "--role", "staff")
	r.begin(t)
	url, stop := r.start(t, `serving url=(\S+)`, program, serve...)
	before := r.await(t, 0, "Store.Await")
	request, err := http.NewRequestWithContext(t.Context(), "POST", url+"/v1/courses/go-101/enrollments", strings.NewReader(`{"learnerId":"ada"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusCreated {
		t.Fatalf("enroll: %s", response.Status)
	}
	http.DefaultClient.CloseIdleConnections()
	stop()
	return slices.DeleteFunc(r.calls(t)[before:], func(c Call) bool { return c.Root != requests })
}

// compensate records the saga: the partner learns of a seat, the bank refuses the charge, serve withdraws the learner, and the partner
// learns that the next on the waitlist has the seat.
func compensate(t *testing.T, program, partner string) []Call {
	t.Helper()
	r := newRecording(t, module+"cmd/example/payments/charging.(*Cashier).handleAndAck", module+"adapters/nats.(*ownedPartition).process",
		module+"application.(*Relay).publish")
	_, stop := r.start(t, `(serving) url=`, program, serve...)
	defer stop()
	r.begin(t)
	r.must(t, program, "course", "put", "go-101", "--title", "Go", "--capacity", "1")
	r.must(t, program, "enroll", "go-101", "broke-bob")
	r.must(t, program, "enroll", "go-101", "cyd")
	before := r.await(t, 0, "learner_waitlisted", "Relay.publish") // a round ends before the next begins
	_, stopPartner := r.start(t, "", partner, "--broker-file", filepath.Join("roster-data", "nats", "broker.json"))
	defer stopPartner()
	r.await(t, before, "learner_promoted", "Relay.publish")
	r.await(t, before, "Rule.Charge", "learner_promoted", "Rule.Charge")
	return r.calls(t)[before:]
}

// await waits until functions are recorded, in this order. It returns the number of calls before the last of them.
func (r recording) await(t *testing.T, from int, functions ...string) (before int) {
	t.Helper()
	portstest.Eventually(t, fmt.Sprintf("%q are recorded", functions), func() bool {
		at, calls := from, r.calls(t)
		for _, function := range functions {
			i := slices.IndexFunc(calls[at:], func(c Call) bool { return strings.HasSuffix(c.Function, function) })
			if i < 0 {
				return false
			}
			at += i + 1
		}
		before = at - 1
		return true
	})
	return before
}
