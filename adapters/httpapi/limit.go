package httpapi

import (
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

const maxWindow = 24 * time.Hour

// A Limit is how many requests one caller may send in a window. They come back evenly over the window, so who has been
// quiet may send all at once, and at most twice as many in any one window. The zero Limit is none.
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
		detail := fmt.Sprintf("must be off, or requests/time such as 600/1m, in whole seconds up to %s, not %q", maxWindow, text)
		return Limit{}, &domain.Violation{Field: "rate-limit", Detail: detail}
	}
	return Limit{n, w}, nil
}

// WithRateLimit sets what one caller may send; without, there is no limit. A caller is a subject of a tenant. Who can't
// show who he is, or need not, is known by his address, an IPv6 one by its network of 64 bits. Health is never limited.
func WithRateLimit(l Limit) Option { return func(s *Server) { s.limit = l } }

// A limiter tells callers that have sent too much. Addresses are anybody's to make up, principals are not: they have a
// table each, so that no flood of the former reaches the latter.
type limiter struct {
	limit      Limit
	clock      ports.Clock
	principals *buckets
	addresses  *buckets
}

func newLimiter(l Limit, clock ports.Clock) *limiter {
	if l == (Limit{}) {
		return nil
	}
	return &limiter{l, clock, newBuckets(l, maxPrincipals), newBuckets(l, maxAddresses)}
}

type principal struct {
	tenant  domain.TenantID
	subject string
}

// admit finds out who asks, where the route is not open to all, and counts the request.
func (s *Server) admit(c echo.Context, in *call) error {
	route := c.Path()
	if route == "/healthz" || route == "/readyz" {
		return nil
	}
	known := false
	var err error
	if needsActor(route) {
		in.actor, err = s.authenticate(c.Request())
		known = err == nil
	}
	if s.limiter == nil {
		return err
	}
	table, caller := s.limiter.addresses, any(network(c.RealIP()))
	if known {
		table, caller = s.limiter.principals, principal{in.actor.Tenant, in.actor.Subject}
	}
	if !s.limiter.take(table, caller, in.header) {
		return errRateLimited
	}
	return err
}

// take takes one request from what the caller has left, and reports whether he had one. The headers (IETF draft
// ratelimit-headers 11) say how many are left, and in how many seconds there is one more.
func (l *limiter) take(table *buckets, caller any, header http.Header) bool {
	now := l.clock.Now()
	bucket := table.of(caller, now)
	taken := bucket.AllowN(now, 1)
	left := max(0, bucket.TokensAt(now))
	header.Set("RateLimit-Policy", fmt.Sprintf(`"default";q=%d;w=%d`, l.limit.Requests, int(l.limit.Window.Seconds())))
	more := l.limit.seconds(math.Floor(left) + 1 - left)
	header.Set("RateLimit", fmt.Sprintf(`"default";r=%d;t=%d`, int(left), more))
	if !taken {
		header.Set("Retry-After", strconv.Itoa(more))
	}
	return taken
}

// seconds returns in how many whole seconds so many requests, one at most, are back.
func (l Limit) seconds(requests float64) int {
	const rounding = 1e-6 // of the division
	return max(1, int(math.Ceil(requests/float64(l.rate())-rounding)))
}

func (l Limit) rate() rate.Limit { return rate.Limit(float64(l.Requests) / l.Window.Seconds()) }

// network returns what stands for a caller's address: of IPv6 the part that is given out as a whole. What is no address
// is one caller.
func network(address string) netip.Prefix {
	a, _ := netip.ParseAddr(address)
	a = a.Unmap()
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits)
	return p
}
