// Package table is a database in memory. It stands for SQL in this exercise, so that you need none: a table has rows, a row has a key, and
// a transaction reads and changes rows while all others wait.
package table

import (
	"maps"
	"slices"
	"sync"
)

// A DB is a database. Make it by [New].
type DB struct {
	mu     sync.Mutex // held by the transaction that runs
	tables map[string]map[string]any
}

// New returns an empty database.
func New() *DB { return &DB{tables: make(map[string]map[string]any)} }

// A Tx is a transaction. It ends by Commit or by Rollback.
type Tx struct {
	db    *DB
	undo  []func()
	ended bool
}

// Begin begins a transaction when the earlier ones have ended.
func (db *DB) Begin() *Tx {
	db.mu.Lock()
	return &Tx{db: db}
}

// Get returns the row with a key, and false if there is none.
func Get[Row any](tx *Tx, table, key string) (row Row, found bool) {
	row, found = tx.db.tables[table][key].(Row)
	return row, found
}

// Select returns the rows for which where is true, in order of their keys.
func Select[Row any](tx *Tx, table string, where func(Row) bool) (rows []Row) {
	for _, key := range slices.Sorted(maps.Keys(tx.db.tables[table])) {
		if row := tx.db.tables[table][key].(Row); where(row) {
			rows = append(rows, row)
		}
	}
	return rows
}

// Put inserts a row, or replaces the one with this key.
func (tx *Tx) Put(table, key string, row any) {
	if tx.db.tables[table] == nil {
		tx.db.tables[table] = make(map[string]any)
	}
	rows := tx.db.tables[table]
	before, found := rows[key]
	tx.undo = append(tx.undo, func() {
		if delete(rows, key); found {
			rows[key] = before
		}
	})
	rows[key] = row
}

// Commit ends the transaction, and keeps its changes.
func (tx *Tx) Commit() {
	tx.undo = nil
	tx.Rollback()
}

// Rollback ends the transaction without its changes. After Commit it does nothing.
func (tx *Tx) Rollback() {
	if tx.ended {
		return
	}
	for _, undo := range slices.Backward(tx.undo) {
		undo()
	}
	tx.ended = true
	tx.db.mu.Unlock()
}
