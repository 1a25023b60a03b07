package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"example.com/roster/ports/portstest"
)

func newUnlocked(t *testing.T) http.Handler {
	t.Helper()
	at := "sqlite:" + filepath.Join(t.TempDir(), "naive.db")
	if _, _, err := open(t.Context(), at, true); err != nil {
		t.Fatal(err)
	}
	db, q, err := open(t.Context(), at, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := q.unlock(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	return routes(db, q)
}

// Without the lock, requests one after another get what they should. So no test of single requests notices that it is missing.
func TestUnlockedOneByOne(t *testing.T) {
	t.Parallel()
	naive := newUnlocked(t)
	for i, step := range []struct {
		request
		want string
	}{
		{request{http.MethodPut, "/v1/courses/go-101", `{"capacity":1}`, ""}, "201"},
		{enroll("ada", ""), "201"},
		{enroll("bob", ""), "202"},
		{withdraw("ada", ""), "200"},
		{enroll("ada", ""), "202"},
		{enroll("bob", ""), "409"},
	} {
		if got := ask(naive, step.request); !strings.HasPrefix(got, step.want) {
			t.Errorf("%d: got %s, want %s", i, got, step.want)
		}
	}
}

// Without the lock, requests at the same time get one seat twice.
func TestUnlockedOversells(t *testing.T) {
	t.Parallel()
	naive, courses := newUnlocked(t), 0
	portstest.Eventually(t, "one seat is given twice", func() bool {
		courses++
		course := fmt.Sprintf("/v1/courses/go-%d", courses)
		if got := ask(naive, request{http.MethodPut, course, `{"capacity":1}`, ""}); !strings.HasPrefix(got, "201") {
			t.Fatal(got)
		}
		var seats atomic.Int32
		var running sync.WaitGroup
		for learner := range 16 {
			running.Go(func() {
				r := request{http.MethodPost, course + "/enrollments", fmt.Sprintf(`{"learnerId":"learner-%d"}`, learner), ""}
				if strings.HasPrefix(ask(naive, r), "201") {
					seats.Add(1)
				}
			})
		}
		running.Wait()
		return seats.Load() > 1
	})
}
