// Package files keeps loans in a folder, one file for each.
package files

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"

	"example.com/roster/exercise/library/lending"
)

// A Folder has the loans. It is a desk.Loans.
type Folder string

// Of returns the loans of a reader.
func (f Folder) Of(_ context.Context, reader string) (loans []lending.Loan, err error) {
	names, err := filepath.Glob(filepath.Join(string(f), "*.json"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var loan lending.Loan
		if err := json.Unmarshal(text, &loan); err != nil {
			return nil, err
		}
		if loan.Reader == reader {
			loans = append(loans, loan)
		}
	}
	return loans, nil
}

// Add keeps a loan.
func (f Folder) Add(_ context.Context, loan lending.Loan) error {
	text, err := json.Marshal(loan)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(string(f), "*.json")
	if err != nil {
		return err
	}
	if _, err := file.Write(text); err != nil {
		return err
	}
	return file.Close()
}
