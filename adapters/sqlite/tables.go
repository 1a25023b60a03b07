package sqlite

import (
	"context"
	"fmt"
	"strings"

	"modernc.org/sqlite"

	"example.com/roster/ports"
)

// A Table is a table with its columns, in their order.
type Table struct {
	Name    string
	Columns []string
}

// Tables returns what the migrations make, in the order in which they make it. It runs them in memory, and opens no file.
func Tables(ctx context.Context) (tables []Table, err error) {
	c, err := sqlite.NewConnector(":memory:")
	if err != nil {
		return nil, err
	}
	db := pool(c, 1)
	defer db.Close()
	if err := sqliteDriver.Migrate(ctx, db); err != nil {
		return nil, err
	}
	var rows []struct{ Name, Columns string }
	if err := db.NewRaw(`SELECT t.name, group_concat(c.name, ' ' ORDER BY c.cid) AS columns FROM sqlite_schema AS t JOIN pragma_table_xinfo(t.name) AS c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!' GROUP BY t.rowid`).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("sqlite: %w: read the tables: %w", ports.ErrInternal, err)
	}
	for _, row := range rows {
		tables = append(tables, Table{row.Name, strings.Fields(row.Columns)})
	}
	return tables, nil
}
