package postgres

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// A table is a model as bun knows it, for statements that write many rows at once.
type table struct{ *schema.Table }

func tableOf[Row any](db *bun.DB) table { return table{db.Table(reflect.TypeFor[Row]())} }

// insert is the text that inserts rows which come as an array for each column.
func (t table) insert() string {
	arrays := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		arrays[i] = fmt.Sprintf("$%d::%s[]", i+1, typeOf(f))
	}
	return fmt.Sprintf("INSERT INTO %s (%s) SELECT * FROM unnest(%s)", t.SQLName, names(t.Fields, "%s"), strings.Join(arrays, ", "))
}

// orReplace is what to add where rows may be there already.
func (t table) orReplace() string {
	return fmt.Sprintf(" ON CONFLICT (%s) DO UPDATE SET %s", names(t.PKs, "%s"), names(t.DataFields, "%[1]s = EXCLUDED.%[1]s"))
}

func names(fields []*schema.Field, format string) string {
	listed := make([]string, len(fields))
	for i, f := range fields {
		listed[i] = fmt.Sprintf(format, f.SQLName)
	}
	return strings.Join(listed, ", ")
}

// typeOf is the type that a column has in the migrations.
func typeOf(f *schema.Field) string {
	switch f.IndirectType.Kind() {
	case reflect.String:
		return "text"
	case reflect.Int, reflect.Int64:
		return "bigint"
	case reflect.Bool:
		return "boolean"
	case reflect.Slice:
		return "bytea"
	default:
		return "timestamptz"
	}
}

// columns turns rows into an array for each column. Like bun, it sends NULL for the zero of a column that is nullzero.
func columns[Row any](t table, rows []Row) []any {
	values := reflect.ValueOf(rows)
	arrays := make([]any, len(t.Fields))
	for i, f := range t.Fields {
		switch typeOf(f) {
		case "text":
			arrays[i] = column(f, values, reflect.Value.String)
		case "bigint":
			arrays[i] = column(f, values, reflect.Value.Int)
		case "boolean":
			arrays[i] = column(f, values, reflect.Value.Bool)
		case "bytea":
			arrays[i] = column(f, values, reflect.Value.Bytes)
		default:
			arrays[i] = column(f, values, func(v reflect.Value) time.Time { return v.Interface().(time.Time) })
		}
	}
	return arrays
}

func column[T any](f *schema.Field, rows reflect.Value, value func(reflect.Value) T) any {
	if f.NullZero {
		array := make([]*T, rows.Len())
		for i := range array {
			if v := f.Value(rows.Index(i)); !v.IsZero() {
				array[i] = new(value(v))
			}
		}
		return array
	}
	array := make([]T, rows.Len())
	for i := range array {
		array[i] = value(f.Value(rows.Index(i)))
	}
	return array
}
