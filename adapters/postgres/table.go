package postgres

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/schema"
)

// A table is a model as bun knows it, for statements that write many rows at once.
type table struct{ *schema.Table }

func tableOf[Row any](db *bun.DB) table { return table{db.Table(reflect.TypeFor[Row]())} }

// insertOne is the text that inserts one row, of a value for each column.
func (t table) insertOne() string { return t.insert("VALUES (%s)", "") }

// insertMany is the text that inserts rows which come as an array for each column.
func (t table) insertMany() string { return t.insert("SELECT * FROM unnest(%s)", "[]") }

func (t table) insert(rows, of string) string {
	return fmt.Sprintf("INSERT INTO %s (%s) "+rows, t.SQLName, names(t.Fields, "%s"), strings.Join(t.parameters(of), ", "))
}

// orReplace is what to add where rows may be there already.
func (t table) orReplace() string {
	return fmt.Sprintf(" ON CONFLICT (%s) DO UPDATE SET %s", names(t.PKs, "%s"), names(t.DataFields, "%[1]s = EXCLUDED.%[1]s"))
}

// updateOne is the text that replaces a row that is there, of the values that would insert it. For many, orReplace is surer:
// it takes each by its key, whatever the planner thinks of the table.
func (t table) updateOne() string {
	var set, where []string
	for i, parameter := range t.parameters("") {
		if f := t.Fields[i]; f.IsPK {
			where = append(where, fmt.Sprint(f.SQLName, " = ", parameter))
		} else {
			set = append(set, fmt.Sprint(f.SQLName, " = ", parameter))
		}
	}
	return fmt.Sprintf("UPDATE %s SET %s WHERE %s", t.SQLName, strings.Join(set, ", "), strings.Join(where, " AND "))
}

// parameters are $1, $2 …, one for each column.
func (t table) parameters(of string) []string {
	all := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		all[i] = fmt.Sprintf("$%d::%s%s", i+1, typeOf(f), of)
	}
	return all
}

// unnested is rows of a model as a table, for a statement with values in its text: an array for each column, which the server
// reads faster than as many rows. rows points to a slice.
func unnested(db bun.IDB, rows any) schema.Query {
	of := reflect.ValueOf(rows).Elem()
	t := table{db.Dialect().Tables().Get(of.Type().Elem())}
	arrays, types := columns(t, of), make([]string, len(t.Fields))
	for i, f := range t.Fields {
		arrays[i], types[i] = pgdialect.Array(arrays[i]), "?::"+typeOf(f)+"[]"
	}
	return db.NewRaw(fmt.Sprintf("SELECT * FROM unnest(%s) AS r (%s)", strings.Join(types, ", "), names(t.Fields, "%s")), arrays...)
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

// values returns what a row has in each column. Like bun, it is NULL for the zero of a field that is nullzero.
func values[Row any](t table, row Row) []any {
	of := reflect.ValueOf(row)
	all := make([]any, len(t.Fields))
	for i, f := range t.Fields {
		v := f.Value(of)
		if f.NullZero && v.IsZero() {
			continue
		}
		switch typeOf(f) {
		case "text":
			all[i] = v.String() // not of a named type: the driver knows it at once
		case "bigint":
			all[i] = v.Int()
		default:
			all[i] = v.Interface()
		}
	}
	return all
}

// columns returns what a slice of rows has in each column, as an array.
func columns(t table, of reflect.Value) []any {
	all := make([]any, len(t.Fields))
	for i, f := range t.Fields {
		switch typeOf(f) {
		case "text":
			all[i] = column(f, of, reflect.Value.String)
		case "bigint":
			all[i] = column(f, of, reflect.Value.Int)
		case "boolean":
			all[i] = column(f, of, reflect.Value.Bool)
		case "bytea":
			all[i] = column(f, of, reflect.Value.Bytes)
		default:
			all[i] = column(f, of, func(v reflect.Value) time.Time { return v.Interface().(time.Time) })
		}
	}
	return all
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
