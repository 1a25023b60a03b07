package sqlstore

import (
	"strings"
	"sync"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// news is where something was committed, until somebody takes it.
type news struct {
	there chan struct{} // full when there is some

	mu       sync.Mutex
	courses  map[ports.CourseRef]bool
	anywhere bool // more than is worth to be told apart, or nobody knows
}

func newNews() *news {
	return &news{there: make(chan struct{}, 1), courses: make(map[ports.CourseRef]bool)}
}

// mostCourses is how many are told apart.
const mostCourses = 5000

// add adds courses; none stand for any.
func (n *news) add(courses []ports.CourseRef) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range courses {
		n.courses[c] = true
	}
	n.anywhere = n.anywhere || len(courses) == 0 || len(n.courses) > mostCourses
	select {
	case n.there <- struct{}{}:
	default:
	}
}

// take returns what was added since the last take; none stand for any.
func (n *news) take() (courses []ports.CourseRef) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.anywhere {
		for c := range n.courses {
			courses = append(courses, c)
		}
	}
	clear(n.courses)
	n.anywhere = false
	return courses
}

// mostText is what PostgreSQL lets a notification say, in bytes.
const mostText = 8000 - 1

// tell puts news, by a sender, as a text: his name, and a line for each course. Where they are too many, any is meant.
func tell(sender string, courses []ports.CourseRef) string {
	var b strings.Builder
	b.WriteString(sender)
	for _, c := range courses {
		b.WriteString("\n" + string(c.Tenant) + " " + string(c.Course))
	}
	if b.Len() > mostText {
		return sender
	}
	return b.String()
}

// told reads what [tell] wrote.
func told(text string) (sender string, courses []ports.CourseRef) {
	sender, list, _ := strings.Cut(text, "\n")
	for line := range strings.Lines(list) {
		tenant, course, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		courses = append(courses, ports.CourseRef{Tenant: domain.TenantID(tenant), Course: domain.CourseID(course)})
	}
	return sender, courses
}
