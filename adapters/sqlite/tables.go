package sqlite

import (
	"context"
	"fmt"

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
	rows, err := db.DB.QueryContext(ctx, `SELECT t.name, c.name FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY t.rowid, c.cid`)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w: read the tables: %w", ports.ErrInternal, err)
	}
	defer rows.Close()
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			return nil, err
		}
		if n := len(tables); n == 0 || tables[n-1].Name != table {
			tables = append(tables, Table{Name: table})
		}
		last := &tables[len(tables)-1]
		last.Columns = append(last.Columns, column)
	}
	return tables, rows.Err()
}
