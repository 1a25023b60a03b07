package httpapi

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"example.com/roster/adapters/httpapi/internal/api"
	"example.com/roster/ports"
)

// A Part is a dependency of the process, as /readyz names it.
type Part struct {
	Name     string
	Ready    func(context.Context) error // returns nil if the part is available, at the latest when its context ends
	Optional bool                        // the process can work without it for a while
}

// isProbe reports whether a route is one that orchestrators and load balancers ask.
func isProbe(route string) bool { return route == "/healthz" || route == "/readyz" }

// GetHealth answers GET /healthz: a process that answers is alive.
func (h *handlers) GetHealth(context.Context, api.GetHealthRequestObject) (api.GetHealthResponseObject, error) {
	return api.GetHealth200JSONResponse{Status: api.HealthStatusOk}, nil
}

// GetReadiness answers GET /readyz with the last report, and its age in the Age header (RFC 9111). The reason why a part is down goes
// to the log, not to the client.
func (h *handlers) GetReadiness(ctx context.Context, _ api.GetReadinessRequestObject) (api.GetReadinessResponseObject, error) {
	r, age, err := h.readiness.get(ctx)
	if err != nil {
		return nil, err
	}
	request := fromContext(ctx)
	request.header.Set("Age", strconv.Itoa(int(age.Seconds())))
	if !r.ready {
		return nil, errors.Join(&r.down, r.reasons)
	}
	request.warning = r.reasons
	return api.GetReadiness200JSONResponse{Status: r.status, Parts: &r.parts}, nil
}

const (
	reportAge    = time.Second      // how long a report answers all requests
	checkTimeout = 5 * time.Second  // of each part; all are checked at the same time
	timeToReport = time.Second / 10 // for a part to say why, after that
)

// readiness checks the parts for all callers of /readyz together, at most once in a reportAge: the path needs no token, so the work of
// a check must not grow with the requests. Requests that arrive during a check wait for it.
type readiness struct {
	parts    []Part
	now      func() time.Time
	checking chan struct{}  // a semaphore: full during a check
	running  []chan checked // by part: the check that has not ended, or nil
	last     *report
	at       time.Time // of the last report
}

// A report is immutable.
type report struct {
	status  api.ReadinessStatus
	parts   map[string]string
	ready   bool
	down    publicError // which parts are down
	reasons error
}

func (r *readiness) get(ctx context.Context) (*report, time.Duration, error) {
	select {
	case r.checking <- struct{}{}:
		defer func() { <-r.checking }()
	case <-ctx.Done():
		return nil, 0, fmt.Errorf("%w: waiting for the check of the parts: %w", ports.ErrUnavailable, ctx.Err())
	}
	age := r.now().Sub(r.at)
	if r.last == nil || age >= reportAge {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkTimeout) // other callers wait for this check too
		defer cancel()
		r.last, r.at, age = r.check(ctx), r.now(), 0
	}
	return r.last, age, nil
}

// check checks all parts at the same time, so that one that hangs lets no other fail. If a part panics, check panics after the others.
func (r *readiness) check(ctx context.Context) *report {
	found := make([]checked, len(r.parts))
	var checks sync.WaitGroup
	for i := range r.parts {
		checks.Go(func() { found[i] = r.checkPart(ctx, i) })
	}
	checks.Wait()
	c := &report{status: api.ReadinessStatusOk, parts: map[string]string{}, ready: true}
	c.down = publicError{kind: ports.ErrUnavailable, detail: "A part is down."}
	for i, part := range r.parts {
		c.parts[part.Name] = "ok"
		if found[i].panicked != nil {
			panic(found[i].panicked)
		}
		if err := found[i].err; err != nil {
			c.parts[part.Name], c.status = "down", api.ReadinessStatusDegraded
			c.down.fields = append(c.down.fields, fieldError(c.down.kind, "/parts/"+pointerEscape.Replace(part.Name), "is down"))
			c.reasons = errors.Join(c.reasons, fmt.Errorf("%s: %w", part.Name, err))
			c.ready = c.ready && part.Optional
		}
	}
	return c
}

// A checked is how the check of a part has ended.
type checked struct{ err, panicked error }

// checkPart checks a part. One that ignores the end of its context is down, and is not checked again while that check runs.
func (r *readiness) checkPart(ctx context.Context, i int) checked {
	if r.running[i] == nil {
		running := make(chan checked, 1)
		r.running[i] = running
		go func() {
			var c checked
			defer func() { running <- c }()
			defer panicToError(&c.panicked)
			c.err = r.parts[i].Ready(ctx)
		}()
	}
	select {
	case c := <-r.running[i]:
		r.running[i] = nil
		return c
	case <-time.After(checkTimeout + timeToReport):
		return checked{err: fmt.Errorf("%w: its check hangs", ports.ErrUnavailable)}
	}
}
