package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
)

// What the program's commands print, as far as the demo reads it.
type (
	course struct {
		ID             string `json:"courseId"`
		Capacity       int    `json:"capacity"`
		SeatsTaken     int    `json:"seatsTaken"`
		WaitlistLength int    `json:"waitlistLength"`
		Sequence       int64  `json:"sequence"`
	}
	standing struct {
		Learner string `json:"learnerId"`
	}
	summary struct {
		Rows     int            `json:"rows"`
		Outcomes map[string]int `json:"outcomes"`
		Promoted int            `json:"promoted"`
		Seconds  float64        `json:"seconds"`
	}
)

func tellSummary(to io.Writer, s summary) {
	fmt.Fprintf(to, "\n%d rows in %.1f s\n", s.Rows, s.Seconds)
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, kind := range slices.Sorted(maps.Keys(s.Outcomes)) {
		if kind != "promoted" {
			fmt.Fprintf(w, "%d\t  %s\n", s.Outcomes[kind], kind)
		}
	}
	fmt.Fprintf(w, "%d\t  promoted from the line to a seat\n", s.Promoted)
	w.Flush()
}

func tellCourses(to io.Writer, courses []course) {
	fmt.Fprintln(to)
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "seats\ttaken\tin line\t  course")
	for _, c := range courses {
		fmt.Fprintf(w, "%d\t%d\t%d\t  %s\n", c.Capacity, c.SeatsTaken, c.WaitlistLength, c.ID)
	}
	w.Flush()
}

// A suggestion is a course with a line, and a learner who has a seat on it; and a token to ask with.
type suggestion struct {
	course, learner, token string
}

// suggest finds what is worth trying on the store as it is.
func (d demo) suggest(ctx context.Context, courses []course) (suggestion, error) {
	lined := slices.IndexFunc(courses, func(c course) bool { return c.WaitlistLength > 0 && c.SeatsTaken > 0 })
	try := suggestion{course: courses[max(lined, 0)].ID, learner: "ada"}
	seated, err := list[standing](ctx, d, "list", try.course, "--status", "enrolled")
	if len(seated) > 0 {
		try.learner = seated[0].Learner
	}
	return try, err
}

func tellHowToTry(to io.Writer, addr string, try suggestion) {
	fmt.Fprintf(to, `
Serving on http://%[1]s until you press Ctrl-C. http://%[1]s/docs shows the API; for a day this token is staff there:

  %[4]s

Try, in another terminal:

  curl -X POST http://%[1]s/v1/courses/%[2]s/enrollments -H "Authorization: Bearer %[4]s" -H "Content-Type: application/json" -d "{\"learnerId\":\"ada\"}"
  go run ./cmd/roster list %[2]s --status waitlisted
  go run ./cmd/roster withdraw %[2]s %[3]s

The first puts Ada in line, the second shows who waits, the third gives a seat up and shows who has it now.
`, addr, try.course, try.learner, try.token)
}
