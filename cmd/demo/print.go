package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
)

// The fields that the demo reads of the JSON that roster's commands print.
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
		Status  string `json:"status"`
	}
	summary struct {
		Rows     int            `json:"rows"`
		Outcomes map[string]int `json:"outcomes"`
		Promoted int            `json:"promoted"`
		Seconds  float64        `json:"seconds"`
	}
)

func printSummary(out io.Writer, s summary) {
	fmt.Fprintf(out, "\n%d rows in %.1f s\n", s.Rows, s.Seconds)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, kind := range slices.Sorted(maps.Keys(s.Outcomes)) {
		if kind != "promoted" {
			fmt.Fprintf(w, "%d\t  %s\n", s.Outcomes[kind], kind)
		}
	}
	fmt.Fprintf(w, "%d\t  promoted from the waitlist to a seat\n", s.Promoted)
	w.Flush()
}

func printCourses(out io.Writer, courses []course) {
	fmt.Fprintln(out)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "seats\ttaken\twaitlist\t  course")
	for _, c := range courses {
		fmt.Fprintf(w, "%d\t%d\t%d\t  %s\n", c.Capacity, c.SeatsTaken, c.WaitlistLength, c.ID)
	}
	w.Flush()
}

// A suggestion is a course with a waitlist, a learner who has a seat on it, one who is not on it, and a token.
type suggestion struct {
	course, learner, other, token string
}

// suggest returns a course and learners that the instructions can use.
func (d demo) suggest(ctx context.Context, courses []course) (suggestion, error) {
	waitlisted := slices.IndexFunc(courses, func(c course) bool { return c.WaitlistLength > 0 && c.SeatsTaken > 0 })
	try := suggestion{course: courses[max(waitlisted, 0)].ID, learner: "ada", other: "ada"}
	standings, err := list[standing](ctx, d, "list", try.course)
	if i := slices.IndexFunc(standings, func(s standing) bool { return s.Status == "enrolled" }); i >= 0 {
		try.learner = standings[i].Learner
	}
	for n := 2; slices.ContainsFunc(standings, func(s standing) bool { return s.Learner == try.other }); n++ {
		try.other = fmt.Sprint("ada-", n)
	}
	return try, err
}

func printInstructions(out io.Writer, program, addr string, try suggestion) {
	fmt.Fprintf(out, `
Serving on http://%[1]s until you press Ctrl-C. http://%[1]s/docs shows the API. This staff token is valid for a day:

  %[4]s

Try, in another terminal:

  curl -X POST http://%[1]s/v1/courses/%[2]s/enrollments -H "Authorization: Bearer %[4]s" -H "Content-Type: application/json" -d "{\"learnerId\":\"%[6]s\"}"
  %[5]s list %[2]s --status waitlisted
  %[5]s withdraw %[2]s %[3]s

The first puts %[6]s on the waitlist, the second lists the waitlist, the third withdraws a learner and prints who got the seat.
`, addr, try.course, try.learner, try.token, program, try.other)
}
