package sqlite

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"
)

// Every statement that writes a table writes all columns that the table and the model have, each from its own field.
func TestStatementsWriteEveryColumn(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := connect(path, writing)
	if err != nil {
		t.Fatal(err)
	}
	db := pool(preparing{c}, 1)
	defer db.Close()
	requireColumns(t, db, insertCourses, updateCourses)
	requireColumns(t, db, insertStandings, updateStandings)
	requireColumns(t, db, insertEntries)
	requireColumns(t, db, insertReplies)
}

// requireColumns writes one row, and more than a statement has, by each statement, and requires that a SELECT by the model returns
// them.
func requireColumns[Row any](t *testing.T, db *bun.DB, writes ...write[Row]) {
	t.Helper()
	var columns int
	table := db.Table(reflect.TypeFor[Row]()).Name
	if err := db.NewRaw("SELECT count(*) FROM pragma_table_info(?)", table).Scan(t.Context(), &columns); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, manyRows + 2} {
		for seed, w := range writes {
			if written := len(w.values(new(Row))); written != columns {
				t.Errorf("%s has %d columns, %d are written", table, columns, written)
			}
			rows := make([]Row, n)
			for i := range rows {
				fillRow(reflect.ValueOf(&rows[i]).Elem(), fmt.Sprint(n, "-", i), seed+3*i)
			}
			tx, err := db.BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.exec(t.Context(), transaction{Tx: tx.Tx}, rows); err != nil {
				t.Fatal(err)
			}
			if err := tx.Commit(); err != nil {
				t.Fatal(err)
			}
			var stored []Row
			if err := db.NewSelect().Model(&stored).Scan(t.Context()); err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprintf("%+v", stored)
			for _, row := range rows {
				if want := fmt.Sprintf("%+v", row); !strings.Contains(got, want) {
					t.Errorf("%s of %d rows wrote\n%s\nwant\n%s", w.one, n, got, want)
				}
			}
		}
	}
}

// fillRow gives each field a value of its own, or its zero value if it can be NULL and seed is even. Fields of the key get the same
// value for each seed.
func fillRow(row reflect.Value, key string, seed int) {
	for i := range row.NumField() {
		tag := strings.Split(row.Type().Field(i).Tag.Get("bun"), ",")
		isKey := slices.Contains(tag, "pk")
		switch field := row.Field(i); {
		case slices.Contains(tag, "nullzero") && seed%2 == 0, slices.Contains(tag, "autoincrement"):
		case isKey && field.Kind() == reflect.String:
			field.SetString(key + tag[0])
		case isKey:
			field.SetInt(int64(len(key)))
		case field.Kind() == reflect.String:
			field.SetString(fmt.Sprint(tag[0], seed))
		case field.Kind() == reflect.Bool:
			field.SetBool((i+seed)%2 == 0)
		case field.CanInt():
			field.SetInt(int64(100*seed + i))
		case field.Type() == reflect.TypeFor[[]byte]():
			field.SetBytes([]byte(fmt.Sprint("\x00", tag[0], seed)))
		case field.Type() == reflect.TypeFor[time.Time]():
			field.Set(reflect.ValueOf(time.UnixMicro(1_800_000_000_000_000 + int64(100*seed+i)).UTC()))
		}
	}
}
