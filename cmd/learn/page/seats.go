package page

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// At the last seat, clients ask for seats at the same moment.
const (
	clients = 64
	seats   = 10
)

// A contender is a service that gives the seats.
type contender struct {
	Title, Says string
	program     func(s *Server) *program
	naive       []string // flags of naive, or nil for roster
}

var contenders = []contender{
	{"naive, without a lock", "It reads the course in one transaction, and decides and writes in another.",
		func(s *Server) *program { return s.naive }, []string{"-lock=false"}},
	{"naive, with a lock", "It reads, decides and writes in one transaction that locks the file first.",
		func(s *Server) *program { return s.naive }, []string{}},
	{"roster", "The store runs the decision inside its transaction, on what is locked. No caller can forget that.",
		func(s *Server) *program { return s.roster }, nil},
}

// A seatEvent is what happens in a run: either a contender's state has changed, or a client has its answer.
type seatEvent struct {
	Contender int    `json:"contender"`
	State     string `json:"state,omitempty"` // building, starting, running, ended or failed
	Says      string `json:"says,omitempty"`  // at the end: what a check says, or why it failed
	Millis    int64  `json:"millis,omitempty"`
	Learner   string `json:"learner,omitempty"`
	Answer    string `json:"answer,omitempty"` // enrolled, waitlisted, or the status of an error
}

// seatsPage answers with the page of the last seat, and the lines that make the difference.
func (s *Server) seatsPage(w http.ResponseWriter, _ *http.Request) {
	render(w, view{"seats", "The last seat", struct {
		Clients, Seats int
		Contenders     []contender
		Lines          []excerpt
	}{clients, seats, contenders, []excerpt{
		excerptOf(s.root, "cmd/bench/naive/handler.go", "if q.unlocked {", "\t\t}"),
		excerptOf(s.root, "cmd/bench/naive/unlocked.go", "const insertNextEvent", "\t$4"),
		excerptOf(s.root, "ports/driven.go", "type Store interface {", "\tUpdate("),
	}}})
}

// race runs all contenders, one after another, unless a run has not ended.
func (s *Server) race(w http.ResponseWriter, _ *http.Request) {
	if !s.racing.TryLock() {
		writeJSON(w, http.StatusConflict, map[string]any{"error": "a run has not ended"})
		return
	}
	s.seats.begin()
	s.running.Go(func() {
		defer s.racing.Unlock()
		for i, c := range contenders {
			says := func(state, text string) { s.seats.send(seatEvent{Contender: i, State: state, Says: text}) }
			if err := s.compete(c, i, says); err != nil {
				says("failed", err.Error())
			}
		}
	})
	writeJSON(w, http.StatusAccepted, map[string]any{})
}

// compete starts a contender on a database of its own, lets the clients ask, and checks what is stored.
func (s *Server) compete(c contender, i int, says func(state, text string)) error {
	says("building", "")
	file, err := s.get(c.program(s))
	if err != nil {
		return err
	}
	says("starting", "")
	dir, err := os.MkdirTemp("", "roster-learn-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	service, err := s.startService(c, file, dir)
	if err != nil {
		return err
	}
	defer service.stop()
	says("running", "")
	begin := time.Now()
	service.ask(s.ctx, func(learner, answer string) {
		s.seats.send(seatEvent{Contender: i, Learner: learner, Answer: answer})
	})
	millis := time.Since(begin).Milliseconds()
	text, err := service.check()
	if err != nil {
		return err
	}
	s.seats.send(seatEvent{Contender: i, State: "ended", Says: text, Millis: millis})
	return nil
}

// A service is a contender that runs, with one course.
type service struct {
	url, token string
	client     *http.Client
	stop       func()
	check      func() (string, error)
}

func (s *Server) startService(c contender, file, dir string) (service, error) {
	var result service
	var err error
	settings := map[string]any{"capacity": seats}
	if c.naive != nil {
		database := "sqlite:" + filepath.Join(dir, "naive.db")
		if _, err := run(s.ctx, dir, file, "-database-url", database, "-migrate"); err != nil {
			return result, err
		}
		result.url, result.stop, _, err = start(s.ctx, dir, nil, file, append(c.naive, "-database-url", database, "-addr", "127.0.0.1:0")...)
		result.check = func() (string, error) {
			return "naive has no journal, and no check: nothing tells its operator.", nil
		}
	} else {
		settings["title"] = "Go for engineers"
		result.url, result.stop, _, err = s.startRoster(dir, file, nil)
		if err == nil {
			result.token, err = token(s.ctx, dir, file)
		}
		result.check = func() (string, error) {
			text, err := run(s.ctx, dir, file, "--data-dir", dir, "check")
			return "roster check: " + strings.TrimSpace(text), err
		}
	}
	if err != nil {
		if result.stop != nil {
			result.stop()
		}
		return result, err
	}
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	stop := result.stop
	result.client = &http.Client{Transport: transport, Timeout: time.Minute}
	result.stop = func() { transport.CloseIdleConnections(); stop() }
	if err := result.createCourse(s.ctx, settings); err != nil {
		result.stop()
		return result, err
	}
	return result, nil
}

func (s service) createCourse(ctx context.Context, settings map[string]any) error {
	code, body, err := s.send(ctx, "PUT", "/v1/courses/go-101", settings)
	if err != nil {
		return fmt.Errorf("create the course: %w", err)
	}
	if code != http.StatusCreated {
		return fmt.Errorf("create the course: %d %s", code, body)
	}
	return nil
}

// startRoster starts roster serve on SQLite in a folder, without limits.
func (s *Server) startRoster(dir, file string, env []string) (url string, stop func(), ended <-chan bool, err error) {
	return start(s.ctx, dir, env, file, "--data-dir", dir, "serve", "--addr", "127.0.0.1:0", "--admin-addr", "off", "--rate-limit", "off")
}

// tokenLifetime is how long a token of the page is valid.
const tokenLifetime = 24 * time.Hour

// token returns a token of the service in a folder, for staff.
func token(ctx context.Context, dir, file string) (string, error) {
	text, err := run(ctx, dir, file, "--data-dir", dir, "token", "--subject", "page", "--role", "staff", "--ttl", tokenLifetime.String())
	return strings.TrimSpace(text), err
}

// send sends a request with a JSON body, and returns the status and the body of the answer.
func (s service) send(ctx context.Context, method, path string, body any) (code int, answer []byte, err error) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	request, err := http.NewRequestWithContext(ctx, method, s.url+path, bytes.NewReader(text))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	if s.token != "" {
		request.Header.Set("Authorization", "Bearer "+s.token)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(response.Body, 1<<20))
	return response.StatusCode, answer, err
}

// ask lets all clients ask for a seat at once, and reports each answer.
func (s service) ask(ctx context.Context, report func(learner, answer string)) {
	var running sync.WaitGroup
	ready := make(chan bool)
	for i := range clients {
		running.Go(func() {
			learner := "learner-" + strconv.Itoa(i+1)
			<-ready
			code, _, err := s.send(ctx, "POST", "/v1/courses/go-101/enrollments", map[string]any{"learnerId": learner})
			answer := strconv.Itoa(code)
			switch {
			case err != nil:
				answer = "no answer"
			case code == http.StatusCreated:
				answer = "enrolled"
			case code == http.StatusAccepted:
				answer = "waitlisted"
			}
			report(learner, answer)
		})
	}
	close(ready)
	running.Wait()
}
