package portstest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
)

// TestSampleNotes tests the contract of [ports.SampleNoteStore]. open must return an empty store, a new one for each case.
func TestSampleNotes(t *testing.T, open func(testing.TB) ports.SampleNoteStore) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)
	put := func(s ports.SampleNoteStore, tenant domain.TenantID, text string) error {
		return s.UpdateSampleNote(context.Background(), tenant, "x-1", func(v domain.SampleNote) (domain.SampleNote, error) {
			return v.Put(text, at)
		})
	}
	for rule, test := range map[string]func(t *testing.T, s ports.SampleNoteStore){
		"a sample note that does not exist is not found": func(t *testing.T, s ports.SampleNoteStore) {
			if got, err := s.SampleNote(t.Context(), "own", "x-1"); !errors.Is(err, ports.ErrNotFound) {
				t.Errorf("got %+v, %v", got, err)
			}
		},
		"reads and the next decision see what was saved": func(t *testing.T, s ports.SampleNoteStore) {
			var loaded []domain.SampleNote
			for _, text := range []string{"first", "second"} {
				err := s.UpdateSampleNote(t.Context(), "own", "x-1", func(v domain.SampleNote) (domain.SampleNote, error) {
					loaded = append(loaded, v)
					return v.Put(text, at)
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			got, err := s.SampleNote(t.Context(), "own", "x-1")
			want := domain.SampleNote{ID: "x-1", Text: "second", Version: 2, Since: at}
			if err != nil || got != want {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
			if loaded[0] != (domain.SampleNote{ID: "x-1"}) || loaded[1].Text != "first" {
				t.Errorf("loaded %+v", loaded)
			}
		},
		"a result with the same version is not saved": func(t *testing.T, s ports.SampleNoteStore) {
			err := errors.Join(put(s, "own", "first"), s.UpdateSampleNote(t.Context(), "own", "x-1", func(v domain.SampleNote) (domain.SampleNote, error) {
				v.Text = "other"
				return v, nil
			}))
			if got, read := s.SampleNote(t.Context(), "own", "x-1"); err != nil || read != nil || got.Text != "first" {
				t.Errorf("got %+v, %v, %v", got, read, err)
			}
		},
		"an error of decide is returned unchanged, and nothing is saved": func(t *testing.T, s ports.SampleNoteStore) {
			refusal := errors.New("no")
			err := s.UpdateSampleNote(t.Context(), "own", "x-1", func(v domain.SampleNote) (domain.SampleNote, error) {
				v.Version++
				return v, refusal
			})
			if _, read := s.SampleNote(t.Context(), "own", "x-1"); err != refusal || !errors.Is(read, ports.ErrNotFound) {
				t.Errorf("got %v, %v", err, read)
			}
		},
		"a tenant does not see the sample notes of another": func(t *testing.T, s ports.SampleNoteStore) {
			if err := errors.Join(put(s, "own", "ours"), put(s, "other", "theirs")); err != nil {
				t.Fatal(err)
			}
			got, err := s.SampleNote(t.Context(), "own", "x-1")
			if err != nil || got.Text != "ours" || got.Version != 1 {
				t.Errorf("got %+v, %v", got, err)
			}
		},
		"no concurrent change is lost": func(t *testing.T, s ports.SampleNoteStore) {
			const n = 8
			var all sync.WaitGroup
			for i := range n {
				all.Go(func() {
					if err := put(s, "own", fmt.Sprint("by ", i)); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if got, err := s.SampleNote(t.Context(), "own", "x-1"); err != nil || got.Version != n {
				t.Errorf("got %+v, %v, want version %d", got, err, n)
			}
		},
		"after ctx ends, nothing is saved": func(t *testing.T, s ports.SampleNoteStore) {
			ctx, end := context.WithCancel(t.Context())
			err := s.UpdateSampleNote(ctx, "own", "x-1", func(v domain.SampleNote) (domain.SampleNote, error) {
				end()
				return v.Put("late", at)
			})
			if _, read := s.SampleNote(t.Context(), "own", "x-1"); !errors.Is(err, ports.ErrUnavailable) || !errors.Is(read, ports.ErrNotFound) {
				t.Errorf("got %v, %v", err, read)
			}
		},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}
