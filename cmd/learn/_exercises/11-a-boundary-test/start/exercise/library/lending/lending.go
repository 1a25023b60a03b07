// Package lending has the rules of a library: who may borrow, and for how long.
package lending

import (
	"errors"
	"time"
)

// ErrTooMany means that the reader has as many books as a reader may have.
var ErrTooMany = errors.New("too many books")

// A Loan is a book that a reader has.
type Loan struct {
	Book, Reader string
	Due          time.Time
}

// Borrow decides a loan at a time, for a reader who has some books already. It is for three weeks.
func Borrow(book, reader string, has int, now time.Time) (Loan, error) {
	if has >= 5 {
		return Loan{}, ErrTooMany
	}
	return Loan{book, reader, now.AddDate(0, 0, 21)}, nil
}
