package projection

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestInOrder(t *testing.T) {
	t.Parallel()
	s, p := play(1, 3, 200), open(t)
	for _, e := range s.published {
		apply(t, p, Result{Applied: 1}, e)
	}
	requireRows(t, p, s.rows())
}

func TestDuplicatesChangeNothing(t *testing.T) {
	t.Parallel()
	s, p := play(2, 3, 200), open(t)
	apply(t, p, Result{Applied: 200, Duplicates: 200}, append(slices.Clone(s.published), s.published...)...)
	apply(t, p, Result{Duplicates: 200}, s.published...)
	requireRows(t, p, s.rows())
}

// A process that dies between its commit and the acknowledgement gets the same events again, and continues with the data on disk.
func TestACrashBetweenCommitAndAcknowledgement(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "occupancy.db")
	s := play(3, 3, 200)
	for start := 0; start < len(s.published); start += 20 {
		p := openAt(t, path)
		apply(t, p, Result{Applied: 20}, s.published[start:start+20]...)
		p.Close()
		p = openAt(t, path)
		apply(t, p, Result{Duplicates: 20}, s.published[start:start+20]...)
		p.Close()
	}
	requireRows(t, openAt(t, path), s.rows())
}

// A process that dies before its commit has stored neither the effect nor the id.
func TestACrashBeforeTheCommit(t *testing.T) {
	t.Parallel()
	s, p := play(4, 3, 100), open(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := p.transact(ctx, func(tx *transaction) error {
		for _, e := range s.published {
			if err := tx.process(e, new(Result)); err != nil {
				return err
			}
		}
		cancel()
		return ctx.Err()
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	requireRows(t, p, nil)
	apply(t, p, Result{Applied: 100}, s.published...)
	requireRows(t, p, s.rows())
}

// An event after a gap is applied only when the gap is filled, and survives a restart meanwhile.
func TestAGapWaits(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "occupancy.db")
	s, p := play(5, 1, 10), openAt(t, path)
	apply(t, p, Result{Applied: 4, Early: 2}, append(slices.Clone(s.published[:4]), s.published[5], s.published[7])...)
	partial := play(5, 1, 4).rows()
	partial[0].Waiting = 2
	requireRows(t, p, partial)
	p.Close()

	p = openAt(t, path)
	apply(t, p, Result{Duplicates: 2}, s.published[5], s.published[7])
	apply(t, p, Result{Applied: 2}, s.published[4])
	apply(t, p, Result{Applied: 4, Early: 2}, s.published[9], s.published[8], s.published[6])
	requireRows(t, p, s.rows())
}

func TestAnyOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		s, p := play(seed, 4, 200), open(t)
		shuffled := slices.Clone(s.published)
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(shuffled), func(i, j int) {
			shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
		})
		for batch := range slices.Chunk(shuffled, 50) {
			if _, err := p.Apply(t.Context(), batch...); err != nil {
				t.Fatal(err)
			}
		}
		requireRows(t, p, s.rows())
	}
}

// Several processes may share one consumer: each gets some of the events, and the database has all of them.
func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "occupancy.db")
	s := play(6, 5, 1000)
	var running sync.WaitGroup
	for i := range 2 {
		p := openAt(t, path)
		running.Go(func() {
			for n, batch := range slices.Collect(slices.Chunk(s.published, 25)) {
				if n%2 == i || n%5 == 0 {
					if _, err := p.Apply(context.Background(), batch...); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	running.Wait()
	requireRows(t, openAt(t, path), s.rows())
}

// With the worst deliveries the read model is exact, and would be wrong without an inbox. The long form has 30,000 events.
func TestChaos(t *testing.T) {
	t.Parallel()
	events := 5_000
	if os.Getenv("ROSTER_LONG") != "" {
		events = 30_000
	}
	s, p := play(7, 200, events), open(t)
	var total Result
	noInbox := make(map[string]*Row) // applies every delivery
	for _, batch := range s.chaos(500) {
		got, err := p.Apply(t.Context(), batch...)
		if err != nil {
			t.Fatal(err)
		}
		total.Applied += got.Applied
		total.Duplicates += got.Duplicates
		for _, e := range batch {
			if noInbox[e.Course] == nil {
				noInbox[e.Course] = new(Row)
			}
			noInbox[e.Course].apply(e)
		}
	}
	requireRows(t, p, s.rows())
	if total.Applied != events || total.Duplicates < events/2 {
		t.Errorf("%+v: want %d applied, and many duplicates", total, events)
	}
	wrong := 0
	for _, r := range s.rows() {
		if b := noInbox[r.Course]; b.Enrolled != r.Enrolled || b.Waitlisted != r.Waitlisted {
			wrong++
		}
	}
	t.Logf("%+v; without an inbox %d of %d courses are wrong", total, wrong, len(noInbox))
	if wrong < len(noInbox)/2 {
		t.Errorf("without an inbox only %d of %d courses are wrong: the test is too weak", wrong, len(noInbox))
	}
}

// A purged journal that is republished begins with a snapshot, that of the first course with sequence 1. A projector that knows it
// changes nothing. A new projector waits until Adopt says that no more events will arrive.
func TestPurgedJournals(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		s := play(seed, 3, 300)
		kept := s.purged(200)
		if len(kept) == len(s.published) || kept[0].Sequence != 1 {
			t.Fatal("nothing was purged, or the first event of the first course was")
		}

		existing := open(t)
		apply(t, existing, Result{Applied: 250}, s.published[:250]...)
		got, err := existing.Apply(t.Context(), kept...)
		if err != nil || got.Applied != 50 || got.Early != 0 {
			t.Fatal(got, err)
		}
		requireRows(t, existing, s.rows())

		fresh := open(t)
		fresh.Rebuild = true
		if _, err := fresh.Apply(t.Context(), kept...); err != nil {
			t.Fatal(err)
		}
		if n, err := fresh.Adopt(t.Context()); err != nil || n == 0 {
			t.Fatalf("adopted %d: %v", n, err)
		}
		requireRows(t, fresh, s.rows())

		// From here on gaps count again, and events before the adopted start are duplicates.
		if got, err := fresh.Apply(t.Context(), s.published...); err != nil || got.Duplicates != len(s.published) {
			t.Fatal(got, err)
		}
		next := s.published[len(s.published)-1]
		next.ID, next.Sequence = "later", next.Sequence+2
		apply(t, fresh, Result{Early: 1}, next)
		if n, err := fresh.Adopt(t.Context()); err != nil || n != 0 {
			t.Fatalf("adopted %d courses that have applied events: %v", n, err)
		}
	}
}

// A source that was restored to an earlier time gives the same sequences to other events.
func TestAForkIsDetected(t *testing.T) {
	t.Parallel()
	s, p := play(8, 1, 5), open(t)
	apply(t, p, Result{Applied: 3, Early: 1}, append(slices.Clone(s.published[:3]), s.published[4])...)
	for _, e := range []Event{s.published[1], s.published[4]} { // an applied one and a waiting one
		e.ID = "another"
		if _, err := p.Apply(t.Context(), s.published[3], e); !errors.Is(err, ErrForked) {
			t.Errorf("sequence %d: %v", e.Sequence, err)
		}
	}
	want := play(8, 1, 3).rows()
	want[0].Waiting = 1
	requireRows(t, p, want) // and the event in the same batch was not applied either
}

func TestTenantsAndCoursesAreApart(t *testing.T) {
	t.Parallel()
	p := open(t)
	for i, at := range []Row{{Tenant: "a", Course: "x"}, {Tenant: "a", Course: "y"}, {Tenant: "b", Course: "x"}} {
		id := string(rune('p' + i))
		apply(t, p, Result{Applied: 1}, Event{ID: id, Type: "learner.enrolled", Tenant: at.Tenant, Course: at.Course, Sequence: 1})
	}
	requireRows(t, p, []Row{
		{Tenant: "a", Course: "x", Enrolled: 1, Sequence: 1},
		{Tenant: "a", Course: "y", Enrolled: 1, Sequence: 1},
		{Tenant: "b", Course: "x", Enrolled: 1, Sequence: 1},
	})
}

func open(t *testing.T) *Projector { return openAt(t, filepath.Join(t.TempDir(), "occupancy.db")) }

func openAt(t *testing.T, path string) *Projector {
	t.Helper()
	p, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func apply(t *testing.T, p *Projector, want Result, events ...Event) {
	t.Helper()
	if got, err := p.Apply(t.Context(), events...); err != nil || got != want {
		t.Fatalf("%+v, %v; want %+v", got, err, want)
	}
}

func rowsOf(t *testing.T, p *Projector) []Row {
	t.Helper()
	rows, err := p.Rows(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func requireRows(t *testing.T, p *Projector, want []Row) {
	t.Helper()
	got := rowsOf(t, p)
	if len(got) != len(want) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("row is %+v, want %+v", got[i], want[i])
		}
	}
}
