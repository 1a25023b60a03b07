package fees_test

import (
	"testing"
	"time"

	"example.com/roster/exercise/fees"
)

// The test can only say what is the same on every day.
func TestQuote(t *testing.T) {
	start := time.Now().AddDate(0, 0, 10)
	if got := fees.NewDesk(nil).Quote(start); got.Percent != 0 {
		t.Errorf("ten days before the start, a withdrawal costs %d %%", got.Percent)
	}
}
