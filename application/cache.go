package application

import (
	"context"
	"sync"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var _ ports.Service = (*Cache)(nil)

// A Cache is a service that remembers for a while what courses looked like. Everything but Course goes straight through.
//
// What is written through the cache is never hidden by it: a course is not remembered while a Submit that names it is under
// way, and when Submit returns it is read afresh. What others write, other processes or a command that still runs after its
// caller left with [ports.ErrInProgress], shows after [CacheOptions.Fresh] at the latest, counted from the start of the
// read. Errors are not remembered, and who may not see a course is refused as without the cache.
type Cache struct {
	ports.Service
	options CacheOptions

	mu           sync.Mutex
	sights       map[place]*sight
	writing      map[place]int // actions under way that name the course
	hits, misses uint64
}

// CacheOptions bound a [Cache]. Zero values stand for the usual: a second, 10,000 courses, the system's clock.
type CacheOptions struct {
	Fresh   time.Duration
	Courses int // how many it holds; one more drives out another, whichever
	Clock   ports.Clock
}

// A place is where a course stands: nobody finds another tenant's there.
type place struct {
	tenant domain.TenantID
	course domain.CourseID
}

// A sight is a course as one read saw it. It is in the cache from before the read until a write drives it out: so what a
// read saw that a write has overtaken, and may be old, is found by nobody.
type sight struct {
	until  time.Time
	course domain.Course // does not exist while the read is on its way
}

// NewCache returns service behind a cache.
func NewCache(service ports.Service, o CacheOptions) *Cache {
	if o.Fresh == 0 {
		o.Fresh = time.Second
	}
	if o.Courses == 0 {
		o.Courses = 10_000
	}
	if o.Clock == nil {
		o.Clock = systemClock{}
	}
	return &Cache{Service: service, options: o, sights: make(map[place]*sight), writing: make(map[place]int)}
}

// Stats returns how many times Course was answered from memory, and how many times it had to be read.
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
	at := place{by.Tenant, id}
	course, mine := c.look(at)
	if course.Exists() {
		return course, nil
	}
	course, err := c.Service.Course(ctx, by, id)
	c.keep(at, mine, course)
	return course, err
}

// look returns the course as it was seen, or a sight for the caller's read to fill. It returns neither where another read
// is filling one, nor where a write is under way.
func (c *Cache) look(at place) (domain.Course, *sight) {
	now := c.options.Clock.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	seen := c.sights[at]
	fresh := seen != nil && now.Before(seen.until)
	if fresh && seen.course.Exists() {
		c.hits++
		return seen.course, nil
	}
	c.misses++
	if fresh || c.writing[at] > 0 {
		return domain.Course{}, nil
	}
	if seen == nil && len(c.sights) >= c.options.Courses {
		c.evict()
	}
	mine := &sight{until: now.Add(c.options.Fresh)}
	c.sights[at] = mine
	return domain.Course{}, mine
}

// evict drives out the first that the map comes upon, which is none in particular.
func (c *Cache) evict() {
	for at := range c.sights {
		delete(c.sights, at)
		return
	}
}

// keep fills the sight with what its read saw; one that was driven out meanwhile is filled for nobody. Where there was no
// course to see, the next read may have the place.
func (c *Cache) keep(at place, mine *sight, seen domain.Course) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case mine == nil:
	case seen.Exists():
		mine.course = seen
	default:
		delete(c.sights, at)
	}
}

// Submit implements [ports.Commands]. A change serves the line of no course but those that it names.
func (c *Cache) Submit(ctx context.Context, commands ...ports.Command) []ports.Reply {
	named := placesOf(commands)
	c.begin(named)
	defer c.end(named)
	return c.Service.Submit(ctx, commands...)
}

// placesOf names the courses of the commands, one as often as it is named there.
func placesOf(commands []ports.Command) (places []place) {
	for _, command := range commands {
		for _, a := range command.Actions {
			if a != nil {
				places = append(places, place{command.By.Tenant, a.CourseID()})
			}
		}
	}
	return places
}

func (c *Cache) begin(places []place) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, at := range places {
		c.writing[at]++
		delete(c.sights, at)
	}
}

func (c *Cache) end(places []place) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, at := range places {
		if c.writing[at]--; c.writing[at] == 0 {
			delete(c.writing, at)
		}
	}
}
