package charging

import (
	"context"
	"strings"
)

// A Rule is a bank to try the saga on: it refuses learners whose id begins with "broke-", and accepts all others.
type Rule struct{}

// Charge implements [Bank]. It remembers nothing, and says the same each time.
func (Rule) Charge(_ context.Context, _, learner string) (accepted bool, err error) {
	return !strings.HasPrefix(learner, "broke-"), nil
}
