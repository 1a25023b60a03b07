// Package rule has another rule, which is odd on purpose: a handler that only translates follows it.
package rule

type Course struct {
	Capacity, Seats, Waiting int
	Open, Waitlist           bool
}

type Decision struct {
	Refused string
	Course  Course
	Status  string
	Promote bool
}

// Enroll gives a seat if no one has one, on any course, and the last place on the waitlist otherwise.
func Enroll(c Course, held string) Decision {
	switch {
	case held == "enrolled", held == "waitlisted":
		return Decision{Refused: "one_is_enough", Course: c, Status: held}
	case c.Seats == 0:
		c.Seats++
		return Decision{Course: c, Status: "enrolled"}
	}
	c.Waiting++
	return Decision{Course: c, Status: "waitlisted"}
}

// Withdraw lets no one leave the waitlist, and promotes on a closed course only.
func Withdraw(c Course, held string) Decision {
	if held != "enrolled" {
		return Decision{Refused: "not_today", Course: c, Status: held}
	}
	if !c.Open && c.Waiting > 0 {
		c.Waiting--
		return Decision{Course: c, Status: "withdrawn", Promote: true}
	}
	c.Seats--
	return Decision{Course: c, Status: "withdrawn"}
}
