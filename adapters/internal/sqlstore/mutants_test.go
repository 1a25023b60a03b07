package sqlstore_test

import (
	"context"
	"database/sql/driver"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// SQLite has no policies: there each statement says whose rows it is about. Where the statements on one table do not, the
// suite shows it, by what one tenant sees of another and by what is forgotten of another.
func TestForgottenPredicate(t *testing.T) {
	t.Parallel()
	for table, cases := range map[string][]string{
		"courses":      {"tenants apart"},
		"standings":    {"tenants apart", "forget one tenant's"},
		"journal":      {"tenants apart", "forget one tenant's"},
		"replies":      {"tenants apart", "keys apart", "forget one tenant's"},
		"outbox":       {"republish one tenant's"},
		"dead_letters": {"dead letters apart"},
	} {
		for _, c := range portstest.StoreCases() {
			if slices.Contains(cases, c.Name) {
				forgotten(t, table, c.Name, func(t testing.TB, open func(testing.TB) store) {
					c.Run(t, func(t testing.TB) ports.Store { return open(t) })
				})
			}
		}
		for _, c := range portstest.OutboxCases() {
			if slices.Contains(cases, c.Name) {
				forgotten(t, table, c.Name, func(t testing.TB, open func(testing.TB) store) {
					c.Run(t, func(t testing.TB) portstest.OutboxStore { return open(t) })
				})
			}
		}
	}
}

// forgotten requires that a case fails where statements on a table are about all tenants.
func forgotten(t *testing.T, table, name string, run func(testing.TB, func(testing.TB) store)) {
	t.Run(table+"/"+name, func(t *testing.T) {
		t.Parallel()
		changed := false
		failure := portstest.FailureOf(t, func(t testing.TB) {
			run(t, func(t testing.TB) store {
				return newSQLite(t).through(t, rewriting{func(statement string) string {
					if !strings.Contains(statement, `"`+table+`"`) {
						return statement
					}
					changed = true
					return tenantPredicate.ReplaceAllString(statement, "TRUE")
				}})
			})
		})
		if failure == "" || !changed {
			t.Errorf("not caught; statements were changed: %v", changed)
		}
	})
}

var tenantPredicate = regexp.MustCompile(`("?\w+"?\.)?"?tenant_id"? = '[^']*'`)

// rewriting is a driver that sends other statements than it is told.
type rewriting struct{ rewrite func(string) string }

func (r rewriting) through(c driver.Connector) driver.Connector { return rewritingConnector{c, r} }

type rewritingConnector struct {
	driver.Connector
	rewriting
}

func (c rewritingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return rewritingConn{conn.(connection), c.rewriting}, nil
}

type rewritingConn struct {
	connection
	rewriting
}

func (c rewritingConn) ExecContext(ctx context.Context, statement string, values []driver.NamedValue) (driver.Result, error) {
	return c.connection.ExecContext(ctx, c.rewrite(statement), values)
}

func (c rewritingConn) QueryContext(ctx context.Context, statement string, values []driver.NamedValue) (driver.Rows, error) {
	return c.connection.QueryContext(ctx, c.rewrite(statement), values)
}
