package importer_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/roster/adapters/importer"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// put returns a file of courses, each with a capacity that is the number of its row.
func put(courses ...string) string {
	text := "course_id,title,capacity\n"
	for i, id := range courses {
		text += fmt.Sprintf("%s,T,%d\n", id, i+1)
	}
	return text
}

func distinct(n int) (courses []string) {
	for i := range n {
		courses = append(courses, fmt.Sprintf("c-%04d", i))
	}
	return courses
}

// A partial core records each command, and replies as the test says.
type partial struct {
	mu       sync.Mutex
	commands []ports.Command
	reply    func(ports.Command) error
}

func (p *partial) Submit(_ context.Context, commands ...ports.Command) []ports.Reply {
	p.mu.Lock()
	p.commands = append(p.commands, commands...)
	p.mu.Unlock()
	if err := p.reply(commands[0]); err != nil {
		return []ports.Reply{{Err: err}}
	}
	return []ports.Reply{{Outcomes: make([]ports.Outcome, len(commands[0].Actions))}}
}

// Many courses are put by several commands at a time, so that a slow commit does not slow an import down.
func TestPartsRunAtTheSameTime(t *testing.T) {
	t.Parallel()
	all, arrived := make(chan struct{}), 0
	var mu sync.Mutex
	p := &partial{reply: func(ports.Command) error {
		mu.Lock()
		if arrived++; arrived == 4 {
			close(all)
		}
		mu.Unlock()
		select {
		case <-all:
			return nil
		case <-time.After(2 * time.Minute):
			return domain.ErrInvalidArgument
		}
	}}
	s, err := importer.Courses(t.Context(), p, by, strings.NewReader(put(distinct(400)...)), importer.Options{})
	if err != nil || s.Rows != 400 || s.Outcomes["kept"] != 400 || len(p.commands) != 4 {
		t.Errorf("%s, %v, %d commands", s, err, len(p.commands))
	}
}

// The rows on a course are in one command at a time, in order.
func TestPartsKeepTheOrderOfACourse(t *testing.T) {
	t.Parallel()
	var courses []string
	for i := range 3000 {
		courses = append(courses, fmt.Sprint("c-", i*i%37))
	}
	c := newCore(t)
	s, err := importer.Courses(t.Context(), c, by, strings.NewReader(put(courses...)), importer.Options{})
	if err != nil || s.Rows != 3000 || s.Rejected+s.Failed > 0 {
		t.Fatalf("%s, %v", s, err)
	}
	last := map[domain.CourseID]int{}
	for _, command := range c.commands {
		for _, a := range command.Actions {
			put := a.(ports.PutCourse)
			if *put.Capacity <= last[put.Course] {
				t.Fatalf("row %d of %s came after row %d", *put.Capacity, put.Course, last[put.Course])
			}
			last[put.Course] = *put.Capacity
		}
	}
	for id, row := range last {
		if courses[row-1] != string(id) || slices.Contains(courses[row:], string(id)) {
			t.Errorf("the last row of %s was %d", id, row)
		}
	}
}

// If a part fails, its rows alone are failed, and the run stops before the first of them.
func TestPartsThatFail(t *testing.T) {
	t.Parallel()
	courses := distinct(1000)
	var failed ports.Command
	p := &partial{}
	p.reply = func(c ports.Command) error {
		if !slices.ContainsFunc(c.Actions, func(a ports.Action) bool { return a.CourseID() == "c-0555" }) {
			return nil
		}
		failed = c
		return ports.ErrInternal
	}
	s, err := importer.Courses(t.Context(), p, by, strings.NewReader(put(courses...)), importer.Options{})
	if len(failed.Actions) < 50 || len(failed.Actions) > 200 || s.Rows != 800 || s.Failed != len(failed.Actions) || s.Outcomes["kept"] != 800-s.Failed {
		t.Fatalf("%s, %d actions have failed", s, len(failed.Actions))
	}
	stopped := func(err error, line int) {
		t.Helper()
		if says := fmt.Sprintf("stopped before line %d;", line); ports.KindOf(err) != ports.ErrUnavailable || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
	stopped(err, slices.Index(courses, string(failed.Actions[0].CourseID()))+2)

	p.reply = func(ports.Command) error { return ports.ErrInternal }
	s, err = importer.Courses(t.Context(), p, by, strings.NewReader(put(courses[:395]...)), importer.Options{})
	if s.Rows != 395 || s.Failed != 395 {
		t.Errorf("%s", s)
	}
	stopped(err, 2)
}
