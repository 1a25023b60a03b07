package lostcommit

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// ErrLost is returned by a call whose connection broke. After a Commit, it is unknown whether the transaction took place.
var ErrLost = errors.New("the connection is lost")

// A Seat is a row: the seat that a learner has. Its ID is made for it, and no other seat has it.
type Seat struct {
	ID      string
	Learner string
}

// A DB is a database of seats, as a program at the other end of a network sees it. It is not safe for concurrent use.
type DB struct {
	Lost    []Lost      // what becomes of the next commits; those after them are answered
	Down    bool        // if true, no connection can be made
	OnLost  func()      // runs when an answer is lost; may be nil
	OnBegin func(n int) // runs at the nth Begin; may be nil

	courses map[string]*course
	begun   int
	open    int
}

// Lost says what the database does with a commit whose answer is lost.
type Lost int

const (
	Stored     Lost = iota // it has committed
	RolledBack             // COMMIT has not arrived
	Running                // COMMIT has arrived, and the database still works on it: it commits before another transaction gets the lock
	Dying                  // likewise, and it rolls back
)

type course struct {
	capacity int
	seats    []Seat
	locked   *Tx    // the transaction that holds the lock
	running  func() // what a transaction without a connection does before it gives up the lock; nil if there is none
}

// NewDB returns a database with a course.
func NewDB(id string, capacity int) *DB {
	return &DB{courses: map[string]*course{id: {capacity: capacity}}}
}

// Open returns how many transactions have not ended.
func (d *DB) Open() int { return d.open }

// A Tx is a transaction.
type Tx struct {
	db      *DB
	ctx     context.Context
	locked  *course
	inserts []Seat
	ended   bool
}

// Begin begins a transaction, which lasts no longer than ctx.
func (d *DB) Begin(ctx context.Context) (*Tx, error) {
	d.begun++
	if d.OnBegin != nil {
		d.OnBegin(d.begun)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if d.Down {
		return nil, fmt.Errorf("begin: %w", ErrLost)
	}
	d.open++
	return &Tx{db: d, ctx: ctx}, nil
}

// Lock locks the course until the transaction ends. It waits for a transaction of a lost connection that still runs.
func (tx *Tx) Lock(id string) error {
	c := tx.db.courses[id]
	if err := tx.usable(c); err != nil {
		return err
	}
	if c.locked != nil && c.locked != tx {
		return errors.New("lock: another transaction of this program holds the lock, and has not ended: this would wait for ever")
	}
	if c.running != nil {
		c.running()
		c.running = nil
	}
	c.locked, tx.locked = tx, c
	return nil
}

// Seats returns the course's committed seats, and its capacity. Without the lock, both may change at any time.
func (tx *Tx) Seats(id string) (seats []Seat, capacity int, err error) {
	c := tx.db.courses[id]
	if err := tx.usable(c); err != nil {
		return nil, 0, err
	}
	return slices.Clone(c.seats), c.capacity, nil
}

// Insert adds a seat to the course that is locked.
func (tx *Tx) Insert(s Seat) error {
	if tx.locked == nil {
		return errors.New("insert: lock the course first")
	}
	tx.inserts = append(tx.inserts, s)
	return tx.usable(tx.locked)
}

func (tx *Tx) usable(c *course) error {
	switch {
	case tx.ended:
		return errors.New("the transaction has ended")
	case c == nil:
		return errors.New("there is no such course")
	}
	return tx.ctx.Err()
}

// Commit stores what was inserted, and ends the transaction. If it returns [ErrLost], see there.
func (tx *Tx) Commit() error {
	if err := tx.usable(tx.locked); err != nil {
		return err
	}
	c := tx.locked
	store := func() { c.seats = append(c.seats, tx.inserts...) }
	if len(tx.db.Lost) == 0 {
		store()
		tx.Rollback()
		return nil
	}
	lost := tx.db.Lost[0]
	tx.db.Lost = tx.db.Lost[1:]
	tx.Rollback()
	switch lost {
	case Stored:
		store()
	case Running:
		c.running = store
	case Dying:
		c.running = func() {}
	}
	if tx.db.OnLost != nil {
		tx.db.OnLost()
	}
	return fmt.Errorf("commit: %w", ErrLost)
}

// Rollback ends the transaction and gives up its lock. After a commit it does nothing.
func (tx *Tx) Rollback() {
	if tx.ended {
		return
	}
	tx.ended = true
	tx.db.open--
	if tx.locked != nil {
		tx.locked.locked = nil
	}
}
