package portstest

import (
	"testing"
	"time"
)

// timeout is how long a test waits. Only a hang reaches it, so that no test fails because the machine is slow.
const timeout = 2 * time.Minute

// Eventually waits until holds returns true. It fails t after two minutes, which only a hang reaches. The suites and the tests of
// adapters wait by it.
func Eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	waited := time.Duration(0)
	for started := time.Now(); !holds(); waited = time.Since(started) {
		if waited > timeout {
			t.Fatalf("not after %v: %s", timeout, what)
		}
		time.Sleep(min(max(waited/10, time.Millisecond), time.Second)) // steady: until the next look at the condition
	}
}

// Receive returns the next value from c. It fails t after two minutes, which only a hang reaches.
func Receive[T any](t testing.TB, what string, c <-chan T) (value T) {
	t.Helper()
	select {
	case value = <-c:
	case <-time.After(timeout):
		t.Fatalf("not after %v: %s", timeout, what)
	}
	return value
}
