package postgres

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"

	"example.com/roster/adapters/postgres/pgtest"
)

// Every statement that writes a table writes all columns that the table and the model have, each from its own field.
func TestStatementsWriteEveryColumn(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t, Migrate)
	config, err := parse(url)
	must(t, err)
	db := pool(connector(config, new(generation)), 1)
	defer db.Close()
	conn := updateConn(t, url)
	requireColumns(t, conn, db, "courses", insertCourses, updateCourses)
	requireColumns(t, conn, db, "standings", insertStandings, updateStandings)
	requireColumns(t, conn, db, "journal", insertEntries)
	requireColumns(t, conn, db, "replies", insertReplies)
}

// requireColumns writes few rows and many, by each statement, and requires that a SELECT by the model returns them.
func requireColumns[Row any](t *testing.T, conn *pgx.Conn, db *bun.DB, table string, writes ...write[Row]) {
	t.Helper()
	var has int
	must(t, db.NewRaw("SELECT count(*) FROM information_schema.columns WHERE table_name = ?", table).Scan(t.Context(), &has))
	for _, n := range []int{2, fewRows + 1, fewRows + 2} {
		for seed, w := range writes {
			if has != len(w.fields) {
				t.Errorf("%s has %d columns, %d are written", table, has, len(w.fields))
			}
			rows := make([]Row, n)
			for i := range rows {
				seed := seed + 3*i
				if n > fewRows+1 {
					seed *= 2 // no row has what can be NULL
				}
				fillRow(reflect.ValueOf(&rows[i]).Elem(), fmt.Sprint(table, n, "-", i), seed)
			}
			batch := &pgx.Batch{}
			batch.Queue(begin)
			batch.Queue(setTenant, "t")
			w.queue(batch, rows)
			batch.Queue(commit)
			must(t, conn.SendBatch(t.Context(), batch).Close())
			stored := make([]Row, 0)
			must(t, db.RunInTx(t.Context(), nil, func(ctx context.Context, tx bun.Tx) error {
				if _, err := tx.NewRaw("SELECT set_config('app.tenant', 't', true)").Exec(ctx); err != nil {
					return err
				}
				return tx.NewSelect().Model(&stored).Scan(ctx)
			}))
			got := printRows(stored)
			for _, want := range printRows(rows) {
				if !slices.Contains(got, want) {
					t.Errorf("%s of %d rows wrote\n%s\nwant\n%s", w.one, n, strings.Join(got, "\n"), want)
				}
			}
		}
	}
}

// fillRow gives each field a value of its own, or its zero value if it can be NULL and seed is even. Fields of the key get
// the same value for each seed.
func fillRow(row reflect.Value, key string, seed int) {
	for i := range row.NumField() {
		tag := row.Type().Field(i).Tag.Get("bun")
		name, options, _ := strings.Cut(tag, ",")
		switch field := row.Field(i); {
		case options == "nullzero" && seed%2 == 0:
		case name == "tenant_id":
			field.SetString("t")
		case options == "pk" && field.Kind() == reflect.String:
			field.SetString(key + name)
		case options == "pk":
			field.SetInt(int64(len(key)))
		case field.Kind() == reflect.String:
			field.SetString(fmt.Sprint(name, seed))
		case field.Kind() == reflect.Bool:
			field.SetBool((i+seed)%2 == 0)
		case field.CanInt():
			field.SetInt(int64(100*seed + i))
		case field.Type() == reflect.TypeFor[[]byte]():
			field.SetBytes([]byte(fmt.Sprint("\x00", name, seed)))
		case field.Type() == reflect.TypeFor[time.Time]():
			field.Set(reflect.ValueOf(time.UnixMicro(1_800_000_000_000_000 + int64(100*seed+i)).UTC()))
		}
	}
}

// printRows prints rows with times in UTC.
func printRows[Row any](rows []Row) (printed []string) {
	for _, r := range rows {
		row := reflect.ValueOf(&r).Elem()
		for i := range row.NumField() {
			if at, ok := row.Field(i).Interface().(time.Time); ok {
				row.Field(i).Set(reflect.ValueOf(at.UTC()))
			}
		}
		printed = append(printed, fmt.Sprintf("%+v", r))
	}
	return printed
}
