package sqlstore

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/roster/domain"
)

// The entries of a commit are taken once, and not when they are old or too many.
func TestRecentEntries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &recentEntries{}
		commit := func(id string, n int) []EntryRow {
			entries := make([]EntryRow, n)
			entries[0].ID = id
			return entries
		}
		take := func(id string, want int) {
			t.Helper()
			if got := r.take(id); len(got) != want {
				t.Errorf("%s: took %d entries, want %d", id, len(got), want)
			}
		}
		take("a", 0)
		r.add(commit("a", 2))
		r.add(commit("b", 3))
		take("a", 2)
		take("a", 0)
		time.Sleep(maxAge + 1)
		take("b", 0)
		r.add(commit("c", 1))
		r.clear()
		take("c", 0)
		r.add(commit("d", maxRecent))
		r.add(commit("e", 1))
		take("d", 0)
		take("e", 1)
		if r.entries != 0 || len(r.commits) > 0 {
			t.Errorf("%d entries are left: %v", r.entries, r.commits)
		}
	})
}

// Spans that are encoded can be decoded, whatever the course's id.
func TestSpans(t *testing.T) {
	t.Parallel()
	for _, course := range []domain.CourseID{"go-101", "CS 115  (A) %\u2028'", "1 2 3", "-", domain.CourseID(strings.Repeat("é", 127) + "x")} {
		want := []recordSpan{{Tenant: "t", Course: course, First: 1, Last: 1}, {Tenant: "t", Course: "next", First: 5, Last: 1 << 60}}
		got, err := RecordRow{Tenant: "t", Spans: encodeSpans(want)}.spans()
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: decoded %+v, %v", course, got, err)
		}
	}
	if _, err := (RecordRow{ID: 7, Spans: "1 x c\n"}).spans(); err == nil || !strings.Contains(err.Error(), "record 7") {
		t.Errorf("invalid spans: %v", err)
	}
}

// Requests during a send share the next one. Sends are an interval apart, and the last is sent after the end of requests.
func TestNotificationInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const takes = 3 * time.Millisecond
		var begun []time.Time
		sent := 0
		c := make(chan struct{}, 1)
		end := make(chan struct{})
		var sender sync.WaitGroup
		sender.Go(func() {
			sendEach(c, end, func() {
				begun = append(begun, time.Now())
				time.Sleep(takes)
				sent++
			})
		})
		start := time.Now()
		wake(c)
		synctest.Wait() // it sends
		wake(c)
		wake(c)
		time.Sleep(takes + notifyInterval/2)
		wake(c)
		time.Sleep(time.Hour)
		synctest.Wait()
		if sent != 2 {
			t.Fatalf("%d sends, want 2", sent)
		}
		wake(c)
		close(end)
		sender.Wait()
		want := []time.Duration{0, takes + notifyInterval, takes + notifyInterval/2 + time.Hour}
		if sent != len(want) {
			t.Fatalf("%d sends, want %d", sent, len(want))
		}
		for i, at := range begun {
			if at.Sub(start) != want[i] {
				t.Errorf("send %d begins after %v, want %v", i, at.Sub(start), want[i])
			}
		}
	})
}

// A commit after Close is not notified, and harms nothing.
func TestCommitAfterClose(t *testing.T) {
	t.Parallel()
	c, end := make(chan struct{}, 1), make(chan struct{})
	close(end)
	sendEach(c, end, func() { t.Error("sent without a request") })
	wake(c)
}
