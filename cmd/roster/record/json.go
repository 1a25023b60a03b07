package record

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"reflect"
)

// SchemaID names [Schema]. It is a name: nothing has to be published at that address.
const SchemaID = "https://example.com/roster/record/v1.schema.json"

// Schema is the JSON Schema (draft 2020-12) of [JSON]. It allows no field that a record does not have.
//
//go:embed schema.json
var Schema []byte

// JSON returns the record as JSON.
func JSON(r Record) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(r)
	return b.String(), err
}

// MarshalJSON names the schema, and writes an empty list for one that is nil, so that readers need not expect null.
func (r Record) MarshalJSON() ([]byte, error) {
	type plain Record
	filled := plain(r)
	filled.Schema = SchemaID
	fillLists(reflect.ValueOf(&filled).Elem())
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(filled)
	return b.Bytes(), err
}

// fillLists replaces the lists of a value by copies that are not nil.
func fillLists(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fillLists(v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.AppendSlice(reflect.MakeSlice(v.Type(), 0, v.Len()), v))
		for i := range v.Len() {
			fillLists(v.Index(i))
		}
	}
}
