package sqlstore

import (
	"context"
	"strings"
	"sync"
	"time"
)

// A relay publishes what is committed. Notifications let it look at once.
//
// Terms: a notification is a text that one store sends to the stores of all processes on the database: the sender's name. An
// earlier build adds lines with the courses that changed.
//
// A commit wakes the Await of this process. It also requests a notification, unless this process calls Await itself: only one
// relay runs at a time, so no other waits. A goroutine of the store sends it, never inside a transaction, at most once per
// [notifyInterval]. The process that holds a lock listens.
//
// Failure: a notification that is lost delays publishing until the relay looks by itself.

// Await implements [ports.Outbox].
func (s *Store) Await(ctx context.Context, atMost time.Duration) {
	s.relayIsLocal.Store(true)
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	select {
	case <-s.changed:
	case <-ctx.Done():
	}
}

// WithLock implements [ports.Locker].
func (s *Store) WithLock(ctx context.Context, name string, do func(context.Context) error) error {
	defer s.relayIsLocal.Store(false) // if the relay still runs here, its next Await sets it again
	return s.pools.WithLock(ctx, name, s.notified, do)
}

// notified takes the notifications of other processes. A store ignores its own.
func (s *Store) notified(text string) {
	if sender, _, _ := strings.Cut(text, "\n"); sender != s.name {
		wake(s.changed)
	}
}

// committed reports new entries in the outbox.
func (s *Store) committed() {
	wake(s.changed)
	if s.driver.Notify != "" && !s.relayIsLocal.Load() {
		wake(s.unsent)
	}
}

// wake makes a later receive from c return, if none is due.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (s *Store) notify() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_, _ = s.pools.Fresh.NewRaw(s.driver.Notify, s.name).Exec(ctx)
}

// The bounds of what is kept for the relay of this process. It reads other entries from the journal.
const (
	maxRecent = 20_000      // entries
	maxAge    = time.Second // so that an erasure by another process soon takes effect, also while the broker is away
)

// recentEntries are the entries of the last transactions of this process, committed or not, by the id of their first one. They spare
// the relay the reading of the journal.
type recentEntries struct {
	mu      sync.Mutex
	commits map[string]recentCommit
	entries int
}

type recentCommit struct {
	entries []EntryRow
	at      time.Time
}

func (r *recentEntries) add(entries []EntryRow) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.entries += len(entries); r.entries > maxRecent || r.commits == nil {
		r.commits, r.entries = make(map[string]recentCommit), len(entries)
	}
	r.commits[entries[0].ID] = recentCommit{entries, time.Now()}
}

// take returns the entries of a commit and forgets them, or returns nil if it does not have them.
func (r *recentEntries) take(id string) []EntryRow {
	r.mu.Lock()
	defer r.mu.Unlock()
	commit := r.commits[id]
	delete(r.commits, id)
	r.entries -= len(commit.entries)
	if time.Since(commit.at) > maxAge {
		return nil
	}
	return commit.entries
}

// clear forgets all, such as what was not committed.
func (r *recentEntries) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.commits, r.entries = nil, 0
}

// notifyInterval is the shortest time between two notifications: what is requested in between goes into the second.
const notifyInterval = 25 * time.Millisecond

// sendEach calls send after each request until end is closed, then once more if there is a request left. It waits for the
// interval between two calls, so requests that come meanwhile share the second.
func sendEach(requests, end <-chan struct{}, send func()) {
	var last time.Time
	for ended := false; !ended; {
		select {
		case <-requests:
		case <-end:
			if ended = true; len(requests) == 0 {
				return
			}
		}
		time.Sleep(time.Until(last.Add(notifyInterval)))
		select {
		case <-requests: // served by this call, too
		default:
		}
		send()
		last = time.Now()
	}
}
