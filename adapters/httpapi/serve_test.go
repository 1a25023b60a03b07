package httpapi_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang/mock/gomock"
	"go.uber.org/goleak"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A runningServer listens on the loopback. One request is running until release is closed.
type runningServer struct {
	end     context.CancelFunc
	ended   chan error
	release chan struct{}
	answer  chan string
	address string
}

func start(t *testing.T) runningServer {
	t.Helper()
	s := runningServer{ended: make(chan error, 1), release: make(chan struct{}), answer: make(chan string, 1)}
	arrived := make(chan struct{})
	service := mocked(t)
	service.EXPECT().Course(gomock.Any(), staff, gomock.Any()).DoAndReturn(
		func(context.Context, ports.Actor, domain.CourseID) (domain.Course, error) {
			close(arrived)
			<-s.release
			return courseA, nil
		})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address = l.Addr().String()
	ctx, end := context.WithCancel(context.Background())
	s.end = end
	go func() { s.ended <- serve(service).Serve(ctx, l) }()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	go func() {
		response, err := client.Get("http://" + s.address + "/v1/courses/go-101")
		if err != nil {
			s.answer <- err.Error()
			return
		}
		defer response.Body.Close()
		_, err = io.Copy(io.Discard, response.Body)
		if err != nil {
			s.answer <- err.Error()
			return
		}
		s.answer <- response.Status
	}()
	<-arrived
	return s
}

func TestServeFinishesRunningRequests(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.end()
	portstest.Eventually(t, "it accepts no more", func() bool {
		c, err := net.Dial("tcp", s.address)
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	select {
	case err := <-s.ended:
		t.Fatalf("Serve returned during a request: %v", err)
	default:
	}
	close(s.release)
	if got := <-s.answer; got != "200 OK" {
		t.Errorf("the running request got %s", got)
	}
	if err := <-s.ended; err != nil {
		t.Errorf("Serve returned %v", err)
	}
}

// A client that sends its body slowly makes no shutdown fail: it is cut off after the grace.
func TestServeWaitsNoLongerThanTheGrace(t *testing.T) {
	t.Parallel()
	lines, arrived, ended := make(linesTo, 8), make(chan struct{}), make(chan error, 1)
	s := serve(mocked(t), httpapi.WithGrace(10*time.Millisecond), httpapi.WithLogger(slog.New(slog.NewTextHandler(lines, nil))),
		httpapi.WithAuthenticator(func(*http.Request) (ports.Actor, error) {
			close(arrived)
			return staff, nil
		}))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	go func() { ended <- s.Serve(ctx, l) }()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	fmt.Fprint(client, "PUT /v1/courses/go-101 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
	<-arrived
	end()
	if err := <-ended; err != nil {
		t.Errorf("Serve returned %v", err)
	}
	if line := <-lines; !strings.Contains(line, "level=WARN") || !strings.Contains(line, "still running") {
		t.Errorf("logged %s", line)
	}
}

func TestServeReturnsTheListenersError(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := serve(mocked(t)).Serve(context.Background(), l); err == nil {
		t.Error("served on a closed listener")
	}
}
