package projection

import (
	"fmt"
	"math/rand/v2"
	"strconv"
)

// A source simulates roster: courses with seats and a waitlist, and the events that it published.
type source struct {
	random    *rand.Rand
	courses   []*course
	published []Event
}

// A course is the expected row, with the live enrollments.
type course struct {
	Row
	holds map[string][]string // enrollment ids by status, in order
}

// play changes courses until n events are published. The terms of the first course stay as they are.
func play(seed uint64, courses, n int) *source {
	s := &source{random: rand.New(rand.NewPCG(seed, 0))}
	for i := range courses {
		c := &course{Row{Tenant: "default", Course: fmt.Sprintf("c-%03d", i)}, map[string][]string{}}
		s.courses = append(s.courses, c)
		s.publish(c, "course.opened", Data{Title: "Course " + strconv.Itoa(i), Capacity: int64(1 + s.random.IntN(20))})
	}
	for len(s.published) < n {
		c := s.courses[s.random.IntN(courses)]
		status := "enrolled"
		if s.random.IntN(3) == 0 {
			status = "waitlisted"
		}
		switch roll := s.random.IntN(20); {
		case roll == 0 && c != s.courses[0]:
			s.publish(c, "course.changed", Data{Title: c.Title, Capacity: c.Capacity + int64(s.random.IntN(3))})
		case roll == 1 && len(c.holds[status]) > 0:
			s.publish(c, "learner.renamed", Data{Enrollment: c.holds[status][0]})
		case roll < 9 && len(c.holds[status]) > 0:
			s.publish(c, "learner.withdrawn", Data{Enrollment: c.leave(status, s.random.IntN(len(c.holds[status]))), From: status})
		default:
			s.join(c)
		}
		for len(s.published) < n && c.Waitlisted > 0 && c.Enrolled < c.Capacity {
			first := c.leave("waitlisted", 0)
			c.holds["enrolled"] = append(c.holds["enrolled"], first)
			s.publish(c, "learner.promoted", Data{Enrollment: first})
		}
	}
	return s
}

func (s *source) join(c *course) {
	enrollment, status := "e-"+strconv.Itoa(len(s.published)), "enrolled"
	if c.Enrolled >= c.Capacity || c.Waitlisted > 0 {
		status = "waitlisted"
	}
	c.holds[status] = append(c.holds[status], enrollment)
	s.publish(c, "learner."+status, Data{Enrollment: enrollment})
}

func (s *source) publish(c *course, eventType string, d Data) {
	e := Event{
		ID: fmt.Sprintf("id-%d", len(s.published)), Version: 1, Type: eventType,
		Tenant: c.Tenant, Course: c.Course, Sequence: c.Sequence + 1, Data: d,
	}
	s.published = append(s.published, e)
	c.Sequence++
	c.Enrolled, c.Waitlisted = int64(len(c.holds["enrolled"])), int64(len(c.holds["waitlisted"]))
	if d.Title != "" {
		c.Title, c.Capacity = d.Title, d.Capacity
	}
}

func (c *course) leave(status string, i int) string {
	enrollment := c.holds[status][i]
	c.holds[status] = append(c.holds[status][:i:i], c.holds[status][i+1:]...)
	return enrollment
}

// rows returns the expected read model.
func (s *source) rows() []Row {
	var rows []Row
	for _, c := range s.courses {
		rows = append(rows, c.Row)
	}
	return rows
}

// purged returns the events that roster keeps after a purge: of the first n, the last one of each learner on a course and of the
// course's own, and the renames after that; and all later ones. Here each learner has one enrollment.
func (s *source) purged(n int) []Event {
	last := map[string]int{}
	for i, e := range s.published[:n] {
		if e.Type != "learner.renamed" {
			last[e.Course+e.Data.Enrollment] = i
		}
	}
	var kept []Event
	for i, e := range s.published {
		if i >= n || i >= last[e.Course+e.Data.Enrollment] {
			kept = append(kept, e)
		}
	}
	return kept
}

// chaos returns batches of deliveries at their worst: every third event 1 to 4 times, and some batches again after later ones.
func (s *source) chaos(size int) [][]Event {
	var batches [][]Event
	for start := 0; start < len(s.published); start += size {
		var batch []Event
		for i, e := range s.published[start:min(start+size, len(s.published))] {
			times := 1
			if i%3 == 0 {
				times += s.random.IntN(4)
			}
			for range times {
				batch = append(batch, e)
			}
		}
		batches = append(batches, batch)
		if s.random.IntN(4) == 0 {
			batches = append(batches, batches[s.random.IntN(len(batches))])
		}
	}
	return batches
}
