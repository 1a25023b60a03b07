package charging

import (
	"context"
	"strings"
)

// A Rule is a bank for trials of the saga: it refuses learners whose id begins with "broke-", and accepts all others.
type Rule struct{}

// Charge implements [Bank]. It has no state: the same learner gets the same answer each time.
func (Rule) Charge(_ context.Context, _, learner string) (accepted bool, err error) {
	return !strings.HasPrefix(learner, "broke-"), nil
}
