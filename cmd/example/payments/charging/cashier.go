package charging

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // registers the driver
)

// A Bank takes money.
type Bank interface {
	// Charge charges the learner once under a key, however often it is called with it, and reports whether that was accepted,
	// each time as it was the first time. An error says that it is not known, and that the same is to be asked again.
	Charge(ctx context.Context, key, learner string) (accepted bool, err error)
}

// A Queue takes commands to roster.
type Queue interface {
	// Send returns nil when the command is in the queue for good. It may be there all the same after an error, and any
	// number of times; roster does it once.
	Send(ctx context.Context, c Command) error
}

// A Command asks roster to give back a learner's seat.
type Command struct {
	Tenant      string
	Course      string
	Learner     string
	Key         string // under one key roster does it once
	Correlation string // of the event that led to it, so that logs show one story
}

// A Cashier charges for seats. It is safe for concurrent use.
type Cashier struct {
	db    *sql.DB
	bank  Bank
	queue Queue
}

const tables = `
-- A row is a seat that was charged for: what came of it, and whether roster was told where it has to be.
CREATE TABLE IF NOT EXISTS charges (
    event_id TEXT NOT NULL PRIMARY KEY, tenant TEXT NOT NULL, course TEXT NOT NULL, learner TEXT NOT NULL,
    accepted INTEGER NOT NULL, told INTEGER NOT NULL
) WITHOUT ROWID;`

// Open returns a cashier with its database in a file, which is made where it is missing.
func Open(ctx context.Context, path string, bank Bank, queue Queue) (*Cashier, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	uri := url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(filepath.ToSlash(path), "/"), RawQuery: "_txlock=immediate" +
		"&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"}
	db, err := sql.Open("sqlite", uri.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, tables); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), db.Close())
	}
	return &Cashier{db, bank, queue}, nil
}

// Close closes the database.
func (c *Cashier) Close() error { return c.db.Close() }

// Handle charges for the seat that the event gave, and has it given back where that is refused. It returns nil when all of
// it is done, now or before, so that the event may be acknowledged; else the event is to come again.
func (c *Cashier) Handle(ctx context.Context, e Event) error {
	accepted, told, err := c.known(ctx, e)
	if errors.Is(err, sql.ErrNoRows) {
		accepted, err = c.charge(ctx, e)
	}
	if err != nil || accepted || told {
		return err
	}
	err = c.queue.Send(ctx, Command{
		Tenant: e.Tenant, Course: e.Course, Learner: e.Data.Learner,
		Key: "payment-refused-" + e.ID, Correlation: e.Correlation,
	})
	if err != nil {
		return fmt.Errorf("send to the queue: %w", err)
	}
	_, err = c.db.ExecContext(ctx, `UPDATE charges SET told = true WHERE event_id = ?`, e.ID)
	return err
}

// known returns what came of the event before, or [sql.ErrNoRows].
func (c *Cashier) known(ctx context.Context, e Event) (accepted, told bool, err error) {
	err = c.db.QueryRowContext(ctx, `SELECT accepted, told FROM charges WHERE event_id = ?`, e.ID).Scan(&accepted, &told)
	return accepted, told, err
}

// charge asks the bank, and writes down what it says. Between the two this service may die: then it asks again, under the
// same key.
func (c *Cashier) charge(ctx context.Context, e Event) (accepted bool, err error) {
	accepted, err = c.bank.Charge(ctx, e.ID, e.Data.Learner)
	if err != nil {
		return false, fmt.Errorf("ask the bank: %w", err)
	}
	_, err = c.db.ExecContext(ctx, `INSERT INTO charges (event_id, tenant, course, learner, accepted, told)
		VALUES (?, ?, ?, ?, ?, false) ON CONFLICT DO NOTHING`, e.ID, e.Tenant, e.Course, e.Data.Learner, accepted)
	return accepted, err
}

// Charged returns how many charges were accepted, and how many refused.
func (c *Cashier) Charged(ctx context.Context) (accepted, refused int, err error) {
	err = c.db.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE accepted), count(*) FILTER (WHERE NOT accepted) FROM charges`).
		Scan(&accepted, &refused)
	return accepted, refused, err
}
