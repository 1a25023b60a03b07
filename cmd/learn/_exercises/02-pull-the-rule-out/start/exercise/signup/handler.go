// Package signup is cmd/bench/naive made shorter: HTTP, storage and the rule in one handler.
package signup

import (
	"encoding/json"
	"net/http"
	"slices"

	"example.com/roster/exercise/signup/table"
)

// Rows of the tables courses and standings.
type (
	courseRow struct {
		Capacity, Seats, Waiting int
		Open, Waitlist           bool
		Sequence                 int // of the latest change
	}
	standingRow struct {
		Course, Learner, Status string
		Sequence                int // the waitlist is in this order
	}
)

type answer struct {
	LearnerID string `json:"learnerId,omitempty"`
	Status    string `json:"status,omitempty"`
	Position  int    `json:"position,omitempty"` // on the waitlist
	Promoted  string `json:"promoted,omitempty"` // who got the seat
	Code      string `json:"code,omitempty"`     // why it is refused
}

// New returns the service on a database.
func New(db *table.DB) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /courses/{course}", newCourse(db))
	mux.HandleFunc("POST /courses/{course}/enrollments", enrollments(db))
	mux.HandleFunc("DELETE /courses/{course}/enrollments/{learner}", enrollments(db))
	return mux
}

func newCourse(db *table.DB) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body := struct {
			Capacity       int
			Open, Waitlist bool
		}{Open: true, Waitlist: true}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body.Capacity < 0 {
			write(w, http.StatusBadRequest, answer{Code: "malformed_request"})
			return
		}
		tx := db.Begin()
		defer tx.Rollback()
		if _, found := table.Get[courseRow](tx, "courses", r.PathValue("course")); found {
			write(w, http.StatusConflict, answer{Code: "already_exists"})
			return
		}
		tx.Put("courses", r.PathValue("course"), courseRow{Capacity: body.Capacity, Open: body.Open, Waitlist: body.Waitlist})
		tx.Commit()
		write(w, http.StatusCreated, answer{})
	}
}

// enrollments enrolls by POST and withdraws by DELETE.
func enrollments(db *table.DB) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		course, learner, withdraw := r.PathValue("course"), r.PathValue("learner"), r.Method == http.MethodDelete
		if !withdraw {
			var body struct {
				LearnerID string `json:"learnerId"`
			}
			if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body.LearnerID == "" {
				write(w, http.StatusBadRequest, answer{Code: "malformed_request"})
				return
			}
			learner = body.LearnerID
		}
		tx := db.Begin()
		defer tx.Rollback()
		c, found := table.Get[courseRow](tx, "courses", course)
		if !found {
			write(w, http.StatusNotFound, answer{Code: "course_not_found"})
			return
		}
		held, _ := table.Get[standingRow](tx, "standings", course+"/"+learner)
		live := held.Status == "enrolled" || held.Status == "waitlisted"
		saved, status := answer{LearnerID: learner}, http.StatusOK

		switch {
		case withdraw && !live:
			write(w, http.StatusNotFound, answer{Code: "not_enrolled"})
			return
		case withdraw:
			saved.Status = "withdrawn"
			switch {
			case held.Status == "waitlisted":
				c.Waiting--
			case c.Waiting == 0 || !c.Open:
				c.Seats--
			default: // the first on the waitlist gets the seat
				waiting := table.Select(tx, "standings", func(s standingRow) bool { return s.Course == course && s.Status == "waitlisted" })
				first := slices.MinFunc(waiting, func(a, b standingRow) int { return a.Sequence - b.Sequence })
				c.Waiting--
				c.Sequence++
				tx.Put("standings", course+"/"+first.Learner, standingRow{course, first.Learner, "enrolled", c.Sequence})
				saved.Promoted = first.Learner
			}
		case live:
			write(w, http.StatusConflict, answer{Code: "already_" + held.Status})
			return
		case !c.Open:
			write(w, http.StatusConflict, answer{Code: "course_closed"})
			return
		case c.Waiting == 0 && c.Seats < c.Capacity:
			c.Seats++
			saved.Status, status = "enrolled", http.StatusCreated
		case c.Waitlist:
			c.Waiting++
			saved.Status, saved.Position, status = "waitlisted", c.Waiting, http.StatusAccepted
		default:
			write(w, http.StatusConflict, answer{Code: "course_full"})
			return
		}

		c.Sequence++
		tx.Put("standings", course+"/"+learner, standingRow{course, learner, saved.Status, c.Sequence})
		tx.Put("courses", course, c)
		tx.Commit()
		write(w, status, saved)
	}
}

func write(w http.ResponseWriter, status int, a answer) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(a) // a client that is gone gets no answer
}
