package portstest

import (
	"cmp"
	"fmt"
	"runtime"
	"sync"
	"testing"
)

// FailureOf runs f and returns its first failure, or "". If f skips, FailureOf skips t. It is for tests that require a case to fail, on
// a store or a bus that is broken on purpose.
func FailureOf(t testing.TB, f func(testing.TB)) string {
	r := &recorder{TB: t}
	done := make(chan bool)
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				r.fail(fmt.Sprint("panic: ", p))
			}
		}()
		f(r)
	}()
	<-done
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failure == "" && r.skipped != "" {
		t.Skip(r.skipped)
	}
	return r.failure
}

// A recorder is a testing.TB that remembers its first failure, or why it is skipped, instead of failing: f runs on another goroutine
// than t, on which t must not end.
type recorder struct {
	testing.TB
	mu      sync.Mutex
	failure string
	skipped string
}

func (r *recorder) Helper() {}

func (r *recorder) Error(args ...any)                 { r.fail(fmt.Sprint(args...)) }
func (r *recorder) Errorf(format string, args ...any) { r.fail(fmt.Sprintf(format, args...)) }

func (r *recorder) Fail() { r.fail("") }

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Fatal(args ...any) { r.Fatalf("%s", fmt.Sprint(args...)) }
func (r *recorder) FailNow()          { r.Fatalf("") }

func (r *recorder) Skip(args ...any) {
	r.mu.Lock()
	r.skipped = cmp.Or(fmt.Sprint(args...), "skipped without a text")
	r.mu.Unlock()
	runtime.Goexit()
}

func (r *recorder) Skipf(format string, args ...any) { r.Skip(fmt.Sprintf(format, args...)) }
func (r *recorder) SkipNow()                         { r.Skip() }

func (r *recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failure != ""
}

func (r *recorder) fail(failure string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failure == "" {
		r.failure = cmp.Or(failure, "failed without a text")
	}
}
