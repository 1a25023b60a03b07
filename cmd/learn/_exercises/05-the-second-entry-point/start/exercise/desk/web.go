package desk

import (
	"net/http"
	"time"

	"example.com/roster/domain"
)

// Web is the first entry point: POST and DELETE of /enrollments/LEARNER.
func Web(d *Desk) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /enrollments/{learner}", func(w http.ResponseWriter, req *http.Request) {
		answer(w, http.StatusCreated, d.Do(func(r *domain.Roster, at time.Time) error {
			return enroll(r, req.PathValue("learner"), at)
		}))
	})
	mux.HandleFunc("DELETE /enrollments/{learner}", func(w http.ResponseWriter, req *http.Request) {
		answer(w, http.StatusNoContent, d.Do(func(r *domain.Roster, at time.Time) error {
			if err := withdraw(r, req.PathValue("learner"), at); err != nil {
				return err
			}
			r.Promote(at) // the first on the waitlist gets the seat
			return nil
		}))
	})
	return mux
}

func answer(w http.ResponseWriter, done int, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	w.WriteHeader(done)
}
