package outbox

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// An Event says that a learner got a seat. Consumers recognize an event that they have seen by its ID.
type Event struct {
	ID      string
	Course  string
	Learner string
}

// A Row is an event in the table outbox.
type Row struct {
	Number int64
	Event
}

// A DB is a database in memory, with the tables seats and outbox. It is not safe for concurrent use.
type DB struct {
	Fails func() bool // whether the change that is to be committed fails; nil: none does

	seats   map[string][]string // the learners of each course
	outbox  []Row               // committed ones, in order of number
	numbers int64               // the last number that was given to a row
	locks   map[string]*Tx      // the transaction that has changed a course, until it ends
}

// NewDB returns an empty database.
func NewDB() *DB { return &DB{seats: make(map[string][]string), locks: make(map[string]*Tx)} }

// Seats returns the learners who have a seat on the course, in the order in which they got it.
func (d *DB) Seats(course string) []string { return slices.Clone(d.seats[course]) }

// Outbox returns the committed rows of the outbox, in order of number.
func (d *DB) Outbox() []Row { return slices.Clone(d.outbox) }

// DeleteFromOutbox deletes rows by their numbers, all of them or, after an error, none.
func (d *DB) DeleteFromOutbox(numbers ...int64) error {
	if err := d.commit(); err != nil {
		return err
	}
	d.outbox = slices.DeleteFunc(d.outbox, func(r Row) bool { return slices.Contains(numbers, r.Number) })
	return nil
}

func (d *DB) commit() error {
	if d.Fails != nil && d.Fails() {
		return errors.New("commit: the disk is gone")
	}
	return nil
}

// A Tx is a transaction. What it adds is seen by others after Commit.
type Tx struct {
	db    *DB
	seats map[string][]string
	rows  []Row
}

// Begin begins a transaction.
func (d *DB) Begin() *Tx { return &Tx{db: d, seats: make(map[string][]string)} }

// TakeSeat gives the learner a seat, and locks the course until the transaction ends.
func (tx *Tx) TakeSeat(course, learner string) error {
	if by := tx.db.locks[course]; by != nil && by != tx {
		return fmt.Errorf("%s is locked by another transaction", course)
	}
	tx.db.locks[course] = tx
	tx.seats[course] = append(tx.seats[course], learner)
	return nil
}

// AddToOutbox adds a row with the next number. As in every database with a sequence (or AUTO_INCREMENT), the number is given at once, and the
// row is seen after Commit: rows with larger numbers may be seen before.
func (tx *Tx) AddToOutbox(e Event) {
	tx.db.numbers++
	tx.rows = append(tx.rows, Row{tx.db.numbers, e})
}

// Commit stores all that the transaction has added, or nothing.
func (tx *Tx) Commit() error {
	defer tx.Rollback()
	if err := tx.db.commit(); err != nil {
		return err
	}
	for course, learners := range tx.seats {
		tx.db.seats[course] = append(tx.db.seats[course], learners...)
	}
	tx.db.outbox = append(tx.db.outbox, tx.rows...)
	slices.SortFunc(tx.db.outbox, func(a, b Row) int { return cmp.Compare(a.Number, b.Number) })
	return nil
}

// Rollback drops what is not committed, and releases the locks.
func (tx *Tx) Rollback() {
	for course := range tx.seats {
		delete(tx.db.locks, course)
	}
	tx.seats, tx.rows = nil, nil
}
