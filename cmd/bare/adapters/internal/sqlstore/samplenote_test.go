package sqlstore_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
	"example.com/roster/cmd/bare/ports/portstest"
)

func TestSampleNotes(t *testing.T) {
	t.Parallel()
	for kind, fresh := range databases {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			portstest.TestSampleNotes(t, func(t testing.TB) ports.SampleNoteStore { return fresh(t).store(t) })
		})
	}
}

// Each field is saved, and saved again when it changes. A field without a column, or with a column that the update leaves out, is not.
func TestSampleNoteFields(t *testing.T) {
	t.Parallel()
	for kind, fresh := range databases {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := fresh(t).store(t)
			for n := range 2 {
				want := filledSampleNote(t, n)
				err := s.UpdateSampleNote(t.Context(), ports.SampleNoteNeed{Tenant: "own", ID: want.ID},
					func(c ports.SampleNoteChange) (ports.SampleNoteChange, error) {
						c.SampleNote = want
						return c, nil
					})
				must(t, err)
				if got, err := s.SampleNote(t.Context(), "own", want.ID); err != nil || got != want {
					t.Errorf("saved %+v, and read %+v, %v", want, got, err)
				}
			}
		})
	}
}

// filledSampleNote returns a sample note with a value in each field. Each n has other values.
func filledSampleNote(t *testing.T, n int) (v domain.SampleNote) {
	t.Helper()
	fields := reflect.ValueOf(&v).Elem()
	for i := range fields.NumField() {
		switch f := fields.Field(i); {
		case f.Kind() == reflect.String:
			f.SetString(fmt.Sprintf("value-%d-%d", i, n))
		case f.Kind() == reflect.Bool:
			f.SetBool(n > 0)
		case f.CanInt():
			f.SetInt(int64(10*i + n))
		case f.Type() == reflect.TypeFor[time.Time]():
			f.Set(reflect.ValueOf(time.Date(2026, 3, 1+i, 12, n, 0, 0, time.UTC)))
		default:
			t.Fatalf("give the field %s a value here, another for each n", fields.Type().Field(i).Name)
		}
	}
	v.ID, v.Version = "x-1", int64(n+1)
	return v
}
