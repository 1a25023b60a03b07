// Package outbox enrolls learners, and publishes that to other services.
package outbox

import "crypto/rand"

// A Broker carries events to other services.
type Broker interface {
	// Publish returns nil when the broker has the event. After an error, the broker may have it or not.
	Publish(e Event) error
}

// A Process is what runs: a desk for learners, and a relay.
type Process struct {
	*Desk
	*Relay
}

// NewProcess connects the parts.
func NewProcess(db *DB, broker Broker) Process {
	return Process{&Desk{DB: db, Broker: broker}, &Relay{DB: db, Broker: broker}}
}

// A Desk enrolls learners.
type Desk struct {
	DB     *DB
	Broker Broker
}

// Enroll gives the learner a seat. Other services learn of it by an event.
func (d *Desk) Enroll(course, learner string) error {
	tx := d.DB.Begin()
	defer tx.Rollback()
	if err := tx.TakeSeat(course, learner); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	return d.Broker.Publish(Event{ID: rand.Text(), Course: course, Learner: learner})
}

// A Relay publishes what is to be published. One relay runs at a time.
type Relay struct {
	DB     *DB
	Broker Broker
}

// Run publishes until nothing is left. After an error, it is called again a moment later.
func (r *Relay) Run() error {
	return nil
}
