package application_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"pgregory.net/rapid"
)

// hand is a clock that goes on when it is told to.
type hand struct{ now time.Time }

func (c *hand) Now() time.Time { return c.now }

// Whatever the order of things, a read sees all own writes, and others' writes of a second ago and more.
func TestCacheBoundsStaleness(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		clock, others := &hand{time.Unix(0, 0)}, application.New(memstore.New())
		cache := application.NewCache(others, application.CacheOptions{Clock: clock, Courses: 2})
		ids := []domain.CourseID{"a", "b", "c"}
		waits := []time.Duration{1, time.Second / 2, time.Second - 1, time.Second}
		type write struct {
			at       time.Time
			sequence int64
			own      bool
		}
		written := make(map[domain.CourseID][]write)
		put := func(s ports.Commands, own bool) {
			id := rapid.SampledFrom(ids).Draw(t, "course")
			seats := ports.PutCourse{Course: id, Settings: domain.Settings{Title: new("Go"), Capacity: new(len(written[id]))}}
			o, err := s.Submit(t.Context(), ports.Command{By: staff, Actions: []ports.Action{seats}})[0].One()
			if err != nil {
				t.Fatal(err)
			}
			written[id] = append(written[id], write{clock.now, o.Course.Sequence, own})
		}
		t.Repeat(map[string]func(*rapid.T){
			"write":        func(*rapid.T) { put(cache, true) },
			"others write": func(*rapid.T) { put(others, false) },
			"wait":         func(t *rapid.T) { clock.now = clock.now.Add(rapid.SampledFrom(waits).Draw(t, "wait")) },
			"read": func(t *rapid.T) {
				id := rapid.SampledFrom(ids).Draw(t, "course")
				c, err := cache.Course(t.Context(), staff, id)
				if errors.Is(err, domain.ErrCourseNotFound) && len(written[id]) == 0 {
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				for _, w := range written[id] {
					if c.Sequence < w.sequence && (w.own || clock.now.Sub(w.at) >= time.Second) {
						t.Fatalf("%s is %d at %v, after %+v", id, c.Sequence, clock.now, w)
					}
				}
			},
		})
	})
}

// held is a store on which a read of a course waits after it saw it, and a write before it begins.
type held struct {
	ports.Store
	saw, write chan func()
}

func (s *held) Course(ctx context.Context, t domain.TenantID, id domain.CourseID) (domain.Course, error) {
	c, err := s.Store.Course(ctx, t, id)
	pass(s.saw)
	return c, err
}

func (s *held) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	pass(s.write)
	return s.Store.Update(ctx, need, decide)
}

// pass does what there is to do at a gate, where there is one.
func pass(gate chan func()) {
	select {
	case do := <-gate:
		do()
	default:
	}
}

// A read that was overtaken by a write leaves nothing behind.
func TestCacheKeepsNothingOvertaken(t *testing.T) {
	t.Parallel()
	store := &held{memstore.New(), make(chan func(), 1), make(chan func(), 1)}
	open(t, store, 1)
	cache := application.NewCache(application.New(store), application.CacheOptions{Fresh: time.Hour})
	capacity := 1
	grow := func() {
		capacity++
		cache.Submit(t.Context(), ports.Command{By: staff, Actions: []ports.Action{seats(capacity)}})
	}
	read := func() int {
		c, err := cache.Course(t.Context(), staff, course)
		if err != nil {
			t.Error(err)
		}
		return c.Capacity
	}
	at := func(gate chan func(), do func()) {
		select {
		case gate <- do:
		default:
			t.Fatal("nobody came by since the last time: the cache answered where it may not")
		}
	}
	for range 2 {
		grow()
		at(store.saw, grow) // the whole write between a read and what it keeps
		read()
		if got := read(); got != capacity {
			t.Errorf("after a write while another read: capacity %d, want %d", got, capacity)
		}
		grow()
		at(store.saw, func() { grow(); read() }) // and another read that keeps what is new
		read()
		if got := read(); got != capacity {
			t.Errorf("after a write and a read while another read: capacity %d, want %d", got, capacity)
		}
		at(store.write, func() { read() }) // a read in a write that has not begun to change anything
		grow()
		if got := read(); got != capacity {
			t.Errorf("after a read within a write: capacity %d, want %d", got, capacity)
		}
	}
	if hits, misses := cache.Stats(); hits != 2 || misses != 12 {
		t.Errorf("%d hits and %d misses; want the cache to be used where it may be", hits, misses)
	}
}

// Many at once: nobody reads a course as it was before his own change.
func TestCacheShowsOwnWrites(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	open(t, store, 10)
	cache := application.NewCache(application.New(store), application.CacheOptions{})
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 300 {
				learner := domain.LearnerID(fmt.Sprint(g, "-", i))
				var mine int64
				if i%4 == 0 {
					mine = cache.Submit(t.Context(), ports.Command{By: staff, Actions: []ports.Action{enroll(learner)}})[0].Outcomes[0].Standing.Sequence
				}
				c, err := cache.Course(t.Context(), staff, course)
				if err != nil || c.Sequence < mine {
					t.Errorf("sequence %d, %v after change %d", c.Sequence, err, mine)
				}
			}
		})
	}
	all.Wait()
	if hits, _ := cache.Stats(); hits == 0 {
		t.Error("not one hit")
	}
}

func TestCacheHoldsSoManyCourses(t *testing.T) {
	t.Parallel()
	const courses, room = 200, 10
	cache := application.NewCache(application.New(memstore.New()), application.CacheOptions{Fresh: time.Hour, Courses: room})
	for i := range courses {
		id := domain.CourseID(fmt.Sprint("c", i))
		put := ports.PutCourse{Course: id, Settings: domain.Settings{Title: new("Go"), Capacity: new(1)}}
		cache.Submit(t.Context(), ports.Command{By: staff, Actions: []ports.Action{put, put}})
		if _, err := cache.Course(t.Context(), staff, id); err != nil {
			t.Fatal(err)
		}
		_, _ = cache.Course(t.Context(), staff, id+"-none")
	}
	if held := cache.Held(); held > room || held < room-1 {
		t.Errorf("holds %d of %d courses, with room for %d", held, courses, room)
	}
}

func TestCacheAsksWhoAsks(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	open(t, store, 1)
	cache := application.NewCache(application.New(store), application.CacheOptions{})
	see := func(by ports.Actor) error { _, err := cache.Course(t.Context(), by, course); return err }
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
	if hits, misses := cache.Stats(); hits != 3 || misses != 3 {
		t.Errorf("%d hits and %d misses, want 3 each: nobody's who may not see", hits, misses)
	}
}

func TestCacheForgetsErrors(t *testing.T) {
	t.Parallel()
	service := application.New(memstore.New())
	cache := application.NewCache(service, application.CacheOptions{Fresh: time.Hour})
	if _, err := cache.Course(t.Context(), staff, course); !errors.Is(err, domain.ErrCourseNotFound) {
		t.Errorf("a course that is not there: %v", err)
	}
	do(t, service, seats(1)) // not by the cache
	if _, err := cache.Course(t.Context(), staff, course); err != nil {
		t.Errorf("the course is there now: %v", err)
	}
	if r := cache.Submit(t.Context(), ports.Command{By: staff, Actions: []ports.Action{nil}})[0]; ports.KindOf(r.Err) != ports.ErrInternal {
		t.Errorf("no action: %v, want %v", r.Err, ports.ErrInternal)
	}
}
