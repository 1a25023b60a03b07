package servicetest_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"

	"example.com/roster/application/servicetest"
)

// A recorder is a [servicetest.TB] that records failures.
type recorder struct {
	ctx      context.Context
	cleanups []func()
	failures []string
}

// failuresOf runs a test as go test does, and returns its failures.
func failuresOf(test func(servicetest.TB)) string {
	ctx, cancel := context.WithCancel(context.Background())
	r, done := &recorder{ctx: ctx}, make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			cancel()
			for _, f := range r.cleanups {
				defer f() // after a Fatalf of another one, too
			}
		}()
		test(r)
	}()
	<-done
	return strings.Join(r.failures, "\n")
}

func (r *recorder) Helper()                  {}
func (r *recorder) Context() context.Context { return r.ctx }
func (r *recorder) Cleanup(f func())         { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Failed() bool             { return len(r.failures) > 0 }
func (r *recorder) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}
