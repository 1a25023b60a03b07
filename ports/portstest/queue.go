package portstest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A queue is a bus with those who work on its queue: what they are handed is held against what was sent.
type queue struct {
	*wire
	mu      sync.Mutex
	sent    map[line]int    // how many were sent
	done    map[line]int    // up to which number they are done
	handles int             // that have begun
	busy    map[uint32]bool // partitions that are with a handle
}

// A line is what one sender sends on one course. Its commands are numbered 1, 2, 3 …
type line struct {
	tenant domain.TenantID
	course domain.CourseID
	sender string
}

func newQueue(t testing.TB, open OpenBus) *queue {
	return &queue{wire: newWire(t, open), sent: make(map[line]int), done: make(map[line]int), busy: make(map[uint32]bool)}
}

// command returns the n-th command of a line.
func (l line) command(n int) ports.Command {
	return ports.Command{
		By:          ports.Actor{Tenant: l.tenant, Subject: l.sender, Role: ports.Learner},
		Key:         fmt.Sprintf("%s %s %d", l.sender, l.course, n),
		Correlation: "suite",
		Actions:     []ports.Action{ports.Enroll{Course: l.course, Learner: domain.LearnerID(fmt.Sprintf("%s %d", l.sender, n))}},
	}
}

// lineOf returns which command of which line the letter brings.
func (q *queue) lineOf(letter ports.QueuedCommand) (l line, n int) {
	q.Helper()
	if len(letter.Command.Actions) == 1 {
		if a, ok := letter.Command.Actions[0].(ports.Enroll); ok {
			l = line{tenant: letter.Tenant, course: a.Course}
			if _, err := fmt.Sscanf(string(a.Learner), "%s %d", &l.sender, &n); err == nil {
				return l, n
			}
		}
	}
	q.Errorf("a letter that nobody sent: %+v", letter)
	return l, 0
}

// next returns the next n commands of each line, line by line in turn.
func (q *queue) next(n int, lines ...line) (commands []ports.Command) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for range n {
		for _, l := range lines {
			q.sent[l]++
			commands = append(commands, l.command(q.sent[l]))
		}
	}
	return commands
}

// send sends the next n commands of each line, and requires that all are acknowledged.
func (q *queue) send(n int, lines ...line) {
	q.Helper()
	q.sendBy(q.Queue, n, lines...)
}

func (q *queue) sendBy(sender ports.Queue, n int, lines ...line) {
	q.Helper()
	commands := q.next(n, lines...)
	if acknowledged, err := sender.Send(q.ctx(), commands); acknowledged != len(commands) || err != nil {
		q.Errorf("%d of %d were acknowledged: %v", acknowledged, len(commands), err)
	}
}

// onCourses returns a line on each of n courses.
func onCourses(n int) (lines []line) {
	for i := range n {
		lines = append(lines, line{tenant, courseN(i), "ada"})
	}
	return lines
}

// onPartitions returns a line in each partition.
func onPartitions() (lines []line) {
	for p := range uint32(ports.Partitions) {
		i := 0
		for partitionOf(courseN(i)) != p {
			i++
		}
		lines = append(lines, line{tenant, courseN(i), "ada"})
	}
	return lines
}

// partitionOf returns the partition of a course: the FNV-1a hash of its id, modulo their number.
func partitionOf(id domain.CourseID) uint32 {
	sum := uint32(2166136261)
	for _, b := range []byte(id) {
		sum = (sum ^ uint32(b)) * 16777619
	}
	return sum % ports.Partitions
}

// A deed is what a worker does with letters of one partition.
type deed func(ctx context.Context, letters []ports.QueuedCommand) error

func done(context.Context, []ports.QueuedCommand) error { return nil }

// hire has somebody work on a queue until he is sent home, at the latest at the end of the case.
func (q *queue) hire(of ports.Queue, do deed) (home func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var err error
	left := make(chan bool)
	go func() {
		defer close(left)
		err = of.Work(ctx, func(ctx context.Context, letters []ports.QueuedCommand) ([]ports.Reply, error) {
			defer q.here(left)
			return q.handle(ctx, letters, do)
		})
	}()
	home = sync.OnceFunc(func() {
		cancel()
		select {
		case <-left:
			if err != nil {
				q.Errorf("Work returned %v", err)
			}
		case <-time.After(patienceOf(q.TB)):
			q.Errorf("Work does not return")
		}
	})
	q.Cleanup(home)
	return home
}

// here requires that the worker has not left.
func (q *queue) here(left <-chan bool) {
	select {
	case <-left:
		q.Errorf("Work returned before handle has")
	default:
	}
}

// handle requires that the letters are of one partition, which nobody else works on, and that each follows those that are done
// or come before it.
func (q *queue) handle(ctx context.Context, letters []ports.QueuedCommand, do deed) ([]ports.Reply, error) {
	partition, upTo := q.begin(letters)
	defer q.end(partition)
	if err := do(ctx, letters); err != nil {
		return nil, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for l, n := range upTo {
		q.done[l] = n
	}
	return repliesTo(letters), nil
}

func (q *queue) begin(letters []ports.QueuedCommand) (partition uint32, upTo map[line]int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.handles++
	upTo = make(map[line]int)
	if len(letters) == 0 {
		q.Errorf("a handle was handed no letters")
	}
	for i, letter := range letters {
		l, n := q.lineOf(letter)
		if i == 0 {
			partition = partitionOf(l.course)
			if q.busy[partition] {
				q.Errorf("two handles have letters of partition %d", partition)
			}
			q.busy[partition] = true
		}
		if of := partitionOf(l.course); of != partition {
			q.Errorf("a handle was handed letters of partitions %d and %d", partition, of)
		}
		before := max(q.done[l], upTo[l])
		if n > before+1 {
			q.Errorf("%v: number %d was handed out after %d", l, n, before)
		}
		upTo[l] = max(n, before)
	}
	return partition, upTo
}

func (q *queue) end(partition uint32) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.busy[partition] = false
}

// repliesTo returns a reply of each sort.
func repliesTo(letters []ports.QueuedCommand) []ports.Reply {
	replies := make([]ports.Reply, len(letters))
	for i, l := range letters {
		on := domain.CourseID("c")
		if len(l.Command.Actions) > 0 {
			on = l.Command.Actions[0].CourseID()
		}
		standing := domain.Standing{Course: on, Learner: "ada", Enrollment: newEnrollment(), Status: domain.Enrolled, Sequence: 7}
		replies[i] = []ports.Reply{
			{Outcomes: []ports.Outcome{{Standing: standing}}},
			{Outcomes: []ports.Outcome{{Refused: domain.ErrAlreadyEnrolled, Standing: standing}}, Replayed: true},
			{Outcomes: []ports.Outcome{{Standing: standing, Promoted: []domain.Standing{standing}}}},
			{Err: domain.ErrCourseNotFound},
		}[i%4]
	}
	return replies
}

// until waits for something that is to come, and gives up where the case has failed or the time is over.
func (q *queue) until(atMost time.Duration, what string, come func() bool) {
	q.Helper()
	for begun := time.Now(); !come(); time.Sleep(time.Millisecond) {
		if q.Failed() || time.Since(begun) > atMost {
			q.Fatalf("waited %v for %s", time.Since(begun), what)
		}
	}
}

// finish waits until all that was sent is done.
func (q *queue) finish() {
	q.Helper()
	q.until(q.handover(), "what was sent to be done", func() bool {
		q.mu.Lock()
		defer q.mu.Unlock()
		for l, n := range q.sent {
			if q.done[l] < n {
				return false
			}
		}
		return true
	})
	if q.Failed() {
		q.Fatalf("it was not done in order")
	}
}

// handover is how long it may take until a partition is with another worker, whose first one may have been killed.
func (q *queue) handover() time.Duration { return 2 * patienceOf(q.TB) }

var errOnPurpose = errors.New("on purpose")
