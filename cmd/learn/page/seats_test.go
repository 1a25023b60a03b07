package page

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"example.com/roster/ports/portstest"
)

// The page shows the lines of the checkout that make the difference. If one of these files changes, its excerpt must follow.
func TestSeatsPageHasTheLines(t *testing.T) {
	t.Parallel()
	text := ask(newServer(t), "GET", "/seats", "").Body.String()
	for _, want := range []string{"if q.unlocked {", "tx.Rollback()", "SELECT CASE WHEN count(*)", "Update must", "Update(ctx context.Context"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page of the last seat has no %s", want)
		}
	}
	if none := excerptOf(root, "go.mod", "no such line", ""); none.First != 0 || none.Text != "" {
		t.Errorf("an excerpt without lines is %v", none)
	}
	if none := excerptOf(root, "no such file", "", ""); none.First != 0 {
		t.Errorf("an excerpt without a file is %v", none)
	}
}

// A program that cannot be built is reported for each run that needs it, and is built again when it is asked for again.
func TestSeatsWithoutPrograms(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.cache = t.TempDir()
	built := make(chan string)
	fail := func(context.Context, string, string) (string, error) {
		built <- "once"
		return "", errors.New("no compiler")
	}
	s.naive, s.roster = &program{name: "naive", build: fail}, &program{name: "roster", build: fail}
	for range 2 {
		if w := ask(s, "POST", "/seats", "{}"); w.Code != http.StatusAccepted {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if w := ask(s, "POST", "/seats", "{}"); w.Code != http.StatusConflict {
			t.Errorf("a second run at the same time: %d", w.Code)
		}
		for range contenders {
			portstest.Receive(t, "a program is built", built)
		}
		portstest.Eventually(t, "the run ends", func() bool {
			if !s.racing.TryLock() {
				return false
			}
			s.racing.Unlock()
			return true
		})
		_, _, events, _ := s.seats.after(-1, 0)
		if len(events) != 2*len(contenders) || !strings.Contains(string(events[1]), `"state":"failed","says":"no compiler"`) {
			t.Errorf("the events are %s", events)
		}
	}
}

// A reader gets what has happened, what happens, and a new beginning.
func TestStream(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.seats.send(seatEvent{Learner: "early", Answer: "enrolled"})
	server := httptest.NewServer(s)
	defer server.Close()
	defer s.end()
	answer, err := server.Client().Get(server.URL + "/seats/events")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if got := answer.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("the type is %s", got)
	}
	expect := func(want string) {
		t.Helper()
		got := make([]byte, len(want))
		for n := 0; n < len(got); {
			m, err := answer.Body.Read(got[n:])
			if n += m; err != nil && n < len(got) {
				t.Fatalf("got %q, %v", got[:n], err)
			}
		}
		if string(got) != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
	const begin = "event: begin\ndata: {}\n\n"
	expect(begin + "data: {\"contender\":0,\"learner\":\"early\",\"answer\":\"enrolled\"}\n\n")
	s.seats.send(seatEvent{Contender: 1, State: "running"})
	expect("data: {\"contender\":1,\"state\":\"running\"}\n\n")
	s.seats.begin()
	expect(begin)
}

// The error says what the service has answered, or why it has not.
func TestCourseThatIsNotCreated(t *testing.T) {
	t.Parallel()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "the disk is full", http.StatusInternalServerError)
	}))
	s := service{url: api.URL, client: api.Client()}
	if err := s.createCourse(t.Context(), nil); err == nil || err.Error() != "create the course: 500 the disk is full\n" {
		t.Errorf("got %v", err)
	}
	api.Close()
	if err := s.createCourse(t.Context(), nil); err == nil || !strings.HasPrefix(err.Error(), "create the course: Put ") {
		t.Errorf("got %v", err)
	}
}

// A program is built once for a source, and found by the next page.
func TestProgramsAreKept(t *testing.T) {
	t.Parallel()
	cache, builds := t.TempDir(), 0
	for range 2 {
		s := newServer(t)
		if s.cache == "" {
			t.Error("programs that are built at the same time would both set the cache")
		}
		s.cache = cache
		p := &program{name: "a", build: func(_ context.Context, _, dir string) (string, error) {
			builds++
			return dir + "/built", os.WriteFile(dir+"/built", []byte("program"), 0o700)
		}}
		for range 2 {
			file, err := s.get(p)
			if err != nil {
				t.Fatal(err)
			}
			if text, err := os.ReadFile(file); err != nil || string(text) != "program" {
				t.Errorf("%s has %q, %v", file, text, err)
			}
		}
	}
	if builds != 1 {
		t.Errorf("the program was built %d times", builds)
	}
}

// inLongForm skips a test that builds programs.
func inLongForm(t *testing.T) {
	t.Helper()
	if os.Getenv("ROSTER_LONG") == "" {
		t.Skip("NOT RUN in the short form: it builds programs; make page does it")
	}
}

// Naive with a lock and roster give each seat once, and roster's check finds no difference.
func TestLastSeat(t *testing.T) {
	inLongForm(t)
	t.Parallel()
	s := newServer(t)
	s.cache = t.TempDir()
	if w := ask(s, "POST", "/seats", "{}"); w.Code != http.StatusAccepted {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	var enrolled, waitlisted, other [3]int
	ended := 0
	for begun, n := -1, 0; ended < len(contenders); {
		begin, now, events, changed := s.seats.after(begun, n)
		if begin {
			begun, n = now, 0
		}
		n += len(events)
		for _, text := range events {
			var e seatEvent
			if err := json.Unmarshal(text, &e); err != nil {
				t.Fatal(err)
			}
			switch {
			case e.State == "failed":
				t.Fatalf("%s failed: %s", contenders[e.Contender].Title, e.Says)
			case e.State == "ended":
				ended++
				t.Logf("%s: %d ms, %s", contenders[e.Contender].Title, e.Millis, e.Says)
				if e.Contender == 2 && !strings.Contains(e.Says, "0 differences") {
					t.Errorf("roster's check says %q", e.Says)
				}
			case e.Answer == "enrolled":
				enrolled[e.Contender]++
			case e.Answer == "waitlisted":
				waitlisted[e.Contender]++
			case e.Answer != "":
				other[e.Contender]++
			}
		}
		if ended < len(contenders) {
			<-changed
		}
	}
	t.Logf("enrolled %v, waitlisted %v, others %v", enrolled, waitlisted, other)
	for i := 1; i <= 2; i++ {
		if enrolled[i] != seats || waitlisted[i] != clients-seats {
			t.Errorf("%s: %d enrolled, %d waitlisted", contenders[i].Title, enrolled[i], waitlisted[i])
		}
	}
}
