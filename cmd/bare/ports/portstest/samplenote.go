package portstest

import (
	"context"
	"errors"
	"fmt"
	// keys: "maps"
	"sync"
	"testing"
	"time"

	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
)

// TestSampleNotes tests the contract of [ports.SampleNoteStore]. open must return an empty store, a new one for each case.
func TestSampleNotes(t *testing.T, open func(testing.TB) ports.SampleNoteStore) {
	cases := map[string]func(t *testing.T, s sampleNoteStore){
		"one that does not exist is not found": func(t *testing.T, s sampleNoteStore) {
			if got, err := s.SampleNote(t.Context(), "own", "x-1"); !errors.Is(err, ports.ErrNotFound) {
				t.Errorf("got %+v, %v", got, err)
			}
		},
		"reads and the next decision see what was saved": func(t *testing.T, s sampleNoteStore) {
			var loaded []domain.SampleNote
			for _, text := range []string{"first", "second"} {
				err := s.update(t.Context(), "own", func(v domain.SampleNote) (domain.SampleNote, error) {
					loaded = append(loaded, v)
					return v.Revise(text, "ada", sampleNoteTime)
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			got, err := s.SampleNote(t.Context(), "own", "x-1")
			want := domain.SampleNote{ID: "x-1", Text: "second", Version: 2, Since: sampleNoteTime, ChangedBy: "ada"}
			if err != nil || got != want {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
			if loaded[0] != (domain.SampleNote{ID: "x-1"}) || loaded[1].Text != "first" {
				t.Errorf("loaded %+v", loaded)
			}
		},
		"a result with the same version is not saved": func(t *testing.T, s sampleNoteStore) {
			err := errors.Join(s.revise("own", "first"), s.update(t.Context(), "own", func(v domain.SampleNote) (domain.SampleNote, error) {
				v.Text = "other"
				return v, nil
			}))
			if got, read := s.SampleNote(t.Context(), "own", "x-1"); err != nil || read != nil || got.Text != "first" {
				t.Errorf("got %+v, %v, %v", got, read, err)
			}
		},
		"an error of decide is returned unchanged, and nothing is saved": func(t *testing.T, s sampleNoteStore) {
			refusal := errors.New("no")
			err := s.update(t.Context(), "own", func(v domain.SampleNote) (domain.SampleNote, error) {
				v.Version++
				return v, refusal
			})
			if _, read := s.SampleNote(t.Context(), "own", "x-1"); err != refusal || !errors.Is(read, ports.ErrNotFound) {
				t.Errorf("got %v, %v", err, read)
			}
		},
		"a tenant does not see the sample notes of another": func(t *testing.T, s sampleNoteStore) {
			if err := errors.Join(s.revise("own", "ours"), s.revise("other", "theirs")); err != nil {
				t.Fatal(err)
			}
			got, err := s.SampleNote(t.Context(), "own", "x-1")
			if err != nil || got.Text != "ours" || got.Version != 1 {
				t.Errorf("got %+v, %v", got, err)
			}
		},
		"no concurrent change is lost": func(t *testing.T, s sampleNoteStore) {
			const n = 8
			var all sync.WaitGroup
			for i := range n {
				all.Go(func() {
					if err := s.revise("own", fmt.Sprint("by ", i)); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if got, err := s.SampleNote(t.Context(), "own", "x-1"); err != nil || got.Version != n {
				t.Errorf("got %+v, %v, want version %d", got, err, n)
			}
		},
		"after ctx ends, nothing is saved": func(t *testing.T, s sampleNoteStore) {
			ctx, end := context.WithCancel(t.Context())
			err := s.update(ctx, "own", func(v domain.SampleNote) (domain.SampleNote, error) {
				end()
				return v.Revise("late", "ada", sampleNoteTime)
			})
			if _, read := s.SampleNote(t.Context(), "own", "x-1"); !errors.Is(err, ports.ErrUnavailable) || !errors.Is(read, ports.ErrNotFound) {
				t.Errorf("got %v, %v", err, read)
			}
		},
	}
	// keys: maps.Copy(cases, sampleNoteReplyCases)
	for rule, test := range cases {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			test(t, sampleNoteStore{open(t)})
		})
	}
}

var sampleNoteTime = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

// A sampleNoteStore changes the sample note x-1.
type sampleNoteStore struct{ ports.SampleNoteStore }

func (s sampleNoteStore) update(ctx context.Context, tenant domain.TenantID, decide func(domain.SampleNote) (domain.SampleNote, error)) error {
	need := ports.SampleNoteNeed{Tenant: tenant, ID: "x-1"}
	return s.UpdateSampleNote(ctx, need, func(c ports.SampleNoteChange) (_ ports.SampleNoteChange, err error) {
		c.SampleNote, err = decide(c.SampleNote)
		return c, err
	})
}

func (s sampleNoteStore) revise(tenant domain.TenantID, text string) error {
	return s.update(context.Background(), tenant, func(v domain.SampleNote) (domain.SampleNote, error) {
		return v.Revise(text, "ada", sampleNoteTime)
	})
}
