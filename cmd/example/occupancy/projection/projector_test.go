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
	for _, e := range s.told {
		apply(t, p, Result{Applied: 1}, e)
	}
	requireRows(t, p, s.rows())
}

func TestDuplicatesChangeNothing(t *testing.T) {
	t.Parallel()
	s, p := play(2, 3, 200), open(t)
	apply(t, p, Result{Applied: 200, Duplicates: 200}, append(slices.Clone(s.told), s.told...)...)
	apply(t, p, Result{Duplicates: 200}, s.told...)
	requireRows(t, p, s.rows())
}

// A process that dies between its commit and the acknowledgement gets the same again, and begins with what it has on disk.
func TestACrashBetweenCommitAndAcknowledgement(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "occupancy.db")
	s := play(3, 3, 200)
	for begin := 0; begin < len(s.told); begin += 20 {
		p := openAt(t, path)
		apply(t, p, Result{Applied: 20}, s.told[begin:begin+20]...)
		p.Close()
		p = openAt(t, path)
		apply(t, p, Result{Duplicates: 20}, s.told[begin:begin+20]...)
		p.Close()
	}
	requireRows(t, openAt(t, path), s.rows())
}

// One that dies before its commit has taken nothing: not the effect, and not the id.
func TestACrashBeforeTheCommit(t *testing.T) {
	t.Parallel()
	s, p := play(4, 3, 100), open(t)
	ctx, cancel := context.WithCancel(t.Context())
	died := p.transact(ctx, func(tx *transaction) error {
		for _, e := range s.told {
			if err := tx.take(e, new(Result)); err != nil {
				return err
			}
		}
		cancel()
		return ctx.Err()
	})
	if !errors.Is(died, context.Canceled) {
		t.Fatal(died)
	}
	requireRows(t, p, nil)
	apply(t, p, Result{Applied: 100}, s.told...)
	requireRows(t, p, s.rows())
}

// An event that leaves a gap is not in the figures until the gap is filled, and survives a restart meanwhile.
func TestAGapWaits(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "occupancy.db")
	s, p := play(5, 1, 10), openAt(t, path)
	apply(t, p, Result{Applied: 4, Early: 2}, append(slices.Clone(s.told[:4]), s.told[5], s.told[7])...)
	half := play(5, 1, 4).rows()
	half[0].Waiting = 2
	requireRows(t, p, half)
	p.Close()

	p = openAt(t, path)
	apply(t, p, Result{Duplicates: 2}, s.told[5], s.told[7])
	apply(t, p, Result{Applied: 2}, s.told[4])
	apply(t, p, Result{Applied: 4, Early: 2}, s.told[9], s.told[8], s.told[6])
	requireRows(t, p, s.rows())
}

func TestAnyOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		s, p := play(seed, 4, 200), open(t)
		shuffled := slices.Clone(s.told)
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

// Several processes may take from one consumer: what one has and the other misses, meets in the database.
func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "occupancy.db")
	s := play(6, 5, 1000)
	var running sync.WaitGroup
	for i := range 2 {
		p := openAt(t, path)
		running.Go(func() {
			for n, batch := range slices.Collect(slices.Chunk(s.told, 25)) {
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

// A broker at its worst: exactly right, and wrong for who has no inbox. The long form is of 30,000 events.
func TestChaos(t *testing.T) {
	t.Parallel()
	events := 5_000
	if os.Getenv("ROSTER_LONG") != "" {
		events = 30_000
	}
	s, p := play(7, 200, events), open(t)
	var total Result
	blind := make(map[string]*Row) // each delivery has its effect
	for _, batch := range s.chaos(500) {
		got, err := p.Apply(t.Context(), batch...)
		if err != nil {
			t.Fatal(err)
		}
		total.Applied += got.Applied
		total.Duplicates += got.Duplicates
		for _, e := range batch {
			if blind[e.Course] == nil {
				blind[e.Course] = new(Row)
			}
			blind[e.Course].apply(e)
		}
	}
	requireRows(t, p, s.rows())
	if total.Applied != events || total.Duplicates < events/2 {
		t.Errorf("%+v: want %d applied, and many duplicates", total, events)
	}
	wrong := 0
	for _, r := range s.rows() {
		if b := blind[r.Course]; b.Enrolled != r.Enrolled || b.Waitlisted != r.Waitlisted {
			wrong++
		}
	}
	t.Logf("%+v; without an inbox %d of %d courses are wrong", total, wrong, len(blind))
	if wrong < len(blind)/2 {
		t.Errorf("without an inbox only %d of %d courses are wrong: the test is too kind", wrong, len(blind))
	}
}

// Republished after a retention, a journal begins with a snapshot. Who knows it changes nothing; who begins with it waits,
// until somebody says that no more will come.
func TestPurgedJournals(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		s := play(seed, 3, 300)
		kept := s.purged(200)
		if len(kept) == len(s.told) {
			t.Fatal("nothing was purged")
		}

		old := open(t)
		apply(t, old, Result{Applied: 250}, s.told[:250]...)
		got, err := old.Apply(t.Context(), kept...)
		if err != nil || got.Applied != 50 || got.Early != 0 {
			t.Fatal(got, err)
		}
		requireRows(t, old, s.rows())

		fresh := open(t)
		if _, err := fresh.Apply(t.Context(), kept...); err != nil {
			t.Fatal(err)
		}
		if n, err := fresh.Adopt(t.Context()); err != nil || n == 0 {
			t.Fatalf("adopted %d: %v", n, err)
		}
		requireRows(t, fresh, s.rows())

		// From here on a gap is a gap again, and what is older than the beginning is known.
		if got, err := fresh.Apply(t.Context(), s.told...); err != nil || got.Duplicates != len(s.told) {
			t.Fatal(got, err)
		}
		next := s.told[len(s.told)-1]
		next.ID, next.Sequence = "later", next.Sequence+2
		apply(t, fresh, Result{Early: 1}, next)
		if n, err := fresh.Adopt(t.Context()); err != nil || n != 0 {
			t.Fatalf("adopted %d of those that have a beginning: %v", n, err)
		}
	}
}

// A source that was restored to an earlier time gives sequences to other events.
func TestAForkIsSeen(t *testing.T) {
	t.Parallel()
	s, p := play(8, 1, 5), open(t)
	apply(t, p, Result{Applied: 3, Early: 1}, append(slices.Clone(s.told[:3]), s.told[4])...)
	for _, e := range []Event{s.told[1], s.told[4]} { // one that is applied, one that waits
		e.ID = "another"
		if _, err := p.Apply(t.Context(), s.told[3], e); !errors.Is(err, ErrForked) {
			t.Errorf("sequence %d: %v", e.Sequence, err)
		}
	}
	want := play(8, 1, 3).rows()
	want[0].Waiting = 1
	requireRows(t, p, want) // and what came with it was not taken either
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
