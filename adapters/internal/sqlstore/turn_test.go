package sqlstore_test

import (
	"bufio"
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/ports"
)

// long is far longer than anything here takes, and than who looks by himself waits.
const long = 30 * time.Second

// holding has the store hold a turn until release is called or the turn is lost, which ended tells.
func holding(t *testing.T, s store) (release func(), ended <-chan error) {
	t.Helper()
	ctx, release := context.WithCancel(t.Context())
	mine, end := make(chan bool), make(chan error, 1)
	go func() {
		end <- s.WithLock(ctx, "relay", func(ctx context.Context) error {
			close(mine)
			<-ctx.Done()
			return nil
		})
	}()
	select {
	case <-mine:
	case err := <-end:
		t.Fatal(err)
	}
	return release, end
}

// A process that is killed gives its turn back, and until then has it.
func TestKilledProcessGivesItsTurnBack(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		s := db.store(t)
		c := work{Address: db.address, Turn: "relay"}.process(t)
		out, err := c.StdoutPipe()
		must(t, err)
		must(t, c.Start())
		if said, err := bufio.NewReader(out).ReadString('\n'); said != "mine\n" {
			t.Errorf("the process says %q, %v", said, err)
		}
		had := func(ctx context.Context) error {
			return s.WithLock(ctx, "relay", func(context.Context) error { return nil })
		}
		short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		if err := had(short); !errors.Is(err, ports.ErrUnavailable) {
			t.Errorf("two have the turn: %v", err)
		}
		must(t, c.Process.Kill())
		_ = c.Wait() // killed
		within, cancel := context.WithTimeout(t.Context(), long)
		defer cancel()
		must(t, had(within))
	})
}

// Who waits for a turn leaves when he wants to.
func TestWaitingForATurnEndsAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		release, ended := holding(t, db.store(t))
		other := db.store(t)
		ctx, leave := context.WithCancel(t.Context())
		left := make(chan error, 1)
		go func() { left <- other.WithLock(ctx, "relay", func(context.Context) error { return nil }) }()
		time.Sleep(50 * time.Millisecond) // he waits
		leave()
		begun := time.Now()
		if err := <-left; !errors.Is(err, ports.ErrUnavailable) || time.Since(begun) > time.Second {
			t.Errorf("after %v: %v", time.Since(begun), err)
		}
		release()
		must(t, <-ended)
	})
}

// A turn whose connection is lost is told so at once, and is another's.
func TestLostConnectionEndsATurn(t *testing.T) {
	t.Parallel()
	db := newPostgres(t)
	s := db.store(t)
	_, ended := holding(t, s)
	terminate(t, db)
	select {
	case err := <-ended:
		if !errors.Is(err, ports.ErrUnavailable) || !strings.Contains(err.Error(), "the turn of relay is lost") {
			t.Errorf("got %v", err)
		}
	case <-time.After(time.Second):
		t.Fatal("nobody has noticed")
	}
	release, ended := holding(t, db.store(t))
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

// A commit of one process ends the Await of another that has the turn, well before it would look by itself; also one whose
// process ends at once.
func TestCommitIsHeardElsewhere(t *testing.T) {
	t.Parallel()
	db := newPostgres(t)
	relay, other := db.store(t), db.store(t)
	release, ended := holding(t, relay)
	heard := func(atMost time.Duration) time.Duration {
		begun := time.Now()
		relay.Await(t.Context(), atMost)
		return time.Since(begun)
	}
	heard(100 * time.Millisecond) // of what there may have been before
	for range 5 {
		must(t, change(t.Context(), other, "c", grow))
		if took := heard(long); took > 500*time.Millisecond {
			t.Errorf("heard after %v", took)
		}
	}
	must(t, change(t.Context(), other, "c", grow))
	if where := relay.Await(t.Context(), long); !slices.Equal(where, []ports.CourseRef{{Tenant: tenant, Course: "c"}}) {
		t.Errorf("heard of a commit on %v", where)
	}
	heard(100 * time.Millisecond)
	c := work{Address: db.address, Course: "own", Changes: 1}.process(t)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if took := heard(long); took > 500*time.Millisecond {
		t.Errorf("a process that ended was heard after %v", took)
	}
	release()
	must(t, <-ended)
}

// counting counts how often other processes are told.
func counting(told *atomic.Int64) wrapper {
	return rewriting{func(statement string) string {
		if strings.Contains(statement, "pg_notify") {
			told.Add(1)
		}
		return statement
	}}
}

// However much is committed, other processes are told not oftener than they can use, never inside a transaction, and at the
// end once more.
func TestCommitsAreToldTogether(t *testing.T) {
	t.Parallel()
	var told atomic.Int64
	s := newPostgres(t).through(t, counting(&told))
	begun := time.Now()
	for range 100 {
		must(t, change(t.Context(), s, "c", grow))
	}
	must(t, s.Close())
	if most := int64(time.Since(begun)/(10*time.Millisecond)) + 2; told.Load() == 0 || told.Load() > most {
		t.Errorf("100 commits were told %d times in %v", told.Load(), time.Since(begun))
	}
}

// Who awaits commits, and so has the turn, tells others of none: that is when they have it again.
func TestWhoHasTheTurnTellsNobody(t *testing.T) {
	t.Parallel()
	var told atomic.Int64
	s := newPostgres(t).through(t, counting(&told))
	release, ended := holding(t, s)
	s.Await(t.Context(), time.Millisecond)
	must(t, change(t.Context(), s, "c", grow))
	time.Sleep(100 * time.Millisecond) // longer than what is told is held back
	if n := told.Load(); n != 0 {
		t.Errorf("told %d times", n)
	}
	release()
	must(t, <-ended)
	must(t, change(t.Context(), s, "c", grow))
	must(t, s.Close())
	if n := told.Load(); n != 1 {
		t.Errorf("told %d times of what happened after the turn", n)
	}
}
