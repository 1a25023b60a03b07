package application

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var _ ports.Service = (*Cache)(nil)

// A Cache is a service that caches courses for a short time. Everything but Course goes straight through.
//
// A caller reads its own writes: a course is not cached while a Submit that names it runs, and is read afresh when Submit
// has returned. Writes of other processes, and of a command that still runs after its caller got [ports.ErrInProgress], are
// seen after [CacheOptions.Fresh] at the latest, counted from the start of the read. Errors are not cached. Actors who may
// not see a course are refused as without the cache.
type Cache struct {
	ports.Service
	options CacheOptions

	mu           sync.Mutex
	entries      map[ports.CourseRef]*entry
	writing      map[ports.CourseRef]int // running actions that name the course
	hits, misses uint64
}

// CacheOptions bound a [Cache]. A zero value stands for the default: a second, 10,000 courses, the system's clock.
type CacheOptions struct {
	Fresh   time.Duration
	Courses int // how many are cached; one more evicts another one
	Clock   ports.Clock
}

// An entry is a course as one read returned it. It is reserved before the read and deleted by any write, so a read that a
// write has overtaken never publishes a stale value.
type entry struct {
	until  time.Time
	course domain.Course // does not exist while the read runs
}

// NewCache returns service behind a cache.
func NewCache(service ports.Service, o CacheOptions) *Cache {
	o.Fresh, o.Courses = cmp.Or(o.Fresh, time.Second), cmp.Or(o.Courses, 10_000)
	if o.Clock == nil {
		o.Clock = systemClock{}
	}
	return &Cache{Service: service, options: o, entries: make(map[ports.CourseRef]*entry), writing: make(map[ports.CourseRef]int)}
}

// Stats returns how many times Course was answered from the cache, and how many times from the service.
func (c *Cache) Stats() (hits, misses uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hits, c.misses
}

// Course implements [ports.Queries].
func (c *Cache) Course(ctx context.Context, by ports.Actor, id domain.CourseID) (domain.Course, error) {
	if err := known(by); err != nil {
		return domain.Course{}, err
	}
	if err := id.Validate(); err != nil {
		return domain.Course{}, err
	}
	at := ports.CourseRef{Tenant: by.Tenant, Course: id}
	course, reserved := c.lookup(at)
	if course.Exists() {
		return course, nil
	}
	course, err := c.Service.Course(ctx, by, id)
	c.store(at, reserved, course)
	return course, err
}

// lookup returns the cached course, or an entry that is reserved for the caller's read. It returns neither while another
// read has reserved the entry, or a write runs.
func (c *Cache) lookup(at ports.CourseRef) (domain.Course, *entry) {
	now := c.options.Clock.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	cached := c.entries[at]
	fresh := cached != nil && now.Before(cached.until)
	if fresh && cached.course.Exists() {
		c.hits++
		return cached.course, nil
	}
	c.misses++
	if fresh || c.writing[at] > 0 {
		return domain.Course{}, nil
	}
	if cached == nil && len(c.entries) >= c.options.Courses {
		c.evict()
	}
	reserved := &entry{until: now.Add(c.options.Fresh)}
	c.entries[at] = reserved
	return domain.Course{}, reserved
}

// evict deletes an arbitrary entry.
func (c *Cache) evict() {
	for at := range c.entries {
		delete(c.entries, at)
		return
	}
}

// store fills a reserved entry with what was read. If the entry was deleted meanwhile, no later lookup finds it. If there is
// no course, the next read may reserve the entry.
func (c *Cache) store(at ports.CourseRef, reserved *entry, read domain.Course) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case reserved == nil:
	case read.Exists():
		reserved.course = read
	default:
		delete(c.entries, at)
	}
}

// Submit implements [ports.Commands]. A command changes no course but those that it names.
func (c *Cache) Submit(ctx context.Context, commands ...ports.Command) []ports.Reply {
	var named []ports.CourseRef
	for _, command := range commands {
		named = slices.AppendSeq(named, coursesOf(command.By.Tenant, command.Actions))
	}
	c.count(1, named)
	defer c.count(-1, named)
	return c.Service.Submit(ctx, commands...)
}

// count adds to the running writes of courses, by 1 or -1, and deletes what is cached of them.
func (c *Cache) count(by int, courses []ports.CourseRef) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, at := range courses {
		delete(c.entries, at)
		if c.writing[at] += by; c.writing[at] == 0 {
			delete(c.writing, at)
		}
	}
}
