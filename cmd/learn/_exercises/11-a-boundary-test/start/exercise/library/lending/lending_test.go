package lending_test

import (
	"errors"
	"testing"
	"time"

	rules "example.com/roster/exercise/library/lending"
)

func TestFiveBooks(t *testing.T) {
	for has := range 6 {
		if _, err := rules.Borrow("Emma", "ada", has, time.Time{}); errors.Is(err, rules.ErrTooMany) != (has == 5) {
			t.Errorf("with %d books: got %v", has, err)
		}
	}
}
