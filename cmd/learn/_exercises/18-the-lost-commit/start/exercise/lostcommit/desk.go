// Package lostcommit enrolls learners by a database whose answers may get lost.
package lostcommit

import (
	"context"
	"errors"
)

// Errors of Enroll.
var (
	ErrFull            = errors.New("the course is full")
	ErrAlreadyEnrolled = errors.New("the learner has a seat already")
	ErrUnknown         = errors.New("it is unknown whether the learner has the seat: the database does not answer")
)

// A Desk enrolls learners.
type Desk struct {
	DB    *DB
	NewID func() string
}

// Enroll gives the learner a seat and returns it. [ErrFull] and [ErrAlreadyEnrolled] are refusals: by this call, the learner has got nothing.
func (d *Desk) Enroll(ctx context.Context, course, learner string) (Seat, error) {
	tx, err := d.DB.Begin(ctx)
	if err != nil {
		return Seat{}, err
	}
	defer tx.Rollback()
	if err := tx.Lock(course); err != nil {
		return Seat{}, err
	}
	seats, capacity, err := tx.Seats(course)
	if err != nil {
		return Seat{}, err
	}
	for _, s := range seats {
		if s.Learner == learner {
			return Seat{}, ErrAlreadyEnrolled
		}
	}
	if len(seats) >= capacity {
		return Seat{}, ErrFull
	}
	seat := Seat{ID: d.NewID(), Learner: learner}
	if err := tx.Insert(seat); err != nil {
		return Seat{}, err
	}
	if err := tx.Commit(); err != nil {
		return Seat{}, err
	}
	return seat, nil
}
