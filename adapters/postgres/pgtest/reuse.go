package pgtest

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// A reusable database is migrated, and its other tables are empty.
type reusable struct {
	name      string
	owner     *url.Userinfo
	discarded bool
}

var pool struct {
	sync.Mutex
	free []*reusable
	used map[string]*reusable // by name
}

// Reused is [Database] for a test that changes rows and nothing else: when the test ends, the rows are deleted, and the next
// test gets the database. To create and drop one takes far longer. All calls in a test binary have the same migrate.
func Reused(t testing.TB, migrate func(ctx context.Context, url string) error) string {
	t.Helper()
	server := Server(t)
	r, err := lease(server, templateOf(t, migrate))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.giveBack(server); err != nil {
			t.Error(err)
		}
	})
	address := as(t, server, r.owner)
	address.Path = "/" + r.name
	return address.String()
}

// Discard makes a database of [Reused] be dropped when its test ends. A test calls it before it changes more than rows.
func Discard(database string) {
	u, err := url.Parse(database)
	if err != nil {
		return
	}
	pool.Lock()
	defer pool.Unlock()
	if r := pool.used[u.Path[1:]]; r != nil {
		r.discarded = true
	}
}

func lease(server string, m *template) (*reusable, error) {
	pool.Lock()
	defer pool.Unlock()
	if pool.used == nil {
		pool.used = make(map[string]*reusable)
	}
	var r *reusable
	if n := len(pool.free); n > 0 {
		r, pool.free = pool.free[n-1], pool.free[:n-1]
	} else {
		r = &reusable{name: unique(), owner: m.owner}
		if err := try("CREATE DATABASE %s OWNER %s TEMPLATE %s", r.name, m.owner.Username(), m.name); err != nil {
			return nil, err
		}
	}
	pool.used[r.name] = r
	return r, nil
}

// empty ends the other sessions, which a test may have left, and deletes all rows. Without the triggers of foreign keys,
// the order of tables is of no importance.
const empty = `
	SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
	SET session_replication_role = replica;
	DO $$ DECLARE name text; BEGIN
		FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'goose_db_version' LOOP
			EXECUTE format('DELETE FROM %I', name);
		END LOOP;
	END $$`

func (r *reusable) giveBack(server string) error {
	pool.Lock()
	delete(pool.used, r.name)
	discarded := r.discarded
	pool.Unlock()
	if discarded {
		return r.drop()
	}
	config, err := pgx.ParseConfig(server)
	if err != nil {
		return err
	}
	config.Database = r.name
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, empty, pgx.QueryExecModeSimpleProtocol)
	if err := errors.Join(err, conn.Close(ctx)); err != nil {
		return errors.Join(err, r.drop())
	}
	pool.Lock()
	defer pool.Unlock()
	pool.free = append(pool.free, r)
	return nil
}

func (r *reusable) drop() error { return try("DROP DATABASE IF EXISTS %s WITH (FORCE)", r.name) }
