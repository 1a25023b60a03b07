package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

const tenant = "default"

type standing struct {
	CourseID     string    `json:"courseId"`
	LearnerID    string    `json:"learnerId"`
	EnrollmentID string    `json:"enrollmentId"`
	Status       string    `json:"status"`
	Position     int64     `json:"position"`
	Sequence     int64     `json:"sequence"`
	Since        time.Time `json:"since"`
	Promoted     *standing `json:"promoted,omitempty"`
}

type problem struct {
	Type     string    `json:"type"`
	Title    string    `json:"title"`
	Status   int       `json:"status"`
	Detail   string    `json:"detail"`
	Code     string    `json:"code"`
	Standing *standing `json:"standing,omitempty"`
}

// newCourse creates a course with a waitlist. No event tells of it, and the course cannot be changed.
func newCourse(db *sql.DB) echo.HandlerFunc {
	return func(c echo.Context) error {
		var body struct {
			Capacity int64 `json:"capacity"`
		}
		if err := json.NewDecoder(c.Request().Body).Decode(&body); err != nil || body.Capacity < 1 {
			return refuse(c, http.StatusBadRequest, "malformed_request", nil)
		}
		_, err := db.ExecContext(c.Request().Context(), `INSERT INTO courses (tenant_id, course_id, capacity, open, waitlist, seats_taken, waitlist_length, sequence)
			VALUES ($1, $2, $3, true, true, 0, 0, 0)`, tenant, c.Param("course"), body.Capacity)
		if err != nil { // such as a second course with this id
			return err
		}
		return c.NoContent(http.StatusCreated)
	}
}

// enrollments enrolls by POST and withdraws by DELETE. A request for a course holds a connection of the pool while it waits for all
// earlier requests for that course to commit.
func enrollments(db *sql.DB, q *statements) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx := c.Request().Context()
		course, learner, withdraw := c.Param("course"), c.Param("learner"), c.Request().Method == http.MethodDelete
		if !withdraw {
			var body struct {
				LearnerID string `json:"learnerId"`
			}
			if err := json.NewDecoder(c.Request().Body).Decode(&body); err != nil || body.LearnerID == "" {
				return refuse(c, http.StatusBadRequest, "malformed_request", nil)
			}
			learner = body.LearnerID
		}
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()

		var capacity, seats, waiting, sequence int64
		var open, waitlist bool
		err = tx.StmtContext(ctx, q.lockCourse).QueryRowContext(ctx, tenant, course).
			Scan(&capacity, &open, &waitlist, &seats, &waiting, &sequence)
		if errors.Is(err, sql.ErrNoRows) {
			return refuse(c, http.StatusNotFound, "course_not_found", nil)
		}
		if err != nil {
			return err
		}
		if q.unlocked { // the course may change before the second transaction begins
			tx.Rollback()
			if tx, err = db.BeginTx(ctx, nil); err != nil {
				return err
			}
			defer tx.Rollback()
		}

		key := strings.Trim(c.Request().Header.Get("Idempotency-Key"), `"`)
		request := c.Request().Method + " " + course + " " + learner
		if key != "" {
			var before string
			var status int
			var body []byte
			err = tx.StmtContext(ctx, q.selectReply).QueryRowContext(ctx, tenant, key).Scan(&before, &status, &body)
			switch {
			case err == nil && before != request:
				return refuse(c, http.StatusUnprocessableEntity, "idempotency_key_reused", nil)
			case err == nil:
				c.Response().Header().Set("Idempotent-Replayed", "true")
				return c.Blob(status, contentType(status), body)
			case !errors.Is(err, sql.ErrNoRows):
				return err
			}
		}

		held := standing{CourseID: course, LearnerID: learner}
		err = tx.StmtContext(ctx, q.selectStanding).QueryRowContext(ctx, tenant, course, learner).
			Scan(&held.EnrollmentID, &held.Status, &held.Sequence, &held.Since)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		known := err == nil
		live := held.Status == "enrolled" || held.Status == "waitlisted"
		now := time.Now().UTC().Truncate(time.Microsecond)

		answer, status, code := held, http.StatusOK, ""
		switch {
		case withdraw && !live:
			status, code = http.StatusNotFound, "not_enrolled"
		case withdraw:
			sequence++
			answer.Status, answer.Sequence, answer.Since = "withdrawn", sequence, now
			_, err = tx.StmtContext(ctx, q.updateStanding).ExecContext(ctx, tenant, course, learner, answer.EnrollmentID, answer.Status, sequence, now)
			if err != nil {
				return err
			}
			_, err = tx.StmtContext(ctx, q.insertEvent).ExecContext(ctx, tenant, course, sequence, newID(), "learner.withdrawn", learner, answer.EnrollmentID, now)
			if err != nil {
				return err
			}
			switch {
			case held.Status == "waitlisted":
				waiting--
			case waiting == 0 || !open:
				seats--
			default: // the first on the waitlist gets the seat
				next := standing{CourseID: course, Status: "enrolled", Since: now}
				if err = tx.StmtContext(ctx, q.selectFirstWaiting).QueryRowContext(ctx, tenant, course).Scan(&next.LearnerID, &next.EnrollmentID); err != nil {
					return err
				}
				waiting--
				sequence++
				next.Sequence = sequence
				_, err = tx.StmtContext(ctx, q.updateStanding).ExecContext(ctx, tenant, course, next.LearnerID, next.EnrollmentID, next.Status, sequence, now)
				if err != nil {
					return err
				}
				_, err = tx.StmtContext(ctx, q.insertEvent).ExecContext(ctx, tenant, course, sequence, newID(), "learner.promoted", next.LearnerID, next.EnrollmentID, now)
				if err != nil {
					return err
				}
				answer.Promoted = &next
			}
		case live:
			status, code = http.StatusConflict, "already_"+held.Status
		case !open:
			status, code = http.StatusConflict, "course_closed"
		case seats >= capacity && !waitlist:
			status, code = http.StatusConflict, "course_full"
		default:
			sequence++
			answer.EnrollmentID, answer.Sequence, answer.Since = newID(), sequence, now
			if waiting == 0 && seats < capacity {
				seats++
				answer.Status, status = "enrolled", http.StatusCreated
			} else {
				waiting++
				answer.Status, answer.Position, status = "waitlisted", waiting, http.StatusAccepted
			}
			save := q.insertStanding
			if known {
				save = q.updateStanding
			}
			_, err = tx.StmtContext(ctx, save).ExecContext(ctx, tenant, course, learner, answer.EnrollmentID, answer.Status, sequence, now)
			if err != nil {
				return err
			}
			_, err = tx.StmtContext(ctx, q.insertEvent).ExecContext(ctx, tenant, course, sequence, newID(), "learner."+answer.Status, learner, answer.EnrollmentID, now)
			if err != nil {
				return err
			}
		}

		if code == "" {
			if _, err = tx.StmtContext(ctx, q.updateCourse).ExecContext(ctx, tenant, course, seats, waiting, sequence); err != nil {
				return err
			}
		}
		var body []byte
		if code != "" {
			body, err = json.Marshal(newProblem(status, code, &answer))
		} else {
			body, err = json.Marshal(answer)
		}
		if err != nil {
			return err
		}
		if key != "" {
			// If one key is used for two courses at the same time, this INSERT fails: a 500.
			if _, err = tx.StmtContext(ctx, q.insertReply).ExecContext(ctx, tenant, key, request, status, body, now); err != nil {
				return err
			}
		}
		if err := tx.Commit(); err != nil { // a commit whose result is unknown is not resolved
			return err
		}
		if !withdraw && code == "" {
			c.Response().Header().Set("Location", "/v1/courses/"+course+"/enrollments/"+learner)
		}
		return c.Blob(status, contentType(status), body)
	}
}

func contentType(status int) string {
	if status >= http.StatusBadRequest {
		return "application/problem+json"
	}
	return echo.MIMEApplicationJSON
}

func refuse(c echo.Context, status int, code string, held *standing) error {
	c.Response().Header().Set(echo.HeaderContentType, "application/problem+json")
	return c.JSON(status, newProblem(status, code, held))
}

func newProblem(status int, code string, held *standing) problem {
	p := problem{Type: "/problems/" + code, Title: http.StatusText(status), Status: status, Detail: code, Code: code}
	if held != nil && strings.HasPrefix(code, "already_") {
		p.Standing = held
	}
	return p
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
