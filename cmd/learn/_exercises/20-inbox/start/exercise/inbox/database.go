package inbox

import (
	"errors"
	"maps"
)

// A DB is a database in memory. It is not safe for concurrent use.
type DB struct {
	Fails func() bool // whether the commit that begins fails; nil: none does

	tables Tables
}

// Tables are what a transaction reads and writes. The maps are never nil.
type Tables struct {
	Rows  map[string]Row // by course; of an unknown course, the zero Row
	Early map[At]Event   // events that wait for earlier ones of their course
}

// At is the place of an event.
type At struct {
	Course   string
	Sequence int64
}

// NewDB returns an empty database.
func NewDB() *DB { return &DB{tables: Tables{make(map[string]Row), make(map[At]Event)}} }

// Update is one transaction: it calls change, and commits what that has done to the tables. After an error of change or of the commit, nothing has
// changed.
func (d *DB) Update(change func(Tables) error) error {
	t := Tables{maps.Clone(d.tables.Rows), maps.Clone(d.tables.Early)}
	if err := change(t); err != nil {
		return err
	}
	if d.Fails != nil && d.Fails() {
		return errors.New("commit: the disk is gone")
	}
	d.tables = t
	return nil
}

// Row returns the committed row of a course.
func (d *DB) Row(course string) Row { return d.tables.Rows[course] }

// Early returns how many events wait.
func (d *DB) Early() int { return len(d.tables.Early) }
