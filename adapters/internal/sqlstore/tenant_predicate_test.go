package sqlstore_test

import (
	"context"
	"database/sql/driver"
	"regexp"
	"strings"
	"testing"

	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// SQLite has no policies: there each statement restricts its rows to a tenant. If the statements on a table do not, the suite
// fails: one tenant sees or changes rows of another.
func TestMissingTenantPredicate(t *testing.T) {
	t.Parallel()
	all := make(map[string]func(testing.TB, opens))
	add(all, portstest.StoreCases(), func(open opens) portstest.Open {
		return func(t testing.TB) ports.Store { return open(t) }
	})
	add(all, portstest.MaintenanceCases(), func(open opens) portstest.OpenMaintenance {
		return func(t testing.TB) portstest.MaintenanceStore { return open(t) }
	})
	add(all, portstest.ErasureCases(), func(open opens) portstest.OpenErasure {
		return func(t testing.TB) portstest.ErasureStore { return open(t) }
	})
	add(all, portstest.DeadLetterCases(), func(open opens) portstest.OpenDeadLetters {
		return func(t testing.TB) ports.DeadLetterStore { return open(t) }
	})
	for table, cases := range map[string][]string{
		"courses":      {"tenants apart"},
		"standings":    {"tenants apart", "forget one tenant's", "rename", "a learner's standings", "about"},
		"journal":      {"tenants apart", "forget one tenant's", "about", "republish one tenant's"},
		"replies":      {"tenants apart", "keys apart", "forget one tenant's", "about"},
		"dead_letters": {"dead letters apart", "about"},
	} {
		for _, name := range cases {
			requireCaught(t, table, name, all[name])
		}
	}
}

type opens = func(testing.TB) store

// add adds the cases of one suite by name.
func add[O any](all map[string]func(testing.TB, opens), cases []portstest.Case[O], as func(opens) O) {
	for _, c := range cases {
		all[c.Name] = func(t testing.TB, open opens) { c.Run(t, as(open)) }
	}
}

// requireCaught requires that a case fails if statements on a table are not restricted to a tenant.
func requireCaught(t *testing.T, table, name string, run func(testing.TB, opens)) {
	t.Run(table+"/"+name, func(t *testing.T) {
		t.Parallel()
		changed := false
		failure := portstest.FailureOf(t, func(t testing.TB) {
			run(t, func(t testing.TB) store {
				return newSQLite(t).through(t, rewriting{func(statement string) string {
					if !strings.Contains(statement, `"`+table+`"`) && !strings.Contains(statement, " "+table+" ") {
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

var tenantPredicate = regexp.MustCompile(`("?\w+"?\.)?"?tenant_id"? = ('[^']*'|\?1)`)

// rewriting wraps a driver and changes the statements that are sent.
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
