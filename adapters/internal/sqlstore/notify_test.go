package sqlstore

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A course is taken once. Too many courses, or none, stand for any.
func TestChangedCourses(t *testing.T) {
	t.Parallel()
	c := newChangedCourses()
	first, second := ports.CourseRef{Tenant: "t", Course: "a"}, ports.CourseRef{Tenant: "t", Course: "b"}
	take := func(want ...ports.CourseRef) {
		t.Helper()
		<-c.added
		got := c.take()
		slices.SortFunc(got, func(a, b ports.CourseRef) int { return strings.Compare(string(a.Course), string(b.Course)) })
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	c.add([]ports.CourseRef{second, first})
	c.add([]ports.CourseRef{first})
	take(first, second)
	c.add([]ports.CourseRef{first})
	c.add(nil)
	take()
	c.add([]ports.CourseRef{second})
	take(second)
	for i := range maxChanged + 1 {
		c.add([]ports.CourseRef{{Tenant: "t", Course: domain.CourseID(fmt.Sprint(i))}})
	}
	take()
}

// A notification that is encoded can be decoded, and is no longer than the limit.
func TestNotificationText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		course domain.CourseID
		most   int // courses in a notification
	}{
		{domain.CourseID(strings.Repeat("c", 64)), 61},
		{domain.CourseID(strings.Repeat("é", 127) + "x"), 24},
		{"CS 115  (A) %\u2028'", 96},
	} {
		ref := ports.CourseRef{Tenant: domain.TenantID(strings.Repeat("t", 64)), Course: c.course}
		for n, want := range map[int]int{0: 0, 1: 1, c.most: c.most, c.most + 1: 0, 1000: 0} {
			text := encodeNotification("me", slices.Repeat([]ports.CourseRef{ref}, n))
			sender, courses := decodeNotification(text)
			if sender != "me" || len(courses) != want || len(text) > maxNotification {
				t.Errorf("%d courses %q: %d bytes by %q, %d decoded, want %d", n, c.course, len(text), sender, len(courses), want)
			}
			if slices.ContainsFunc(courses, func(c ports.CourseRef) bool { return c != ref }) {
				t.Errorf("%d courses: decoded %v", n, courses)
			}
		}
	}
	if sender, courses := decodeNotification(""); sender != "" || courses != nil {
		t.Errorf("an empty text is %q, %v", sender, courses)
	}
}

// Requests during a send share the next one. Sends are an interval apart, and the last is sent after the end of requests.
func TestNotificationInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const takes = 3 * time.Millisecond
		var begun []time.Time
		sent := 0
		c := newChangedCourses()
		end := make(chan struct{})
		var sender sync.WaitGroup
		sender.Go(func() {
			sendEach(c.added, end, func() {
				c.take()
				begun = append(begun, time.Now())
				time.Sleep(takes)
				sent++
			})
		})
		start := time.Now()
		c.add(nil)
		synctest.Wait() // it sends
		c.add(nil)
		c.add(nil)
		time.Sleep(takes + notifyInterval/2)
		c.add(nil)
		time.Sleep(time.Hour)
		synctest.Wait()
		if sent != 2 {
			t.Fatalf("%d sends, want 2", sent)
		}
		c.add(nil)
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
	c, end := newChangedCourses(), make(chan struct{})
	close(end)
	sendEach(c.added, end, func() { t.Error("sent without a request") })
	c.add(nil)
}
