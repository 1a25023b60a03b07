package sqlstore

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// News is told once; too much of it, or what nobody can place, is news of anywhere.
func TestNews(t *testing.T) {
	t.Parallel()
	n := newNews()
	a, b := ports.CourseRef{Tenant: "t", Course: "a"}, ports.CourseRef{Tenant: "t", Course: "b"}
	take := func(want ...ports.CourseRef) {
		t.Helper()
		<-n.there
		got := n.take()
		slices.SortFunc(got, func(a, b ports.CourseRef) int { return strings.Compare(string(a.Course), string(b.Course)) })
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	n.add([]ports.CourseRef{b, a})
	n.add([]ports.CourseRef{a})
	take(a, b)
	n.add([]ports.CourseRef{a})
	n.add(nil)
	take()
	n.add([]ports.CourseRef{b})
	take(b)
	for i := range mostCourses + 1 {
		n.add([]ports.CourseRef{{Tenant: "t", Course: domain.CourseID(fmt.Sprint(i))}})
	}
	take()
}

// What is told is understood, as long as it can be told.
func TestTold(t *testing.T) {
	t.Parallel()
	long := ports.CourseRef{Tenant: domain.TenantID(strings.Repeat("t", 64)), Course: domain.CourseID(strings.Repeat("c", 64))}
	for n, want := range map[int]int{0: 0, 1: 1, 61: 61, 62: 0, 1000: 0} {
		text := tell("me", slices.Repeat([]ports.CourseRef{long}, n))
		sender, courses := told(text)
		if sender != "me" || len(courses) != want || len(text) > mostText {
			t.Errorf("%d courses: %d bytes by %q, %d understood, want %d", n, len(text), sender, len(courses), want)
		}
		if slices.ContainsFunc(courses, func(p ports.CourseRef) bool { return p != long }) {
			t.Errorf("%d courses: understood %v", n, courses)
		}
	}
	if sender, courses := told(""); sender != "" || courses != nil {
		t.Errorf("nothing is %q, %v", sender, courses)
	}
}
