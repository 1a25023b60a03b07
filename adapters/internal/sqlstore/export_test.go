package sqlstore

import "time"

// SettleWithin changes how long an Update looks for an unsettled write set.
func (s *Store) SettleWithin(d time.Duration) { s.settleWithin = d }
