package sqlstore

import (
	"context"
	"time"

	"example.com/roster/ports"
)

// Await implements [ports.Outbox].
func (s *Store) Await(ctx context.Context, atMost time.Duration) []ports.CourseRef {
	s.awaited.Store(true)
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	select {
	case <-s.news.there:
		return s.news.take()
	case <-ctx.Done():
		return nil
	}
}

// Turn implements [ports.Locker].
func (s *Store) WithLock(ctx context.Context, name string, do func(context.Context) error) error {
	defer s.awaited.Store(false) // perhaps no more; who still does says so again
	return s.opened.Turn(ctx, name, s.heard, do)
}

// heard takes in what was committed elsewhere. What this process said itself it knows.
func (s *Store) heard(text string) {
	if sender, courses := told(text); sender != s.name {
		s.news.add(courses)
	}
}

// committed tells that there is something new in the journals of courses, or where none are named, of any. Others are told
// where it is not awaited here: who has the turn is alone with it.
func (s *Store) committed(courses []ports.CourseRef) {
	s.news.add(courses)
	if s.engine.Notify != "" && !s.awaited.Load() {
		s.toOthers.add(courses)
		s.others.tell()
	}
}

// notify tells other processes. Where that fails, they find out by looking.
func (s *Store) notify() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_, _ = s.opened.Fresh.NewRaw(s.engine.Notify, tell(s.name, s.toOthers.take())).Exec(ctx)
}
