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

// A queue is a bus with workers. It compares what the workers get with what was sent.
type queue struct {
	*bus
	mu      sync.Mutex
	sent    map[stream]int // the number of the last command sent
	done    map[stream]int // the number of the last command done
	handles int            // that have started
	busy    map[int]bool   // partitions that a handle works on
}

// A stream is what one sender sends on one course. Its commands are numbered 1, 2, 3 …
type stream struct {
	tenant domain.TenantID
	course domain.CourseID
	sender string
}

func newQueue(t testing.TB, open OpenBus) *queue {
	return &queue{bus: newBus(t, open), sent: make(map[stream]int), done: make(map[stream]int), busy: make(map[int]bool)}
}

// command returns the n-th command of a stream.
func (l stream) command(n int) ports.Command {
	return ports.Command{
		By:          ports.Actor{Tenant: l.tenant, Subject: l.sender, Role: ports.Learner},
		Key:         fmt.Sprintf("%s %s %d", l.sender, l.course, n),
		Correlation: "suite",
		Actions:     []ports.Action{ports.Enroll{Course: l.course, Learner: domain.LearnerID(fmt.Sprintf("%s %d", l.sender, n))}},
	}
}

// streamOf returns the stream and the number of a command, which are those of its first action.
func (q *queue) streamOf(command ports.QueuedCommand) (l stream, n int) {
	q.Helper()
	if len(command.Command.Actions) > 0 {
		if a, ok := command.Command.Actions[0].(ports.Enroll); ok {
			l = stream{tenant: command.Tenant, course: a.Course}
			if _, err := fmt.Sscanf(string(a.Learner), "%s %d", &l.sender, &n); err == nil {
				return l, n
			}
		}
	}
	q.Errorf("a command that was not sent: %+v", command)
	return l, 0
}

// next returns the next n commands of each stream, alternating between the streams.
func (q *queue) next(n int, streams ...stream) (commands []ports.Command) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for range n {
		for _, l := range streams {
			q.sent[l]++
			commands = append(commands, l.command(q.sent[l]))
		}
	}
	return commands
}

// send sends the next n commands of each stream, and requires that all are acknowledged.
func (q *queue) send(n int, streams ...stream) {
	q.Helper()
	q.sendBy(q.Queue, n, streams...)
}

func (q *queue) sendBy(sender ports.Queue, n int, streams ...stream) {
	q.Helper()
	commands := q.next(n, streams...)
	if acknowledged, err := sender.Send(q.ctx(), commands); acknowledged != len(commands) || err != nil {
		q.Errorf("%d of %d were acknowledged: %v", acknowledged, len(commands), err)
	}
}

// onCourses returns a stream on each of n courses.
func onCourses(n int) (streams []stream) {
	for i := range n {
		streams = append(streams, stream{tenant, courseN(i), "ada"})
	}
	return streams
}

// onPartitions returns a stream in each partition.
func onPartitions() (streams []stream) {
	for p := range ports.Partitions {
		i := 0
		for ports.PartitionOf(courseN(i)) != p {
			i++
		}
		streams = append(streams, stream{tenant, courseN(i), "ada"})
	}
	return streams
}

// A handler is what a worker does with commands of one partition.
type handler func(ctx context.Context, queued []ports.QueuedCommand) error

func succeed(context.Context, []ports.QueuedCommand) error { return nil }

// startWorker starts a worker on a queue. It ends with stop, at the latest at the end of the case.
func (q *queue) startWorker(of ports.Queue, do handler) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var err error
	stopped := make(chan bool)
	go func() {
		defer close(stopped)
		err = of.Work(ctx, func(ctx context.Context, queued []ports.QueuedCommand) ([]ports.Reply, error) {
			defer q.requireRunning(stopped)
			return q.handle(ctx, queued, do)
		})
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case <-stopped:
			if err != nil {
				q.Errorf("Work returned %v", err)
			}
		case <-time.After(timeout):
			q.Errorf("Work does not return")
		}
	})
	q.Cleanup(stop)
	return stop
}

// requireRunning requires that the worker has not stopped.
func (q *queue) requireRunning(stopped <-chan bool) {
	select {
	case <-stopped:
		q.Errorf("Work returned before handle has")
	default:
	}
}

// handle requires that the commands are of one partition, that no other handle works on it, and that no command is missing
// between those that are done and these.
func (q *queue) handle(ctx context.Context, queued []ports.QueuedCommand, do handler) ([]ports.Reply, error) {
	partition, upTo := q.startHandle(queued)
	defer q.endHandle(partition)
	if err := do(ctx, queued); err != nil {
		return nil, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for l, n := range upTo {
		q.done[l] = n
	}
	return repliesTo(queued), nil
}

func (q *queue) startHandle(queued []ports.QueuedCommand) (partition int, upTo map[stream]int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.handles++
	upTo = make(map[stream]int)
	if len(queued) == 0 {
		q.Errorf("a handle got no commands")
	}
	for i, command := range queued {
		l, n := q.streamOf(command)
		if i == 0 {
			partition = ports.PartitionOf(l.course)
			if q.busy[partition] {
				q.Errorf("two handles work on partition %d", partition)
			}
			q.busy[partition] = true
		}
		if of := ports.PartitionOf(l.course); of != partition {
			q.Errorf("a handle got commands of partitions %d and %d", partition, of)
		}
		before := max(q.done[l], upTo[l])
		if n > before+1 {
			q.Errorf("%v: number %d was delivered after %d", l, n, before)
		}
		upTo[l] = max(n, before)
	}
	return partition, upTo
}

func (q *queue) endHandle(partition int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.busy[partition] = false
}

// repliesTo returns replies of every kind.
func repliesTo(queued []ports.QueuedCommand) []ports.Reply {
	replies := make([]ports.Reply, len(queued))
	for i, l := range queued {
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
		for range len(l.Command.Actions) - 1 { // the last outcome may be a refusal
			if replies[i].Err == nil {
				replies[i].Outcomes = append([]ports.Outcome{{Standing: standing}}, replies[i].Outcomes...)
			}
		}
	}
	return replies
}

// waitUntil is [Eventually], and ends at once when the case has failed.
func (q *queue) waitUntil(what string, holds func() bool) {
	q.Helper()
	Eventually(q.TB, what, func() bool { return q.Failed() || holds() })
}

// waitUntilDone waits until every command that was sent is done.
func (q *queue) waitUntilDone() {
	q.Helper()
	q.waitUntil("all commands to be done", func() bool {
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
		q.Fatalf("the commands were not done in order")
	}
}

var errOnPurpose = errors.New("on purpose")
