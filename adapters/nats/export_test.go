package nats

import "time"

// WithLeaseTime has leases be over after another time, for those who can't wait.
func WithLeaseTime(d time.Duration) Option { return func(s *settings) { s.pace = pace(d) } }
