package httpapi

import (
	"hash/maphash"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	maxPrincipals = 100_000 // about 16 MB
	maxAddresses  = 10_000
	crowdSize     = 1024
)

// buckets has one bucket per caller, and bounded memory however many callers come. Nobody gets a full bucket by making it
// forget him: it forgets only who has sent nothing for a window, whose bucket is full again. While it is full of others,
// newcomers share the buckets of the crowd, which are chosen by a hash that nobody outside can foresee.
type buckets struct {
	limit Limit
	most  int
	seed  maphash.Seed
	crowd [crowdSize]*rate.Limiter

	mu             sync.Mutex
	recent, before map[uint64]*rate.Limiter // who came since the turn, and who came last in the window before it
	turned         time.Time
}

func newBuckets(l Limit, most int) *buckets {
	b := &buckets{limit: l, most: most, seed: maphash.MakeSeed(), recent: map[uint64]*rate.Limiter{}}
	for i := range b.crowd {
		b.crowd[i] = b.full()
	}
	return b
}

func (b *buckets) full() *rate.Limiter { return rate.NewLimiter(b.limit.rate(), b.limit.Requests) }

// of returns the caller's bucket. Callers are known by their hash, so their names take no memory; that two share one is
// as good as impossible.
func (b *buckets) of(caller any, now time.Time) *rate.Limiter {
	hash := maphash.Comparable(b.seed, caller)
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Sub(b.turned) >= b.limit.Window {
		b.before, b.recent, b.turned = b.recent, map[uint64]*rate.Limiter{}, now
	}
	bucket, known := b.recent[hash]
	if known {
		return bucket
	}
	if bucket, known = b.before[hash]; known {
		delete(b.before, hash)
	} else if len(b.recent)+len(b.before) < b.most {
		bucket = b.full()
	} else {
		return b.crowd[hash%crowdSize]
	}
	b.recent[hash] = bucket
	return bucket
}
