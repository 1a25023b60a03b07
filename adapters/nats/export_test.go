package nats

import (
	"time"

	"example.com/roster/domain"
)

// WithLeaseTime has leases be over after another time, for those who can't wait.
func WithLeaseTime(d time.Duration) Option { return func(s *settings) { s.timings = leaseTimings(d) } }

// Sent returns how many messages the bus has sent, of whatever sort.
func (b *Bus) Sent() uint64 { return b.conn.Stats().OutMsgs }

// PartitionOf returns the partition of a course.
func PartitionOf(id domain.CourseID) int { return partitionOf(id) }
