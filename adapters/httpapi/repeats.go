package httpapi

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

const repeatInterval = time.Second // between two lines of one kind

// repeats bounds the log lines of requests that anyone can repeat at will: those above the rate limit and preflight requests, each of
// all routes together, and those of each health path with each status. Of one kind, one request a second is logged.
type repeats struct {
	mu    sync.Mutex
	kinds map[repeatKind]*repeat
}

type repeatKind struct {
	route  string
	status int
}

type repeat struct {
	logged time.Time
	since  int // requests that were not logged since then
}

// log reports whether a request is logged, and how many of its kind before it were not.
func (r *repeats) log(method, route string, status int, now time.Time) (before int, ok bool) {
	switch {
	case status == http.StatusTooManyRequests || status == http.StatusNoContent && method == http.MethodOptions:
		route = ""
	case !isProbe(route):
		return 0, true
	}
	return r.once(repeatKind{route, status}, now)
}

func (r *repeats) once(kind repeatKind, now time.Time) (before int, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	last, known := r.kinds[kind]
	if known && now.Sub(last.logged) < repeatInterval {
		last.since++
		return 0, false
	}
	if known {
		before = last.since
	}
	if r.kinds == nil {
		r.kinds = make(map[repeatKind]*repeat)
	}
	r.kinds[kind] = &repeat{logged: now}
	return before, true
}

// A connectionLog logs what package net/http says about connections, such as failed handshakes: one line a second, because anyone can
// cause them.
type connectionLog struct{ *Server }

func (s connectionLog) Write(line []byte) (int, error) {
	if repeated, logged := s.repeats.once(repeatKind{route: "connection"}, s.now()); logged {
		s.log.Warn(strings.TrimSpace(string(line)), "repeated", repeated)
	}
	return len(line), nil
}
