package projection

import (
	"fmt"
	"math/rand/v2"
	"strconv"
)

// A source plays roster: courses with seats and a line, and what is told of them.
type source struct {
	random  *rand.Rand
	courses []*course
	told    []Event
}

// A course is what a consumer should come to, with those who hold something.
type course struct {
	Row
	holds map[string][]string // enrollments by "enrolled" and "waitlisted", in order
}

// play has courses change until n events are told.
func play(seed uint64, courses, n int) *source {
	s := &source{random: rand.New(rand.NewPCG(seed, 0))}
	for i := range courses {
		c := &course{Row{Tenant: "default", Course: fmt.Sprintf("c-%03d", i)}, map[string][]string{}}
		s.courses = append(s.courses, c)
		s.tell(c, "course.opened", Data{Title: "Course " + strconv.Itoa(i), Capacity: int64(1 + s.random.IntN(20))})
	}
	for len(s.told) < n {
		c := s.courses[s.random.IntN(courses)]
		held := "enrolled"
		if s.random.IntN(3) == 0 {
			held = "waitlisted"
		}
		switch roll := s.random.IntN(20); {
		case roll == 0:
			s.tell(c, "course.changed", Data{Title: c.Title, Capacity: c.Capacity + int64(s.random.IntN(3))})
		case roll < 9 && len(c.holds[held]) > 0:
			s.tell(c, "learner.withdrawn", Data{Enrollment: c.leave(held, s.random.IntN(len(c.holds[held]))), From: held})
		default:
			s.join(c)
		}
		for len(s.told) < n && c.Waitlisted > 0 && c.Enrolled < c.Capacity {
			first := c.leave("waitlisted", 0)
			c.holds["enrolled"] = append(c.holds["enrolled"], first)
			s.tell(c, "learner.promoted", Data{Enrollment: first})
		}
	}
	return s
}

func (s *source) join(c *course) {
	enrollment, became := "e-"+strconv.Itoa(len(s.told)), "enrolled"
	if c.Enrolled >= c.Capacity || c.Waitlisted > 0 {
		became = "waitlisted"
	}
	c.holds[became] = append(c.holds[became], enrollment)
	s.tell(c, "learner."+became, Data{Enrollment: enrollment})
}

func (s *source) tell(c *course, what string, d Data) {
	e := Event{
		ID: fmt.Sprintf("id-%d", len(s.told)), Version: 1, Type: what,
		Tenant: c.Tenant, Course: c.Course, Sequence: c.Sequence + 1, Data: d,
	}
	s.told = append(s.told, e)
	c.Sequence++
	c.Enrolled, c.Waitlisted = int64(len(c.holds["enrolled"])), int64(len(c.holds["waitlisted"]))
	if d.Title != "" {
		c.Title, c.Capacity = d.Title, d.Capacity
	}
}

func (c *course) leave(held string, i int) string {
	who := c.holds[held][i]
	c.holds[held] = append(c.holds[held][:i:i], c.holds[held][i+1:]...)
	return who
}

// rows is what a consumer should come to.
func (s *source) rows() []Row {
	var rows []Row
	for _, c := range s.courses {
		rows = append(rows, c.Row)
	}
	return rows
}

// purged is what roster keeps of the first n events of all, and all that came after: the last event of each learner on a
// course, and of the course's own. Each enrollment is a learner's.
func (s *source) purged(n int) []Event {
	last := map[string]string{}
	for _, e := range s.told[:n] {
		last[e.Course+e.Data.Enrollment] = e.ID
	}
	var kept []Event
	for i, e := range s.told {
		if i >= n || last[e.Course+e.Data.Enrollment] == e.ID {
			kept = append(kept, e)
		}
	}
	return kept
}

// chaos is events as a broker at its worst delivers them: every third 1 to 4 times, and batches again after later ones.
func (s *source) chaos(size int) [][]Event {
	var batches [][]Event
	for begin := 0; begin < len(s.told); begin += size {
		var batch []Event
		for i, e := range s.told[begin:min(begin+size, len(s.told))] {
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
