package page

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"example.com/roster/cmd/proof/recorder"
	"example.com/roster/cmd/proof/recorder/entered"
)

// What is recorded: the goroutine of the request, and that of the relay, which publishes events.
const (
	requests = "net/http.(*Server).Serve"
	relay    = "example.com/roster/application.(*Relay).Run"
)

// buildRecorded builds roster with a recording of the functions that are entered.
func buildRecorded(ctx context.Context, root, dir string) (string, error) {
	return recorder.Build(ctx, root, dir, "./cmd/roster")
}

// A walker sends requests to a roster that records what each of them passes.
type walker struct {
	program *program
	stream  *stream

	mu       sync.Mutex // held during a walk
	service  *service   // or nil before the first
	dir      string
	learners int
}

// A walkEvent is what happens to the hexagon.
type walkEvent struct {
	State string `json:"state"` // building, ready, walking, walked or failed
	Says  string `json:"says,omitempty"`
	Steps []step `json:"steps,omitempty"`
}

func (w *walker) says(e walkEvent) {
	w.stream.begin()
	w.stream.send(e)
}

// prepare builds and starts the recorded roster in the background.
func (s *Server) prepare(w http.ResponseWriter, _ *http.Request) {
	s.inBackground(w, func() error {
		if s.walker.service != nil {
			return nil // the last walk stays
		}
		err := s.startRecorded()
		if err == nil {
			s.walker.says(walkEvent{State: "ready"})
		}
		return err
	})
}

// walk sends a request in the background, which enrolls a further learner, and sends the steps to the stream.
func (s *Server) walk(w http.ResponseWriter, _ *http.Request) {
	s.inBackground(w, func() error {
		if err := s.startRecorded(); err != nil {
			return err
		}
		s.walker.says(walkEvent{State: "walking"})
		steps, says, err := s.walker.enroll(s.ctx)
		if err != nil {
			s.stopRecorded() // the next walk starts it again
			return err
		}
		s.walker.says(walkEvent{"walked", says, steps})
		return nil
	})
}

func (s *Server) inBackground(w http.ResponseWriter, do func() error) {
	if !s.walker.mu.TryLock() {
		writeJSON(w, http.StatusConflict, map[string]any{"error": "one is running: it takes a moment"})
		return
	}
	s.running.Go(func() {
		defer s.walker.mu.Unlock()
		if err := do(); err != nil {
			s.walker.says(walkEvent{State: "failed", Says: err.Error()})
		}
	})
	writeJSON(w, http.StatusAccepted, map[string]any{})
}

// startRecorded starts the recorded roster with a course of two seats, unless it runs.
func (s *Server) startRecorded() (err error) {
	w := &s.walker
	if w.service != nil {
		return nil
	}
	w.says(walkEvent{State: "building"})
	file, err := s.get(w.program)
	if err != nil {
		return err
	}
	if w.dir, err = os.MkdirTemp("", "roster-learn-"); err != nil {
		return err
	}
	if err := w.begin(); err != nil {
		return err
	}
	env := []string{entered.Variable + "=" + w.record(), entered.Roots + "=" + requests + "," + relay}
	url, stop, _, err := s.startRoster(w.dir, file, env)
	if err != nil {
		return errors.Join(err, os.RemoveAll(w.dir))
	}
	transport := &http.Transport{}
	w.service = &service{url: url, client: &http.Client{Transport: transport, Timeout: time.Minute}, stop: func() {
		transport.CloseIdleConnections()
		stop()
		_ = os.RemoveAll(w.dir)
	}}
	if w.service.token, err = token(s.ctx, w.dir, file); err == nil {
		_, err = w.await(s.ctx, idle) // the relay has published all that there was: nothing
	}
	if err == nil {
		err = w.begin()
	}
	if err == nil {
		err = w.service.createCourse(s.ctx, map[string]any{"title": "Go for engineers", "capacity": 2})
	}
	if err == nil {
		_, err = w.await(s.ctx, published)
	}
	if err != nil {
		s.stopRecorded()
	}
	return err
}

func (s *Server) stopRecorded() {
	if s.walker.service != nil {
		s.walker.service.stop()
		s.walker.service = nil
	}
}

func (w *walker) record() string { return filepath.Join(w.dir, "record") }

// begin begins a recording: what was recorded is forgotten.
func (w *walker) begin() error { return os.WriteFile(w.record(), nil, 0o600) }

// idle reports whether the relay has nothing to do.
func idle(calls []recorder.Call) bool {
	return slices.ContainsFunc(calls, func(c recorder.Call) bool { return c.Root == relay && c.Function == "Store.Await" })
}

// published reports whether the relay has published an event, and waits for the next.
func published(calls []recorder.Call) bool {
	i := slices.IndexFunc(calls, func(c recorder.Call) bool { return strings.HasPrefix(c.Function, events) })
	return i >= 0 && idle(calls[i:])
}

// round returns the calls of the relay's round that publishes the event, without those before that found nothing.
func round(calls []recorder.Call) []recorder.Call {
	begin := 0
	for i, c := range calls {
		switch {
		case c.Function == "Store.Await":
			begin = i + 1
		case strings.HasPrefix(c.Function, events):
			end := i + slices.IndexFunc(calls[i:], func(c recorder.Call) bool { return c.Function == "Store.Await" })
			return calls[begin:max(end, i+1)]
		}
	}
	return nil
}

// events is what the subjects of events begin with.
const events = "roster.events."

// await returns what is recorded when a condition holds.
func (w *walker) await(ctx context.Context, condition func([]recorder.Call) bool) ([]recorder.Call, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		calls, err := recorder.ReadCalls(w.record())
		if err != nil || condition(calls) {
			return calls, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("the relay has not published the event: %w", ctx.Err())
		}
	}
}

// names are the learners, who enroll one after another.
var names = []string{"ada", "bob", "cyd", "dan", "eve", "fay", "gus", "hal", "ida", "jon"}

// enroll enrolls the next learner, and returns what the request passes, and the answer in words.
func (w *walker) enroll(ctx context.Context) (steps []step, says string, err error) {
	learner := names[w.learners%len(names)]
	if round := w.learners / len(names); round > 0 {
		learner = fmt.Sprint(learner, round+1)
	}
	w.learners++
	if err := w.begin(); err != nil {
		return nil, "", err
	}
	const path = "/v1/courses/go-101/enrollments"
	body := map[string]any{"learnerId": learner}
	code, answer, err := w.service.send(ctx, "POST", path, body)
	if err != nil {
		return nil, "", err
	}
	var result struct {
		Status   string
		Position int
	}
	if err := json.Unmarshal(answer, &result); err != nil || code >= http.StatusBadRequest {
		return nil, "", fmt.Errorf("enroll: %d %s", code, answer)
	}
	calls, err := w.await(ctx, published)
	if err != nil {
		return nil, "", err
	}
	of := func(root string) []recorder.Call {
		return slices.DeleteFunc(slices.Clone(calls), func(c recorder.Call) bool { return c.Root != root })
	}
	steps = stepsOf(of(requests), false)
	if len(steps) == 0 {
		return nil, "", errors.New("the request was not recorded")
	}
	sent, _ := json.Marshal(body) // a map of texts
	steps[0].Carries = append(steps[0].Carries, carried{"JSON", "POST " + path + "\n\n" + string(sent)})
	steps = append(steps, step{
		From: steps[len(steps)-1].Room, Room: client, Returns: true, Calls: []call{}, Also: []string{},
		Carries: []carried{{"JSON", fmt.Sprintf("%d %s\n\n%s", code, http.StatusText(code), indented(answer))}},
	})
	behind := stepsOf(round(of(relay)), true)
	if len(behind) > 0 {
		behind[0].From = "" // the relay runs by itself
	}
	says = learner + " has a seat."
	if result.Position > 0 {
		says = fmt.Sprintf("%s is number %d on the waitlist.", learner, result.Position)
	}
	return append(steps, behind...), says, nil
}

func indented(text []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, text, "", "  ") != nil {
		return string(text)
	}
	return strings.TrimSpace(b.String())
}
