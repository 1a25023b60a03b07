package page

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
)

// A stream is what happens in one part of the page, from its beginning, for every reader.
type stream struct {
	mu      sync.Mutex
	begun   int      // how many times
	events  [][]byte // JSON
	changed chan struct{}
}

func newStream() *stream { return &stream{changed: make(chan struct{})} }

// begin forgets what has happened.
func (s *stream) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begun++
	s.events = nil
	s.wake()
}

// send appends what happens.
func (s *stream) send(event any) {
	text, err := json.Marshal(event)
	if err != nil {
		panic(err) // events are made of texts, numbers and JSON
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, text)
	s.wake()
}

func (s *stream) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// after returns the events of a beginning after the first n, or all of the last one, and what is closed at the next change.
func (s *stream) after(begun, n int) (begin bool, now int, events [][]byte, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if begun != s.begun {
		return true, s.begun, s.events, s.changed
	}
	return false, s.begun, s.events[n:], s.changed
}

// follow sends a stream to a browser as server-sent events, until the request ends. What comes before is sent first, after
// an event of type begin.
func follow(stream *stream) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		flush := http.NewResponseController(w)
		begun, n := -1, 0
		for {
			begin, now, events, changed := stream.after(begun, n)
			if begin {
				begun, n = now, 0
				fmt.Fprint(w, "event: begin\ndata: {}\n\n")
			}
			for _, event := range events {
				fmt.Fprintf(w, "data: %s\n\n", event)
			}
			n += len(events)
			if flush.Flush() != nil {
				return
			}
			select {
			case <-changed:
			case <-r.Context().Done():
				return
			}
		}
	}
}
