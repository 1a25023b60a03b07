package record_test

import (
	"reflect"
	"strings"
	"testing"

	"example.com/roster/cmd/roster/record"
)

// write returns a record in a format.
func write(t *testing.T, format string, r record.Record) string {
	t.Helper()
	text, err := record.Formats[format](r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestFormats(t *testing.T) {
	t.Parallel()
	for _, format := range record.FormatNames() {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			text := write(t, format, sample())
			if !strings.HasSuffix(text, "\n") || strings.HasSuffix(text, "\n\n") {
				t.Errorf("it ends in %q, want one line break", text[max(0, len(text)-10):])
			}
			for range 10 {
				if again := write(t, format, sample()); again != text {
					t.Fatalf("the same record is\n%s\nand then\n%s", text, again)
				}
			}
			if empty := write(t, format, record.Record{}); strings.Contains(empty, "null") {
				t.Errorf("an empty record has a null:\n%s", empty)
			}
		})
	}
}

// The sample has a value in every field that a form may use, so that no test passes because of an empty list.
func TestSampleIsFull(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	var look func(path string, v reflect.Value)
	look = func(path string, v reflect.Value) {
		seen[path] = seen[path] || !v.IsZero()
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				look(path+"."+v.Type().Field(i).Name, v.Field(i))
			}
		case reflect.Slice:
			for i := range v.Len() {
				look(path, v.Index(i))
			}
		}
	}
	look("Record", reflect.ValueOf(sample()))
	const unused = " Record.Schema Record.Service.External Record.APIs.Sunset Record.Stores.Tables.Access.Write Record.Stores.Tables.Access.Admin "
	for path, set := range seen {
		if !set && !strings.Contains(unused, " "+path+" ") {
			t.Errorf("%s is empty everywhere in the sample", path)
		}
	}
}
