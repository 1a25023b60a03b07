package sqlstore_test

import (
	"bufio"
	"context"
	"errors"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// long is far longer than anything here takes, and than the relay waits between two looks at all courses. Only a hang reaches it.
const long = 2 * time.Minute

// holdLock holds a lock until release is called or the lock is lost. The result of WithLock is sent on ended.
func holdLock(t *testing.T, s store) (release func(), ended <-chan error) {
	t.Helper()
	ctx, release := context.WithCancel(t.Context())
	held, end := make(chan bool), make(chan error, 1)
	go func() {
		end <- s.WithLock(ctx, "relay", func(ctx context.Context) error {
			close(held)
			<-ctx.Done()
			return nil
		})
	}()
	select {
	case <-held:
	case err := <-end:
		t.Fatal(err)
	}
	return release, end
}

// A process holds its lock until it is killed, and no longer.
func TestKilledProcessFreesItsLock(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		s := db.store(t)
		c := work{Address: db.address, Lock: "relay"}.process(t)
		out, err := c.StdoutPipe()
		must(t, err)
		must(t, c.Start())
		if line, err := bufio.NewReader(out).ReadString('\n'); line != "locked\n" {
			t.Errorf("the process prints %q, %v", line, err)
		}
		lock := func(ctx context.Context) error {
			return s.WithLock(ctx, "relay", func(context.Context) error { return nil })
		}
		short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond) // steady: the deadline that must end the wait
		defer cancel()
		if err := lock(short); !errors.Is(err, ports.ErrUnavailable) {
			t.Errorf("two hold the lock: %v", err)
		}
		must(t, c.Process.Kill())
		_ = c.Wait() // killed
		within, cancel := context.WithTimeout(t.Context(), long)
		defer cancel()
		must(t, lock(within))
	})
}

// A caller that waits for a lock returns when its context ends, though the lock stays held.
func TestWaitingForALockEnds(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		release, ended := holdLock(t, db.store(t))
		other := db.store(t)
		ctx, cancel := context.WithCancel(t.Context())
		returned := make(chan error, 1)
		go func() { returned <- other.WithLock(ctx, "relay", func(context.Context) error { return nil }) }()
		time.Sleep(50 * time.Millisecond) // steady: it waits already, or not yet; both must do
		cancel()
		if err := portstest.Receive(t, "WithLock returns", returned); !errors.Is(err, ports.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
		release()
		must(t, <-ended)
	})
}

// WithLock returns at once when the connection is lost, and another store can take the lock. If it noticed only when it checks a
// silent connection, the error would be the server's.
func TestLostConnectionEndsALock(t *testing.T) {
	t.Parallel()
	db := newPostgres(t)
	s := db.store(t)
	_, ended := holdLock(t, s)
	terminate(t, db)
	err := portstest.Receive(t, "WithLock returns", ended)
	if !errors.Is(err, ports.ErrUnavailable) || !strings.Contains(err.Error(), "the lock relay is lost: conn closed") {
		t.Errorf("got %v", err)
	}
	release, ended := holdLock(t, db.store(t))
	release()
	must(t, <-ended)
}

// terminate ends the sessions that hold a lock of the database.
func terminate(t *testing.T, db database) {
	t.Helper()
	address, err := url.Parse(db.address)
	must(t, err)
	conn, err := pgx.Connect(t.Context(), pgtest.Server(t))
	must(t, err)
	defer conn.Close(context.Background())
	var n int
	must(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM (
		SELECT pg_terminate_backend(l.pid) FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
		WHERE l.locktype = 'advisory' AND d.datname = $1) AS ended`, strings.TrimPrefix(address.Path, "/")).Scan(&n))
	if n != 1 {
		t.Errorf("%d sessions hold a lock", n)
	}
}

// A commit of one process ends the Await of another that holds the lock. So does the commit of a process that ends right after it.
func TestCommitNotifiesOtherProcesses(t *testing.T) {
	t.Parallel()
	db := newPostgres(t)
	relay, other := db.store(t), db.store(t)
	release, ended := holdLock(t, relay)
	relay.Await(t.Context(), long) // takes what was committed before
	awaits := func() {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), long)
		defer cancel()
		if relay.Await(ctx, 2*long); ctx.Err() != nil {
			t.Fatal("not notified")
		}
	}
	for range 5 {
		must(t, change(t.Context(), other, "c", grow))
		awaits()
	}
	for {
		records, err := relay.Unpublished(t.Context(), 1000)
		must(t, err)
		must(t, relay.MarkPublished(t.Context(), records))
		if len(records) == 0 {
			break
		}
	}
	c := work{Address: db.address, Course: "own", Changes: 1}.process(t)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	for found := false; !found; { // it has changed another course before
		awaits()
		records, err := relay.Unpublished(t.Context(), 1000)
		must(t, err)
		for _, r := range records {
			found = found || r.Messages[0].Course == "own"
		}
	}
	release()
	must(t, <-ended)
}

// countNotifications counts the notifications that are sent.
func countNotifications(sent *atomic.Int64) wrapper {
	return rewriting{func(statement string) string {
		if strings.Contains(statement, "pg_notify") {
			sent.Add(1)
		}
		return statement
	}}
}

// Commits that come close together share a notification, which is never part of a transaction. Close sends the last.
func TestCommitsShareNotifications(t *testing.T) {
	t.Parallel()
	var sent atomic.Int64
	s := newPostgres(t).through(t, countNotifications(&sent))
	begun := time.Now()
	for range 100 {
		must(t, change(t.Context(), s, "c", grow))
	}
	must(t, s.Close())
	most := int64(time.Since(begun)/(10*time.Millisecond)) + 2
	if sent.Load() == 0 || sent.Load() > most { // steady: the more time passes, the more are right
		t.Errorf("%d notifications of 100 commits in %v", sent.Load(), time.Since(begun))
	}
}

// A process that calls Await, and so holds the lock, sends no notification until it has lost the lock.
func TestNoNotificationIfTheRelayIsLocal(t *testing.T) {
	t.Parallel()
	var sent atomic.Int64
	s := newPostgres(t).through(t, countNotifications(&sent))
	release, ended := holdLock(t, s)
	s.Await(t.Context(), time.Millisecond)
	must(t, change(t.Context(), s, "c", grow))
	time.Sleep(100 * time.Millisecond) // steady: longer than the interval between notifications; a longer one would only notice more
	if n := sent.Load(); n != 0 {
		t.Errorf("%d notifications", n)
	}
	release()
	must(t, <-ended)
	must(t, change(t.Context(), s, "c", grow))
	must(t, s.Close())
	if n := sent.Load(); n != 1 {
		t.Errorf("%d notifications after the lock, want 1", n)
	}
}
