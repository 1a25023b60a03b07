// Package desk has the use case: a reader borrows a book. What keeps the loans is a port.
package desk

import (
	"context"
	"time"

	"example.com/roster/exercise/library/lending"
)

// Loans keeps loans. See example.com/roster/exercise/library/files for one, and "net/http" has nothing to do with it.
type Loans interface {
	Of(ctx context.Context, reader string) ([]lending.Loan, error)
	Add(ctx context.Context, loan lending.Loan) error
}

// Borrow decides a loan, and keeps it.
func Borrow(ctx context.Context, loans Loans, book, reader string, now time.Time) (lending.Loan, error) {
	has, err := loans.Of(ctx, reader)
	if err != nil {
		return lending.Loan{}, err
	}
	loan, err := lending.Borrow(book, reader, len(has), now)
	if err != nil {
		return lending.Loan{}, err
	}
	return loan, loans.Add(ctx, loan)
}
