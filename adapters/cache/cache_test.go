package cache_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/roster/adapters/cache"
	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/application/servicetest"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

const course = servicetest.Course

var staff = servicetest.Staff

// A cached store keeps the contract.
func TestConformance(t *testing.T) {
	t.Parallel()
	portstest.TestStore(t, func(testing.TB) ports.Store { return cache.New(memstore.New(), cache.Options{}) })
}

// In any order of events a read sees all own writes, and all others' writes that are at least a second old.
func TestBoundedStaleness(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		store := memstore.New()
		others := servicetest.NewOn(t, store)
		now := others.Clock.Now
		cached := servicetest.NewOn(t, cache.New(store, cache.Options{Now: now, Courses: 2}))
		ids := []domain.CourseID{"a", "b", "c"}
		waits := []time.Duration{1, time.Second / 2, time.Second - 1, time.Second}
		type write struct {
			at       time.Time
			sequence int64
			own      bool
		}
		written := make(map[domain.CourseID][]write)
		put := func(s *servicetest.Service, own bool) {
			id := rapid.SampledFrom(ids).Draw(t, "course")
			o, err := s.PutCourse(t.Context(), staff, id, domain.Settings{Title: new("Go"), Capacity: new(len(written[id]))})
			if err != nil {
				t.Fatal(err)
			}
			written[id] = append(written[id], write{now(), o.Course.Sequence, own})
		}
		t.Repeat(map[string]func(*rapid.T){
			"write":        func(*rapid.T) { put(cached, true) },
			"others write": func(*rapid.T) { put(others, false) },
			"wait":         func(t *rapid.T) { others.Clock.Advance(rapid.SampledFrom(waits).Draw(t, "wait")) },
			"read": func(t *rapid.T) {
				id := rapid.SampledFrom(ids).Draw(t, "course")
				c, err := cached.Course(t.Context(), staff, id)
				if errors.Is(err, domain.ErrCourseNotFound) && len(written[id]) == 0 {
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				for _, w := range written[id] {
					if c.Sequence < w.sequence && (w.own || now().Sub(w.at) >= time.Second) {
						t.Fatalf("%s is %d at %v, after %+v", id, c.Sequence, now(), w)
					}
				}
			},
		})
	})
}

// hooked is a store that calls hooks after a read of a course and before a write.
type hooked struct {
	ports.Store
	afterRead, beforeWrite chan func()
}

func (s *hooked) Course(ctx context.Context, t domain.TenantID, id domain.CourseID) (domain.Course, error) {
	c, err := s.Store.Course(ctx, t, id)
	run(s.afterRead)
	return c, err
}

func (s *hooked) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	run(s.beforeWrite)
	return s.Store.Update(ctx, need, decide)
}

// run runs the hook, if there is one.
func run(hook chan func()) {
	select {
	case f := <-hook:
		f()
	default:
	}
}

// A read that a write has overtaken is not cached.
func TestOvertakenReads(t *testing.T) {
	t.Parallel()
	store := &hooked{memstore.New(), make(chan func(), 1), make(chan func(), 1)}
	servicetest.NewOn(t, store.Store).Given("put capacity=1")
	caching := cache.New(store, cache.Options{Fresh: time.Hour})
	cached := servicetest.NewOn(t, caching)
	capacity := 1
	grow := func() {
		capacity++
		if _, err := cached.PutCourse(t.Context(), staff, course, domain.Settings{Capacity: new(capacity)}); err != nil {
			t.Error(err)
		}
	}
	read := func() int {
		c, err := cached.Course(t.Context(), staff, course)
		if err != nil {
			t.Error(err)
		}
		return c.Capacity
	}
	at := func(hook chan func(), f func()) {
		select {
		case hook <- f:
		default:
			t.Fatal("the last hook was not called: the cache returned what may be stale")
		}
	}
	for range 2 {
		grow()
		at(store.afterRead, grow) // the whole write between a read and its entry
		read()
		if got := read(); got != capacity {
			t.Errorf("after a write during a read: capacity %d, want %d", got, capacity)
		}
		grow()
		at(store.afterRead, func() { grow(); read() }) // and another read, which caches the new value
		read()
		if got := read(); got != capacity {
			t.Errorf("after a write and a read during a read: capacity %d, want %d", got, capacity)
		}
		at(store.beforeWrite, func() { read() }) // a read during a write that has not changed anything yet
		grow()
		if got := read(); got != capacity {
			t.Errorf("after a read within a write: capacity %d, want %d", got, capacity)
		}
	}
	if hits, misses := caching.Stats(); hits != 2 || misses != 12 {
		t.Errorf("%d hits and %d misses; want the cache to be used when it may be", hits, misses)
	}
}

// With many concurrent callers, each sees its own writes.
func TestOwnWrites(t *testing.T) {
	t.Parallel()
	caching := cache.New(memstore.New(), cache.Options{Now: new(servicetest.Clock).Now})
	cached := servicetest.NewOn(t, caching)
	cached.Given("put capacity=10")
	if err := errors.Join(servicetest.Together(8, func(g int) error {
		for i := range 300 {
			var mine int64
			if i%4 == 0 {
				o, err := cached.Enroll(t.Context(), staff, course, domain.LearnerID(fmt.Sprint(g, "-", i)))
				if err != nil {
					return err
				}
				mine = o.Standing.Sequence
			}
			if c, err := cached.Course(t.Context(), staff, course); err != nil || c.Sequence < mine {
				return fmt.Errorf("sequence %d, %w after change %d", c.Sequence, err, mine)
			}
		}
		return nil
	})...); err != nil {
		t.Error(err)
	}
	if hits, _ := caching.Stats(); hits == 0 {
		t.Error("no hit")
	}
}

func TestMaxCourses(t *testing.T) {
	t.Parallel()
	const courses, most = 200, 10
	caching := cache.New(memstore.New(), cache.Options{Fresh: time.Hour, Courses: most})
	cached := servicetest.NewOn(t, caching)
	for i := range courses {
		id := domain.CourseID(fmt.Sprint("c", i))
		cached.On(id).Given("put capacity=1; put capacity=1")
		if _, err := cached.Course(t.Context(), staff, id); err != nil {
			t.Fatal(err)
		}
		_, _ = cached.Course(t.Context(), staff, id+"-none")
	}
	if held := caching.Held(); held > most || held < most-1 {
		t.Errorf("holds %d of %d courses, at most %d are allowed", held, courses, most)
	}
}

// The service authorizes before it reads, so a cached course is not returned to an actor who may not see it.
func TestAuthorization(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	servicetest.NewOn(t, store).Given("put capacity=1")
	caching := cache.New(store, cache.Options{Fresh: time.Hour})
	cached := application.New(caching)
	see := func(by ports.Actor) error { _, err := cached.Course(t.Context(), by, course); return err }
	other := func(change func(*ports.Actor)) ports.Actor { by := staff; change(&by); return by }
	for range 2 {
		for _, c := range []struct {
			by   ports.Actor
			want error
		}{
			{staff, nil},
			{other(func(by *ports.Actor) { by.Role = ports.Learner }), nil},
			{other(func(by *ports.Actor) { by.Tenant = "elsewhere" }), domain.ErrCourseNotFound},
			{other(func(by *ports.Actor) { by.Tenant = "" }), domain.ErrInvalidArgument},
			{other(func(by *ports.Actor) { by.Role = "boss" }), ports.ErrUnauthenticated},
			{other(func(by *ports.Actor) { by.Subject = "" }), domain.ErrInvalidArgument},
		} {
			if err := see(c.by); !errors.Is(err, c.want) {
				t.Errorf("%+v: %v, want %v", c.by, err, c.want)
			}
		}
	}
	if hits, misses := caching.Stats(); hits != 3 || misses != 3 {
		t.Errorf("%d hits and %d misses, want 3 each: none for an actor who may not see the course", hits, misses)
	}
}

func TestErrorsAreNotCached(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	cached := application.New(cache.New(store, cache.Options{Fresh: time.Hour}))
	if _, err := cached.Course(t.Context(), staff, course); !errors.Is(err, domain.ErrCourseNotFound) {
		t.Errorf("a course that does not exist: %v", err)
	}
	servicetest.NewOn(t, store).Given("put capacity=1") // another process
	if _, err := cached.Course(t.Context(), staff, course); err != nil {
		t.Errorf("the course exists now: %v", err)
	}
}
