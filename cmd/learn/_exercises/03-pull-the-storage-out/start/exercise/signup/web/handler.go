// Package web answers HTTP. The rule is in package rule already, and the storage is still here.
package web

import (
	"encoding/json"
	"net/http"
	"slices"

	"example.com/roster/exercise/signup/rule"
	"example.com/roster/exercise/signup/table"
)

// Rows of the tables courses and standings.
type (
	courseRow struct {
		rule.Course
		Sequence int // of the latest change
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
		course := rule.Course{Capacity: body.Capacity, Open: body.Open, Waitlist: body.Waitlist}
		tx := db.Begin()
		defer tx.Rollback()
		if _, found := table.Get[courseRow](tx, "courses", r.PathValue("course")); found {
			write(w, http.StatusConflict, answer{Code: "already_exists"})
			return
		}
		tx.Put("courses", r.PathValue("course"), courseRow{Course: course})
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
		decide := rule.Enroll
		if withdraw {
			decide = rule.Withdraw
		}
		d := decide(c.Course, held.Status)
		if d.Refused != "" {
			write(w, statusOf(d), answer{Code: d.Refused})
			return
		}
		c.Course = d.Course
		saved := answer{LearnerID: learner, Status: d.Status}
		if d.Status == "waitlisted" {
			saved.Position = c.Waiting
		}
		if d.Promote {
			waiting := table.Select(tx, "standings", func(s standingRow) bool { return s.Course == course && s.Status == "waitlisted" })
			first := slices.MinFunc(waiting, func(a, b standingRow) int { return a.Sequence - b.Sequence })
			c.Sequence++
			tx.Put("standings", course+"/"+first.Learner, standingRow{course, first.Learner, "enrolled", c.Sequence})
			saved.Promoted = first.Learner
		}
		c.Sequence++
		tx.Put("standings", course+"/"+learner, standingRow{course, learner, saved.Status, c.Sequence})
		tx.Put("courses", course, c)
		tx.Commit()
		write(w, statusOf(d), saved)
	}
}

// statusOf translates a decision into HTTP.
func statusOf(d rule.Decision) int {
	switch {
	case d.Refused == "not_enrolled":
		return http.StatusNotFound
	case d.Refused != "":
		return http.StatusConflict
	case d.Status == "enrolled":
		return http.StatusCreated
	case d.Status == "waitlisted":
		return http.StatusAccepted
	}
	return http.StatusOK
}

func write(w http.ResponseWriter, status int, a answer) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(a) // a client that is gone gets no answer
}
