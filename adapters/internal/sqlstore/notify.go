package sqlstore

import (
	"context"
	"strings"
	"sync"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A relay publishes what is committed. Notifications let it look at once, and only at the courses that changed.
//
// Terms: a notification is a text that one store sends to the stores of all processes on the database. It has the sender's
// name and the courses whose journals have new entries; if it names none, any course may have some.
//
// A commit adds its courses to changed, which the Await of this process takes. It also adds them to unsent, unless this
// process calls Await itself: only one relay runs at a time, so no other waits. A goroutine of the store sends what is unsent,
// never inside a transaction, at most once per [notifyInterval]. The process that holds a lock listens, and
// adds the courses of a received notification to changed.
//
// Failure: a notification that is lost delays publishing until the relay looks at all courses by itself.

// Await implements [ports.Outbox].
func (s *Store) Await(ctx context.Context, atMost time.Duration) []ports.CourseRef {
	s.relayIsLocal.Store(true)
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	select {
	case <-s.changed.added:
		return s.changed.take()
	case <-ctx.Done():
		return nil
	}
}

// WithLock implements [ports.Locker].
func (s *Store) WithLock(ctx context.Context, name string, do func(context.Context) error) error {
	defer s.relayIsLocal.Store(false) // if the relay still runs here, its next Await sets it again
	return s.pools.WithLock(ctx, name, s.notified, do)
}

// notified takes the notifications of other processes. A store ignores its own.
func (s *Store) notified(text string) {
	if sender, courses := decodeNotification(text); sender != s.name {
		s.changed.add(courses)
	}
}

// committed reports new entries in the journals of courses; none stand for any.
func (s *Store) committed(courses []ports.CourseRef) {
	s.changed.add(courses)
	if s.driver.Notify != "" && !s.relayIsLocal.Load() {
		s.unsent.add(courses)
	}
}

func (s *Store) notify() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_, _ = s.pools.Fresh.NewRaw(s.driver.Notify, encodeNotification(s.name, s.unsent.take())).Exec(ctx)
}

// changedCourses is a set of courses that one goroutine adds to and another takes.
type changedCourses struct {
	added chan struct{} // has a value after an add, until a take

	mu        sync.Mutex
	courses   map[ports.CourseRef]bool
	anyCourse bool
}

func newChangedCourses() *changedCourses {
	return &changedCourses{added: make(chan struct{}, 1), courses: make(map[ports.CourseRef]bool)}
}

// maxChanged is how many courses are kept apart; more stand for any.
const maxChanged = 5000

// add adds courses; none stand for any.
func (c *changedCourses) add(courses []ports.CourseRef) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, ref := range courses {
		c.courses[ref] = true
	}
	c.anyCourse = c.anyCourse || len(courses) == 0 || len(c.courses) > maxChanged
	select {
	case c.added <- struct{}{}:
	default:
	}
}

// take returns the courses that were added since the last take; none stand for any.
func (c *changedCourses) take() (courses []ports.CourseRef) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.anyCourse {
		for ref := range c.courses {
			courses = append(courses, ref)
		}
	}
	clear(c.courses)
	c.anyCourse = false
	select {
	case <-c.added: // of an add that this take has
	default:
	}
	return courses
}

// maxNotification is PostgreSQL's limit, in bytes.
const maxNotification = 8000 - 1

// encodeNotification returns the sender's name, then a line for each course. If that is too long, it names no course.
func encodeNotification(sender string, courses []ports.CourseRef) string {
	var b strings.Builder
	b.WriteString(sender)
	for _, c := range courses {
		b.WriteString("\n" + string(c.Tenant) + " " + string(c.Course))
	}
	if b.Len() > maxNotification {
		return sender
	}
	return b.String()
}

func decodeNotification(text string) (sender string, courses []ports.CourseRef) {
	sender, list, _ := strings.Cut(text, "\n")
	for line := range strings.Lines(list) {
		tenant, course, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		courses = append(courses, ports.CourseRef{Tenant: domain.TenantID(tenant), Course: domain.CourseID(course)})
	}
	return sender, courses
}

// notifyInterval is the shortest time between two notifications: what is requested in between goes into the second.
const notifyInterval = 25 * time.Millisecond

// sendEach calls send after each request until end is closed, then once more if there is a request left. It waits for the
// interval between two calls. Requests that send takes from the channel have no call of their own.
func sendEach(requests, end <-chan struct{}, send func()) {
	var last time.Time
	for ended := false; !ended; {
		select {
		case <-requests:
		case <-end:
			if ended = true; len(requests) == 0 {
				return
			}
		}
		time.Sleep(time.Until(last.Add(notifyInterval)))
		send()
		last = time.Now()
	}
}
