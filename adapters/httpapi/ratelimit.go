package httpapi

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

const (
	maxWindow       = 24 * time.Hour
	maxPrincipals   = 100_000 // about 16 MB
	maxAddresses    = 10_000
	maxWriters      = 1_000_000 // one for each principal that wrote in the last two windows: about 160 MB if all are there
	overflowBuckets = 1024
)

// A Limit is how many requests one caller may send in a window. Used requests come back evenly over the window, so an idle
// caller may send all at once, and any one window has at most twice as many. The zero Limit means no limit.
type Limit struct {
	Requests int
	Window   time.Duration // whole seconds
}

// ParseLimit reads a limit such as "600/1m", or "off". Its error is a [domain.Violation].
func ParseLimit(text string) (Limit, error) {
	if text == "off" {
		return Limit{}, nil
	}
	requests, window, _ := strings.Cut(text, "/")
	n, err := strconv.Atoi(requests)
	w, windowErr := time.ParseDuration(window)
	if err != nil || windowErr != nil || n < 1 || n > math.MaxInt32 || w < time.Second || w > maxWindow || w%time.Second != 0 {
		detail := fmt.Sprintf("must be off, or requests/time such as 600/1m, in whole seconds up to %s, got %q", maxWindow, text)
		return Limit{}, &domain.Violation{Field: "rate-limit", Detail: detail}
	}
	return Limit{n, w}, nil
}

// WithRateLimit sets the limit of each caller; the default is no limit. A caller is a tenant's subject or, on a request
// without an authenticated actor, an address: for IPv6 its network of 64 bits.
//
// Anyone can make up addresses but not principals, so each has its own table: a flood of addresses does not affect principals. The
// health paths have a third, with [probeLimit] at least: other requests from the address of a prober do not make it fail.
func WithRateLimit(l Limit) Option {
	return func(s *Server) {
		s.principals, s.addresses, s.probes = newBuckets(l, maxPrincipals), newBuckets(l, maxAddresses), nil
		if l != (Limit{}) {
			if l.rate() < probeLimit.rate() {
				l = probeLimit
			}
			s.probes = newBuckets(l, maxAddresses)
		}
	}
}

// WithWriteLimit sets how many requests that can change something each principal may send in a window. They count against the limit of
// all its requests, too. The default is no limit. Each action of a command counts as one request. What a caller writes stays: replies
// under keys for 48 hours, entries of journals for good. So the limit bounds what one caller can make the store keep. It is the limit
// of a learner. Staff and partners act for many, and may send [staffFactor] times as many.
func WithWriteLimit(l Limit) Option {
	return func(s *Server) {
		s.writes = newBuckets(l, maxWriters)
		l.Requests = min(l.Requests, math.MaxInt32/staffFactor) * staffFactor
		s.staffWrites = newBuckets(l, maxPrincipals)
	}
}

const staffFactor = 100

// countWrites counts writes of a principal against its limit, and returns an error if it has fewer left. Otherwise the headers remain
// those of the limit of all requests.
func (s *Server) countWrites(who ports.Actor, n int, now time.Time, header http.Header) error {
	table := s.writesOf(who)
	if table == nil {
		return nil
	}
	bucket, taken := table.takeN(principal{who.Tenant, who.Subject}, n, now)
	if taken {
		return nil
	}
	table.describe("writes", bucket, now, header)
	header.Set("Retry-After", strconv.Itoa(table.limit.secondsFor(float64(n)-bucket.TokensAt(now))))
	return errRateLimited
}

// countActions counts the actions of one command as writes, but the first one, which [Server.admit] counts.
func (s *Server) countActions(who ports.Actor, n int, header http.Header) error {
	if table := s.writesOf(who); table != nil && n > table.limit.Requests {
		detail := fmt.Sprintf("must be at most %d, the limit of what you may change in %s, got %d", table.limit.Requests, table.limit.Window, n)
		return &domain.Violation{Field: "actions", Detail: detail}
	}
	return s.countWrites(who, n-1, s.now(), header)
}

func (s *Server) writesOf(who ports.Actor) *buckets {
	if who.Role == ports.Learner {
		return s.writes
	}
	return s.staffWrites
}

// probeLimit is far above what orchestrators and load balancers ask for.
var probeLimit = Limit{600, time.Minute}

type principal struct {
	tenant  domain.TenantID
	subject string
}

// network returns the key of a caller's address: for IPv6, the part that one subscriber gets as a whole. All texts that
// are not addresses share one key.
func network(address string) netip.Prefix {
	a, _ := netip.ParseAddr(address)
	a = a.Unmap()
	p, _ := a.Prefix(min(a.BitLen(), 64))
	return p
}

// buckets has one bucket per caller, and bounded memory however many callers there are. Eviction never refills a bucket
// early: only callers that were idle for a full window are evicted, and their buckets are full again. When the table is
// full, new callers share the overflow buckets; a hash with a random seed chooses which, so no caller can predict it.
type buckets struct {
	limit    Limit
	max      int
	seed     maphash.Seed
	overflow [overflowBuckets]*rate.Limiter

	mu                sync.Mutex
	current, previous map[uint64]*rate.Limiter // callers since the last rotation, and those seen only in the window before
	rotated, latest   time.Time
}

// newBuckets returns a table for at most max callers, or nil without a limit.
func newBuckets(l Limit, max int) *buckets {
	if l == (Limit{}) {
		return nil
	}
	b := &buckets{limit: l, max: max, seed: maphash.MakeSeed(), current: map[uint64]*rate.Limiter{}}
	for i := range b.overflow {
		b.overflow[i] = b.newBucket()
	}
	return b
}

func (b *buckets) newBucket() *rate.Limiter { return rate.NewLimiter(b.limit.rate(), b.limit.Requests) }

// take takes one request from the caller's bucket, describes the bucket, and reports whether there was one.
func (b *buckets) take(caller any, now time.Time, header http.Header) bool {
	bucket, taken := b.takeN(caller, 1, now)
	wait := b.describe("default", bucket, now, header)
	if !taken {
		header.Set("Retry-After", wait)
	}
	return taken
}

// takeN takes n requests from the caller's bucket if it has as many. Requests may read the clock in another order than they are counted,
// but time never goes back in a table: its buckets would fill for the same time again.
func (b *buckets) takeN(caller any, n int, now time.Time) (bucket *rate.Limiter, taken bool) {
	hash := maphash.Comparable(b.seed, caller)
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Before(b.latest) {
		now = b.latest
	}
	b.latest = now
	bucket = b.bucketOf(hash, now)
	return bucket, bucket.AllowN(now, n)
}

// describe sets the headers (IETF draft ratelimit-headers 11) that say how many requests are left, and in how many seconds one more
// is back. It returns these seconds.
func (b *buckets) describe(policy string, bucket *rate.Limiter, now time.Time, header http.Header) string {
	left := max(0, bucket.TokensAt(now))
	wait := strconv.Itoa(b.limit.secondsFor(math.Floor(left) + 1 - left))
	header.Set("RateLimit-Policy", fmt.Sprintf(`%q;q=%d;w=%d`, policy, b.limit.Requests, int(b.limit.Window.Seconds())))
	header.Set("RateLimit", fmt.Sprintf(`%q;r=%d;t=%s`, policy, int(left), wait))
	return wait
}

// empty reports whether take would refuse a request of the caller. It adds no caller to the table.
func (b *buckets) empty(caller any, now time.Time) bool {
	b.mu.Lock()
	bucket := b.find(maphash.Comparable(b.seed, caller))
	b.mu.Unlock()
	return bucket != nil && bucket.TokensAt(now) < 1
}

// secondsFor returns in how many whole seconds so many requests are back.
func (l Limit) secondsFor(requests float64) int {
	const rounding = 1e-6 // of the division
	return max(1, int(math.Ceil(requests/float64(l.rate())-rounding)))
}

func (l Limit) rate() rate.Limit { return rate.Limit(float64(l.Requests) / l.Window.Seconds()) }

// bucketOf returns the caller's bucket. The table holds only the hash of a caller, to bound memory; two callers with one
// hash are practically impossible.
func (b *buckets) bucketOf(hash uint64, now time.Time) *rate.Limiter {
	if now.Sub(b.rotated) >= b.limit.Window {
		b.previous, b.current, b.rotated = b.current, map[uint64]*rate.Limiter{}, now
	}
	bucket := b.find(hash)
	switch bucket {
	case nil:
		bucket = b.newBucket()
	case b.current[hash], b.overflow[hash%overflowBuckets]:
		return bucket
	}
	delete(b.previous, hash)
	b.current[hash] = bucket
	return bucket
}

// find returns the bucket that a caller has or shares with others; nil for a caller who is to get a new one.
func (b *buckets) find(hash uint64) *rate.Limiter {
	bucket := cmp.Or(b.current[hash], b.previous[hash])
	if bucket == nil && len(b.current)+len(b.previous) >= b.max {
		return b.overflow[hash%overflowBuckets]
	}
	return bucket
}
