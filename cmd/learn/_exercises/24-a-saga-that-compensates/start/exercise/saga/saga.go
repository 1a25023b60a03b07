// Package saga charges learners for their seats. The seat belongs to roster and the money to a bank, and no transaction spans both. So each
// does its part and sends a message about it.
package saga

import (
	"context"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A Seat is what an event learner.enrolled or learner.promoted says: the learner has a seat on the course, by this enrollment. If the learner
// leaves and enrolls again, that is another enrollment.
type Seat struct {
	Course     domain.CourseID
	Learner    domain.LearnerID
	Enrollment domain.EnrollmentID
}

// A Bank charges learners.
type Bank interface {
	// Charge orders a charge. The bank charges once per enrollment, however often that is ordered, and answers later, by a message.
	Charge(ctx context.Context, enrollment domain.EnrollmentID, learner domain.LearnerID) error
}

// A Saga handles messages, one at a time. After an error, a message is delivered again. It may be delivered again after nil, too, even
// much later. Messages may be delivered in any order.
type Saga struct {
	roster ports.Commands
	bank   Bank
	seats  map[domain.EnrollmentID]Seat // a real service would have it in a database
}

// New returns a saga that knows no seats.
func New(roster ports.Commands, bank Bank) *Saga {
	return &Saga{roster: roster, bank: bank, seats: map[domain.EnrollmentID]Seat{}}
}

// OnSeat handles an event of roster: a learner has got a seat.
func (s *Saga) OnSeat(ctx context.Context, seat Seat) error {
	s.seats[seat.Enrollment] = seat
	return s.bank.Charge(ctx, seat.Enrollment, seat.Learner)
}

// OnRefused handles a message of the bank: the charge for this enrollment is refused.
func (s *Saga) OnRefused(context.Context, domain.EnrollmentID) error {
	return nil // the learner keeps the seat
}
