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

// A Bank charges learners.
type Bank interface {
	// Charge charges the learner once per key, however often it is called, and reports whether the charge was accepted: the
	// same answer for each call with the key. After an error the result is unknown, and the caller must call it again.
	Charge(ctx context.Context, key, learner string) (accepted bool, err error)
}

// A Queue sends commands to roster.
type Queue interface {
	// Send returns nil when the queue has stored the command. After an error it may be stored too, any number of times; roster
	// runs it once.
	Send(ctx context.Context, c Command) error
}

// A Command asks roster to withdraw a learner.
type Command struct {
	Tenant      string
	Course      string
	Learner     string
	Enrollment  string // the only one that may end
	Key         string // roster runs a command once per key
	Correlation string // of the event that caused it, so that logs can be joined
}

// A Cashier charges for seats. It is safe for concurrent use.
type Cashier struct {
	db    *sql.DB
	bank  Bank
	queue Queue
}

const tables = `
-- A row is a charge for a seat: its result, and for a refused one whether the command to withdraw was sent (told).
CREATE TABLE IF NOT EXISTS charges (
    event_id TEXT NOT NULL PRIMARY KEY, tenant TEXT NOT NULL, course_id TEXT NOT NULL, learner_id TEXT NOT NULL,
    accepted INTEGER NOT NULL, told INTEGER NOT NULL
) WITHOUT ROWID;`

// Open returns a cashier with its database in a file, and creates the file if it is missing.
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

// Handle charges for the seat that the event gave. If the charge is refused, it sends a command to withdraw the learner. It returns
// nil when all steps are done, now or earlier, and the event may be acknowledged. After an error the event must be delivered again.
func (c *Cashier) Handle(ctx context.Context, e Event) error {
	accepted, sent, err := c.stored(ctx, e)
	if errors.Is(err, sql.ErrNoRows) {
		accepted, err = c.charge(ctx, e)
	}
	if err != nil || accepted || sent {
		return err
	}
	err = c.queue.Send(ctx, Command{
		Tenant: e.Tenant, Course: e.Course, Learner: e.Data.Learner, Enrollment: e.Data.Enrollment,
		Key: "payment-refused-" + e.ID, Correlation: e.Correlation,
	})
	if err != nil {
		return fmt.Errorf("send to the queue: %w", err)
	}
	_, err = c.db.ExecContext(ctx, `UPDATE charges SET told = true WHERE event_id = ?`, e.ID)
	return err
}

// stored returns the stored result of the event, or [sql.ErrNoRows].
func (c *Cashier) stored(ctx context.Context, e Event) (accepted, sent bool, err error) {
	err = c.db.QueryRowContext(ctx, `SELECT accepted, told FROM charges WHERE event_id = ?`, e.ID).Scan(&accepted, &sent)
	return accepted, sent, err
}

// charge charges at the bank, and stores the result. If the service dies between the two, the next delivery charges again under
// the same key.
func (c *Cashier) charge(ctx context.Context, e Event) (accepted bool, err error) {
	accepted, err = c.bank.Charge(ctx, e.ID, e.Data.Learner)
	if err != nil {
		return false, fmt.Errorf("charge at the bank: %w", err)
	}
	_, err = c.db.ExecContext(ctx, `INSERT INTO charges (event_id, tenant, course_id, learner_id, accepted, told)
		VALUES (?, ?, ?, ?, ?, false) ON CONFLICT DO NOTHING`, e.ID, e.Tenant, e.Course, e.Data.Learner, accepted)
	return accepted, err
}

// Charged returns the numbers of accepted and refused charges.
func (c *Cashier) Charged(ctx context.Context) (accepted, refused int, err error) {
	err = c.db.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE accepted), count(*) FILTER (WHERE NOT accepted) FROM charges`).
		Scan(&accepted, &refused)
	return accepted, refused, err
}
