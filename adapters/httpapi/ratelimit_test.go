package httpapi_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A manualClock stands still until the test advances it.
type manualClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *manualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *manualClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// bySubject reads the actor from TENANT/SUBJECT after Bearer, and returns it as staff.
func bySubject(r *http.Request) (ports.Actor, error) {
	tenant, subject, found := strings.Cut(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), "/")
	if !found {
		return ports.Actor{}, ports.ErrUnauthenticated
	}
	return ports.Actor{Tenant: domain.TenantID(tenant), Subject: subject, Role: ports.Staff}, nil
}

func limited(limit string) (*httpapi.Server, *manualClock) {
	clock := &manualClock{now: noon}
	l := must(httpapi.ParseLimit(limit))
	return serve(newCatalog(1), httpapi.WithRateLimit(l), httpapi.WithClock(clock), httpapi.WithAuthenticator(bySubject)), clock
}

func TestRateLimitIsPerPrincipalAndRefills(t *testing.T) {
	t.Parallel()
	s, clock := limited("5/1m")
	get := func(caller string) response {
		return send(t, s, "GET", "/v1/courses", "", "Authorization", "Bearer "+caller)
	}
	for left := 4; left >= 0; left-- {
		got := get("a/ada")
		want := fmt.Sprintf(`"default";r=%d;t=%d`, left, 12)
		policy := got.header.Get("RateLimit-Policy")
		if got.status != 200 || got.header.Get("RateLimit") != want || policy != `"default";q=5;w=60` {
			t.Fatalf("%d %v, want RateLimit %s", got.status, got.header, want)
		}
	}
	refused := problem(t, s, 429, "rate_limited", "GET", "/v1/courses", "", "Authorization", "Bearer a/ada")
	if refused.header.Get("Retry-After") != "12" || refused.header.Get("RateLimit") != `"default";r=0;t=12` {
		t.Errorf("refused with %v", refused.header)
	}
	for _, other := range []string{"a/bob", "b/ada", "a/", "a/ad/a"} {
		if got := get(other); got.status != 200 || !strings.Contains(got.header.Get("RateLimit"), "r=4") {
			t.Errorf("%s shares the limit of a/ada: %d %v", other, got.status, got.header)
		}
	}
	clock.advance(11 * time.Second)
	if got := get("a/ada"); got.status != 429 || got.header.Get("Retry-After") != "1" {
		t.Errorf("a second early: %d %v", got.status, got.header)
	}
	clock.advance(time.Second)
	if got := get("a/ada"); got.status != 200 {
		t.Errorf("in time: %d %v", got.status, got.header)
	}
	clock.advance(time.Hour)
	if got := get("a/ada"); got.header.Get("RateLimit") != `"default";r=4;t=12` {
		t.Errorf("after an hour: %v", got.header)
	}
}

// An unauthenticated caller is limited by address, whatever the answer is. An authenticated caller does not share the limit
// of the address.
func TestUnauthenticatedCallersAreLimitedByAddress(t *testing.T) {
	t.Parallel()
	s, _ := limited("3/1m")
	get := func(path, address, token string) int {
		r := httptest.NewRequest("GET", path, nil)
		r.RemoteAddr = address
		r.Header.Set("Authorization", token)
		r.Header.Set("X-Forwarded-For", "198.51.100."+fmt.Sprint(len(path)))
		r.Header.Set("X-Real-IP", "198.51.100.7")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Header().Get("RateLimit") == "" {
			t.Errorf("GET %s has no RateLimit", path)
		}
		return w.Code
	}
	for i, c := range []struct {
		path, address, token string
		want                 int
	}{
		{"/v1/courses", "192.0.2.1:1", "", 401},
		{"/openapi.json", "192.0.2.1:2", "", 200},
		{"/v1/nowhere", "192.0.2.1:3", "", 404},
		{"/v1/courses", "192.0.2.1:4", "", 429},
		{"/v1/courses", "192.0.2.1:4", "Bearer guess", 429},
		{"/openapi.json", "[::ffff:192.0.2.1]:5", "", 429},
		{"/v1/courses", "192.0.2.1:6", "Bearer a/ada", 200},
		{"/healthz", "192.0.2.1:7", "", 200},
		{"/readyz", "192.0.2.1:8", "", 200},
		{"/v1/courses", "192.0.2.2:1", "", 401},
		{"/openapi.json", "[2001:db8::1]:1", "", 200},
		{"/openapi.json", "[2001:db8::ffff:1]:1", "", 200},
		{"/openapi.json", "[2001:db8:0:0:8::]:1", "", 200},
		{"/openapi.json", "[2001:db8::2]:1", "", 429},
		{"/openapi.json", "[2001:db8:0:1::2]:1", "", 200},
		{"/openapi.json", "@", "", 200},
	} {
		if got := get(c.path, c.address, c.token); got != c.want {
			t.Errorf("%d: %s from %s as %q: %d, want %d", i, c.path, c.address, c.token, got, c.want)
		}
	}
}

// A flood of made-up callers neither fills the memory nor refills a used bucket. The test runs alone, because it measures the heap of
// the process.
func TestFloodOfCallersLiftsNoLimit(t *testing.T) {
	s, clock := limited("2/1m")
	get := func(token, address string) int {
		r := httptest.NewRequest("GET", "/v1/courses?pageSize=1", nil)
		r.RemoteAddr = address
		r.Header.Set("Authorization", token)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w.Code
	}
	used := func(want int) {
		t.Helper()
		if got := get("", "203.0.113.9:1"); got != want {
			t.Errorf("the address got %d, want %d", got, want)
		}
	}
	used(401)
	used(401)
	used(429)
	flood := func(from, to int) (refused int) {
		for i := from; i < to; i++ {
			if get("", fmt.Sprintf("10.%d.%d.%d:1", i>>16, i>>8&255, i&255)) == 429 {
				refused++
			}
		}
		return refused
	}
	if refused := flood(0, 9_000); refused != 0 {
		t.Errorf("of 9,000 addresses %d were refused at once", refused)
	}
	before := heap()
	if refused := flood(9_000, 60_000); refused < 45_000 {
		t.Errorf("of 51,000 addresses beyond the table only %d were refused", refused)
	}
	if grown := heap() - before; grown > 4<<20 {
		t.Errorf("51,000 addresses took %d bytes", grown)
	}
	used(429)
	if got := get("Bearer a/ada", "10.0.0.1:1"); got != 200 {
		t.Errorf("an authenticated caller shares the limit of the flood: %d", got)
	}
	clock.advance(30 * time.Second)
	used(401) // the refill of 30 seconds, and no more
	used(429)
	clock.advance(time.Minute)
	used(401)
	clock.advance(time.Minute)
	if refused := flood(100_000, 109_000); refused != 0 {
		t.Errorf("after the flood %d new callers were refused", refused)
	}
}

// The table rotates once a window. A rotation keeps a caller's used bucket, and a caller of every window takes one entry.
func TestRotationOfTheTableLiftsNoLimit(t *testing.T) {
	t.Parallel()
	s, clock := limited("2/1m")
	get := func(caller int) int {
		r := httptest.NewRequest("GET", "/v1/courses?pageSize=1", nil)
		r.RemoteAddr = fmt.Sprintf("10.%d.%d.%d:1", caller>>16, caller>>8&255, caller&255)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w.Code
	}
	get(1)
	clock.advance(59 * time.Second)
	for _, want := range []int{401, 401, 429} {
		if got := get(2); got != want {
			t.Fatalf("before the rotation: %d, want %d", got, want)
		}
	}
	clock.advance(time.Second)
	if got := get(2); got != 429 {
		t.Errorf("the rotation refilled the bucket: %d", got)
	}
	for range 2 {
		clock.advance(time.Minute)
		for caller := range 6_000 {
			if got := get(caller); got != 401 {
				t.Fatalf("one of 6,000: %d", got)
			}
		}
	}
	for caller := 6_000; caller < 9_900; caller++ {
		if got := get(caller); got != 401 {
			t.Fatalf("one of 9,900: %d", got)
		}
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Under concurrent load, exactly as many requests pass as the limit allows.
func TestRateLimitCountsEachRequestOnce(t *testing.T) {
	t.Parallel()
	s, _ := limited("500/1m")
	var passed sync.Map
	var wait sync.WaitGroup
	for worker := range 8 {
		wait.Go(func() {
			for i := range 200 {
				r := httptest.NewRequest("GET", "/v1/courses", nil)
				r.Header.Set("Authorization", "Bearer a/ada")
				w := httptest.NewRecorder()
				if s.ServeHTTP(w, r); w.Code == 200 {
					passed.Store([2]int{worker, i}, true)
				}
			}
		})
	}
	wait.Wait()
	n := 0
	passed.Range(func(any, any) bool { n++; return true })
	if n != 500 {
		t.Errorf("%d requests passed, want 500", n)
	}
}

func TestParseLimit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]httpapi.Limit{
		"off": {}, "600/1m": {Requests: 600, Window: time.Minute}, "1/1s": {Requests: 1, Window: time.Second},
		"100000/24h": {Requests: 100_000, Window: 24 * time.Hour}, "5/1m30s": {Requests: 5, Window: 90 * time.Second},
	} {
		if got, err := httpapi.ParseLimit(text); err != nil || got != want {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "600", "600/", "/1m", "0/1m", "-1/1m", "1.5/1m", "600/1", "600/-1m", "600/0s", "600/500ms", "600/1.5s", "600/25h", "OFF",
		"600/1m/2", "99999999999/1m", "many/1m",
	} {
		got, err := httpapi.ParseLimit(text)
		violation, ok := errors.AsType[*domain.Violation](err)
		if !ok || violation.Field != "rate-limit" || got != (httpapi.Limit{}) {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
	}
}

func TestRateLimitIsOffByDefault(t *testing.T) {
	t.Parallel()
	s, _ := limited("off")
	for range 2_000 {
		r := httptest.NewRequest("GET", "/v1/courses", nil)
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != 401 || w.Header().Get("RateLimit") != "" {
			t.Fatalf("%d %v", w.Code, w.Header())
		}
	}
}

func BenchmarkLimit(b *testing.B) {
	for _, limit := range []string{"off", "1000000000/1m"} {
		b.Run(strings.ReplaceAll(limit, "/", " in "), func(b *testing.B) {
			s, _ := limited(limit)
			r := httptest.NewRequest("GET", "/v1/courses", nil)
			r.Header.Set("Authorization", "Bearer a/ada")
			for b.Loop() {
				s.ServeHTTP(httptest.NewRecorder(), r)
			}
		})
	}
}

// A flood of probes is refused, and other requests of the same address do not make a probe fail.
func TestProbesHaveALimitOfTheirOwn(t *testing.T) {
	t.Parallel()
	s, _ := limited("1/1m")
	get := func(path string) int {
		r := httptest.NewRequest("GET", path, nil)
		r.RemoteAddr = "192.0.2.1:1"
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w.Code
	}
	get("/openapi.json")
	if got := get("/openapi.json"); got != 429 {
		t.Fatalf("the address is not limited: %d", got)
	}
	for i := range 600 {
		if got := get([]string{"/healthz", "/readyz"}[i%2]); got != 200 {
			t.Fatalf("probe %d is %d", i, got)
		}
	}
	if got := get("/readyz"); got != 429 {
		t.Errorf("probe 601 within a moment is %d, want 429", got)
	}
}

// Once an address has used up its limit, tokens that it invents are refused before their signature is verified. A caller whose token
// is known is not affected; one behind the same address whose token is new waits.
func TestFloodOfTokensCostsNoSignatures(t *testing.T) {
	t.Parallel()
	verified := 0
	authenticate := func(r *http.Request) (ports.Actor, error) {
		if verified++; strings.HasPrefix(r.Header.Get("Authorization"), "good") {
			return ada, nil
		}
		return ports.Actor{}, ports.ErrUnauthenticated
	}
	limit, err := httpapi.ParseLimit("3/1m")
	if err != nil {
		t.Fatal(err)
	}
	clock := &manualClock{now: noon}
	s := serve(newCatalog(1), httpapi.WithClock(clock), httpapi.WithAuthenticator(authenticate), httpapi.WithRateLimit(limit),
		httpapi.WithKnownTokens(func(r *http.Request) bool { return r.Header.Get("Authorization") == "good and known" }))
	requireStatuses := func(want int, token string, times int) {
		t.Helper()
		for range times {
			if got := send(t, s, "GET", "/v1/courses", "", "Authorization", token); got.status != want || want == 429 && got.header.Get("Retry-After") == "" {
				t.Fatalf("%s: %d %v, want %d", token, got.status, got.header, want)
			}
		}
	}
	requireStatuses(401, "bad", 3)
	requireStatuses(429, "bad", 100)
	requireStatuses(429, "good", 1)
	requireStatuses(200, "good and known", 1)
	if verified != 4 {
		t.Errorf("%d signatures were verified, want those of 3 strangers and of the known caller", verified)
	}
	clock.advance(time.Minute)
	requireStatuses(200, "good", 1)

	before := s.LimitedAddresses()
	for i := range 20 {
		r := httptest.NewRequest("GET", "/v1/courses", nil)
		r.RemoteAddr = fmt.Sprintf("198.51.100.%d:1", i)
		r.Header.Set("Authorization", "good")
		s.ServeHTTP(httptest.NewRecorder(), r)
	}
	if got := s.LimitedAddresses(); got != before {
		t.Errorf("%d addresses of authenticated callers take memory of the strangers' table", got-before)
	}
}
