package httpapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// linesTo sends each line of a log.
type linesTo chan string

func (l linesTo) Write(line []byte) (int, error) {
	l <- string(line)
	return len(line), nil
}

// A client that disconnects during a query is no failure of the service.
func TestDisconnectedClientIsNoFailure(t *testing.T) {
	t.Parallel()
	service := mocked(t)
	arrived, lines, reported := make(chan struct{}), make(linesTo, 1), make(chan int, 1)
	service.EXPECT().Course(gomock.Any(), gomock.Any(), gomock.Any()).DoAndReturn(
		func(ctx context.Context, _ ports.Actor, _ domain.CourseID) (domain.Course, error) {
			close(arrived)
			<-ctx.Done()
			return domain.Course{}, fmt.Errorf("begin: %w: %v", ports.ErrUnavailable, ctx.Err()) // as a store says it
		})
	address := listen(t, serve(service, httpapi.WithDeadline(time.Hour), httpapi.WithLogger(slog.New(slog.NewTextHandler(lines, nil))),
		httpapi.WithObserver(observerFunc(func(_ context.Context, _, _ string, status int, _ time.Duration) { reported <- status }))))
	client, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(client, "GET /v1/courses/go-101 HTTP/1.1\r\nHost: x\r\n\r\n")
	<-arrived
	client.Close()
	if status, line := <-reported, <-lines; status != 499 || !strings.Contains(line, "level=INFO") || !strings.Contains(line, "status=499") {
		t.Errorf("reported %d, logged %s", status, line)
	}
}

// After its client has disconnected, only what fails because of that is reported so.
func TestFailuresAfterTheClientHasDisconnected(t *testing.T) {
	t.Parallel()
	write := func() error { return errors.New("connection reset by peer") }
	for _, c := range []struct {
		name, path string
		err        error
		write      func() error
		status     int
		level      string
	}{
		{"the store says why", "/v1/courses/c", context.Canceled, nil, 499, "INFO"},
		{"a defect", "/v1/courses/c", ports.ErrInternal, nil, 500, "ERROR"},
		{"a refusal", "/v1/courses/c", domain.ErrCourseNotFound, nil, 404, "INFO"},
		{"an answer that can't be written", "/v1/courses/c", nil, write, 200, "INFO"},
		{"a panic in an answer", "/v1/courses/c", nil, func() error { panic("planned") }, 200, "ERROR"},
		{"a part that is down", "/readyz", nil, nil, 503, "ERROR"},
	} {
		var log bytes.Buffer
		status := 0
		ctx, cancel := context.WithCancel(t.Context())
		if c.path != "/readyz" {
			cancel()
		}
		down := httpapi.WithParts(httpapi.Part{Name: "database", Ready: func(context.Context) error {
			cancel()
			return ports.ErrUnavailable
		}})
		s := serve(stub{err: c.err}, down, httpapi.WithLogger(slog.New(slog.NewTextHandler(&log, nil))),
			httpapi.WithObserver(observerFunc(func(_ context.Context, _, _ string, reported int, _ time.Duration) { status = reported })))
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(ctx, "GET", c.path, nil)
		if c.write == nil {
			s.ServeHTTP(w, r)
		} else {
			s.ServeHTTP(brokenBody{w, c.write}, r)
		}
		if status != c.status || !strings.Contains(log.String(), "level="+c.level) {
			t.Errorf("%s: reported %d, want %d; logged %s, want %s", c.name, status, c.status, log.String(), c.level)
		}
	}
}
